package scheduler_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// shape returns the bounds of the choices asked, "2 62".
func shape(decisions []scheduler.Decision) string {
	var b strings.Builder
	for _, d := range decisions {
		fmt.Fprintf(&b, "%d ", d.N)
	}
	return strings.TrimSpace(b.String())
}

func TestPick(t *testing.T) {
	for _, c := range []struct {
		why  string
		n    int
		list []int
		want int
		asks string // bounds
	}{
		{"one alternative is no choice", 1, []int{5}, 0, ""},
		{"a small number is one digit", 62, []int{61}, 61, "62"},
		{"quiet is 0", 100_000, nil, 0, "27 62 62"},
		{"beyond 62 the most significant digit comes first", 124, []int{1, 3}, 65, "2 62"},
		{"the last digit has the bound that is left", 63, []int{1}, 62, "2"},
		{"the largest", 5000, []int{1, 18, 39}, 4999, "2 19 40"},
		{"three digits", 62 * 62 * 62, []int{1, 2, 3}, 62*62 + 2*62 + 3, "62 62 62"},
	} {
		rec := scheduler.NewRecorder(0)
		rec.Begin(&answers{list: c.list})
		if got := rec.Pick(pointOrder, c.n); got != c.want || rec.Err() != nil {
			t.Errorf("%s: Pick(%d) = %d, %v, want %d", c.why, c.n, got, rec.Err(), c.want)
		}
		if got := shape(rec.Decisions()); got != c.asks {
			t.Errorf("%s: asked %q, want %q", c.why, got, c.asks)
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		why   string
		limit int
		want  string // by answer
	}{
		{"nothing to choose", 0, "0"},
		{"one has one amount", 1, "1"},
		{"two has two", 2, "2 1"},
		{"rungs that coincide are offered once", 3, "3 1 2"},
		{"four", 4, "4 1 2 3"},
		{"all, 1, half, all but 1, a quarter", 1000, "1000 1 500 999 250"},
	} {
		var got []string
		for answer, n := 0, 1; answer < n; answer++ {
			rec := scheduler.NewRecorder(0)
			rec.Begin(&answers{list: []int{answer}})
			got = append(got, fmt.Sprint(rec.Amount(pointAmount, c.limit, 0)))
			for _, d := range rec.Decisions() {
				n = int(d.N)
			}
		}
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%s: Amount(%d) offers %s, want %s", c.why, c.limit, all, c.want)
		}
	}
}

func TestRecorderErrors(t *testing.T) {
	for _, c := range []struct {
		why   string
		max   int
		s     scheduler.Strategy
		want  []string
		after int // decisions recorded
	}{
		{
			"out of range names the strategy, the number and the point", 0, &answers{list: []int{0, 2}},
			[]string{"*scheduler_test.answers answered 2 to choice 1 at test-fault, which has 2 alternatives (0 to 1)"},
			1,
		},
		{"below range too", 0, &answers{list: []int{-1}}, []string{"answered -1 to choice 0"}, 0},
		{"the budget", 3, nil, []string{"the budget of decisions is spent"}, 3},
		{
			"a strategy that knows why says it", 0, scheduler.NewReplay("1Z", true),
			[]string{"diverged at decision 1", `digit 'Z' is 35`, "test-fault of 2"},
			1,
		},
	} {
		rec := scheduler.NewRecorder(c.max)
		rec.Begin(c.s)
		for range 10 {
			rec.Fault(pointFault, 0)
		}
		mustContain(t, rec.Err(), c.want...)
		if got := len(rec.Decisions()); got != c.after {
			t.Errorf("%s: %d decisions recorded, want %d", c.why, got, c.after)
		}
		if rec.Fault(pointFault, 0) {
			t.Errorf("%s: after the error an answer is not quiet", c.why)
		}
		rec.Begin(nil)
		if rec.Err() != nil || len(rec.Decisions()) != 0 {
			t.Errorf("%s: Begin does not forget", c.why)
		}
	}
}

