package fakedemux

import (
	"encoding/binary"
	"time"

	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Flags and clocks of a timerfd; timerfd_create(2).
const (
	TimerAbsolute = 1 // TFD_TIMER_ABSTIME

	clockRealtime  = 0
	clockMonotonic = 1
	clockBoottime  = 7
	cancelOnSet    = 2 // TFD_TIMER_CANCEL_ON_SET: the clock is never set here
)

// Itimerspec is a struct itimerspec: the time of the first expiration, 0 for
// never, and the interval of the later ones, 0 for no repetition.
type Itimerspec struct {
	Interval, Value epoll.Timespec
}

// timerfd is what timerfd_create(2) makes. A timer that repeats stops when it
// has expired: the next read, or look at it, counts what has passed meanwhile
// and starts it again. So it is an edge once, however often it would have
// expired; seen on Linux 6.18 (TestTimerfdRepeats).
type timerfd struct {
	kernel   *Kernel
	desc     *description
	timer    *scheduler.Timer
	at       time.Duration // the next expiration, or the one that stopped it
	interval time.Duration
	ticks    uint64 // expirations that nobody has read
	armed    bool
	stopped  bool // it has expired, and was not started again
}

func (t *timerfd) kind() string                { return "timerfd" }
func (t *timerfd) write([]byte) (int, failure) { return 0, invalid }

func (t *timerfd) release() { t.kernel.tasks.Disarm(t.timer) }

func (t *timerfd) poll() uint32 {
	if t.ticks > 0 {
		return epoll.EPOLLIN
	}
	return 0
}

func (t *timerfd) expire() {
	t.armed, t.stopped = false, true
	t.ticks++
	t.desc.notify(epoll.EPOLLIN)
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

// remaining is what timerfd_gettime(2) returns: the time that is left of a timer
// that is armed, at least 1 ns.
func (t *timerfd) remaining() Itimerspec {
	t.catchUp()
	left := time.Duration(0)
	if t.armed {
		left = max(t.at-t.kernel.tasks.Now(), 1)
	}
	return Itimerspec{Interval: timespec(t.interval), Value: timespec(left)}
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

func timespec(d time.Duration) epoll.Timespec {
	return epoll.Timespec{Sec: int64(d / time.Second), Nsec: int64(d % time.Second)}
}

// duration returns ts, never if it is beyond a Duration; ok is false if it is
// no time at all.
func duration(ts epoll.Timespec) (d time.Duration, ok bool) {
	if ts.Sec < 0 || ts.Nsec < 0 || ts.Nsec >= 1e9 {
		return 0, false
	}
	if ts.Sec >= int64(never/time.Second) {
		return never, true
	}
	return time.Duration(ts.Sec)*time.Second + time.Duration(ts.Nsec), true
}

// TimerfdCreate is timerfd_create(2). Every clock is the virtual one.
func (l Linux) TimerfdCreate(clock, flags int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "timerfd_create", Handle: -1})
	clock, flags = cInt(clock), cInt(flags)
	known := clock == clockRealtime || clock == clockMonotonic || clock == clockBoottime
	if !known || flags&^(epoll.CloseOnExec|epoll.NonBlock) != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	t := &timerfd{kernel: k}
	t.timer = k.tasks.NewTimer(t.expire)
	fd, d := k.add(t, "timerfd_create")
	d.blocking = flags&epoll.NonBlock == 0
	t.desc = d
	k.closeOnExec(fd, flags)
	return fd, 0
}

// TimerfdSettime is timerfd_settime(2). It returns the setting that
// TimerfdGettime would have returned before the call.
func (l Linux) TimerfdSettime(fd, flags int, spec *Itimerspec) (Itimerspec, epoll.Errno) {
	k := l.k
	k.tasks.Switch(k.call("timerfd_settime", fd, false))
	if spec == nil {
		return Itimerspec{}, epoll.EFAULT
	}
	value, valid := duration(spec.Value)
	interval, valid2 := duration(spec.Interval)
	if flags = cInt(flags); flags&^(TimerAbsolute|cancelOnSet) != 0 || !valid || !valid2 {
		return Itimerspec{}, epoll.EINVAL
	}
	t, e := l.timer(fd)
	if e != 0 {
		return Itimerspec{}, e
	}
	old := t.remaining()
	t.set(flags&TimerAbsolute != 0, value, interval)
	return old, 0
}

// TimerfdGettime is timerfd_gettime(2).
func (l Linux) TimerfdGettime(fd int) (Itimerspec, epoll.Errno) {
	k := l.k
	k.tasks.Switch(k.call("timerfd_gettime", fd, false))
	t, e := l.timer(fd)
	if e != 0 {
		return Itimerspec{}, e
	}
	return t.remaining(), 0
}

func (l Linux) timer(fd int) (*timerfd, epoll.Errno) {
	d := l.k.lookup(fd)
	if d == nil {
		return nil, epoll.EBADF
	}
	t, fits := d.object.(*timerfd)
	if !fits {
		return nil, epoll.EINVAL
	}
	return t, 0
}
