package program

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// How long tasks may go on when the program has returned.
const (
	programGrace = 10 * time.Second
	worldGrace   = time.Second
)

// runner makes the runs of one goroutine.
type runner struct {
	subject Program
	lanes   *lanes // of the last run
}

// Run makes one run.
func (r *runner) Run(c *core.Case) {
	s := &session{c: c, kernel: c.Kernel, handles: make(map[demux.Handle]string)}
	r.lanes = &s.lanes
	c.Verdict(rulePasses)
	if k := s.kernel; k != nil {
		m := c.Workload.(*machine)
		k.SetMachine(m.files, m.buffer)
		k.Faults(false)
	}
	r.subject(c.TB, &host{session: s, inner: c.Host})
	c.RunCleanups()
	s.finish()
}

// Timeline returns the lines of a history.
func (r *runner) Timeline(history []core.Entry, mark int) []core.Line {
	return timeline(history, mark, r.lanes)
}

// session is one run: what the program has opened, started and registered. On a
// real host the case's lock guards it.
type session struct {
	c       *core.Case
	kernel  *fakedemux.Kernel // nil on a real host
	settled bool              // the program has waited: faults are on
	carries bool              // the program has a demultiplexer that carries out operations

	handles map[demux.Handle]string // open, and who opened each how
	demuxes []*watched              // that are open, in the order they were opened
	tasks   []string                // the program's that have not ended, by name
	clients int                     // the world's that have not ended
	lanes   lanes
}

// lanes has the names of tasks, by number.
type lanes struct{ names []string }

func (l *lanes) name(n int) string {
	if l != nil && n < len(l.names) {
		return l.names[n]
	}
	return ""
}

// task returns the number of the current task, 0 on a real host.
func (s *session) task() int {
	t := s.current()
	if t == nil {
		return 0
	}
	n := t.Number()
	for len(s.lanes.names) <= n {
		s.lanes.names = append(s.lanes.names, "")
	}
	s.lanes.names[n] = t.Name()
	return n
}

func (s *session) current() *scheduler.Task {
	if s.kernel == nil {
		return nil
	}
	return s.kernel.Tasks().Current()
}

// settle ends the set-up if the task that is about to wait is the program's.
func (s *session) settle() {
	if s.kernel == nil || s.settled {
		return
	}
	outside := s.kernel.Outside(false)
	s.kernel.Outside(outside)
	if !outside {
		s.settled = true
		s.kernel.Faults(true)
	}
}

// alive ends the function that the calling goroutine carries out if the run has
// broken down: it was given to t.Cleanup, and there is no kernel any more.
func (s *session) alive() {
	if s.kernel != nil && s.c.Over() {
		runtime.Goexit()
	}
}

// opened books a handle that the program has opened. The lock is held.
func (s *session) opened(h demux.Handle, call string) {
	if t := s.current(); t != nil {
		call += " in task " + t.Name()
	}
	s.handles[h] = call
}

// closed books a handle as closed, by the program or by its world. The lock is
// held.
func (s *session) closed(h demux.Handle, byProgram bool) {
	delete(s.handles, h)
	for _, d := range s.demuxes {
		if d.forget(h) && byProgram {
			d.stale = append(d.stale, h)
		}
	}
}

// finish judges what the program leaves behind, and gives its clients the time to
// look at it.
func (s *session) finish() {
	s.await(programGrace, func() int { return len(s.tasks) })
	s.c.Lock()
	s.judge()
	s.c.Unlock()
	left := s.await(worldGrace, func() int { return s.clients })
	s.c.Lock()
	defer s.c.Unlock()
	s.c.Count(rulePasses)
	if left > 0 || len(s.tasks) > 0 {
		s.c.End()
	}
}

// await sleeps until count is 0, for a limited time. It returns the last count.
func (s *session) await(limit time.Duration, count func() int) int {
	locked := func() int {
		s.c.Lock()
		defer s.c.Unlock()
		return count()
	}
	end := s.c.Now() + limit
	pause := time.Millisecond
	for left := locked(); ; left = locked() {
		rest := end - s.c.Now()
		if left == 0 || rest <= 0 {
			return left
		}
		sleep(s.c.Host, min(pause, rest))
		pause *= 2
	}
}

// judge counts what is left. The lock is held.
func (s *session) judge() {
	c, at := s.c, s.c.Last()
	if !c.Holds(ruleEndsTasks, len(s.tasks) == 0) {
		c.Fail(ruleEndsTasks, at, "%v after the program returned, these tasks had not ended: %s", programGrace, strings.Join(s.tasks, ", "))
	}
	var left []string
	for _, d := range s.demuxes {
		left = append(left, "a demultiplexer, "+d.opened)
		d.checkStale()
	}
	var handles []demux.Handle
	for h := range s.handles { // sorted below
		handles = append(handles, h)
	}
	slices.Sort(handles)
	for _, h := range handles {
		left = append(left, fmt.Sprintf("handle %d, opened by %s", h, s.handles[h]))
	}
	if !c.Holds(ruleClosesHandles, len(left) == 0) {
		c.Fail(ruleClosesHandles, at, "the program has ended, but it left open: %s", strings.Join(left, "; "))
	}
	c.Count(ruleDeregisters)
	s.judgeOperations(at)
}

// judgeOperations counts the operations that are in flight. The lock is held.
func (s *session) judgeOperations(at int) {
	c := s.c
	if !s.carries {
		c.Exempt(ruleEndsOperations, "the program opened no demultiplexer that carries out operations")
		return
	}
	for _, d := range s.demuxes {
		if !c.Holds(ruleEndsOperations, d.flying == 0) {
			c.Fail(ruleEndsOperations, at, "the program has ended, and %d operations are in flight on a demultiplexer, %s", d.flying, d.opened)
		}
	}
	c.Count(ruleEndsOperations)
}
