package proptest_test

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

func TestSmoke(t *testing.T) {
	r, err := proptest.Check(proptest.EventLoop, &proptest.Options{Runs: 20000, Subject: "loop", Dir: t.TempDir(), HostRuns: 30, Host: func() demux.Host { return realdemux.NewHost() }})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Simulated
	t.Logf("%d runs %d counted %d distinct %d decisions %v", c.Runs, c.Counted, c.Distinct, c.Decisions, c.Elapsed)
	for i, p := range proptest.Properties() {
		t.Log(p.Name, c.Evaluated[i])
	}
	for _, p := range c.Points {
		t.Log(p.Point, p.Asked, p.NonQuiet)
	}
	if r.Real != nil {
		t.Logf("real: %d runs %d counted %v", r.Real.Runs, r.Real.Counted, r.Real.Elapsed)
	}
	if r.Failure != nil {
		t.Fatal(r.Failure.Screen("replay " + r.Failure.Tape))
	}
}
