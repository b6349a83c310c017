package fidelity

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

func (m *duoRunning) name(slot int8) []byte {
	if slot < 0 {
		return nil
	}
	return m.names[slot]
}

// start lets T make a call.
func (m *duoRunning) start(a *duoAct) {
	t := m.thread
	m.call = a
	t.done.Store(false)
	t.args = [6]uintptr{uintptr(m.fd(a.Slot))}
	if a.Form != duoPlain {
		m.formed(a)
		t.work <- struct{}{}
		return
	}
	memory := func(p unsafe.Pointer, n int) { t.args[1], t.args[2] = uintptr(p), uintptr(n) }
	switch a.Op { //nolint:exhaustive // the others are the main task's
	case duoRead:
		t.number = unix.SYS_READ
		memory(unsafe.Pointer(&t.buffer[0]), a.N)
	case duoRecv:
		t.number = unix.SYS_RECVFROM
		memory(unsafe.Pointer(&t.buffer[0]), a.N)
	case duoWrite:
		t.number = unix.SYS_WRITE
		memory(unsafe.Pointer(&t.buffer[0]), len(duoPayload(m.seq, a, t.buffer)))
	case duoSend:
		t.number = unix.SYS_SENDTO
		memory(unsafe.Pointer(&t.buffer[0]), len(duoPayload(m.seq, a, t.buffer)))
		t.args[3] = unix.MSG_NOSIGNAL
		m.named(a.Other, 4)
	case duoSendfile:
		t.number, t.offset = unix.SYS_SENDFILE, 0
		t.args[1], t.args[2], t.args[3] = uintptr(m.file), uintptr(unsafe.Pointer(&t.offset)), uintptr(a.N)
	case duoAccept:
		t.number = unix.SYS_ACCEPT4
		t.args[3] = unix.SOCK_CLOEXEC
	case duoConnect:
		t.number = unix.SYS_CONNECT
		m.named(a.Other, 1)
	case duoWait:
		t.number = unix.SYS_EPOLL_WAIT
		memory(unsafe.Pointer(&t.events[0]), len(t.events))
		t.args[3] = uintptr(a.N)
	default:
		m.startPoll(a)
	}
	t.work <- struct{}{}
}

// named makes the address of a slot the arguments from i on.
func (m *duoRunning) named(slot int8, i int) {
	t := m.thread
	if t.name = m.name(slot); len(t.name) > 0 {
		t.args[i], t.args[i+1] = uintptr(unsafe.Pointer(&t.name[0])), uintptr(len(t.name))
	}
}

func (m *duoRunning) startPoll(a *duoAct) {
	t := m.thread
	var timeout uintptr
	if a.N >= 0 {
		t.spec = unix.NsecToTimespec(int64(a.N) * 1e6)
		timeout = uintptr(unsafe.Pointer(&t.spec))
	}
	t.args = [6]uintptr{uintptr(unsafe.Pointer(&t.polls[0])), duoWatched}
	top := 0
	t.sets = [3]unix.FdSet{}
	for i, w := range a.Watch {
		fd := m.fd(w.Slot)
		t.polls[i] = unix.PollFd{Fd: -1, Events: int16(w.Events)}
		if w.Events == 0 {
			continue
		}
		t.polls[i].Fd = int32(fd)
		for set, asked := range duoSelects {
			if w.Events&asked != 0 && fd >= 0 {
				t.sets[set].Set(fd)
				top = max(top, fd+1)
			}
		}
	}
	switch a.Op { //nolint:exhaustive // the others do not poll
	case duoPoll:
		t.number, t.args[2] = unix.SYS_POLL, uintptr(a.N)
	case duoPpoll:
		t.number, t.args[2] = unix.SYS_PPOLL, timeout
	case duoSelect:
		t.number = unix.SYS_PSELECT6
		t.args = [6]uintptr{
			uintptr(top), uintptr(unsafe.Pointer(&t.sets[0])), uintptr(unsafe.Pointer(&t.sets[1])), uintptr(unsafe.Pointer(&t.sets[2])), timeout,
		}
	}
}

// without makes a call with O_NONBLOCK. Only calls that look at the flag when they
// begin are made so while T may be in another one.
func (m *duoRunning) without(fd int, call func() Outcome) Outcome {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags|unix.O_NONBLOCK)
	}
	o := call()
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
	}
	return o
}

// transfer is a preadv2 or a pwritev2 that does not block.
func (m *duoRunning) transfer(number uintptr, fd int, b []byte) (int, epoll.Errno) {
	var first *byte
	if len(b) > 0 {
		first = &b[0]
	}
	v := []unix.Iovec{{Base: first, Len: uint64(len(b))}}
	return m.transferred(number, fd, v, func() (int, error) {
		if number == unix.SYS_PWRITEV2 {
			return unix.Write(fd, b)
		}
		return unix.Read(fd, b)
	})
}

// transferred is transfer of vectors. plain makes the call where the descriptor has to
// be set not to block.
func (m *duoRunning) transferred(number uintptr, fd int, v []unix.Iovec, plain func() (int, error)) (int, epoll.Errno) {
	const noWait = 8 // RWF_NOWAIT
	for {
		n, _, e := unix.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(&v[0])), uintptr(len(v)), ^uintptr(0), ^uintptr(0), noWait)
		switch e { //nolint:exhaustive // the others are results
		case unix.EINTR:
		case unix.EOPNOTSUPP:
			var n int
			var err error
			m.without(fd, func() Outcome { n, err = plain(); return Outcome{} })
			return n, number32(err)
		default:
			return int(n), epoll.Errno(e)
		}
	}
}

