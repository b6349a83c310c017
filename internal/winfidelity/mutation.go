package winfidelity

import (
	"slices"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// Mutation is a rule of the simulated Windows that is broken on purpose.
type Mutation struct {
	Name string
	Rule string // what it breaks, and its source
	// Change wraps the calls of the simulation, anew for each sequence.
	Change func(iocp.Winsock) iocp.Winsock
}

// Mutations returns all mutations.
func Mutations() []Mutation { return slices.Concat(mutations, moreMutations) }

// mutant are the calls of the simulation, some of them changed.
type mutant struct {
	iocp.Winsock
	associate func(port, h demux.Handle, key uintptr) iocp.Errno
	modes     func(h demux.Handle, modes uint8) iocp.Errno
	get       func(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno)
	cancel    func(h demux.Handle, op *iocp.Operation) iocp.Errno
	poll      func(afd demux.Handle, op *iocp.Operation) iocp.Errno
	recv      func(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno
	send      func(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno
	accepted  func(s, l demux.Handle) iocp.Errno
	close     func(s demux.Handle) iocp.Errno
	more      moreChanges
}

func (m *mutant) Associate(port, h demux.Handle, key uintptr) iocp.Errno {
	if m.associate != nil {
		return m.associate(port, h, key)
	}
	return m.Winsock.Associate(port, h, key)
}

func (m *mutant) SetModes(h demux.Handle, modes uint8) iocp.Errno {
	if m.modes != nil {
		return m.modes(h, modes)
	}
	return m.Winsock.SetModes(h, modes)
}

func (m *mutant) GetQueued(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
	if m.get != nil {
		return m.get(port, entries, msec)
	}
	return m.Winsock.GetQueued(port, entries, msec)
}

func (m *mutant) CancelIoEx(h demux.Handle, op *iocp.Operation) iocp.Errno {
	if m.cancel != nil {
		return m.cancel(h, op)
	}
	return m.Winsock.CancelIoEx(h, op)
}

func (m *mutant) PollAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	if m.poll != nil {
		return m.poll(afd, op)
	}
	return m.Winsock.PollAFD(afd, op)
}

func (m *mutant) Recv(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if m.recv != nil {
		return m.recv(h, op, buf)
	}
	return m.Winsock.Recv(h, op, buf)
}

func (m *mutant) Send(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if m.send != nil {
		return m.send(h, op, buf)
	}
	return m.Winsock.Send(h, op, buf)
}

func (m *mutant) UpdateAccepted(s, l demux.Handle) iocp.Errno {
	if m.accepted != nil {
		return m.accepted(s, l)
	}
	return m.Winsock.UpdateAccepted(s, l)
}

func (m *mutant) CloseSocket(s demux.Handle) iocp.Errno {
	if m.close != nil {
		return m.close(s)
	}
	return m.Winsock.CloseSocket(s)
}

// changing returns what makes a mutant.
func changing(change func(m *mutant)) func(iocp.Winsock) iocp.Winsock {
	return func(inner iocp.Winsock) iocp.Winsock {
		m := &mutant{Winsock: inner}
		change(m)
		return m
	}
}

// asking changes what a poll asks for.
func asking(change func(p *iocp.PollInfo)) func(iocp.Winsock) iocp.Winsock {
	return changing(func(m *mutant) {
		m.poll = func(afd demux.Handle, op *iocp.Operation) iocp.Errno {
			change(&op.Poll)
			return m.Winsock.PollAFD(afd, op)
		}
	})
}

var mutations = []Mutation{
	{Name: "skip-ignored", Rule: "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS; SetFileCompletionNotificationModes", Change: changing(func(m *mutant) {
		m.modes = func(h demux.Handle, modes uint8) iocp.Errno { return m.Winsock.SetModes(h, modes&^iocp.SkipOnSuccess) }
	})},
	{Name: "always-skip", Rule: "what finishes at once has its packet; GetQueuedCompletionStatus", Change: changing(func(m *mutant) {
		m.associate = func(port, h demux.Handle, key uintptr) iocp.Errno {
			e := m.Winsock.Associate(port, h, key)
			if e == 0 {
				m.Winsock.SetModes(h, iocp.SkipOnSuccess)
			}
			return e
		}
	})},
	{Name: "modes-are-not-looked-at", Rule: "ERROR_INVALID_PARAMETER; SetFileCompletionNotificationModes", Change: changing(func(m *mutant) {
		m.modes = func(h demux.Handle, modes uint8) iocp.Errno { return m.Winsock.SetModes(h, modes&3) }
	})},
	{Name: "another-association", Rule: "a handle has one port; CreateIoCompletionPort", Change: changing(func(m *mutant) {
		m.associate = func(port, h demux.Handle, key uintptr) iocp.Errno {
			e := m.Winsock.Associate(port, h, key)
			if e == iocp.ErrorInvalidParameter {
				return 0
			}
			return e
		}
	})},
	{Name: "keys-of-8-bits", Rule: "a packet has the key of its handle; CreateIoCompletionPort", Change: changing(func(m *mutant) {
		m.associate = func(port, h demux.Handle, key uintptr) iocp.Errno { return m.Winsock.Associate(port, h, key&0xf) }
	})},
	{Name: "packets-are-a-stack", Rule: "packets are first in, first out; CreateIoCompletionPort", Change: changing(func(m *mutant) {
		m.get = func(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
			n, e := m.Winsock.GetQueued(port, entries, msec)
			slices.Reverse(entries[:n])
			return n, e
		}
	})},
	{Name: "one-packet-a-call", Rule: "a batch has as many as there are; GetQueuedCompletionStatusEx", Change: changing(func(m *mutant) {
		m.get = func(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
			return m.Winsock.GetQueued(port, entries[:min(1, len(entries))], msec)
		}
	})},
	{Name: "cancel-of-nothing", Rule: "ERROR_NOT_FOUND; CancelIoEx", Change: changing(func(m *mutant) {
		m.cancel = func(h demux.Handle, op *iocp.Operation) iocp.Errno {
			if e := m.Winsock.CancelIoEx(h, op); e != iocp.ErrorNotFound {
				return e
			}
			return 0
		}
	})},
	{Name: "cancel-takes-all", Rule: "an OVERLAPPED names one operation; CancelIoEx", Change: changing(func(m *mutant) {
		m.cancel = func(h demux.Handle, op *iocp.Operation) iocp.Errno {
			e := m.Winsock.CancelIoEx(h, op)
			if e == 0 {
				m.Winsock.CancelIoEx(h, nil)
			}
			return e
		}
	})},
	{Name: "receive-means-end", Rule: "RECEIVE alone does not report a FIN; seen on Wine 8.0", Change: asking(func(p *iocp.PollInfo) {
		if p.Events&iocp.PollReceive != 0 && p.Timeout != 0 {
			p.Events |= iocp.PollDisconnect
		}
	})},
	{Name: "exclusive-ignored", Rule: "an exclusive poll ends an exclusive one; seen on Wine 8.0", Change: asking(func(p *iocp.PollInfo) { p.Exclusive = 0 })},
	{Name: "always-exclusive", Rule: "only an exclusive poll ends another; seen on Wine 8.0", Change: asking(func(p *iocp.PollInfo) {
		if p.Timeout != 0 {
			p.Exclusive = 1
		}
	})},
	{Name: "abort-when-asked-to-send", Rule: "a poll reports what it asks for; seen on Wine 8.0", Change: asking(func(p *iocp.PollInfo) {
		if p.Events&iocp.PollSend != 0 {
			p.Events |= iocp.PollAbort
		}
	})},
	{Name: "reads-without-room-take-a-byte", Rule: "a receive without a buffer takes nothing; WSARecv", Change: changing(func(m *mutant) {
		m.recv = func(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
			if len(buf) == 0 {
				buf = make([]byte, 1)
			}
			return m.Winsock.Recv(h, op, buf)
		}
	})},
	{Name: "short-sends", Rule: "a send takes all; WSASend", Change: changing(func(m *mutant) {
		m.send = func(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
			return m.Winsock.Send(h, op, buf[:min(len(buf), 8)])
		}
	})},
	{Name: "no-context", Rule: "SO_UPDATE_ACCEPT_CONTEXT makes shutdown work; AcceptEx", Change: changing(func(m *mutant) {
		m.accepted = func(_, _ demux.Handle) iocp.Errno { return 0 }
	})},
	{Name: "close-forgets-operations", Rule: "closesocket cancels what is in flight, once; closesocket", Change: changing(func(m *mutant) {
		m.close = func(s demux.Handle) iocp.Errno {
			m.Winsock.CancelIoEx(s, nil)
			return m.Winsock.CloseSocket(s)
		}
	})},
}
