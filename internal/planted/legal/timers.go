package legal

import (
	"math"
	"slices"
	"time"
)

type timer struct {
	at      time.Duration
	serial  uint64 // when it was set
	pending bool
	fn      func()
}

// before is the order in which timers run.
func (t *timer) before(other *timer) bool {
	return t.at < other.at || t.at == other.at && t.serial < other.serial
}

// timerList has the timers in the order they are due.
type timerList struct {
	list   []*timer
	serial uint64 // of the timer that was set last
}

func (l *timerList) add(at time.Duration, fn func()) *timer {
	l.serial++
	t := &timer{at: at, serial: l.serial, pending: true, fn: fn}
	i := len(l.list)
	for i > 0 && t.before(l.list[i-1]) {
		i--
	}
	l.list = slices.Insert(l.list, i, t)
	return t
}

func (l *timerList) stop(t *timer) bool {
	if !t.pending {
		return false
	}
	t.pending = false
	l.list = slices.DeleteFunc(l.list, func(other *timer) bool { return other == t })
	return true
}

// due takes the first timer that is due at now and was set no later than last.
func (l *timerList) due(now time.Duration, last uint64) *timer {
	if len(l.list) == 0 || l.list[0].at > now || l.list[0].serial > last {
		return nil
	}
	t := l.list[0]
	l.stop(t)
	return t
}

func (l *timerList) next() (at time.Duration, set bool) {
	if len(l.list) == 0 {
		return 0, false
	}
	return l.list[0].at, true
}

// deadline returns when d from now is.
func deadline(now, d time.Duration) time.Duration {
	if at := now + max(d, 0); at >= 0 {
		return at
	}
	return math.MaxInt64
}

// sooner returns the shorter one of two timeouts; limit < 0 is forever.
func sooner(limit, other time.Duration) time.Duration {
	if limit < 0 || other < limit {
		return other
	}
	return limit
}
