package core

import (
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// TestRapid judges a subject like Test, with rapid in the place of the search
// and of the shrinker: rapid draws every decision and every part of the
// workload. The flags of rapid apply, -rapid.checks among them. A failure is
// saved and prints the same screen, with a tape that the same test replays.
func TestRapid(t *testing.T, s Suite, o *Options) {
	t.Helper()
	var d Options
	if o != nil {
		d = *o
	}
	if err := given.apply(&d); err != nil {
		t.Fatal(err)
	}
	if d.Subject == "" {
		d.Subject = t.Name()
	}
	d = d.withDefaults(s.Properties())
	x := newSearch(t, s, d)
	if given.tape != "" {
		if err := x.watched(x.testRuns); err != nil {
			t.Fatal(err)
		}
		for _, f := range x.report.Failures {
			t.Error(f.Screen(ReplayCommand(packagePath(), t.Name(), f.Tape)))
		}
		return
	}
	defer x.stop()
	rapid.Check(t, func(rt *rapid.T) { x.checkRapid(rt, t.Name()) })
}

// checkRapid makes one run whose draws are rapid's.
func (s *search) checkRapid(rt *rapid.T, test string) {
	draws := &rapidStrategy{t: rt}
	w, err := s.main.draw(draws)
	if draws.stopped != nil {
		panic(draws.stopped)
	}
	if err != nil {
		rt.Fatal(err)
	}
	o := s.main.simulate(w, draws, s.waived, true)
	switch {
	case draws.stopped != nil:
		panic(draws.stopped)
	case o.err != nil:
		rt.Fatal(o.err)
	case o.violation != nil:
		tape := s.tape(&o)
		f := s.describe(0, 0, tape, &o)
		f.Saved, f.SaveErr = s.save(f.Rule, firstLine(f.Text), tape, o.decisions)
		rt.Fatal(f.Screen(ReplayCommand(packagePath(), test, f.Tape)))
	}
}

// rapidStrategy has rapid draw each decision. A draw may panic, when rapid
// tries an input that is too short: the run is then played out quietly and the
// panic passed on from rapid's own goroutine.
type rapidStrategy struct {
	t       *rapid.T
	stopped any
}

// rapidDraws are the generators, by the number of alternatives.
var rapidDraws = func() (g [scheduler.MaxAlternatives + 1]*rapid.Generator[int]) {
	for n := 2; n < len(g); n++ {
		g[n] = rapid.IntRange(0, n-1)
	}
	return g
}()

func (s *rapidStrategy) Begin(int) bool       { return true }
func (s *rapidStrategy) End(scheduler.Result) {}

func (s *rapidStrategy) Choose(c *scheduler.Choice) (got int) {
	if s.stopped != nil {
		return 0
	}
	defer func() {
		if p := recover(); p != nil {
			s.stopped, got = p, 0
		}
	}()
	return rapidDraws[c.N].Draw(s.t, c.Point.String())
}
