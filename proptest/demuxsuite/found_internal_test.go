package demuxsuite

import (
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

// sought is a bug that a search is to find.
type sought struct {
	name, dialect, rule string
	suite               func(newHost func(testing.TB) demux.Host) core.Suite
	broken, fine        func() demux.Host
}

// wholeSuite is the suite of readiness.
func wholeSuite(newHost func(testing.TB) demux.Host) core.Suite { return Suite(DemuxName, newHost) }

// completer is the suite of operations.
func completer(newHost func(testing.TB) demux.Host) core.Suite { return Suite(CompleterName, newHost) }

// backendSuite has the cases that a small backend passes.
func backendSuite(newHost func(testing.TB) demux.Host) core.Suite {
	return newSuite(DemuxName, []ruleCases{{"W9", "backends", backendCases}}, []string{"W1", "W3", "O1", "O2", "O3", "O6", "O7"}, newHost)
}

// soughtBackends are the planted backends of each kernel.
func soughtBackends() []sought {
	var all []sought
	for _, p := range epollPlants {
		all = append(all, sought{
			"epoll/" + p.why, "epoll", p.rule, wholeSuite,
			func() demux.Host { return &brokenEpollHost{fakedemux.New(nil), p.plant} },
			func() demux.Host { return &brokenEpollHost{fakedemux.New(nil), nil} },
		})
	}
	for _, p := range kqueuePlants {
		host := func(plant func(*brokenCalls), above func(demux.Demux) demux.Demux) func() demux.Host {
			return func() demux.Host {
				k := fakedemux.New(&fakedemux.Options{Dialect: "kqueue-freebsd"})
				return &brokenHost{Kernel: k, p: &kqueue.FreeBSD, plant: plant, above: above}
			}
		}
		all = append(all, sought{"kqueue/" + p.why, "kqueue-freebsd", p.rule, wholeSuite, host(p.plant, p.above), host(nil, nil)})
	}
	for _, p := range opPlants {
		all = append(all, sought{
			"completer/" + p.rule + " " + p.why, "iocp", p.rule, completer,
			func() demux.Host { return brokenOpsHost(p.make) },
			func() demux.Host { return brokenOpsHost(func(*brokenOps) {}) },
		})
	}
	for i, b := range plantedBackends {
		if b.rule == "" {
			continue
		}
		fine := 0 // the correct poller
		if b.completes {
			fine = 1
		}
		host := func(i int) func() demux.Host {
			return func() demux.Host {
				return backendHost{fakedemux.New(&fakedemux.Options{Dialect: "iocp"}), plantedBackends[i].open}
			}
		}
		all = append(all, sought{"iocp/" + b.name, "iocp", b.rule, backendSuite, host(i), host(fine)})
	}
	return all
}

// maxDeviations is how many deviations from the kernel's own order a shrunk run of
// a planted backend has: what they need is less than that.
const maxDeviations = 8

// TestSearchFindsPlantedBackends searches for bugs of backends of every kernel.
// Each is found by its rule and shrunk, its tape replays it, and the same backend
// without the bug passes that tape.
func TestSearchFindsPlantedBackends(t *testing.T) {
	for i, s := range soughtBackends() {
		if testing.Short() && i%6 > 0 {
			continue
		}
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			o := core.Options{Dialect: s.dialect, Seed: 1, Subject: "backend", Dir: t.TempDir()}
			broken := s.suite(func(testing.TB) demux.Host { return s.broken() })
			r, err := core.Check(broken, &o)
			if err != nil {
				t.Fatal(err)
			}
			f := r.Broken(s.rule)
			if f == nil {
				t.Fatalf("%s is not reported in %d runs, but %d others", s.rule, r.Simulated.Runs, len(r.Failures))
			}
			if len(f.Deviations) > maxDeviations || f.Saved == "" || len(f.History) == 0 || f.Note != "" {
				t.Errorf("%d deviations, saved %q, note %q, %d lines", len(f.Deviations), f.Saved, f.Note, len(f.History))
			}
			for _, tape := range []string{f.Tape, f.Saved} {
				again, err := core.Replay(tape, broken, &o)
				if err != nil || again.Failure == nil || again.Failure.Rule != s.rule || again.Diverged != "" {
					t.Errorf("%s does not replay: %v, %+v", tape, err, again)
				}
			}
			fine, err := core.Replay(f.Tape, s.suite(func(testing.TB) demux.Host { return s.fine() }), &o)
			if err != nil || fine.Failure != nil {
				t.Errorf("without the bug the tape breaks a rule: %v, %+v", err, fine)
			}
			t.Logf("%d runs, %d decisions, %d before shrinking: %s", f.Run+1, f.Decisions, f.Before, f.Tape)
		})
	}
}

