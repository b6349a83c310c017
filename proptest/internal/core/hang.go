package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	steps := -1
	return scheduler.NewWatchdog(s.options.Hang, func(stacks []byte) {
		// On a busy machine a long run may take its time: it hangs if it has not made a
		// single call since the last look.
		if now := w.exec.kernel.Tasks().Steps(); now != steps {
			steps = now
			w.watchdog.Progress()
			return
		}
		select {
		case s.hung <- s.describeHang(w, stacks):
		default: // another worker hangs too
		}
	})
}

// describeHang makes the report of a run that hangs: one screen, with all stacks
// in the saved file.
func (s *search) describeHang(w *worker, stacks []byte) *Failure {
	p := breakdowns[breakHang]
	snap := w.exec.kernel.Tasks().Snapshot()
	stuck, parked := taskStacks(string(stacks))
	f := &Failure{
		Rule: p.Name, Sentence: p.Rule, Dialect: s.options.Dialect, Mode: s.options.Plan.Mode.String(),
		Text: fmt.Sprintf("after %v task %q has neither made a simulated call nor ended", s.hangLimit(), snap.Task),
	}
	add := func(format string, args ...any) { f.History = append(f.History, fmt.Sprintf("  "+format, args...)) }
	running := busyGoroutines(string(stacks))
	for _, g := range running {
		add("a goroutine of the subject goes on and makes no call, in state %s:", g.state)
		for _, frame := range g.frames[:min(len(g.frames), maxFrames)] {
			add("    %s", frame)
		}
	}
	for _, g := range stuck {
		if len(running) > 0 && strings.HasPrefix(g.state, "synctest.Wait") {
			continue // it waits for those
		}
		add("it is in %s:", g.state)
		for _, frame := range g.frames[:min(len(g.frames), maxFrames)] {
			add("    %s", frame)
		}
		if strings.HasPrefix(g.state, "sync.") {
			add("it waits for a lock outside of the simulation. One of the parked tasks below must hold the lock. Hold no lock during")
			add("a call of the host or the demultiplexer, or use a scheduler.Mutex.")
		}
	}
	for _, g := range lockWaiters(string(stacks)) {
		add("a goroutine waits for a lock, in %s:", g.state)
		for _, frame := range g.frames[:min(len(g.frames), maxFrames)] {
			add("    %s", frame)
		}
		add("the one that holds the lock may wait in a call. Hold no lock during a call, or see `reactortest overlay`")
	}
	for _, line := range snap.Tasks[:min(len(snap.Tasks), maxTasks)] {
		add("%s", line)
	}
	for _, g := range parked[:min(len(parked), maxTasks)] {
		if len(g.frames) > 0 {
			add("parked: %s", strings.Join(g.frames[:min(len(g.frames), 2)], ", called by "))
		}
	}
	f.Details = append(slices.Clone(f.History), strings.Split(strings.TrimSpace(string(stacks)), "\n")...)
	o := outcome{workload: w.making.kept(s.suite), decisions: snap.Decisions}
	o.violation = &Violation{Rule: len(s.rules) - len(breakdowns) + breakHang, Name: p.Name, Text: f.Text}
	if o.workload != nil {
		tape := s.tape(&o)
		f.Tape, f.Decisions, f.Deviations = tape.String(), len(o.decisions), deviations(o.decisions)
		all := f.Text + "\n" + strings.Join(f.Details, "\n")
		f.Saved, f.SaveErr = s.save(p.Name, all[:min(len(all), maxStacks)], tape, o.decisions)
	}
	return f
}

// Limits of the screen of a hang.
const (
	maxFrames = 10
	maxTasks  = 12
	maxStacks = 256 << 10 // bytes of the stacks of all goroutines in the saved file
)

func (s *search) hangLimit() time.Duration {
	if s.options.Hang > 0 {
		return s.options.Hang
	}
	return scheduler.DefaultHang
}

// stack is the goroutine of a task in a dump.
type stack struct {
	state  string   // "running", "sync.Mutex.Lock"
	frames []string // "function at file:line", the innermost first, without the simulation's own
}

// taskStacks finds the goroutines of tasks in a dump of all: those that have not
// parked, and those that have.
func taskStacks(dump string) (stuck, parked []stack) {
	for g := range strings.SplitSeq(dump, "\n\n") {
		if !strings.Contains(g, "scheduler.(*coroutines).body") {
			continue
		}
		head, rest, _ := strings.Cut(g, "\n")
		_, state, _ := strings.Cut(head, "[")
		state, _, _ = strings.Cut(state, "]")
		state, _, _ = strings.Cut(state, ",")
		one := stack{state: state, frames: userFrames(rest)}
		if strings.Contains(g, "scheduler.(*coroutines).Park") {
			parked = append(parked, one)
		} else if len(one.frames) > 0 {
			stuck = append(stuck, one)
		}
	}
	return stuck, parked
}

// lockWaiters returns the goroutines of a bubble that wait for a lock of package sync.
// testing/synctest does not count them as blocked.
func lockWaiters(dump string) []stack {
	return inBubble(dump, func(state string) bool { return strings.HasPrefix(state, "sync.") && strings.Contains(state, "Mutex") })
}

// busyGoroutines returns the goroutines of a bubble that neither wait for another one of it
// nor for a lock.
func busyGoroutines(dump string) []stack {
	return inBubble(dump, func(state string) bool {
		return !strings.Contains(state, "(durable)") && !strings.HasPrefix(state, "sync.") && !strings.HasPrefix(state, "coroutine")
	})
}

// inBubble returns the goroutines of a bubble in certain states that are no tasks.
func inBubble(dump string, wanted func(state string) bool) (all []stack) {
	for g := range strings.SplitSeq(dump, "\n\n") {
		head, rest, _ := strings.Cut(g, "\n")
		_, state, _ := strings.Cut(head, "[")
		state, others, _ := strings.Cut(state, ",")
		if !strings.Contains(others, "synctest bubble") || strings.Contains(g, "scheduler.(*coroutines).body") || !wanted(state) {
			continue
		}
		if one := (stack{state: state, frames: userFrames(rest)}); len(one.frames) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// userFrames returns the frames of a goroutine that are neither the simulation's
// nor the runtime's.
func userFrames(text string) []string {
	var frames []string
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		function, place := lines[i], strings.TrimSpace(lines[i+1])
		function, _, _ = strings.Cut(function, "(0x")
		function, _, _ = strings.Cut(function, "({")
		place, _, _ = strings.Cut(place, " +0x")
		if strings.HasPrefix(function, "created by") || slices.ContainsFunc(ownPackages, func(p string) bool { return strings.HasPrefix(function, p) }) {
			continue
		}
		frames = append(frames, strings.TrimSuffix(function, "(...)")+" at "+place)
	}
	return frames
}

// ownPackages are those whose frames say nothing about the subject.
var ownPackages = []string{
	"reactortest/scheduler.", "reactortest/fakedemux.", "reactortest/proptest/", "iter.", "runtime.", "sync.", "internal/",
}
