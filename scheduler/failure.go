package scheduler

import (
	"fmt"
	"strings"
	"time"
)

// Deadlock means that tasks are blocked and nothing can wake them: no task is
// runnable, no step is pending and no timer is set.
type Deadlock struct {
	At    time.Duration // virtual time
	Tasks []string      // what each task that has not ended waits for
}

// Error lists what each task waits for.
func (e *Deadlock) Error() string {
	return fmt.Sprintf("deadlock at %v: no runnable task, no timer, no pending step\n\t%s", e.At, strings.Join(e.Tasks, "\n\t"))
}

// Livelock means that a run has spent one of its budgets.
type Livelock struct {
	Budget string   // "steps", "decisions", "virtual time"
	Limit  string   // the size of the budget
	Tasks  []string // what each task that has not ended does
}

// Error names the budget and lists what each task does.
func (e *Livelock) Error() string {
	return fmt.Sprintf("livelock: the budget of %s %s is spent\n\t%s", e.Limit, e.Budget, strings.Join(e.Tasks, "\n\t"))
}

// TaskPanic means that a task panicked, called runtime.Goexit, as
// testing.T.FailNow does, or locked itself to its thread.
type TaskPanic struct {
	Task  string
	Cause any // the value of the panic, ErrGoexit or ErrLockedThread
	Stack []byte
}

// Error names the task and the cause.
func (e *TaskPanic) Error() string {
	if e.Cause == ErrGoexit || e.Cause == ErrLockedThread { //nolint:errorlint // Cause is no error chain
		return fmt.Sprintf("task %s: %v", e.Task, e.Cause)
	}
	return fmt.Sprintf("task %s panicked: %v", e.Task, e.Cause)
}

// Unwrap returns the cause if it is an error.
func (e *TaskPanic) Unwrap() error {
	err, _ := e.Cause.(error)
	return err
}

// describe returns a line for each task that has not ended.
func (s *Tasks) describe() []string {
	var lines []string
	for _, t := range s.all {
		switch t.state {
		case taskEnded:
		case taskRunnable:
			lines = append(lines, fmt.Sprintf("task %s is at %s", t.name, t.call))
		case taskBlocked:
			line := fmt.Sprintf("task %s waits in %s", t.name, t.call)
			if t.timer.index >= 0 {
				line += fmt.Sprintf(" until %v", t.timer.at)
			}
			lines = append(lines, line)
		}
	}
	return lines
}
