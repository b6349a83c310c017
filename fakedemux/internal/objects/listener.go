package objects

import (
	"net/netip"
	"time"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// synRetry is when a SYN that found the backlog full is sent again; tcp(7),
// the initial retransmission timeout is one second. Every further one comes a
// second later too, where Linux doubles the time.
const synRetry = time.Second

// Listener is a socket in listen(2): of TCP, or a unix socket with a name.
type Listener struct {
	Kernel  *System
	Desc    *machine.Description
	Port    uint16 // TCP
	Name    string // unix
	fixed   bool   // TCP: the caller chose the port
	Linger  bool   // TCP: as of a stream, which inherits it
	Backlog int
	Queue   []*Stream              // connected, not accepted; first in, first out
	waiting []*machine.Description // unix: of calls of connect that wait for room

	ReadEnd, writeEnd bool // shutdown(2)

	Packets  bool // unix: SOCK_SEQPACKET
	closed   bool
	settings Settings
	Inet
}

// Kind returns "listener".
func (l *Listener) Kind() string { return "listener" }

func (l *Listener) Read(b []byte) (int, errno.Failure) {
	if len(b) == 0 {
		return 0, errno.OK
	}
	if l.Unix() && !l.Packets {
		return 0, errno.Invalid
	}
	return 0, errno.NotConnected
}

func (l *Listener) Write([]byte) (int, errno.Failure) {
	if l.Unix() || l.Kernel.Traits.Winsock { // send, WSAENOTCONN
		return 0, errno.NotConnected
	}
	return 0, errno.BrokenPipe
}

// Unix reports whether the socket is of the unix family.
func (l *Listener) Unix() bool { return l.Name != "" }

// Poll returns Conditions.
func (l *Listener) Poll() uint32 { return l.Conditions() }

// Conditions returns what holds: readable while a connection waits; accept(2).
func (l *Listener) Conditions() uint32 {
	var m uint32
	if len(l.Queue) > 0 || l.Unix() && l.ReadEnd {
		m |= machine.Readable
	}
	if l.Unix() && l.ReadEnd {
		m |= machine.PeerHungUp
	}
	if l.Unix() && l.ReadEnd && l.writeEnd {
		m |= machine.HungUp
	}
	return m
}

// Release resets the connections that nobody accepted.
func (l *Listener) Release() {
	k := l.Kernel
	l.closed = true
	k.Listeners = machine.Without(k.Listeners, l)
	for _, s := range l.Queue {
		over := s.Over()
		s.Closed = true
		if p := s.Peer; p != nil {
			s.Peer, p.Peer, p.gone = nil, nil, l.Name
			if over {
				continue
			}
			p.refusedLate()
		}
	}
	l.Queue = l.Queue[:0]
	l.tellWaiting()
}

// tellWaiting lets the calls of connect go on that wait for room in the backlog.
func (l *Listener) tellWaiting() {
	for _, d := range l.waiting {
		d.WakeForRoom()
	}
	l.waiting = l.waiting[:0]
}

// Accept is accept4(2). It takes a descriptor before it looks at the queue, so
// EMFILE comes before EAGAIN, and leaves the connection where it is.
func (l *Listener) Accept() (int, errno.Failure) {
	k := l.Kernel
	if f := k.RoomFor(1); f != errno.OK {
		return -1, f
	}
	if len(l.Queue) == 0 {
		return -1, errno.Again
	}
	if f := k.InventNoFile(); f != errno.OK {
		return -1, f
	}
	return k.Install(l.Take().Desc), errno.OK
}

// Take takes the connection that has waited longest.
func (l *Listener) Take() *Stream {
	s := l.Queue[0]
	l.Queue = l.Queue[:copy(l.Queue, l.Queue[1:])]
	l.tellWaiting()
	return s
}

// listenerAt returns the listener that a connection to an address goes to, nil if
// there is none. Of a group of SO_REUSEPORT it is one that a decision chooses.
func (k *System) listenerAt(to netip.AddrPort) *Listener {
	best, group := 0, 0
	var found *Listener
	for _, l := range k.Listeners {
		if l.Port != to.Port() || l.Unix() {
			continue
		}
		switch score := l.score(to.Addr()); {
		case score > best:
			best, group, found = score, 1, l
		case score == best && score > 0:
			group++
		}
	}
	if group < 2 {
		return found
	}
	nth := k.member(group)
	for _, l := range k.Listeners {
		if l.Port == to.Port() && !l.Unix() && l.score(to.Addr()) == best {
			if nth == 0 {
				return l
			}
			nth--
		}
	}
	return found
}

// attempt is one connect(2) on its way.
type attempt struct {
	client *Stream
	to     netip.AddrPort
	step   scheduler.Step
}

// Connect starts to connect s to an address. On the loopback interface it has
// finished when connect(2) returns, unless the strategy delays it.
func (k *System) Connect(s *Stream, to netip.AddrPort) {
	k.clientPort(s)
	s.To, s.Addr = to, s.source(to.Addr())
	if k.Fault(machine.FaultConnect) {
		a := &attempt{client: s, to: to}
		a.step = scheduler.Step{Name: "connect", Actor: actorBase + s.Desc.ID, Object: s.Desc.ID, Do: a.try}
		k.Tasks.Pend(&a.step)
		return
	}
	k.sendSYN(s, to)
}

func (a *attempt) try() { a.client.Kernel.sendSYN(a.client, a.to) }

// sendSYN sends the SYN: it is refused, answered, or dropped by a backlog that
// is more than full; listen(2). One connection more than the backlog waits;
// seen on Linux 6.18. Windows refuses it; see overflows.
func (k *System) sendSYN(s *Stream, to netip.AddrPort) {
	if s.Closed || s.State != Connecting {
		return // closed or shut down meanwhile
	}
	l := k.listenerAt(to)
	if l == nil || l.overflows() {
		s.Refused = true
		s.abort(errno.ConnRefused)
		return
	}
	if len(l.Queue) > l.Backlog {
		a := &attempt{client: s, to: to}
		k.Tasks.At(k.Tasks.After(synRetry), a.try)
		return
	}
	server := k.NewStream(true, Connected)
	server.SetDescription(k.NewDescription(server, "accept"))
	s.State, s.Peer, server.Peer, server.Attempt = Connected, server, s, told
	server.Accepted = true
	server.Port, server.Linger, server.settings = l.Port, l.Linger, l.settings.inherited()
	server.Inet = l.Inet
	if n, set := l.settings.Get(LevelSocket, SoReceiveLeast); set {
		server.Lowat = k.LeastInEffect(n)
	}
	server.Addr, server.To = to.Addr(), netip.AddrPortFrom(s.source(to.Addr()), s.Port)
	server.ReadShut, server.WriteEnd, server.Finished = l.ReadEnd, l.writeEnd, l.writeEnd
	if l.defers(server) {
		s.Desc.Notify(machine.Writable)
		return
	}
	l.Queue = append(l.Queue, server)
	s.Desc.Notify(machine.Writable)
	s.Desc.WakeWaiters(0) // whatever they wait for: sk_state_change in tcp_finish_connect, Linux 6.18
	if server.Finished {
		s.sendEnd()
	}
	l.Desc.Notify(machine.DataReady)
}

// overflows reports whether another connection is refused. Windows refuses it where
// Linux drops the SYN; listen, Remarks: "the client will receive an error with an
// indication of WSAECONNREFUSED". A backlog below 1 counts as 1, the nearest legal value.
func (l *Listener) overflows() bool {
	return l.Kernel.Traits.Winsock && len(l.Queue) >= max(l.Backlog, 1)
}
