package scheduler

import (
	"fmt"
	"time"
)

// Budgets of a run unless told otherwise.
const (
	DefaultSteps = 100_000         // simulated calls
	DefaultTime  = 24 * time.Hour  // virtual time
	maxStreak    = 64              // steps of one task while others could run, before the quiet choice is another
	maxTasks     = MaxAlternatives // tasks and pending steps offered in one choice
	never        = time.Duration(1<<63 - 1)
)

// Budget limits a run. A zero field means the default.
type Budget struct {
	Steps     int           // simulated calls, pending steps taken and timers fired, DefaultSteps
	Decisions int           // choices asked, DefaultDecisions; the recorder counts them, see NewRecorder
	Time      time.Duration // virtual time, DefaultTime
}

func (b Budget) withDefaults() Budget {
	if b.Steps <= 0 {
		b.Steps = DefaultSteps
	}
	if b.Decisions <= 0 {
		b.Decisions = DefaultDecisions
	}
	if b.Time <= 0 {
		b.Time = DefaultTime
	}
	return b
}

// spend counts one step of the run, a task's or the environment's.
func (s *Tasks) spend() {
	s.steps++
	s.checkSteps()
}

// checkSteps fails the run if it has made too many steps.
func (s *Tasks) checkSteps() {
	if s.steps > s.budget.Steps {
		s.Fail(&Livelock{Budget: "steps", Limit: fmt.Sprint(s.budget.Steps), Tasks: s.describe()})
	}
}

// askRecorder fails the run if the recorder can go no further.
func (s *Tasks) askRecorder() {
	if s.recorder.err != nil && s.err == nil {
		s.failRecorder(s.recorder.err)
	}
}

func (s *Tasks) failRecorder(err error) {
	if err == ErrDecisions { //nolint:errorlint // the recorder returns it bare
		err = &Livelock{Budget: "decisions", Limit: fmt.Sprint(s.recorder.max), Tasks: s.describe()}
	}
	s.Fail(err)
}
