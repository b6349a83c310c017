package winfidelity

import (
	"net/netip"

	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

func (m *machine) udp(c *Call) Outcome {
	h, e := m.Calls.DatagramSocket(nobody.Addr())
	return m.made(c, h, failed(e))
}

// bind lets the system choose a port.
func (m *machine) bind(c *Call) Outcome {
	return failed(m.Calls.Bind(m.handle(c.Handle), netip.AddrPortFrom(nobody.Addr(), 0)))
}

// linger makes closing a reset.
func (m *machine) linger(c *Call) Outcome { return failed(m.Calls.Linger(m.handle(c.Handle), true, 0)) }

func (m *machine) acceptReceive(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = make([]byte, c.N+iocp.AcceptRoom)
	return m.started(c, m.Calls.AcceptReceive(m.handle(c.Handle), m.handle(c.Other), o.op, o.buffer))
}

func (m *machine) connectSend(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = payload(c.N, int(c.Start))
	return m.started(c, m.Calls.ConnectSend(m.handle(c.Handle), o.op, m.place(c.Other), o.buffer))
}

// address returns where a UDP socket hears, the zero AddrPort if nowhere.
func (m *machine) address(r sequence.Ref) netip.AddrPort {
	at, e := m.Calls.LocalAddr(m.handle(r))
	if e != 0 || m.handle(r) == neverOpen {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(nobody.Addr(), at.Port())
}

func (m *machine) sendTo(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = payload(c.N, int(c.Start))
	return m.started(c, m.Calls.SendTo(m.handle(c.Handle), o.op, o.buffer, m.address(c.Other)))
}

func (m *machine) recvFrom(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = make([]byte, c.N)
	return m.started(c, m.Calls.RecvFrom(m.handle(c.Handle), o.op, o.buffer))
}
