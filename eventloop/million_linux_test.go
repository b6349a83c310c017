package eventloop_test

import (
	"math/rand"
	"slices"
	"testing"
	"time"

	"reactortest/eventloop"
)

// manyTimers is how many timers are set at a time.
const manyTimers = 1_000_000

// BenchmarkMillionTimers sets a million timers in drawn order, sets each to a later
// time, cancels them, sets them again and fires them. It also sets one timer a
// million times. All is done in functions of the loop, where programs set timers. The
// benchmark reports what each takes a timer in the median round, and the same for
// Go's own timers. Those are not fired: each would start a goroutine.
func BenchmarkMillionTimers(b *testing.B) {
	_, l := openReal(b)
	order := rand.New(rand.NewSource(1)).Perm(manyTimers)
	ours, theirs := &loopTimers{l: l, order: order}, &goTimers{order: order}
	ours.round(b) // memory is made
	theirs.round()
	ours.spent, theirs.spent = nil, nil
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		ours.round(b)
	}
	b.StopTimer()
	for range b.N {
		theirs.round()
	}
	for name, rounds := range ours.spent {
		b.ReportMetric(median(rounds), name+"-ns")
	}
	for name, rounds := range theirs.spent {
		b.ReportMetric(median(rounds), "go-"+name+"-ns")
	}
	b.ReportMetric(0, "ns/op")
}

func median(rounds []float64) float64 {
	slices.Sort(rounds)
	return rounds[len(rounds)/2]
}

// spent is what an operation took a timer, in each round.
type spent map[string][]float64

func (s *spent) add(name string, began time.Duration) {
	if *s == nil {
		*s = spent{}
	}
	(*s)[name] = append((*s)[name], float64(processorTime()-began)/manyTimers)
}

type loopTimers struct {
	l      *eventloop.Loop
	order  []int
	timers [manyTimers]eventloop.Timer
	fired  int
	spent  spent
}

func (t *loopTimers) round(b *testing.B) {
	b.Helper()
	fn := func() { t.fired++ }
	later := func(at int) time.Duration { return time.Duration(at) * time.Microsecond }
	t.inLoop(b, "schedule", func() {
		for i, at := range t.order {
			t.timers[i] = t.l.AfterFunc(time.Hour+later(at), fn)
		}
	})
	t.inLoop(b, "rearm", func() {
		for i, at := range t.order {
			t.timers[i].Reset(2*time.Hour + later(at))
		}
	})
	t.inLoop(b, "rearm-one", func() {
		for range t.order {
			t.timers[0].Reset(3 * time.Hour)
		}
	})
	t.inLoop(b, "cancel", func() {
		for i := range t.timers {
			t.timers[i].Stop()
		}
	})
	t.inLoop(b, "schedule-due", func() {
		for i, at := range t.order {
			t.timers[i] = t.l.AfterFunc(time.Duration(at), fn)
		}
	})
	t.fired = 0
	began := processorTime()
	for t.fired < manyTimers {
		if _, err := t.l.RunOnce(0); err != nil {
			b.Fatal(err)
		}
	}
	t.spent.add("fire", began)
}

// inLoop runs fn in an iteration of the loop. What the iteration itself does for the
// timers counts too.
func (t *loopTimers) inLoop(b *testing.B, name string, fn func()) {
	b.Helper()
	if err := t.l.Post(fn); err != nil {
		b.Fatal(err)
	}
	began := processorTime()
	if _, err := t.l.RunOnce(0); err != nil {
		b.Fatal(err)
	}
	t.spent.add(name, began)
}

type goTimers struct {
	order  []int
	timers [manyTimers]*time.Timer
	spent  spent
}

func (t *goTimers) round() {
	began := processorTime()
	for i, at := range t.order {
		t.timers[i] = time.AfterFunc(time.Hour+time.Duration(at)*time.Microsecond, func() {})
	}
	t.spent.add("schedule", began)
	began = processorTime()
	for i, at := range t.order {
		t.timers[i].Reset(2*time.Hour + time.Duration(at)*time.Microsecond)
	}
	t.spent.add("rearm", began)
	began = processorTime()
	for range t.order {
		t.timers[0].Reset(3 * time.Hour)
	}
	t.spent.add("rearm-one", began)
	began = processorTime()
	for i := range t.timers {
		t.timers[i].Stop()
	}
	t.spent.add("cancel", began)
}
