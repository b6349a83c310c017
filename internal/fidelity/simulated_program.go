package fidelity

import (
	"encoding/binary"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// addressed is the outcome of a call that returns an address.
func (m *simulated) addressed(n int, at *fakedemux.Sockaddr, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	return Outcome{N: n, Data: m.addressText(at)}
}

func (m *simulated) addressText(at *fakedemux.Sockaddr) string {
	switch at.Family {
	case 0:
		return ""
	case familyUnix:
		return unixText(at.Name)
	default:
		return m.inet(at.Addr, at.Port)
	}
}

// taken is the address that r is bound to, if it is of the type of the socket that
// asks, or any port: a connect to nobody would be one to itself.
func (m *simulated) taken(r Ref, asks int) fakedemux.Sockaddr {
	at := m.address(r, asks)
	if at.Port == nobodyPort {
		at.Port = 0
	} else if own, e := m.linux.Getsockname(m.number(r)); e == 0 && own.Port != 0 && own.Port == at.Port {
		return own
	}
	return at
}

// accept is accept(2), or accept4(2). What it accepts does not block.
func (m *simulated) accept(c *Call, fd int) Outcome {
	if c.Flags != 0 {
		n, from, e := m.linux.AcceptFrom(fd, epoll.NonBlock|epoll.CloseOnExec)
		return m.addressed(n, &from, e)
	}
	n, from, e := m.linux.Accept(fd)
	if e == 0 {
		m.linux.Fcntl(n, setFlags, nonBlock)
	}
	return m.addressed(n, &from, e)
}

// program makes the calls that programs make beside the others.
func (m *simulated) program(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opGetsockname:
		at, e := m.linux.Getsockname(fd)
		return m.addressed(0, &at, e)
	case opGetpeername:
		at, e := m.linux.Getpeername(fd)
		return m.addressed(0, &at, e)
	case opBindAs:
		return failed(m.linux.Bind(fd, m.taken(c.Other, fd)))
	case opSetsockopt:
		o := &options[c.N]
		return failed(m.linux.Setsockopt(fd, o.level, o.name, optionValue(c.Data)))
	case opGetsockopt:
		o := &options[c.N]
		b := make([]byte, 4)
		n, e := m.linux.Getsockopt(fd, o.level, o.name, b)
		return optionOutcome(n, e, b)
	case opFcntl:
		return result(m.linux.Fcntl(fd, c.N, c.Flags))
	case opIoctl:
		return result(m.linux.Ioctl(fd, c.N, c.Flags))
	case opLseek:
		n, e := m.linux.Lseek(fd, int64(c.N), c.Flags)
		return result(int(n), e)
	case opSendfile:
		return m.sendfile(c, fd)
	default:
		return m.vectored(c, fd)
	}
}

func (m *simulated) sendfile(c *Call, fd int) Outcome {
	var offset *int64
	if c.Flags != 0 {
		offset = new(int64)
		*offset = 1
	}
	o := result(m.linux.Sendfile(fd, m.number(c.Other), offset, c.N))
	if offset != nil && o.Errno == 0 {
		o.M = int(*offset)
	}
	return o
}

// vectored makes the calls that take vectors.
func (m *simulated) vectored(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opReadv:
		clear(m.buffer[:c.N])
		n, e := m.linux.Readv(fd, parts(m.buffer[:c.N]))
		return m.received(n, e)
	case opWritev:
		return result(m.linux.Writev(fd, parts(payload(m.buffer, c))))
	case opSendmsg:
		msg := fakedemux.Message{Name: m.destination(c, fd), Vectors: parts(payload(m.buffer, c))}
		return result(m.linux.Sendmsg(fd, &msg, c.Flags))
	case opRecvmsg:
		clear(m.buffer[:c.N])
		msg := fakedemux.Message{Vectors: parts(m.buffer[:c.N])}
		n, e := m.linux.Recvmsg(fd, &msg, c.Flags)
		o := m.received(n, e)
		if e == 0 {
			o.M, o.Data = msg.Flags, string(m.buffer[:min(n, c.N)])+"|"+m.addressText(&msg.Name)
		}
		return o
	default:
		panic("fidelity: unknown call " + c.Op.String())
	}
}

// optionOutcome is the outcome of getsockopt.
func optionOutcome(n int, e epoll.Errno, b []byte) Outcome {
	if e != 0 {
		return failed(e)
	}
	return Outcome{N: n, M: int(int32(binary.NativeEndian.Uint32(b)))}
}
