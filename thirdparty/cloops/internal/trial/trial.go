// Package trial judges the loops of this directory.
package trial

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/shim/sim"
	"reactortest/thirdparty/internal/judge"
)

var (
	runs = flag.Int("cloops.runs", 2000, "runs of each configuration")
	seed = flag.Uint64("cloops.seed", 1, "seed of the search")
	all  = flag.Bool("cloops.all", false, "pass over nothing that is known")
)

// Known are the violations that are expected of a library.
type Known []Expected

// Expected is a violation with a cause that is known.
type Expected struct {
	Loop string // its configuration; "": all
	Rule string
	Text string // what the report of it contains
}

// of says whether a violation of a configuration is among them.
func (k Known) of(loop, rule, text string) bool {
	return slices.ContainsFunc(k, func(e Expected) bool {
		return (e.Loop == "" || e.Loop == loop) && e.Rule == rule && strings.Contains(text, e.Text)
	})
}

// Run judges each of the loops on the simulated kernel, whose registrations succeed.
func Run(t *testing.T, loops []judge.Loop, known Known) {
	run(t, loops, known, fakedemux.Plan{Mode: fakedemux.Faithful, Faults: fakedemux.DefaultPlan.Faults, Off: "n"})
}

// RunFull also has epoll_ctl fail with ENOSPC and ENOMEM.
func RunFull(t *testing.T, loops []judge.Loop, known Known) {
	run(t, loops, known, fakedemux.DefaultPlan)
}

func run(t *testing.T, loops []judge.Loop, known Known, plan fakedemux.Plan) {
	for _, l := range loops {
		t.Run(l.Name, func(t *testing.T) {
			o := options(t, l.Name, *runs)
			o.Plan = &plan
			passed := map[string]bool{}
			if !*all {
				o.PassOver = func(rule, text string) bool {
					k := known.of(l.Name, rule, text)
					if k {
						passed[rule] = true
					}
					return k
				}
			}
			r := check(t, l, o)
			for _, f := range r.Failures {
				t.Errorf("%s: %s\n%s\n%s", f.Rule, f.Text, f.Tape, strings.Join(f.History, "\n"))
			}
			t.Log("known and passed over:", slices.Sorted(maps.Keys(passed)))
			summary(t, r)
		})
	}
}

// summary logs the verdict on each rule that is not "ok".
func summary(t *testing.T, r *proptest.Report) {
	c := &r.Simulated
	t.Log(c.Counts(), c.Elapsed)
	for i, rule := range c.Rules() {
		if v := r.Verdict(c, i); v != "ok" {
			t.Log(rule, v, c.Exempt[i])
		}
	}
}

func options(t *testing.T, name string, n int) *proptest.Options {
	return &proptest.Options{Runs: n, Seed: *seed, Subject: name, Dir: t.TempDir(), Hang: 10 * time.Second}
}

func check(t *testing.T, l judge.Loop, o *proptest.Options) *proptest.Report {
	t.Helper()
	defer sim.Simulate(sim.Simulate(true))
	r, err := proptest.CheckReactorGoroutines(t, l.New, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Twice makes the same search twice: a run depends on its decisions alone.
func Twice(t *testing.T, loops []judge.Loop) {
	for _, l := range loops {
		t.Run(l.Name, func(t *testing.T) {
			n := min(*runs, 100)
			first, second := text(check(t, l, options(t, l.Name, n))), text(check(t, l, options(t, l.Name, n)))
			if first != second {
				t.Errorf("the reports differ:\n%s\n%s", first, second)
			}
		})
	}
}

// text is what must not differ of a report: not the time that it took, nor addresses in
// stacks.
func text(r *proptest.Report) string {
	c := &r.Simulated
	s := fmt.Sprint(c.Runs, c.Counted, c.Distinct, c.Decisions, c.Evaluated, c.Points, c.Features, c.Figures)
	for _, f := range r.Failures {
		s += fmt.Sprint("\n", f.Rule, " in run ", f.Run, ": ", f.Tape)
	}
	return s
}

// Real judges each of the loops on the running kernel.
func Real(t *testing.T, loops []judge.Loop, known Known) {
	for _, l := range loops {
		t.Run(l.Name, func(t *testing.T) {
			o := options(t, l.Name, 1)
			o.RealOnly, o.Host, o.HostRuns = true, realdemux.NewHost, 10
			o.PassOver = func(rule, text string) bool { return !*all && known.of(l.Name, rule, text) }
			r, err := proptest.CheckReactorGoroutines(t, l.New, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failures {
				t.Errorf("%s: %s", f.Rule, f.Text)
			}
		})
	}
}
