package fakedemux

import (
	"net/netip"
	"time"

	"reactortest/scheduler"
)

// synRetry is when a SYN that found the backlog full is sent again; tcp(7),
// the initial retransmission timeout is one second. Every further one comes a
// second later too, where Linux doubles the time.
const synRetry = time.Second

// listener is a socket in listen(2): of TCP, or a unix socket with a name.
type listener struct {
	kernel  *system
	desc    *description
	port    uint16 // TCP
	name    string // unix
	fixed   bool   // TCP: the caller chose the port
	linger  bool   // TCP: as of a stream, which inherits it
	backlog int
	queue   []*stream      // connected, not accepted; first in, first out
	waiting []*description // unix: of calls of connect that wait for room

	readEnd, writeEnd bool // shutdown(2)

	packets  bool // unix: SOCK_SEQPACKET
	closed   bool
	settings settings
	inet
}

func (l *listener) kind() string { return "listener" }

func (l *listener) read(b []byte) (int, failure) {
	if len(b) == 0 {
		return 0, ok
	}
	if l.unix() && !l.packets {
		return 0, invalid
	}
	return 0, notConnected
}

func (l *listener) write([]byte) (int, failure) {
	if l.unix() || l.kernel.traits.winsock { // send, WSAENOTCONN
		return 0, notConnected
	}
	return 0, brokenPipe
}

func (l *listener) unix() bool { return l.name != "" }

// poll: readable while a connection waits; accept(2).
func (l *listener) poll() uint32 { return l.conditions() }

func (l *listener) conditions() uint32 {
	var m uint32
	if len(l.queue) > 0 || l.unix() && l.readEnd {
		m |= readable
	}
	if l.unix() && l.readEnd {
		m |= peerHungUp
	}
	if l.unix() && l.readEnd && l.writeEnd {
		m |= hungUp
	}
	return m
}

// release resets the connections that nobody accepted.
func (l *listener) release() {
	k := l.kernel
	l.closed = true
	k.listeners = without(k.listeners, l)
	for _, s := range l.queue {
		over := s.over()
		s.closed = true
		if p := s.peer; p != nil {
			s.peer, p.peer, p.gone = nil, nil, l.name
			if over {
				continue
			}
			p.refusedLate()
		}
	}
	l.queue = l.queue[:0]
	l.tellWaiting()
}

// tellWaiting lets the calls of connect go on that wait for room in the backlog.
func (l *listener) tellWaiting() {
	for _, d := range l.waiting {
		d.wakeForRoom()
	}
	l.waiting = l.waiting[:0]
}

// accept is accept4(2). It takes a descriptor before it looks at the queue, so
// EMFILE comes before EAGAIN, and leaves the connection where it is.
func (l *listener) accept() (int, failure) {
	k := l.kernel
	if f := k.roomFor(1); f != ok {
		return -1, f
	}
	if len(l.queue) == 0 {
		return -1, again
	}
	if f := k.inventNoFile(); f != ok {
		return -1, f
	}
	return k.install(l.take().desc), ok
}

// take takes the connection that has waited longest.
func (l *listener) take() *stream {
	s := l.queue[0]
	l.queue = l.queue[:copy(l.queue, l.queue[1:])]
	l.tellWaiting()
	return s
}

// listenerAt returns the listener that a connection to an address goes to, nil if
// there is none. Of a group of SO_REUSEPORT it is one that a decision chooses.
func (k *system) listenerAt(to netip.AddrPort) *listener {
	best, group := 0, 0
	var found *listener
	for _, l := range k.listeners {
		if l.port != to.Port() || l.unix() {
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
	for _, l := range k.listeners {
		if l.port == to.Port() && !l.unix() && l.score(to.Addr()) == best {
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
	client *stream
	to     netip.AddrPort
	step   scheduler.Step
}

// connect starts to connect s to an address. On the loopback interface it has
// finished when connect(2) returns, unless the strategy delays it.
func (k *system) connect(s *stream, to netip.AddrPort) {
	k.clientPort(s)
	s.to, s.addr = to, s.source(to.Addr())
	if k.fault(faultConnect) {
		a := &attempt{client: s, to: to}
		a.step = scheduler.Step{Name: "connect", Actor: actorBase + s.desc.id, Object: s.desc.id, Do: a.try}
		k.tasks.Pend(&a.step)
		return
	}
	k.sendSYN(s, to)
}

func (a *attempt) try() { a.client.kernel.sendSYN(a.client, a.to) }

// sendSYN sends the SYN: it is refused, answered, or dropped by a backlog that
// is more than full; listen(2). One connection more than the backlog waits;
// seen on Linux 6.18. Windows refuses it; see overflows.
func (k *system) sendSYN(s *stream, to netip.AddrPort) {
	if s.closed || s.state != connecting {
		return // closed or shut down meanwhile
	}
	l := k.listenerAt(to)
	if l == nil || l.overflows() {
		s.refused = true
		s.abort(connRefused)
		return
	}
	if len(l.queue) > l.backlog {
		a := &attempt{client: s, to: to}
		k.tasks.At(k.tasks.After(synRetry), a.try)
		return
	}
	server := k.newStream(true, connected)
	server.setDescription(k.newDescription(server, "accept"))
	s.state, s.peer, server.peer, server.attempt = connected, server, s, told
	server.port, server.linger, server.settings = l.port, l.linger, l.settings.inherited()
	server.inet = l.inet
	if n, set := l.settings.get(levelSocket, soReceiveLeast); set {
		server.lowat = k.leastInEffect(n)
	}
	server.addr, server.to = to.Addr(), netip.AddrPortFrom(s.source(to.Addr()), s.port)
	server.readShut, server.writeEnd, server.finished = l.readEnd, l.writeEnd, l.writeEnd
	if l.defers(server) {
		s.desc.notify(writable)
		return
	}
	l.queue = append(l.queue, server)
	s.desc.notify(writable)
	s.desc.wakeWaiters(0) // whatever they wait for: sk_state_change in tcp_finish_connect, Linux 6.18
	if server.finished {
		s.sendEnd()
	}
	l.desc.notify(dataReady)
}

// overflows reports whether another connection is refused. Windows refuses it where
// Linux drops the SYN; listen, Remarks: "the client will receive an error with an
// indication of WSAECONNREFUSED". A backlog below 1 counts as 1, the nearest legal value.
func (l *listener) overflows() bool {
	return l.kernel.traits.winsock && len(l.queue) >= max(l.backlog, 1)
}
