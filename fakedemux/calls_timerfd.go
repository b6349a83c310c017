package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
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

func timespec(d time.Duration) epoll.Timespec {
	return epoll.Timespec{Sec: int64(d / time.Second), Nsec: int64(d % time.Second)}
}

// duration returns ts, never if it is beyond a Duration; ok is false if it is
// no time at all.
func duration(ts epoll.Timespec) (d time.Duration, ok bool) {
	if ts.Sec < 0 || ts.Nsec < 0 || ts.Nsec >= 1e9 {
		return 0, false
	}
	if ts.Sec >= int64(machine.Never/time.Second) {
		return machine.Never, true
	}
	return time.Duration(ts.Sec)*time.Second + time.Duration(ts.Nsec), true
}

// TimerfdCreate is timerfd_create(2). Every clock is the virtual one.
func (l Linux) TimerfdCreate(clock, flags int) (int, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "timerfd_create", Handle: -1})
	clock, flags = machine.CInt(clock), machine.CInt(flags)
	known := clock == clockRealtime || clock == clockMonotonic || clock == clockBoottime
	if !known || flags&^(epoll.CloseOnExec|epoll.NonBlock) != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.Linux()
	}
	fd, d := k.system.AddTimerfd("timerfd_create")
	d.Blocking = flags&epoll.NonBlock == 0
	k.closeOnExec(fd, flags)
	return fd, 0
}

// TimerfdSettime is timerfd_settime(2). It returns the setting that
// TimerfdGettime would have returned before the call.
func (l Linux) TimerfdSettime(fd, flags int, spec *Itimerspec) (Itimerspec, epoll.Errno) {
	k := l.k
	k.system.Step("timerfd_settime", fd, false)
	if spec == nil {
		return Itimerspec{}, epoll.EFAULT
	}
	value, valid := duration(spec.Value)
	interval, valid2 := duration(spec.Interval)
	if flags = machine.CInt(flags); flags&^(TimerAbsolute|cancelOnSet) != 0 || !valid || !valid2 {
		return Itimerspec{}, epoll.EINVAL
	}
	t, e := l.timer(fd)
	if e != 0 {
		return Itimerspec{}, e
	}
	old := settingOfTimer(t)
	t.Set(flags&TimerAbsolute != 0, value, interval)
	return old, 0
}

// TimerfdGettime is timerfd_gettime(2).
func (l Linux) TimerfdGettime(fd int) (Itimerspec, epoll.Errno) {
	k := l.k
	k.system.Step("timerfd_gettime", fd, false)
	t, e := l.timer(fd)
	if e != 0 {
		return Itimerspec{}, e
	}
	return settingOfTimer(t), 0
}

func (l Linux) timer(fd int) (*objects.Timerfd, epoll.Errno) {
	d := l.k.system.Lookup(fd)
	if d == nil {
		return nil, epoll.EBADF
	}
	t, fits := d.Object.(*objects.Timerfd)
	if !fits {
		return nil, epoll.EINVAL
	}
	return t, 0
}

// settingOfTimer is what timerfd_gettime(2) returns.
func settingOfTimer(t *objects.Timerfd) Itimerspec {
	return Itimerspec{Value: timespec(t.Remaining()), Interval: timespec(t.Interval)}
}