// TestSearchFindsWhatTheKernelsOrderHides searches for bugs that show only where
// the kernel lacks memory or has signals: each case, run once in the kernel's own
// order, passes.
func TestSearchFindsWhatTheKernelsOrderHides(t *testing.T) {
	epollHost := func(plant func(*brokenEpoll)) func() demux.Host {
		return func() demux.Host { return &brokenEpollHost{fakedemux.New(nil), plant} }
	}
	for _, s := range []struct {
		name, dialect, rule string
		host                func() demux.Host
	}{
		{"a registration that failed counts", "epoll", "", epollHost(func(b *brokenEpoll) { b.ignore = true })},
		{"a signal makes a wait begin anew", "epoll", "W2", epollHost(func(b *brokenEpoll) {
			b.interrupted = func(wait func() (int, epoll.Errno)) (int, epoll.Errno) { return wait() }
		})},
		{"a signal ends a wait early", "epoll", "W2", epollHost(func(b *brokenEpoll) {
			b.interrupted = func(func() (int, epoll.Errno)) (int, epoll.Errno) { return 0, 0 }
		})},
		{"a signal makes a wait begin anew", "kqueue-freebsd", "W2", func() demux.Host {
			k := fakedemux.New(&fakedemux.Options{Dialect: "kqueue-freebsd"})
			return &brokenHost{Kernel: k, p: &kqueue.FreeBSD, plant: func(b *brokenCalls) { b.restarts = true }}
		}},
	} {
		t.Run(s.dialect+"/"+s.name, func(t *testing.T) {
			for _, r := range readinessSuite {
				for _, tc := range r.cases {
					for _, f := range runCase(s.host(), r.rule, tc, defaultPatience).failures {
						t.Errorf("found without a search: %v", f)
					}
				}
			}
			findsHidden(t, s.dialect, s.rule, s.host)
		})
	}
}

// findsHidden searches for a bug that needs a fault. Some rule is broken, and rule
// is if it is not "".
func findsHidden(t *testing.T, dialect, rule string, host func() demux.Host) {
	t.Helper()
	o := core.Options{Dialect: dialect, Dir: t.TempDir(), Subject: "backend", FirstOnly: true}
	r, err := Check(DemuxName, host, &o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Failures) == 0 || rule != "" && r.Broken(rule) == nil {
		t.Fatalf("not found in %d runs, but %d others", r.Simulated.Runs, len(r.Failures))
	}
	for _, f := range r.Failures {
		if len(f.Deviations) == 0 {
			t.Errorf("%s fails in the kernel's own order: %s", f.Rule, f.Tape)
		}
		again, err := Replay(f.Saved, host, &o)
		if err != nil || again.Broken(f.Rule) == nil {
			t.Errorf("%s does not replay: %v", f.Saved, err)
		}
	}
}

// TestSearchDoesNotDependOnWorkersOrShards makes one search in parts.
func TestSearchDoesNotDependOnWorkersOrShards(t *testing.T) {
	search := func(workers, shard, shards int) *core.Report {
		r, err := Check(DemuxName, func() demux.Host { return &brokenEpollHost{fakedemux.New(nil), epollPlants[1].plant} },
			&core.Options{Seed: 5, Runs: 1200, Subject: "backend", Dir: t.TempDir(), Workers: workers, Shard: shard, Shards: shards})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	tapes := func(r *core.Report) (all []string) {
		for _, f := range r.Failures {
			all = append(all, f.Rule+" "+f.Tape)
		}
		return all
	}
	one := search(1, 0, 1)
	if got, want := tapes(search(2, 0, 1)), tapes(one); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("two workers: got %q, want %q", got, want)
	}
	var parts []string
	for shard := range 3 {
		parts = append(parts, tapes(search(1, shard, 3))...)
	}
	for _, tape := range tapes(one) {
		if !slices.Contains(parts, tape) {
			t.Errorf("no shard of three has %s, they have %q", tape, parts)
		}
	}
}
