package objects

import (
	"encoding/binary"
	"time"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// Timerfd is what timerfd_create(2) makes. A timer that repeats stops when it
// has expired: the next read, or look at it, counts what has passed meanwhile
// and starts it again. So it is an edge once, however often it would have
// expired; seen on Linux 6.18 (TestTimerfdRepeats).
type Timerfd struct {
	kernel   *System
	desc     *machine.Description
	timer    *scheduler.Timer
	at       time.Duration // the next expiration, or the one that stopped it
	Interval time.Duration
	Ticks    uint64 // expirations that nobody has read
	armed    bool
	stopped  bool // it has expired, and was not started again
}

// AddTimerfd makes a timer and installs it.
func (k *System) AddTimerfd(call string) (int, *machine.Description) {
	t := &Timerfd{kernel: k}
	t.timer = k.Tasks.NewTimer(t.expire)
	fd, d := k.Add(t, call)
	t.desc = d
	return fd, d
}

// Kind returns "timerfd".
func (t *Timerfd) Kind() string                      { return "timerfd" }
func (t *Timerfd) Write([]byte) (int, errno.Failure) { return 0, errno.Invalid }

// Release stops the timer.
func (t *Timerfd) Release() { t.kernel.Tasks.Disarm(t.timer) }

// Poll returns Conditions.
func (t *Timerfd) Poll() uint32 { return t.Conditions() }

// Conditions returns what holds.
func (t *Timerfd) Conditions() uint32 {
	if t.Ticks > 0 {
		return machine.Readable
	}
	return 0
}

func (t *Timerfd) expire() {
	t.armed, t.stopped = false, true
	t.Ticks++
	t.desc.Notify(machine.Readable)
}

// Read returns how often the timer has expired since the last read.
func (t *Timerfd) Read(b []byte) (int, errno.Failure) {
	if len(b) < 8 {
		return 0, errno.Invalid
	}
	if t.Ticks == 0 {
		return 0, errno.Again
	}
	t.CatchUp()
	binary.NativeEndian.PutUint64(b, t.Ticks)
	t.Ticks = 0
	return 8, errno.OK
}

// CatchUp starts a timer that repeats again, and counts the expirations since it
// stopped.
func (t *Timerfd) CatchUp() {
	if !t.stopped || t.Interval == 0 {
		return
	}
	passed := (t.kernel.Tasks.Now() - t.at) / t.Interval
	t.Ticks += uint64(passed)
	t.start(t.at + (passed+1)*t.Interval)
}

// start arms the timer for at.
func (t *Timerfd) start(at time.Duration) {
	t.at, t.armed, t.stopped = at, true, false
	if at == machine.Never {
		return // 292 years
	}
	t.kernel.Tasks.Arm(t.timer, at)
}

// Remaining returns the time that is left of a timer that is armed, at least 1 ns, and
// 0 for another one.
func (t *Timerfd) Remaining() time.Duration {
	t.CatchUp()
	if !t.armed {
		return 0
	}
	return max(t.at-t.kernel.Tasks.Now(), 1)
}

// Set starts the timer at a moment or after a time, 0 for never.
func (t *Timerfd) Set(absolute bool, value, interval time.Duration) {
	t.kernel.Tasks.Disarm(t.timer)
	t.armed, t.stopped, t.Ticks, t.Interval = false, false, 0, interval
	switch now := t.kernel.Tasks.Now(); {
	case value == 0:
	case !absolute:
		t.start(t.kernel.Tasks.After(value))
	case value <= now: // it has passed
		t.at = value
		t.expire()
	default:
		t.start(value)
	}
}
