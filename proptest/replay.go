package proptest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// replay makes the run of a tape again.
func replay(tb testing.TB, text string, subject NewReactor, o Options) (*Report, error) {
	tape, err := scheduler.ParseTape(text)
	if err != nil {
		return nil, err
	}
	if err := checkTape(tape, o.Dialect, o.Subject); err != nil {
		return nil, fmt.Errorf("tape %s: %w", tape, err)
	}
	if o.Plan, err = parsePlan(tape); err != nil {
		return nil, fmt.Errorf("tape %s: %w", tape, err)
	}
	o.Subject = tape.Subject
	s := newSearch(tb, subject, o)
	defer s.watchdog.Stop()
	defer s.exec.kernel.Stop()
	workload, schedule := scheduler.NewReplay(strings.TrimPrefix(tape.Workload, scheduler.PlainWorkload), true), scheduler.NewReplay(tape.Digits, true)
	workload.Begin(0)
	schedule.Begin(0)
	s.watchdog.Begin()
	out := s.exec.run(workload, schedule, true)
	s.watchdog.End()
	workload.End(scheduler.Result{})
	schedule.End(scheduler.Result{})
	if err := cmp.Or(out.err, workload.Err(), schedule.Err()); err != nil {
		return nil, fmt.Errorf("tape %s: %w", tape, err)
	}
	s.report.Simulated.count(&out, s.exec.judge.stats.dispatches, minDecisions)
	s.report.Simulated.finish(&s.exec.judge, s.clock())
	if out.violation != nil {
		s.report.Failure = s.describe(0, 0, tape, &out)
	}
	if got := out.digest(); got != tape.Digest {
		return s.report, fmt.Errorf("tape %s: diverged: the run's digest is %08x (%s); the program or a digit has changed",
			tape, got, verdict(out.violation))
	}
	return s.report, nil
}

func verdict(v *violation) string {
	if v == nil {
		return "no rule was broken"
	}
	return v.rule + " was broken"
}

// newWatchdog ends the process when a run hangs: a task that neither makes a
// simulated call nor ends is outside the simulation. What was decided so far
// is saved and printed.
func (s *search) newWatchdog() *scheduler.Watchdog {
	return scheduler.NewWatchdog(s.options.Hang, func(stacks []byte) {
		o := outcome{workload: s.exec.load.Decisions(), decisions: s.exec.kernel.Recorder().Decisions()}
		const rule = "hang"
		tape := s.tape(&o)
		tape.Digest = scheduler.Digest(tape.Workload, o.decisions, rule)
		fmt.Fprintf(os.Stderr, "reactortest: a run does not end: a task neither makes a simulated call nor ends\n")
		fmt.Fprintf(os.Stderr, "    subject: %s\n    tape so far: %s\n", s.options.Subject, tape)
		if path, err := s.save(rule, "a task reached no switch point", tape, &o); err == nil {
			fmt.Fprintf(os.Stderr, "    saved: %s\n", filepath.ToSlash(path))
		}
		fmt.Fprintf(os.Stderr, "%s\n", stacks)
		os.Exit(1)
	})
}
