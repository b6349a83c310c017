//go:build linux

package sim

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// Eventfd is eventfd(2).
func Eventfd(initval uint, flags int) (fd int, err error) {
	fd, err = -1, Errno(epoll.EBADF)
	Enter("eventfd", -1, func(s *System) {
		n, e := s.Linux.Eventfd(initval, flags)
		if e == 0 {
			s.remember(n)
		}
		s.Tell("eventfd", -1, n, e)
		fd, err = n, Errno(e)
	})
	return fd, err
}

// EpollCreate1 is epoll_create1(2).
func EpollCreate1(flags int) (int, error) {
	return Call("epoll_create1", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.EpollCreate1(flags) })
}

// EpollCtl is epoll_ctl(2).
func EpollCtl(epfd, op, fd int, ev *Event) error {
	var x *epoll.Event
	if ev != nil {
		x = &epoll.Event{Events: ev.Events, Data: data(ev)}
	}
	return only(Call("epoll_ctl", epfd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.EpollCtl(epfd, op, fd, x) }))
}

// EpollWait is epoll_wait(2). A mask, if it is not nil, makes it epoll_pwait(2).
func EpollWait(epfd int, events []Event, msec int, mask *fakedemux.Sigset) (n int, err error) {
	n, err = -1, Errno(epoll.EBADF)
	Enter("epoll_wait", epfd, func(s *System) {
		s.events = append(s.events[:0], make([]epoll.Event, len(events))...)
		var e epoll.Errno
		if mask != nil {
			n, e = s.Linux.EpollPwait(epfd, s.events, msec, *mask)
		} else {
			n, e = s.Linux.EpollWait(epfd, s.events, msec)
		}
		for i := range max(n, 0) {
			events[i].Events = s.events[i].Events
			setData(&events[i], s.events[i].Data)
		}
		s.Tell("epoll_wait", epfd, n, e)
		err = Errno(e)
	})
	return n, err
}

// Poll is poll(2); with a time it is ppoll(2).
func Poll(fds []fakedemux.PollFD, msec int, timeout *epoll.Timespec, mask *fakedemux.Sigset) (int, error) {
	if timeout == nil && mask == nil {
		return Call("poll", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.PollFiles(fds, msec) })
	}
	return Call("ppoll", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Ppoll(fds, timeout, mask) })
}

// TimerfdCreate is timerfd_create(2).
func TimerfdCreate(clock, flags int) (int, error) {
	return Call("timerfd_create", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.TimerfdCreate(clock, flags) })
}

// TimerfdSettime is timerfd_settime(2).
func TimerfdSettime(fd, flags int, spec *fakedemux.Itimerspec) (old fakedemux.Itimerspec, err error) {
	_, err = Call("timerfd_settime", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		old, e = l.TimerfdSettime(fd, flags, spec)
		return 0, e
	})
	return old, err
}

// TimerfdGettime is timerfd_gettime(2).
func TimerfdGettime(fd int) (left fakedemux.Itimerspec, err error) {
	_, err = Call("timerfd_gettime", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		left, e = l.TimerfdGettime(fd)
		return 0, e
	})
	return left, err
}
