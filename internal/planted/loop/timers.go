package loop

import (
	"math"
	"slices"
	"time"
)

// Queue is a Timers: a list in the order of Before.
type Queue struct {
	List   []*Timer
	Before func(t, other *Timer) bool
}

// Before is the correct order: by deadline, then in the order of setting.
func Before(t, other *Timer) bool {
	return t.At < other.At || t.At == other.At && t.Serial < other.Serial
}

// Add inserts t.
func (q *Queue) Add(t *Timer) {
	i := len(q.List)
	for i > 0 && q.Before(t, q.List[i-1]) {
		i--
	}
	q.List = slices.Insert(q.List, i, t)
}

// Remove takes t out.
func (q *Queue) Remove(t *Timer) {
	q.List = slices.DeleteFunc(q.List, func(other *Timer) bool { return other == t })
}

// Due takes the first timer if it is due at now and was set no later than last.
func (q *Queue) Due(now time.Duration, last uint64) *Timer {
	t := q.Next()
	if t == nil || t.At > now || t.Serial > last {
		return nil
	}
	q.List = slices.Delete(q.List, 0, 1)
	return t
}

// Next returns the first timer, nil if there is none.
func (q *Queue) Next() *Timer {
	if len(q.List) == 0 {
		return nil
	}
	return q.List[0]
}

func (l *Loop) deadline(d time.Duration) time.Duration {
	if at := l.Host.Now() + max(d, 0); at >= 0 {
		return at
	}
	return math.MaxInt64
}

func (l *Loop) setTimer(t *Timer, d time.Duration) {
	l.Serial++
	t.At, t.Serial, t.Pending = l.Parts.Deadline(d), l.Serial, true
	l.Parts.Timers.Add(t)
	l.Work++
}

func (l *Loop) stopTimer(t *Timer) bool {
	if !t.Pending {
		return false
	}
	t.Pending = false
	l.Work--
	l.Parts.Timers.Remove(t)
	return true
}

func (l *Loop) resetTimer(t *Timer, d time.Duration) bool {
	was := l.Parts.StopTimer(t)
	l.Parts.SetTimer(t, d)
	return was
}

// runTimers leaves timers that are set meanwhile to the next iteration.
func (l *Loop) runTimers() (n int) {
	l.Phase.Store(InTimers)
	defer l.Phase.Store(Outside)
	for now, last := l.Host.Now(), l.Serial; !l.Closed.Load(); n++ {
		t := l.Parts.Timers.Due(now, last)
		if t == nil {
			break
		}
		l.Parts.Fire(t)
	}
	return n
}

func (l *Loop) fire(t *Timer) {
	t.Pending = false
	l.Work--
	t.Fn()
}
