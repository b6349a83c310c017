package fakedemux

import (
	"encoding/binary"
	"time"

	"reactortest/scheduler"
)

// timerfd is what timerfd_create(2) makes. A timer that repeats stops when it
// has expired: the next read, or look at it, counts what has passed meanwhile
// and starts it again. So it is an edge once, however often it would have
// expired; seen on Linux 6.18 (TestTimerfdRepeats).
type timerfd struct {
	kernel   *system
	desc     *description
	timer    *scheduler.Timer
	at       time.Duration // the next expiration, or the one that stopped it
	interval time.Duration
	ticks    uint64 // expirations that nobody has read
	armed    bool
	stopped  bool // it has expired, and was not started again
}

// addTimerfd makes a timer and installs it.
func (k *system) addTimerfd(call string) (int, *description) {
	t := &timerfd{kernel: k}
	t.timer = k.tasks.NewTimer(t.expire)
	fd, d := k.add(t, call)
	t.desc = d
	return fd, d
}

func (t *timerfd) kind() string                { return "timerfd" }
func (t *timerfd) write([]byte) (int, failure) { return 0, invalid }

func (t *timerfd) release() { t.kernel.tasks.Disarm(t.timer) }

func (t *timerfd) poll() uint32 { return t.conditions() }

func (t *timerfd) conditions() uint32 {
	if t.ticks > 0 {
		return readable
	}
	return 0
}

func (t *timerfd) expire() {
	t.armed, t.stopped = false, true
	t.ticks++
	t.desc.notify(readable)
}

// read returns how often the timer has expired since the last read.
func (t *timerfd) read(b []byte) (int, failure) {
	if len(b) < 8 {
		return 0, invalid
	}
	if t.ticks == 0 {
		return 0, again
	}
	t.catchUp()
	binary.NativeEndian.PutUint64(b, t.ticks)
	t.ticks = 0
	return 8, ok
}

// catchUp starts a timer that repeats again, and counts the expirations since it
// stopped.
func (t *timerfd) catchUp() {
	if !t.stopped || t.interval == 0 {
		return
	}
	passed := (t.kernel.tasks.Now() - t.at) / t.interval
	t.ticks += uint64(passed)
	t.start(t.at + (passed+1)*t.interval)
}

// start arms the timer for at.
func (t *timerfd) start(at time.Duration) {
	t.at, t.armed, t.stopped = at, true, false
	if at == never {
		return // 292 years
	}
	t.kernel.tasks.Arm(t.timer, at)
}

// remaining returns the time that is left of a timer that is armed, at least 1 ns, and
// 0 for another one.
func (t *timerfd) remaining() time.Duration {
	t.catchUp()
	if !t.armed {
		return 0
	}
	return max(t.at-t.kernel.tasks.Now(), 1)
}

func (t *timerfd) set(absolute bool, value, interval time.Duration) {
	t.kernel.tasks.Disarm(t.timer)
	t.armed, t.stopped, t.ticks, t.interval = false, false, 0, interval
	switch now := t.kernel.tasks.Now(); {
	case value == 0:
	case !absolute:
		t.start(t.kernel.tasks.After(value))
	case value <= now: // it has passed
		t.at = value
		t.expire()
	default:
		t.start(value)
	}
}
