//go:build !mips && !mipsle && !mips64 && !mips64le

package fidelity

import (
	"net/netip"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// addressed is what simulated.addressed is.
func (m *running) addressed(n int, at unix.Sockaddr, err error) Outcome {
	if err != nil {
		return failed(number(err))
	}
	return Outcome{N: n, Data: m.addressText(at)}
}

func (m *running) addressText(at unix.Sockaddr) string {
	switch at := at.(type) {
	case *unix.SockaddrUnix:
		return unixText(strings.TrimPrefix(strings.TrimPrefix(at.Name, m.abstract("")), "@"))
	case *unix.SockaddrInet4:
		return m.inet(netip.AddrFrom4(at.Addr), uint16(at.Port))
	case *unix.SockaddrInet6:
		return m.inet(netip.AddrFrom16(at.Addr), uint16(at.Port))
	default:
		return ""
	}
}

// accept is what simulated.accept is.
func (m *running) accept(c *Call, fd int) Outcome {
	var n int
	var from unix.Sockaddr
	var err error
	if c.Flags != 0 {
		n, from, err = unix.Accept4(fd, nonblock)
	} else if n, from, err = unix.Accept(fd); err == nil {
		err = unix.SetNonblock(n, true)
	}
	o := m.tcp(m.one(n, err))
	if err == nil {
		o.Data = m.addressText(from)
	}
	return o
}

// dupTo is dup2(2) and dup3(2), of numbers from base on.
func (m *running) dupTo(c *Call, fd int) Outcome {
	n := m.number(c.Other)
	to := -1
	if n >= 0 {
		to = base + n
	}
	var err error
	switch {
	case c.Op == opDup3:
		err = unix.Dup3(fd, to, c.Flags)
	case fd == to:
		_, err = unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	default:
		err = unix.Dup3(fd, to, 0)
	}
	if err != nil {
		return failed(number(err))
	}
	for len(m.open) <= n {
		m.open = append(m.open, false)
	}
	m.open[n] = true
	return Outcome{N: n}
}

// program is what simulated.program is.
func (m *running) program(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opGetsockname:
		at, err := unix.Getsockname(fd)
		return m.addressed(0, at, err)
	case opGetpeername:
		at, err := unix.Getpeername(fd)
		return m.addressed(0, at, err)
	case opBindAs:
		return failed(number(unix.Bind(fd, m.taken(c.Other, fd))))
	case opSetsockopt:
		o := &options[c.N]
		value := optionValue(c.Data)
		_, _, e := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(o.level), uintptr(o.name), uintptr(unsafe.Pointer(&value[0])), 4, 0)
		return result(0, number(errnoOf(e)))
	case opGetsockopt:
		o := &options[c.N]
		b, size := make([]byte, 4), uint32(4)
		_, _, e := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(o.level), uintptr(o.name), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&size)), 0)
		return optionOutcome(int(size), number(errnoOf(e)), b)
	case opFcntl:
		return count(unix.FcntlInt(uintptr(fd), c.N, c.Flags))
	case opIoctl:
		return m.ioctl(c, fd)
	case opLseek:
		n, err := unix.Seek(fd, int64(c.N), c.Flags)
		return count(int(n), err)
	case opSendfile:
		return m.sendfile(c, fd)
	default:
		return m.vectored(c, fd)
	}
}

// taken is what simulated.taken is.
func (m *running) taken(r Ref, asks int) unix.Sockaddr {
	switch at := m.address(r, asks).(type) {
	case *unix.SockaddrInet4:
		if at.Port == nobodyPort {
			at.Port = 0
		} else if own, err := unix.Getsockname(m.fd(r)); err == nil {
			return own
		}
		return at
	case *unix.SockaddrInet6:
		if at.Port == nobodyPort {
			at.Port = 0
		} else if own, err := unix.Getsockname(m.fd(r)); err == nil {
			return own
		}
		return at
	default:
		return at
	}
}

func errnoOf(e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

func (m *running) ioctl(c *Call, fd int) Outcome {
	v := int32(c.Flags)
	if c.N == fionread {
		v = 0
	}
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(c.N), uintptr(unsafe.Pointer(&v)))
	n := 0
	if c.N == fionread {
		n = int(v)
	}
	return count(n, errnoOf(e))
}

func (m *running) sendfile(c *Call, fd int) Outcome {
	var offset *int64
	if c.Flags != 0 {
		offset = new(int64)
		*offset = 1
	}
	o := count(unix.Sendfile(fd, m.fd(c.Other), offset, c.N))
	if offset != nil && o.Errno == 0 {
		o.M = int(*offset)
	}
	return o
}

// vectored is what simulated.vectored is.
func (m *running) vectored(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opReadv:
		clear(m.buffer[:c.N])
		n, err := unix.Readv(fd, parts(m.buffer[:c.N]))
		return m.received(n, err)
	case opWritev:
		return count(unix.Writev(fd, parts(payload(m.buffer, c))))
	case opSendmsg:
		return count(unix.SendmsgBuffers(fd, parts(payload(m.buffer, c)), nil, m.destination(c, fd), c.Flags))
	case opRecvmsg:
		clear(m.buffer[:c.N])
		n, _, flags, from, err := unix.RecvmsgBuffers(fd, parts(m.buffer[:c.N]), nil, c.Flags)
		o := m.received(n, err)
		if err == nil {
			o.M, o.Data = flags, string(m.buffer[:min(n, c.N)])+"|"+m.addressText(from)
		}
		return o
	default:
		panic("fidelity: unknown call " + c.Op.String())
	}
}
