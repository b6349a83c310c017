package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// linuxCalls are the kernel's calls with Linux's numbers: an epoll.Syscalls.
type linuxCalls struct {
	k *Kernel
}

var _ epoll.Syscalls = linuxCalls{}

// Epoll returns the Linux calls of the kernel, for code that makes them itself.
// Its methods are calls of tasks, like those of the kernel. A Write to an eventfd
// is a switch point only with Plan.WakeSwitches.
func (k *Kernel) Epoll() epoll.Syscalls { return linuxCalls{k} }

// EpollCreate1 is epoll_create1(2).
func (l linuxCalls) EpollCreate1(flags int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "epoll_create1", Handle: -1})
	if cInt(flags)&^epoll.CloseOnExec != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	fd, d := k.epolls.add("epoll_create1")
	d.blocking = true
	k.closeOnExec(fd, flags)
	return fd, 0
}

// EpollCtl is epoll_ctl(2).
func (l linuxCalls) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	k := l.k
	k.tasks.Switch(k.call("epoll_ctl", epfd, false))
	op, fd = cInt(op), cInt(fd)
	if ev == nil && op != epoll.CtlDel {
		return epoll.EFAULT
	}
	ep, target, e := k.controlled(epfd, op, fd, ev)
	if e != 0 {
		return e
	}
	it := ep.registration(target, fd)
	switch {
	case op == epoll.CtlAdd && it != nil:
		return epoll.EEXIST
	case op == epoll.CtlAdd:
		return ep.register(target, fd, ev).linux()
	case op != epoll.CtlMod && op != epoll.CtlDel:
		return epoll.EINVAL
	case it == nil:
		return epoll.ENOENT
	case op == epoll.CtlDel:
		it.remove()
	case it.events&exclusive != 0:
		return epoll.EINVAL
	default:
		it.modify(ev)
	}
	return 0
}

// controlled returns the instance and the target of an EpollCtl, or why they
// are none. The order of the checks is that of Linux 6.18.
func (k *Kernel) controlled(epfd, op, fd int, ev *epoll.Event) (*epollInstance, *description, epoll.Errno) {
	epd, target := k.lookup(epfd), k.lookup(fd)
	if epd == nil || target == nil {
		return nil, nil, epoll.EBADF
	}
	if _, plain := target.object.(*openFile); plain {
		return nil, nil, epoll.EPERM
	}
	ep, isEpoll := epd.object.(*epollInstance)
	if !isEpoll || epd == target {
		return nil, nil, epoll.EINVAL
	}
	inner, nested := target.object.(*epollInstance)
	if op == epoll.CtlMod && ev.Events&exclusive != 0 {
		return nil, nil, epoll.EINVAL
	}
	if op != epoll.CtlAdd {
		return ep, target, 0
	}
	if ev.Events&exclusive != 0 && (nested || ev.Events&^exclusiveMay != 0) {
		return nil, nil, epoll.EINVAL
	}
	if nested {
		below, cycle := inner.depth(ep, 1)
		if cycle || below+ep.height(1) > maxNesting {
			return nil, nil, epoll.ELOOP
		}
	}
	return ep, target, 0
}

// EpollWait is epoll_wait(2).
func (l linuxCalls) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	return l.wait("epoll_wait", epfd, events, milliseconds(msec))
}

// milliseconds is the timeout of an epoll_wait, -1 forever.
func milliseconds(msec int) time.Duration {
	if msec = cInt(msec); msec < 0 {
		return -1
	}
	return time.Duration(msec) * time.Millisecond
}

// EpollPwait2 is epoll_pwait2(2) without a signal mask.
func (l linuxCalls) EpollPwait2(epfd int, events []epoll.Event, ts *epoll.Timespec) (int, epoll.Errno) {
	if l.k.options.NoPwait2 {
		return -1, epoll.ENOSYS
	}
	if ts == nil {
		return l.wait("epoll_pwait2", epfd, events, -1)
	}
	if ts.Sec < 0 || ts.Nsec < 0 || ts.Nsec >= 1e9 {
		return -1, epoll.EINVAL
	}
	if ts.Sec > int64(never/time.Second)-1 {
		return l.wait("epoll_pwait2", epfd, events, never)
	}
	return l.wait("epoll_pwait2", epfd, events, time.Duration(ts.Sec)*time.Second+time.Duration(ts.Nsec))
}

// wait is both waits; timeout < 0 waits forever.
func (l linuxCalls) wait(name string, epfd int, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	k := l.k
	call := k.call(name, epfd, false)
	k.tasks.Switch(call)
	d := k.lookup(epfd)
	if d == nil {
		return -1, epoll.EBADF
	}
	ep, isEpoll := d.object.(*epollInstance)
	if !isEpoll || len(events) == 0 || len(events) > maxEvents {
		return -1, epoll.EINVAL
	}
	if k.fault(faultSpurious) {
		return 0, 0
	}
	if n := ep.collect(events); n > 0 {
		k.polls = 0
		return n, 0
	}
	if timeout == 0 {
		k.emptyPoll()
		return 0, 0
	}
	k.polls = 0
	return ep.block(call, events, timeout)
}

// semaphore is EFD_SEMAPHORE; eventfd(2).
const semaphore = 1

// Eventfd is eventfd(2).
func (l linuxCalls) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "eventfd", Handle: -1})
	if flags = cInt(flags); flags&^(epoll.CloseOnExec|epoll.NonBlock|semaphore) != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	fd, d := k.addEventfd(uint64(uint32(initval)), flags&semaphore != 0, "eventfd") // an unsigned int
	d.blocking = flags&epoll.NonBlock == 0
	k.closeOnExec(fd, flags)
	return fd, 0
}

// Read is read(2).
func (l linuxCalls) Read(fd int, b []byte) (int, epoll.Errno) {
	n, f := l.k.readFile(fd, b)
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// Write is write(2). A write to an eventfd is a switch point only with
// Plan.WakeSwitches: programs may hold a lock over it.
func (l linuxCalls) Write(fd int, b []byte) (int, epoll.Errno) {
	n, f := l.k.writeFile(fd, b)
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// Close is close(2).
func (l linuxCalls) Close(fd int) epoll.Errno {
	l.k.tasks.Switch(l.k.call("close", fd, false))
	return l.k.closeFile(fd).linux()
}

// Now is clock_gettime(CLOCK_MONOTONIC).
func (l linuxCalls) Now() time.Duration { return l.k.tasks.Now() }
