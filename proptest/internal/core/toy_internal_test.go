package core

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

// toy is a suite whose subject is a race of tasks: the rule in-order is broken when
// a later task is there before an earlier one, the rule first-first when the first
// one is not the first.
type toy struct {
	broken *bool // the subject has its bug; nil: it has
	extra  *int  // more switch points at the start
	forget *int  // counts runs: the subject depends on it if this is not nil
	lacks  bool  // it asks for a filter that the simulation does not have
}

const (
	toyInOrder = iota
	toyFirst
)

var toyRules = []Property{
	{"in-order", "tasks arrive in the order they were started", "It is a toy.", true},
	{"first-first", "the first task arrives first", "It is a toy.", true},
}

// toyLoad is a workload: that many tasks, each with so many steps.
type toyLoad []int

func (toy) Name() string           { return "toy" }
func (toy) Properties() []Property { return toyRules }
func (s toy) NewRunner() Runner    { return &toyRunner{s} }

func (toy) Draw(d *Drawer) Workload {
	var w toyLoad
	for range 1 + d.Pick(5) {
		w = append(w, d.Pick(4))
	}
	return w
}

func (toy) Parse(text string) (Workload, error) {
	if text == PlainWorkload {
		return toyLoad{0}, nil
	}
	elements, err := ParseElements(text, "t1")
	if err != nil {
		return nil, err
	}
	w := toyLoad{}
	for _, e := range elements {
		n, err := ParseNumber(e[0].Atom(1), 10)
		if err != nil || e[0].Atom(0) != "task" || len(e) > 1 {
			return nil, fmt.Errorf("element %q: %w", e, err)
		}
		w = append(w, n)
	}
	return w, nil
}

func (w toyLoad) String() string {
	text := "t1"
	for _, n := range w {
		text += fmt.Sprintf("+task.%d", n)
	}
	return text
}

func (w toyLoad) Cost() Cost { return Cost{Calls: 10 * len(w), Time: time.Second} }

type toyRunner struct{ suite toy }

func (r *toyRunner) Run(c *Case) {
	s := r.suite
	bug := s.broken == nil || *s.broken
	if s.forget != nil {
		*s.forget++
		bug = *s.forget%2 == 1
	}
	if s.lacks {
		calls := c.Kernel.Kqueue()
		kq, _ := calls.Kqueue()
		_, _ = calls.Kevent(kq, []kqueue.Kevent{{Filter: -3, Flags: kqueue.Add}}, nil, nil)
	}
	if s.extra != nil {
		done := 0
		for range *s.extra {
			c.Host.Go("extra", func() { done++ })
		}
		c.Host.Yield("extra")
	}
	var arrived []int
	for i, steps := range c.Workload.(toyLoad) {
		c.Host.Go(fmt.Sprintf("task %d", i), func() {
			for range steps {
				c.Host.Yield("step")
			}
			c.Lock()
			defer c.Unlock()
			c.Events++
			c.Yields += steps
			at := c.Note(Entry{Kind: 1, ID: i, Text: c.Say("task %d arrives", i)})
			arrived = append(arrived, i)
			if bug {
				if !c.Holds(toyInOrder, len(arrived) < 2 || arrived[len(arrived)-2] < i) {
					c.Fail(toyInOrder, at, "task %d arrived after task %d", i, arrived[max(len(arrived)-2, 0)])
				}
				if !c.Holds(toyFirst, arrived[0] == 0) {
					c.Fail(toyFirst, at, "task %d was first", arrived[0])
				}
			} else {
				c.Count(toyInOrder)
				c.Count(toyFirst)
			}
		})
	}
}

func (*toyRunner) Timeline(history []Entry, mark int) []Line {
	var lines []Line
	for i, e := range history {
		lines = append(lines, Line{At: e.At, Lane: "tasks", Text: e.Text, Mark: i == mark, Decision: e.Decision})
	}
	return lines
}

// toyOptions are good options.
func toyOptions(t *testing.T) *Options {
	t.Helper()
	return &Options{Subject: "toy", Runs: 200, Dir: t.TempDir()}
}

