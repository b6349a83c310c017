package fakedemux_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// More lines of a winMachine:
//
//	udp A | bind A [B] | connectudp A B | addr A | linger A | shut A HOW
//	sendto A B OP TEXT | recvfrom A OP N | from OP A     = OK if A has sent it
//	oobsend A OP TEXT | oobrecv A OP N
//	acceptrecv L A OP N | connectsend A L OP TEXT | disconnectex A OP [reuse]
//	pollmany F OP A:EVENTS ...
//
// bind without a second name lets the system choose a port, and with one it takes
// the port of that socket.

// place returns where the socket with a name is bound.
func (m *winMachine) place(name string) netip.AddrPort {
	if at, listens := m.ports[name]; listens {
		return at
	}
	at, e := m.sys.LocalAddr(m.handles[name])
	if e != 0 {
		return netip.MustParseAddrPort("127.0.0.1:9") // nobody
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), at.Port())
}

func (m *winMachine) winsock(t *testing.T, f []string, h func(i int) demux.Handle) string {
	t.Helper()
	loopback := netip.MustParseAddr("127.0.0.1")
	switch f[0] {
	case "udp":
		s, e := m.sys.DatagramSocket(loopback)
		m.handles[f[1]] = s
		return winName(e)
	case "bind":
		at := netip.AddrPortFrom(loopback, 0)
		if len(f) > 2 {
			at = m.place(f[2])
		}
		return winName(m.sys.Bind(h(1), at))
	case "connectudp":
		return winName(m.sys.ConnectDatagram(h(1), m.place(f[2])))
	case "addr":
		_, e := m.sys.LocalAddr(h(1))
		return winName(e)
	case "linger":
		return winName(m.sys.Linger(h(1), true, 0))
	case "shut":
		return winName(m.sys.Shutdown(h(1), map[string]int{"receive": iocp.ShutReceive, "send": iocp.ShutSend, "both": iocp.ShutBoth, "other": 3}[f[2]]))
	default: // from
		if got, want := m.ops[f[1]].From(), m.place(f[2]); got != want {
			return fmt.Sprint(got, " is not ", want)
		}
		return "OK"
	}
}

// startMore starts an operation of the calls above.
func (m *winMachine) startMore(t *testing.T, f []string, h func(i int) demux.Handle, name string, op *iocp.Operation) string {
	t.Helper()
	room := func(i, more int) []byte {
		m.bufs[name] = make([]byte, atoi(t, f[i])+more)
		return m.bufs[name]
	}
	text := func(i int) []byte {
		m.bufs[name] = []byte(arg(f, i))
		return m.bufs[name]
	}
	op.Flags = 0
	switch f[0] {
	case "sendto":
		return m.outcome(op, m.sys.SendTo(h(1), op, text(4), m.place(f[2])))
	case "recvfrom":
		return m.outcome(op, m.sys.RecvFrom(h(1), op, room(3, 0)))
	case "oobsend":
		op.Flags = iocp.MsgOutOfBand
		return m.outcome(op, m.sys.Send(h(1), op, text(3)))
	case "oobrecv":
		op.Flags = iocp.MsgOutOfBand
		return m.outcome(op, m.sys.Recv(h(1), op, room(3, 0)))
	case "acceptrecv":
		return m.outcome(op, m.sys.AcceptReceive(h(1), h(2), op, room(4, iocp.AcceptRoom)))
	case "connectsend":
		return m.outcome(op, m.sys.ConnectSend(h(1), op, m.place(f[2]), text(4)))
	case "disconnectex":
		flags := map[string]uint32{"reuse": iocp.ReuseSocket, "other": 1}[arg(f, 3)]
		return m.outcome(op, m.sys.DisconnectEx(h(1), op, flags))
	case "pollmany":
		return m.pollMany(t, f, name, op)
	default:
		t.Fatalf("unknown call %q", f[0])
		return ""
	}
}

func (m *winMachine) pollMany(t *testing.T, f []string, name string, op *iocp.Operation) string {
	t.Helper()
	l := &iocp.PollList{Timeout: iocp.NoPollTimeout, NumberOfHandles: uint32(len(f) - 3)}
	for i, word := range f[3:] {
		who, events, _ := strings.Cut(word, ":")
		l.Handles[i] = iocp.PollHandle{Handle: m.handles[who], Events: pollBits(t, events)}
	}
	m.polls[name], m.lists[name] = true, l
	e := m.sys.PollMany(m.handles[f[1]], op, l)
	if e != 0 {
		return winName(e)
	}
	return strings.TrimSpace(m.listText(l))
}

// listText is what a poll of several sockets has found.
func (m *winMachine) listText(l *iocp.PollList) string {
	var b strings.Builder
	for _, p := range l.Handles[:l.NumberOfHandles] {
		for name, h := range m.handles {
			if h == p.Handle && len(name) == 1 {
				fmt.Fprintf(&b, " %s:%s", name, pollText(p.Events))
			}
		}
	}
	return b.String()
}

// take dequeues.
func (m *winMachine) take(t *testing.T, port demux.Handle, f []string) ([]iocp.Entry, iocp.Errno) {
	t.Helper()
	msec := uint32(0)
	if arg(f, 3) == "ever" {
		msec = iocp.Infinite
	} else if len(f) > 3 {
		msec = uint32(atoi(t, f[3]))
	}
	entries := make([]iocp.Entry, atoi(t, f[2]))
	n, e := m.sys.GetQueued(port, entries, msec)
	return entries[:n], e
}

// getNumbers dequeues, and writes down the numbers of bytes.
func (m *winMachine) getNumbers(t *testing.T, port demux.Handle, f []string) string {
	t.Helper()
	entries, e := m.take(t, port, f)
	if e != 0 {
		return winName(e)
	}
	var all []string
	for _, entry := range entries {
		all = append(all, fmt.Sprint(m.names[entry.Operation], " ", entry.Transferred))
	}
	return strings.Join(all, ", ")
}
