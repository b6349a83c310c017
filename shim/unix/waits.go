//go:build linux

package unix

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

// Eventfd is unix.Eventfd.
func Eventfd(initval uint, flags int) (int, error) {
	if sim.Real() {
		return unix.Eventfd(initval, flags)
	}
	return sim.Eventfd(initval, flags)
}

// EpollCreate is unix.EpollCreate.
func EpollCreate(size int) (int, error) {
	switch {
	case sim.Real():
		return unix.EpollCreate(size)
	case size <= 0:
		return -1, unix.EINVAL
	}
	return sim.EpollCreate1(0)
}

// EpollCreate1 is unix.EpollCreate1.
func EpollCreate1(flag int) (int, error) {
	if sim.Real() {
		return unix.EpollCreate1(flag)
	}
	return sim.EpollCreate1(flag)
}

// EpollCtl is unix.EpollCtl.
func EpollCtl(epfd, op, fd int, event *unix.EpollEvent) error {
	if !sim.Real() {
		return sim.EpollCtl(epfd, op, fd, (*sim.Event)(unsafe.Pointer(event)))
	}
	err := unix.EpollCtl(epfd, op, fd, event)
	if err == nil && event != nil {
		sim.Registered(op, fd, event.Events)
	}
	return err
}

// EpollWait is unix.EpollWait.
func EpollWait(epfd int, events []unix.EpollEvent, msec int) (int, error) {
	if !sim.Real() {
		// The struct is the same in both packages.
		return sim.EpollWait(epfd, unsafe.Slice((*sim.Event)(unsafe.Pointer(unsafe.SliceData(events))), len(events)), msec, nil)
	}
	some, interrupted := sim.ShortWait(events, msec)
	if interrupted {
		return -1, unix.EINTR
	}
	return unix.EpollWait(epfd, some, msec)
}

// Poll is unix.Poll.
func Poll(fds []unix.PollFd, timeout int) (int, error) {
	if sim.Real() {
		return unix.Poll(fds, timeout)
	}
	return poll(fds, timeout, nil, nil)
}

// Ppoll is unix.Ppoll.
func Ppoll(fds []unix.PollFd, timeout *unix.Timespec, sigmask *unix.Sigset_t) (int, error) {
	if sim.Real() {
		return unix.Ppoll(fds, timeout, sigmask)
	}
	var ts *epoll.Timespec
	if timeout != nil {
		t := fromTimespec(*timeout)
		ts = &t
	}
	var mask *fakedemux.Sigset
	if sigmask != nil {
		set := *(*fakedemux.Sigset)(unsafe.Pointer(sigmask))
		mask = &set
	}
	return poll(fds, -1, ts, mask)
}

func poll(fds []unix.PollFd, msec int, ts *epoll.Timespec, mask *fakedemux.Sigset) (int, error) {
	all := make([]fakedemux.PollFD, len(fds))
	for i, fd := range fds {
		all[i] = fakedemux.PollFD{FD: int(fd.Fd), Events: uint32(uint16(fd.Events))}
	}
	n, err := sim.Poll(all, msec, ts, mask)
	for i, fd := range all {
		fds[i].Revents = int16(uint16(fd.Revents))
	}
	return n, err
}

// TimerfdCreate is unix.TimerfdCreate.
func TimerfdCreate(clockid, flags int) (int, error) {
	if sim.Real() {
		return unix.TimerfdCreate(clockid, flags)
	}
	return sim.TimerfdCreate(clockid, flags)
}

// TimerfdSettime is unix.TimerfdSettime.
func TimerfdSettime(fd, flags int, newValue, oldValue *unix.ItimerSpec) error {
	if sim.Real() {
		return unix.TimerfdSettime(fd, flags, newValue, oldValue)
	}
	if newValue == nil {
		return unix.EFAULT
	}
	old, err := sim.TimerfdSettime(fd, flags, &fakedemux.Itimerspec{Interval: fromTimespec(newValue.Interval), Value: fromTimespec(newValue.Value)})
	if err == nil && oldValue != nil {
		*oldValue = unix.ItimerSpec{Interval: toTimespec(old.Interval), Value: toTimespec(old.Value)}
	}
	return err
}

// TimerfdGettime is unix.TimerfdGettime.
func TimerfdGettime(fd int, currValue *unix.ItimerSpec) error {
	if sim.Real() {
		return unix.TimerfdGettime(fd, currValue)
	}
	left, err := sim.TimerfdGettime(fd)
	if err == nil {
		*currValue = unix.ItimerSpec{Interval: toTimespec(left.Interval), Value: toTimespec(left.Value)}
	}
	return err
}

// ClockGettime is unix.ClockGettime. In a bubble every clock is that of the bubble.
func ClockGettime(clockid int32, ts *unix.Timespec) error {
	b := bubble.Current()
	if b == nil {
		return unix.ClockGettime(clockid, ts)
	}
	if clockid == unix.CLOCK_REALTIME {
		*ts = unix.NsecToTimespec(time.Now().UnixNano())
	} else {
		*ts = unix.NsecToTimespec(int64(b.Elapsed()))
	}
	return nil
}

func fromTimespec(ts unix.Timespec) epoll.Timespec {
	sec, nsec := ts.Unix()
	return epoll.Timespec{Sec: sec, Nsec: nsec}
}

func toTimespec(ts epoll.Timespec) unix.Timespec {
	return unix.NsecToTimespec(ts.Sec*int64(time.Second) + ts.Nsec)
}