// A strategy's bad answer ends a run of tasks, with an error that is no
// livelock.
func TestBadStrategyEndsTheRun(t *testing.T) {
	s := newTasks(t, &answers{list: []int{1, 7}}, scheduler.Budget{})
	for range 2 {
		s.Go("t", func() { s.Switch(at("call")) })
	}
	err := s.Run()
	mustContain(t, err, "answered 7 to choice 1 at task")
	var live *scheduler.Livelock
	if errors.As(err, &live) {
		t.Error("reported as a livelock")
	}
}

func TestRecorderPanics(t *testing.T) {
	rec := scheduler.NewRecorder(0)
	for _, c := range []struct {
		why  string
		f    func()
		want string
	}{
		{"63 alternatives have no digit", func() { rec.Choose(&scheduler.Choice{Point: pointOrder, N: 63}) }, "a choice of 63 at test-order"},
		{"Pick from nothing", func() { rec.Pick(pointOrder, 0) }, "Pick of 0 at test-order"},
		{"a name with a space", func() { scheduler.NewPoint("two words", "") }, "two words"},
		{"a name with digits would read as an index", func() { scheduler.NewPoint("order2", "") }, "order2"},
		{"an empty name", func() { scheduler.NewPoint("", "") }, `""`},
		{"a name twice", func() { scheduler.NewPoint("test-order", "a test's") }, "registered twice: test-order"},
		{"depth 0", func() { scheduler.NewPCT(1, 0) }, "depth 0"},
		{"no deviations", func() { scheduler.NewSparse(1, 0) }, "without deviations"},
	} {
		func() {
			defer func() {
				if cause := fmt.Sprint(recover()); !strings.Contains(cause, c.want) {
					t.Errorf("%s: panic %q, want %q in it", c.why, cause, c.want)
				}
			}()
			c.f()
		}()
	}
}

func TestPoints(t *testing.T) {
	for _, p := range scheduler.Points() {
		if got, known := scheduler.ParsePoint(p.String()); !known || got != p {
			t.Errorf("ParsePoint(%q) = %v, %v", p, got, known)
		}
	}
	for _, name := range []string{"", "none", "no-such-point"} {
		if p, known := scheduler.ParsePoint(name); known {
			t.Errorf("ParsePoint(%q) = %v, want none", name, p)
		}
	}
	if got := scheduler.Point(255).String(); got != "point(255)" {
		t.Errorf("an unregistered point prints %q", got)
	}
}

func TestDigest(t *testing.T) {
	base := []scheduler.Decision{{Point: pointOrder, N: 3, Got: 1}, {Point: pointFault, N: 2, Got: 0}}
	seen := map[uint32]string{scheduler.Digest("w1", base, ""): "the run itself"}
	for _, c := range []struct {
		why       string
		workload  string
		decisions []scheduler.Decision
		rule      string
	}{
		{"the rule", "w1", base, "no-stale-dispatch"},
		{"the workload", "w2", base, ""},
		{"an empty workload", "", base, ""},
		{"a workload that ends like a rule", "", base, "w1"},
		{"an answer", "w1", []scheduler.Decision{{Point: pointOrder, N: 3, Got: 2}, {Point: pointFault, N: 2}}, ""},
		{"a bound", "w1", []scheduler.Decision{{Point: pointOrder, N: 4, Got: 1}, {Point: pointFault, N: 2}}, ""},
		{"a point", "w1", []scheduler.Decision{{Point: pointAmount, N: 3, Got: 1}, {Point: pointFault, N: 2}}, ""},
		{"the order", "w1", []scheduler.Decision{base[1], base[0]}, ""},
		{"a quiet decision at the end", "w1", append(base[:2:2], scheduler.Decision{Point: pointFault, N: 2}), ""},
		{"no decisions", "w1", nil, ""},
	} {
		d := scheduler.Digest(c.workload, c.decisions, c.rule)
		if other, taken := seen[d]; taken {
			t.Errorf("%s does not change the digest: same as %s", c.why, other)
		}
		seen[d] = c.why
	}
	// Tapes in the world carry digests: they must not change. The value depends
	// on the names of the points and not on their numbers.
	if got := scheduler.Digest("w1", base, "no-stale-dispatch"); got != 0xf8ec4eb6 {
		t.Errorf("digest %08x, want f8ec4eb6", got)
	}
}
