package demuxsuite

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/realdemux"
)

// TestWorkloadsAreReadBack reads the text of every case, and what is none.
func TestWorkloadsAreReadBack(t *testing.T) {
	for _, name := range []string{DemuxName, CompleterName} {
		s := Suite(name, nil).(*suite)
		for _, w := range s.Workloads() {
			got, err := s.Parse(w.String())
			if err != nil || got != w {
				t.Errorf("%s: Parse(%q): got %v, %v", name, w, got, err)
			}
		}
		if w, err := s.Parse(core.PlainWorkload); err != nil || w != s.Workloads()[0] {
			t.Errorf("%s: the plain workload is %v, %v, want the first case", name, w, err)
		}
		for _, text := range []string{
			"", "d1", "d2+case.W1.ready-before-wait", "d1+case.W1", "d1+case.W1.none", "d1+case.O1.ready-before-wait",
			"d1+case.W1.ready-before-wait+case.W1.ready-before-wait", "d1+case.W1.ready-before-wait,x", "d1+run.W1.ready-before-wait",
		} {
			if w, err := s.Parse(text); err == nil {
				t.Errorf("%s: Parse(%q): got %v, want an error", name, text, w)
			}
		}
	}
}

// TestOptionsAreRefusedByName gives options that the suites of demultiplexers do
// not have.
func TestOptionsAreRefusedByName(t *testing.T) {
	host := func() demux.Host { return fakedemux.New(nil) }
	backend := func(k *fakedemux.Kernel) (demux.Demux, error) { return epoll.Open(k.Epoll()) }
	for _, tt := range []struct {
		why, says string
		newHost   func() demux.Host
		options   core.Options
	}{
		{"a second host", "Options.Host", host, core.Options{Host: host}},
		{"two ways to open", "Options.Open and newHost", host, core.Options{Open: backend}},
		{"another dialect", `Options.Dialect is "iocp", and newHost makes a kernel of "epoll"`, host, core.Options{Dialect: "iocp"}},
		{"W1's exception", `add "u" to its Off`, nil, core.Options{Plan: &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 1}}},
		{"a host without a kernel", "not simulated", realdemux.NewHost, core.Options{}},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.says) {
					t.Errorf("%s: panicked with %q, want %q in it", tt.why, got, tt.says)
				}
			}()
			_, _ = Check(DemuxName, tt.newHost, &tt.options)
		}()
	}
}

// TestThePlanOfAHostIsItsSearchs makes hosts with a plan of their own.
func TestThePlanOfAHostIsItsSearchs(t *testing.T) {
	plan := fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 1}
	newHost := func() demux.Host { return fakedemux.New(&fakedemux.Options{Dialect: "kqueue-netbsd", Plan: &plan}) }
	for _, tt := range []struct {
		why  string
		plan *fakedemux.Plan
		want fakedemux.Plan
	}{
		{"the options say nothing", nil, plan},
		{"the options come first", &fakedemux.DefaultPlan, fakedemux.DefaultPlan},
	} {
		r, err := Check(DemuxName, newHost, &core.Options{Runs: 20, Plan: tt.plan, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Simulated.Plan != tt.want.String() || r.Dialect != "kqueue-netbsd" || r.Failure != nil {
			t.Errorf("%s: searched with %s on %s, want %s", tt.why, r.Simulated.Plan, r.Dialect, tt.want)
		}
	}
}

// TestOpenBringsABackend searches a backend over the calls of the core's kernel.
func TestOpenBringsABackend(t *testing.T) {
	search := func(o core.Options, plant func(*brokenEpoll)) *core.Report {
		if plant != nil {
			o.Open = func(k *fakedemux.Kernel) (demux.Demux, error) {
				b := &brokenEpoll{Syscalls: k.Epoll()}
				plant(b)
				return epoll.Open(b)
			}
		}
		o.Dir, o.Subject = t.TempDir(), "backend"
		r, err := Check(DemuxName, nil, &o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	own, opened := search(core.Options{Runs: 500}, nil), search(core.Options{Runs: 500}, func(*brokenEpoll) {})
	if opened.Failure != nil || own.Simulated.Decisions != opened.Simulated.Decisions || own.Simulated.Distinct != opened.Simulated.Distinct {
		t.Errorf("the shipped backend by Open: %d decisions, %d different runs, %v; the dialect's own: %d, %d", opened.Simulated.Decisions,
			opened.Simulated.Distinct, opened.Failure, own.Simulated.Decisions, own.Simulated.Distinct)
	}
	broken := search(core.Options{}, epollPlants[0].plant)
	if f := broken.Broken(epollPlants[0].rule); f == nil || f.Tape == "" {
		t.Errorf("%s is not found: %v", epollPlants[0].why, broken.Failure)
	}
}
