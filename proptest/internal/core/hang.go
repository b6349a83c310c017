package core

import (
	"path/filepath"
	"strings"

	"reactortest/scheduler"
)

// watched calls f in a goroutine of its own and returns what it returns. When a
// run hangs it returns at once, with the hang among the failures of the report:
// nothing can end the task that hangs, which keeps its goroutine. Otherwise it
// ends what the search has started.
func (s *search) watched(f func() error) error {
	type result struct {
		err      error
		panicked any
	}
	done := make(chan result, 1)
	go func() {
		r := result{}
		defer func() {
			r.panicked = recover()
			done <- r
		}()
		r.err = f()
	}()
	select {
	case failure := <-s.hung:
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, f := range s.found {
			if s.report.Broken(f.rule.Name) == nil {
				s.report.fail(s.describeRaw(f))
			}
		}
		s.report.fail(failure)
		return nil
	case r := <-done:
		if r.panicked != nil {
			panic(r.panicked)
		}
		s.stop()
		return r.err
	}
}

// newWatchdog returns what notices that a run of w hangs: a task that neither
// makes a simulated call nor ends is outside the simulation. What was decided so
// far is saved.
func (s *search) newWatchdog(w *worker) *scheduler.Watchdog {
	return scheduler.NewWatchdog(s.options.Hang, func(stacks []byte) {
		select {
		case s.hung <- s.describeHang(w, stacks):
		default: // another worker hangs too
		}
	})
}

// describeHang makes the report of a run that hangs.
func (s *search) describeHang(w *worker, stacks []byte) *Failure {
	p := breakdowns[breakHang]
	f := &Failure{
		Rule: p.Name, Sentence: p.Rule, Text: "a task neither makes a simulated call nor ends",
		Dialect: s.options.Dialect, Mode: s.options.Plan.Mode.String(),
	}
	o := outcome{workload: w.exec.run.Workload, decisions: w.exec.kernel.Recorder().Decisions()}
	o.violation = &Violation{Rule: len(s.rules) - len(breakdowns) + breakHang, Name: p.Name, Text: f.Text}
	if o.workload != nil {
		tape := s.tape(&o)
		f.Tape, f.Decisions, f.Deviations = tape.String(), len(o.decisions), deviations(o.decisions)
		path, err := s.save(p.Name, f.Text, tape, o.decisions)
		f.Saved, f.SaveErr = filepath.ToSlash(path), err
	}
	f.History = strings.Split(strings.TrimSpace(string(stacks)), "\n")
	f.Details = f.History
	return f
}
