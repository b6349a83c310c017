package program

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/bubbled"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// Goroutines is a program that starts goroutines of its own, under test. Its calls reach
// the simulated kernel through bubble.Current, as those of package fakenet do. It is
// called once a run, in a goroutine of its own, and fails its run with t.
type Goroutines func(t testing.TB)

// GoroutinesSuite returns the suite that judges f in bubbles of testing/synctest.
func GoroutinesSuite(f Goroutines) core.Suite {
	if f == nil {
		panic("proptest: the program is nil: give a function of a testing.TB")
	}
	return bubbledSuite{program: f}
}

// bubbledSuite judges a program of goroutines. Its machine is that of other programs.
type bubbledSuite struct {
	suite
	program Goroutines
}

func (s bubbledSuite) NewRunner() core.Runner { return &bubbledRunner{program: s.program} }

// Surround has each run in a bubble.
func (s bubbledSuite) Surround(tb testing.TB, k *fakedemux.Kernel) core.Machine {
	return bubbled.New(tb, k)
}

// bubbledRunner makes the runs.
type bubbledRunner struct {
	program Goroutines
	lanes   *lanes // of the last run
}

// Run makes one run. It is called in the main task, in the bubble.
func (r *bubbledRunner) Run(c *core.Case) {
	s := &session{c: c, kernel: c.Kernel}
	r.lanes = &s.lanes
	b := bubble.Current()
	c.Verdict(rulePasses)
	c.Through = func(call string, f func()) { b.Do(call, -1, f) }
	c.Blame = blameStuck
	m := c.Workload.(*machine)
	c.Kernel.SetMachine(m.files, m.buffer)
	b.OnCall = s.called
	s.call(b, r.program)
	c.Count(rulePasses)
	s.judgeGoroutines(b)
	c.End()
}

// call calls the program in a goroutine, and returns when it has returned.
func (s *session) call(b *bubble.Bubble, f Goroutines) {
	tasks := s.kernel.Tasks()
	returned, main := false, tasks.Current()
	b.Go("program", func() {
		defer b.Do("return", -1, func() {
			returned = true
			b.Wake(main)
		})
		f(s.c.TB)
		s.c.RunCleanups()
	})
	for !returned {
		tasks.Block(scheduler.Call{Name: "await the program", Handle: -1}, -1)
	}
}

// blameStuck says which rule a run breaks that ended with goroutines which can never go
// on.
func blameStuck(err error) (rule int, text string, is bool) {
	var stuck *bubbled.StuckError
	if !errors.As(err, &stuck) {
		return 0, "", false
	}
	return ruleEndsTasks, stuck.Error(), true
}

// called puts a call of a goroutine into the history.
func (s *session) called(call bubble.Call) {
	c := s.c
	c.Lock()
	defer c.Unlock()
	c.Events++
	e := core.Entry{Kind: uint8(callOther), ID: s.task(), N: call.N, D: time.Duration(call.Errno)}
	if c.Verbose {
		e.Text = callText(call)
	}
	c.Note(e)
}

// callText tells of a call: "read 5: 6".
func callText(call bubble.Call) string {
	text := call.Name
	if call.Handle >= 0 {
		text += fmt.Sprintf(" %d", call.Handle)
	}
	if call.Errno != 0 {
		if name := epoll.Errno(call.Errno).Name(); name != "" {
			return fmt.Sprintf("%s: %s", text, name)
		}
		return fmt.Sprintf("%s: error %d", text, call.Errno)
	}
	return fmt.Sprintf("%s: %d", text, call.N)
}

// judgeGoroutines gives the goroutines that are left the time to end, and counts what is
// left.
func (s *session) judgeGoroutines(b *bubble.Bubble) {
	c, at := s.c, s.c.Last()
	s.await(programGrace, func() int { return len(b.Left()) })
	c.Lock()
	defer c.Unlock()
	left := b.Left()
	if !c.Holds(ruleEndsTasks, len(left) == 0) {
		c.Fail(ruleEndsTasks, at, "%v after the program returned, these goroutines had not ended: %s", programGrace, strings.Join(left, ", "))
	}
	var open []string
	for _, l := range c.Kernel.Leaks() {
		open = append(open, l.String())
	}
	if !c.Holds(ruleClosesHandles, len(open) == 0) {
		c.Fail(ruleClosesHandles, at, "the program has ended, but it left open: %s", strings.Join(open, "; "))
	}
	c.Exempt(ruleDeregisters, "the program has no demultiplexer of its own")
	c.Exempt(ruleEndsOperations, "the program has no demultiplexer of its own")
}

// Timeline returns the lines of a history.
func (r *bubbledRunner) Timeline(history []core.Entry, mark int) []core.Line {
	return timeline(history, mark, r.lanes)
}
