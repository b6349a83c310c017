package fidelity

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// vectors fills vectors with the parts of b.
func vectors(iov *[3]unix.Iovec, b []byte) {
	for i, p := range parts(b) {
		iov[i] = unix.Iovec{Len: uint64(len(p))}
		if len(p) > 0 {
			iov[i].Base = &p[0]
		}
	}
}

// bytes is what a transfer writes, or where it reads to.
func (m *duoRunning) bytes(a *duoAct, buffer []byte) []byte {
	if a.Op == duoWrite || a.Op == duoSend {
		return duoPayload(m.seq, a, buffer)
	}
	return buffer[:a.N]
}

// formed is start for a transfer in another form.
func (m *duoRunning) formed(a *duoAct) {
	t := m.thread
	vectors(&t.iov, m.bytes(a, t.buffer))
	t.args[1], t.args[2] = uintptr(unsafe.Pointer(&t.iov[0])), uintptr(len(t.iov))
	switch {
	case a.Op == duoRead:
		t.number = unix.SYS_READV
	case a.Op == duoWrite:
		t.number = unix.SYS_WRITEV
	case a.Form == duoAll:
		t.number = unix.SYS_RECVFROM
		t.args[1], t.args[2], t.args[3] = uintptr(unsafe.Pointer(&t.buffer[0])), uintptr(a.N), waitAll
	default:
		m.message(a, &t.msg, &t.iov)
		t.args[1], t.args[2], t.number = uintptr(unsafe.Pointer(&t.msg)), 0, unix.SYS_RECVMSG
		if a.Op == duoSend {
			t.args[2], t.number = unix.MSG_NOSIGNAL, unix.SYS_SENDMSG
		}
	}
}

// message fills a struct msghdr.
func (m *duoRunning) message(a *duoAct, msg *unix.Msghdr, iov *[3]unix.Iovec) {
	*msg = unix.Msghdr{Iov: &iov[0], Iovlen: uint64(len(iov))}
	if name := m.name(a.Other); a.Op == duoSend && len(name) > 0 {
		msg.Name, msg.Namelen = &name[0], uint32(len(name))
	}
}

// mainFormed is main for a transfer in another form.
func (m *duoRunning) mainFormed(a *duoAct, fd int) Outcome {
	b := m.bytes(a, m.buffer)
	var iov [3]unix.Iovec
	vectors(&iov, b)
	switch {
	case a.Op == duoRead:
		n, e := m.transferred(unix.SYS_PREADV2, fd, iov[:], func() (int, error) { return unix.Readv(fd, parts(b)) })
		return m.read(a, n, e, m.buffer)
	case a.Op == duoWrite:
		return result(m.transferred(unix.SYS_PWRITEV2, fd, iov[:], func() (int, error) { return unix.Writev(fd, parts(b)) }))
	case a.Form == duoAll:
		n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT|waitAll)
		return m.read(a, n, number(err), m.buffer)
	}
	var msg unix.Msghdr
	m.message(a, &msg, &iov)
	if a.Op == duoSend {
		n, _, e := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		return result(int(n), epoll.Errno(e))
	}
	n, _, e := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_DONTWAIT)
	o := m.read(a, int(n), epoll.Errno(e), m.buffer)
	o.M = duoMessageFlags(int(msg.Flags), epoll.Errno(e))
	return o
}