func toyCheck(t *testing.T, s toy, o *Options) *Report {
	t.Helper()
	r, err := Check(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestToyIsShrunkToItsCore(t *testing.T) {
	o := toyOptions(t)
	r := toyCheck(t, toy{}, o)
	if len(r.Failures) != 2 {
		t.Fatalf("%d rules are broken, want both", len(r.Failures))
	}
	f := r.Broken("in-order")
	if !strings.Contains(f.Tape, "/t1+task.0+task.0+task.0/") || len(f.Deviations) != 1 {
		t.Errorf("in-order was shrunk to %s with %d deviations, want three tasks without steps, of which the first is the first, and one", f.Tape, len(f.Deviations))
	}
	for _, f := range r.Failures {
		again, err := Replay(f.Tape, toy{}, o)
		if err != nil || again.Broken(f.Rule) == nil || again.Diverged != "" {
			t.Errorf("%s replays as %+v, %v", f.Tape, again, err)
		}
		again, err = Replay(f.Saved, toy{}, o)
		if err != nil || again.Broken(f.Rule) == nil || again.Diverged != "" {
			t.Errorf("%s replays as %+v, %v", f.Saved, again, err)
		}
	}
}

// TestSavedRunsAreRunFirst goes the way of a failure: found, saved, found again
// before any search, mended, found kept, and after another change of the program
// replayed by its deviations.
func TestSavedRunsAreRunFirst(t *testing.T) {
	broken, extra := true, 0
	s, o := toy{broken: &broken, extra: &extra}, toyOptions(t)
	found := toyCheck(t, s, o)
	if found.Failure == nil {
		t.Fatal("not found")
	}
	rerun := func() *Report {
		x := newSearch(t, s, o.withDefaults(s.Properties()))
		defer x.stop()
		x.rerunSaved()
		return x.report
	}
	r := rerun()
	if len(r.Failures) != len(found.Failures) || r.Simulated.Runs != 0 {
		t.Errorf("%d failures in %d runs of the saved ones, want %d and no search", len(r.Failures), r.Simulated.Runs, len(found.Failures))
	}
	broken = false
	r = rerun()
	said := strings.Join(r.Saved, "\n")
	if r.Failure != nil || !strings.Contains(said, "keeps in-order now") || !strings.Contains(said, "keeps first-first now") {
		t.Errorf("after the fix: %+v, said:\n%s", r.Failure, said)
	}
	broken, extra = true, 2
	r = rerun()
	said = strings.Join(r.Saved, "\n")
	if !strings.Contains(said, "diverged: decision 0: the saved run asked task (2 alternatives), this run asks task (3 alternatives)") {
		t.Errorf("after another change said:\n%s", said)
	}
}

func TestSearchThatDoesNotReplay(t *testing.T) {
	runs := 0
	r := toyCheck(t, toy{forget: &runs}, toyOptions(t))
	if r.Failure == nil || !strings.Contains(r.Failure.Note, "does not replay: made again, the run breaks no rule") {
		t.Fatalf("reported as %+v", r.Failure)
	}
	if screen := r.Failure.Screen(""); !strings.Contains(screen, "saved: ") || !strings.Contains(screen, "arrives") {
		t.Errorf("the screen has no path or no history:\n%s", screen)
	}
}

func TestWaivedRules(t *testing.T) {
	o := toyOptions(t)
	o.Waive = map[string]string{"in-order": "nobody needs it"}
	r := toyCheck(t, toy{}, o)
	if r.Broken("in-order") != nil || r.Broken("first-first") == nil || r.Verdict(&r.Simulated, toyInOrder) != VerdictWaived {
		t.Errorf("reported: %+v, in-order is %s", r.Failures, r.Verdict(&r.Simulated, toyInOrder))
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, tt := range []struct {
		why    string
		change func(o *Options)
		says   string
	}{
		{"runs below none", func(o *Options) { o.Runs = -1 }, "Options.Runs is -1"},
		{"too many runs", func(o *Options) { o.Runs = MaxRuns + 1 }, "Options.Runs is 100000001"},
		{"runs on a host below none", func(o *Options) { o.HostRuns = -5 }, "Options.HostRuns is -5"},
		{"time below none", func(o *Options) { o.Hang = -time.Second }, "Options.Hang is -1s"},
		{"more time than anybody waits", func(o *Options) { o.Hang = 48 * time.Hour }, "Options.Hang is 48h"},
		{"workers below none", func(o *Options) { o.Workers = -2 }, "Options.Workers is -2"},
		{"too many workers", func(o *Options) { o.Workers = MaxWorkers + 1 }, "Options.Workers is 257"},
		{"a shard that is none", func(o *Options) { o.Shard, o.Shards = 3, 3 }, "Options.Shard is 3"},
		{"a shard of one", func(o *Options) { o.Shard = 1 }, "Options.Shard is 1"},
		{"an unknown dialect", func(o *Options) { o.Dialect = "vms" }, `Options.Dialect is "vms"`},
		{"a plan of no mode", func(o *Options) { o.Plan = &fakedemux.Plan{Mode: 9} }, "Options.Plan"},
		{"a plan with faults below none", func(o *Options) { o.Plan = &fakedemux.Plan{Faults: -1} }, "Options.Plan"},
		{"a plan that switches off what is not there", func(o *Options) { o.Plan = &fakedemux.Plan{Off: "?"} }, "Options.Plan"},
		{"a subject of two lines", func(o *Options) { o.Subject = "a\nb" }, `Options.Subject is "a\nb"`},
		{"a workload of another version", func(o *Options) { o.Workload = "t0" }, `Options.Workload is "t0"`},
		{"a workload of nothing that is known", func(o *Options) { o.Workload = "t1+dance" }, "dance"},
		{"a waiver of no rule", func(o *Options) { o.Waive = map[string]string{"be-nice": "why"} }, `Options.Waive names "be-nice"`},
		{"a waiver without a reason", func(o *Options) { o.Waive = map[string]string{"in-order": " "} }, `no reason for "in-order"`},
		{"a strategy with workers", func(o *Options) { o.Strategy, o.Workers = &rapidStrategy{}, 2 }, "Options.Strategy is given"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			o := toyOptions(t)
			tt.change(o)
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, tt.says) || !strings.HasPrefix(said, "proptest: ") {
					t.Errorf("it panics with %q, want %q", said, tt.says)
				}
			}()
			_, _ = Check(toy{}, o)
		})
	}
}

