//go:build linux

package micro

import (
	"runtime"
	"sync/atomic"
	"time"

	"reactortest/bench/internal/result"
)

const (
	far    = time.Hour              // timers that do not fire are due after that, and up to twice that
	spread = 100 * time.Millisecond // timers that fire are due within that, after near
)

// near is the delay of the first of n timers that are to fire. It is longer than setting all
// of them takes.
func near(n int) time.Duration {
	const base, each = 100 * time.Millisecond, 1500 * time.Nanosecond
	return (base + time.Duration(n)*each).Truncate(time.Millisecond)
}

// timers measures n timers: schedule, rearm, cancel and fire. Everything was done once
// before, so that tables have their size. Delays are multiples of a millisecond and come in
// an order that is always the same and looks random.
func timers(t Timers, n int) error {
	r := sequence(1)
	first, second, soon := make([]time.Duration, n), make([]time.Duration, n), make([]time.Duration, n)
	for i := range n {
		first[i] = far + r.below(far)
		second[i] = far + r.below(far)
		soon[i] = near(n) + r.below(spread)
	}
	never := func() { panic("a timer has fired too early") }
	t.Schedule(first, never)
	t.Rearm(second)
	t.Cancel()
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"schedule", func() { t.Schedule(first, never) }},
		{"rearm", func() { t.Rearm(second) }},
		{"cancel", t.Cancel},
	} {
		runtime.GC()
		var m meter
		m.start()
		step.do()
		m.stop(step.what, int64(n))
	}
	return fire(t, soon)
}

// fire measures from the moment at which the first timer fires. At that moment all of them
// are due or will be within spread: no loop fires a million in less.
func fire(t Timers, delays []time.Duration) error {
	var (
		m     meter
		r     *result.Result
		fired atomic.Int64 // Go's own timers fire in goroutines
		over  atomic.Bool  // after r is set
		n     = int64(len(delays))
	)
	runtime.GC()
	began := time.Now()
	t.Schedule(delays, func() {
		switch fired.Add(1) {
		case 1:
			m.began, m.cpu = time.Now(), cpuTime()
		case n:
			r = &result.Result{What: "fire", Ops: n, NS: time.Since(m.began).Nanoseconds(), CPU: cpuTime() - m.cpu}
			over.Store(true)
		}
	})
	if fired.Load() > 0 || time.Since(began) > near(len(delays)) {
		(&result.Result{What: "fire", Note: "setting the timers took longer than their delay"}).Print()
		return nil
	}
	m.allocs = allocations()
	if err := t.Fire(over.Load); err != nil {
		return err
	}
	r.Allocs = int64(allocations() - m.allocs)
	r.Print()
	return nil
}

// Due returns when all of n timers that are to fire are due, counted from the Schedule of the
// last.
func Due(n int) time.Duration { return near(n) + spread }

// sequence is a linear congruential generator: what it gives is always the same.
type sequence uint64

func (s *sequence) below(d time.Duration) time.Duration {
	*s = *s*6364136223846793005 + 1442695040888963407
	return time.Duration(uint64(*s)>>33%uint64(d/time.Millisecond)) * time.Millisecond
}