func number32(err error) epoll.Errno { return number(err) }

// main makes a call of the main task. want is what the simulation has returned.
func (m *duoRunning) main(a *duoAct, want *duoStep) Outcome {
	fd := m.fd(a.Slot)
	if a.Form != duoPlain {
		return m.mainFormed(a, fd)
	}
	switch a.Op { //nolint:exhaustive // the others are T's
	case duoRead:
		clear(m.buffer[:a.N])
		n, e := m.transfer(unix.SYS_PREADV2, fd, m.buffer[:a.N])
		return m.read(a, n, e, m.buffer)
	case duoRecv:
		n, _, err := unix.Recvfrom(fd, m.buffer[:a.N], unix.MSG_DONTWAIT)
		return m.read(a, n, number(err), m.buffer)
	case duoWrite:
		return result(m.transfer(unix.SYS_PWRITEV2, fd, duoPayload(m.seq, a, m.buffer)))
	case duoSend:
		name := m.name(a.Other)
		b := duoPayload(m.seq, a, m.buffer)
		var at unsafe.Pointer
		if len(name) > 0 {
			at = unsafe.Pointer(&name[0])
		}
		n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&m.buffer[0])), uintptr(len(b)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, uintptr(at), uintptr(len(name)))
		return result(int(n), epoll.Errno(e))
	case duoAccept:
		return m.without(fd, func() Outcome {
			n, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			if err == nil {
				m.put(a.Other, m.place(n, nil))
			}
			return failed(number(err))
		})
	case duoConnect:
		return m.without(fd, func() Outcome {
			name := m.name(a.Other)
			var at unsafe.Pointer
			if len(name) > 0 {
				at = unsafe.Pointer(&name[0])
			}
			_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(at), uintptr(len(name)))
			return failed(epoll.Errno(e))
		})
	case duoDrain:
		return m.drain(a, fd, want)
	case duoFill:
		return m.fill(a, fd)
	case duoSignal:
		m.signal(a.N)
		return Outcome{}
	default:
		return m.control(a, fd)
	}
}

// control makes the calls that move no data.
func (m *duoRunning) control(a *duoAct, fd int) Outcome {
	switch a.Op { //nolint:exhaustive // the others are in main
	case duoClose:
		return failed(number(unix.Close(fd)))
	case duoDup:
		n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, duoBase)
		if err == nil {
			m.put(a.Other, n)
		}
		return result(n, number(err))
	case duoShutdown:
		return failed(number(unix.Shutdown(fd, a.N)))
	case duoReset:
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		return failed(number(unix.Close(fd)))
	case duoSettime:
		flags, value, interval := timerSet(&Call{N: a.N})
		spec := unix.ItimerSpec{Value: native(value), Interval: native(interval)}
		e := number(unix.TimerfdSettime(fd, flags, &spec, nil))
		if e == 0 && a.N == timerSoon {
			_, _ = unix.Poll(nil, 1)
		}
		return failed(e)
	case duoAdd:
		ev := unix.EpollEvent{Events: uint32(a.N), Fd: int32(a.Other)}
		return failed(number(unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, m.fd(a.Other), &ev)))
	case duoDel:
		return failed(number(unix.EpollCtl(fd, unix.EPOLL_CTL_DEL, m.fd(a.Other), nil)))
	case duoNonblock:
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags&^unix.O_NONBLOCK|a.N*unix.O_NONBLOCK)
		}
		return failed(number(err))
	case duoError:
		return count(unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR))
	default:
		panic("fidelity: unknown call " + a.Op.String())
	}
}

func (m *duoRunning) signal(restarts int) {
	if m.call == nil {
		return
	}
	n := unix.SIGUSR2
	if restarts == 1 {
		n = unix.SIGUSR1
	}
	_ = unix.Tgkill(unix.Getpid(), m.thread.tid, n)
}

// drain reads until there is nothing left, and T has added nothing. On the network it
// waits for what the simulation has found.
func (m *duoRunning) drain(a *duoAct, fd int, want *duoStep) Outcome {
	total := 0
	before := m.got
	r := m.seq.role(a.Slot)
	began := m.now()
	empty := 0
	for reads := 0; ; reads++ {
		n, e := m.transfer(unix.SYS_PREADV2, fd, m.buffer[:1<<16])
		if n > 0 && e == 0 && reads < duoMost {
			total += n
			empty = 0
			m.rest()
			continue
		}
		total += max(n, 0)
		if r.socket() || r == roleNone {
			m.got = before + total
		}
		o := duoDrained(m.seq, a, total, m.got, e)
		if e != epoll.EAGAIN {
			return o
		}
		m.rest()
		if empty++; empty == 1 {
			continue
		}
		if !m.seq.network() || o.equal(&want.main) || m.now()-began > m.patience {
			return o
		}
		_, _ = unix.Poll(nil, 1)
	}
}

// fill writes until there is no room. On the network it looks again until nothing more
// is taken over by the other end.
func (m *duoRunning) fill(a *duoAct, fd int) Outcome {
	payload := duoFilling(m.seq, a, m.buffer)
	tries := 0
	for range 1 << 14 {
		_, e := m.transfer(unix.SYS_PWRITEV2, fd, payload)
		switch {
		case e == epoll.EAGAIN && m.seq.network() && tries < 3:
			tries++
			_, _ = unix.Poll(nil, 1)
		case e != 0:
			return failed(e)
		default:
			tries = 0
			m.rest()
		}
	}
	return Outcome{}
}