// TestSavingDoesNotFollowLinks has a link where a file is to be written.
func TestSavingDoesNotFollowLinks(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.txt")
	if err := os.Symlink(outside, link); err != nil {
		t.Skipf("this system makes no links: %v", err)
	}
	if err := writeWhole(link, "theirs"); err == nil || !strings.Contains(err.Error(), "link.txt") {
		t.Errorf("written through a link: %v", err)
	}
	if text, _ := os.ReadFile(outside); string(text) != "mine" {
		t.Errorf("the file has %q", text)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestFailureThatCannotBeSaved(t *testing.T) {
	o := toyOptions(t)
	o.Dir = filepath.Join(o.Dir, "file")
	if err := os.WriteFile(o.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := toyCheck(t, toy{}, o)
	if r.Failure == nil || r.Failure.SaveErr == nil || !strings.Contains(r.Failure.Screen(""), "not saved: ") {
		t.Errorf("reported as %+v", r.Failure)
	}
}

// TestMemoryOfALongSearchIsFlat compares what a search holds early and late.
func TestMemoryOfALongSearchIsFlat(t *testing.T) {
	correct := false
	var early, late uint64
	o := toyOptions(t)
	o.Runs = 60_000
	o.Progress = func(r *Report) bool {
		var m runtime.MemStats
		switch runs := r.Simulated.Runs; {
		case runs == 20*reportEvery*blockRuns:
			runtime.GC()
			runtime.ReadMemStats(&m)
			early = m.HeapAlloc
		case runs >= 59_000 && late == 0:
			runtime.GC()
			runtime.ReadMemStats(&m)
			late = m.HeapAlloc
		}
		return true
	}
	toyCheck(t, toy{broken: &correct}, o)
	if early == 0 || late == 0 || late > early+64<<10 {
		t.Errorf("%d bytes after 10 000 runs, %d after 59 000", early, late)
	}
}

// TestRealHostIsNotJudgedWithoutOne: a host that cannot be opened says nothing of
// the subject.
func TestRealHostIsNotJudgedWithoutOne(t *testing.T) {
	correct := false
	o := toyOptions(t)
	o.Host = func() demux.Host { return closedHost{realdemux.NewHost()} }
	r := toyCheck(t, toy{broken: &correct}, o)
	if r.Failure != nil || !strings.Contains(r.NotJudged, "too many open files") {
		t.Errorf("reported: %+v, not judged: %q", r.Failure, r.NotJudged)
	}
}

// TestLackOfTheSimulationIsNoVerdict: a subject that asks for what the simulation does
// not have is not judged, whatever else it does.
func TestLackOfTheSimulationIsNoVerdict(t *testing.T) {
	o := toyOptions(t)
	o.Dialect = "kqueue-freebsd"
	r := toyCheck(t, toy{lacks: true}, o)
	if want := "the simulation has no EVFILT_AIO on freebsd"; r.Failure != nil || r.NotJudged != want {
		t.Errorf("reported: %+v, not judged: %q, want %q", r.Failure, r.NotJudged, want)
	}
}

type closedHost struct{ demux.Host }

func (closedHost) Open() (demux.Demux, error) { return nil, fmt.Errorf("too many open files") }
