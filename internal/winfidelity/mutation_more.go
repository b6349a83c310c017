package winfidelity

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// moreChanges are the calls of a mutant that the backend does not make.
type moreChanges struct {
	recvFrom    func(s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno
	connectSend func(s demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno
	accept      func(l, s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno
	bind        func(s demux.Handle, at netip.AddrPort) iocp.Errno
	linger      func(s demux.Handle, on bool, seconds uint16) iocp.Errno
}

func (m *mutant) RecvFrom(s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if m.more.recvFrom != nil {
		return m.more.recvFrom(s, op, buf)
	}
	return m.Winsock.RecvFrom(s, op, buf)
}

func (m *mutant) ConnectSend(s demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	if m.more.connectSend != nil {
		return m.more.connectSend(s, op, to, buf)
	}
	return m.Winsock.ConnectSend(s, op, to, buf)
}

func (m *mutant) AcceptReceive(l, s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if m.more.accept != nil {
		return m.more.accept(l, s, op, buf)
	}
	return m.Winsock.AcceptReceive(l, s, op, buf)
}

func (m *mutant) Bind(s demux.Handle, at netip.AddrPort) iocp.Errno {
	if m.more.bind != nil {
		return m.more.bind(s, at)
	}
	return m.Winsock.Bind(s, at)
}

func (m *mutant) Linger(s demux.Handle, on bool, seconds uint16) iocp.Errno {
	if m.more.linger != nil {
		return m.more.linger(s, on, seconds)
	}
	return m.Winsock.Linger(s, on, seconds)
}

// moreMutations are those of calls that the backend does not make.
var moreMutations = []Mutation{
	{Name: "messages-are-not-cut", Rule: "what does not fit is lost, with a warning; WSARecvFrom", Change: changing(func(m *mutant) {
		m.more.recvFrom = func(s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
			return m.Winsock.RecvFrom(s, op, append(buf, make([]byte, 64)...))
		}
	})},
	{Name: "receives-of-anybody", Rule: "WSAEINVAL: the socket has not been bound; WSARecvFrom", Change: changing(func(m *mutant) {
		m.more.recvFrom = func(s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
			m.Winsock.Bind(s, netip.AddrPortFrom(nobody.Addr(), 0))
			return m.Winsock.RecvFrom(s, op, buf)
		}
	})},
	{Name: "connects-send-nothing", Rule: "the buffer is sent after the connection; ConnectEx", Change: changing(func(m *mutant) {
		m.more.connectSend = func(s demux.Handle, op *iocp.Operation, to netip.AddrPort, _ []byte) iocp.Errno {
			return m.Winsock.ConnectSend(s, op, to, nil)
		}
	})},
	{Name: "accepts-do-not-wait-for-data", Rule: "it completes when data are there; AcceptEx", Change: changing(func(m *mutant) {
		m.more.accept = func(l, s demux.Handle, op *iocp.Operation, _ []byte) iocp.Errno {
			return m.AcceptEx(l, s, op)
		}
	})},
	{Name: "binds-again", Rule: "WSAEINVAL: it has an address; bind", Change: changing(func(m *mutant) {
		m.more.bind = func(s demux.Handle, at netip.AddrPort) iocp.Errno {
			if e := m.Winsock.Bind(s, at); e != iocp.WSAEINVAL {
				return e
			}
			return 0
		}
	})},
	{Name: "linger-does-nothing", Rule: "a close that lingers for no time resets; closesocket", Change: changing(func(m *mutant) {
		m.more.linger = func(s demux.Handle, _ bool, _ uint16) iocp.Errno { return m.Winsock.Linger(s, false, 0) }
	})},
}
