package proptest_test

import (
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

func TestEventLoopOnIOCP(t *testing.T) {
	(&proptest.Options{Dialect: "iocp"}).TestReactor(t, proptest.EventLoop)
}

// TestPlantedBugsAreFoundOnIOCP searches for the bugs over a completion port.
func TestPlantedBugsAreFoundOnIOCP(t *testing.T) {
	for _, s := range sampled(append(planted.All(), planted.Twin())) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			o := &proptest.Options{Dialect: "iocp", Runs: foundWithin, Seed: 1, WakeSwitches: s.NeedsWakeSwitches}
			missing, err := s.Needs.Missing(fakedemux.New(&fakedemux.Options{Dialect: "iocp"}))
			if err != nil {
				t.Fatal(err)
			}
			nothing := s.Legal || missing != 0
			if nothing {
				o.Runs = 2000
			}
			r := find(t, s, *o)
			switch {
			case nothing && r.Failure != nil:
				t.Errorf("breaks nothing that is promised here, and was reported:\n%s", r.Failure.Screen(""))
			case nothing:
			case r.Failure == nil:
				t.Errorf("not found in %d runs", r.Simulated.Runs)
			case r.Broken(s.Rule) == nil:
				t.Errorf("breaks %s, and was reported for %s:\n%s", s.Rule, r.Failure.Rule, r.Failure.Screen(""))
			}
		})
	}
}

// TestLegalReactorsAreNotReportedOnIOCP judges correct reactors: a failure is a
// false alarm, save for those that are built on what Windows does not have. They
// must say so.
func TestLegalReactorsAreNotReportedOnIOCP(t *testing.T) {
	for _, s := range sampled(planted.Legal()) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := check(t, s.New, &proptest.Options{Dialect: "iocp", Runs: 1000})
			legal(t, s, r, fakedemux.New(&fakedemux.Options{Dialect: "iocp"}))
		})
	}
}
