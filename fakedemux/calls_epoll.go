package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/epolls"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
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
	k.system.Tasks.Switch(scheduler.Call{Name: "epoll_create1", Handle: -1})
	if machine.CInt(flags)&^epoll.CloseOnExec != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.Linux()
	}
	fd, d := k.epolls.Add("epoll_create1")
	d.Blocking = true
	k.closeOnExec(fd, flags)
	return fd, 0
}

// EpollCtl is epoll_ctl(2).
func (l linuxCalls) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	k := l.k
	k.system.Step("epoll_ctl", epfd, false)
	op, fd = machine.CInt(op), machine.CInt(fd)
	if ev == nil && op != epoll.CtlDel {
		return epoll.EFAULT
	}
	ep, target, e := k.controlled(epfd, op, fd, ev)
	if e != 0 {
		return e
	}
	it := ep.Registration(target, fd)
	switch {
	case op == epoll.CtlAdd && it != nil:
		return epoll.EEXIST
	case op == epoll.CtlAdd:
		return ep.Register(target, fd, ev).Linux()
	case op != epoll.CtlMod && op != epoll.CtlDel:
		return epoll.EINVAL
	case it == nil:
		return epoll.ENOENT
	case op == epoll.CtlDel:
		it.Remove()
	case it.Events&epolls.Exclusive != 0:
		return epoll.EINVAL
	default:
		it.Modify(ev)
	}
	return 0
}

// controlled returns the instance and the target of an EpollCtl, or why they
// are none. The order of the checks is that of Linux 6.18.
func (k *Kernel) controlled(epfd, op, fd int, ev *epoll.Event) (*epolls.Instance, *machine.Description, epoll.Errno) {
	epd, target := k.system.Lookup(epfd), k.system.Lookup(fd)
	if epd == nil || target == nil {
		return nil, nil, epoll.EBADF
	}
	if _, plain := target.Object.(*objects.OpenFile); plain {
		return nil, nil, epoll.EPERM
	}
	ep, isEpoll := epd.Object.(*epolls.Instance)
	if !isEpoll || epd == target {
		return nil, nil, epoll.EINVAL
	}
	inner, nested := target.Object.(*epolls.Instance)
	if op == epoll.CtlMod && ev.Events&epolls.Exclusive != 0 {
		return nil, nil, epoll.EINVAL
	}
	if op != epoll.CtlAdd {
		return ep, target, 0
	}
	if ev.Events&epolls.Exclusive != 0 && (nested || ev.Events&^epolls.ExclusiveMay != 0) {
		return nil, nil, epoll.EINVAL
	}
	if nested {
		below, cycle := inner.Depth(ep, 1)
		if cycle || below+ep.Height(1) > epolls.MaxNesting {
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
	if msec = machine.CInt(msec); msec < 0 {
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
	if ts.Sec > int64(machine.Never/time.Second)-1 {
		return l.wait("epoll_pwait2", epfd, events, machine.Never)
	}
	return l.wait("epoll_pwait2", epfd, events, time.Duration(ts.Sec)*time.Second+time.Duration(ts.Nsec))
}

// wait is both waits; timeout < 0 waits forever.
func (l linuxCalls) wait(name string, epfd int, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	k := l.k
	call := k.system.Call(name, epfd, false)
	k.system.Tasks.Switch(call)
	d := k.system.Lookup(epfd)
	if d == nil {
		return -1, epoll.EBADF
	}
	ep, isEpoll := d.Object.(*epolls.Instance)
	if !isEpoll || len(events) == 0 || len(events) > epolls.MaxEvents {
		return -1, epoll.EINVAL
	}
	if k.system.Fault(machine.FaultSpurious) {
		return 0, 0
	}
	if n := ep.Collect(events); n > 0 {
		k.system.Polls = 0
		return n, 0
	}
	if timeout == 0 {
		k.system.EmptyPoll()
		return 0, 0
	}
	k.system.Polls = 0
	return ep.Block(call, events, timeout)
}

// semaphore is EFD_SEMAPHORE; eventfd(2).
const semaphore = 1

// Eventfd is eventfd(2).
func (l linuxCalls) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "eventfd", Handle: -1})
	if flags = machine.CInt(flags); flags&^(epoll.CloseOnExec|epoll.NonBlock|semaphore) != 0 {
		return -1, epoll.EINVAL
	}
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.Linux()
	}
	fd, d := k.system.AddEventfd(uint64(uint32(initval)), flags&semaphore != 0, "eventfd") // an unsigned int
	d.Blocking = flags&epoll.NonBlock == 0
	k.closeOnExec(fd, flags)
	return fd, 0
}

// Read is read(2).
func (l linuxCalls) Read(fd int, b []byte) (int, epoll.Errno) {
	n, f := l.k.readFile(fd, b)
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// Write is write(2). A write to an eventfd is a switch point only with
// Plan.WakeSwitches: programs may hold a lock over it.
func (l linuxCalls) Write(fd int, b []byte) (int, epoll.Errno) {
	n, f := l.k.writeFile(fd, b)
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// Close is close(2).
func (l linuxCalls) Close(fd int) epoll.Errno {
	l.k.system.Step("close", fd, false)
	return l.k.system.CloseFile(fd).Linux()
}

// Now is clock_gettime(CLOCK_MONOTONIC).
func (l linuxCalls) Now() time.Duration { return l.k.system.Tasks.Now() }
