package fakedemux

import (
	"net/netip"

	"reactortest/scheduler"
)

// streamState is how far the connection of a stream is.
type streamState uint8

const (
	connecting streamState = iota
	connected
	dead        // refused or reset: TCP_CLOSE
	unconnected // what an operation is to connect
	fresh       // of socket(2), not connected: TCP_CLOSE
)

// attemptState is how far a TCP socket is with connect(2), as its caller has been
// told.
type attemptState uint8

const (
	notTried attemptState = iota
	trying
	told    // a connect has returned 0, or it was accepted
	givenUp // shut down meanwhile: it never connects again
)

// stream is one end of a connection: of a socketpair, which is a unix socket,
// or of TCP. Bytes written to a socketpair are there at once; TCP has a
// network, where they may be in flight.
type stream struct {
	kernel *system
	desc   *description
	tcp    bool
	state  streamState
	peer   *stream // nil once the other end is closed

	received buffer    // arrived, not read
	messages ring[int] // unix: lengths of the writes that received is made of
	begun    int       // unix: bytes that were read of the first of them
	flight   buffer    // TCP: sent by the peer, not arrived
	finSent  bool      // TCP: the peer's FIN is behind the bytes in flight
	inFlight bool      // step is pending
	step     scheduler.Step
	again    scheduler.Step // the fresh edge after an invented EAGAIN
	edge     uint32         // the condition that again reports; 0: not pending

	closed   bool         // released: no descriptor names it any more
	readEnd  bool         // the peer sends no more, and that has arrived
	fin      bool         // readEnd came as a FIN
	writeEnd bool         // this end sends no more
	pending  failure      // SO_ERROR
	noRoom   bool         // a write met a full buffer since the last EPOLLOUT
	readShut bool         // TCP: SHUT_RD, which the peer does not hear of
	finished bool         // TCP: a FIN was sent
	attempt  attemptState // TCP
	linger   bool         // TCP: SO_LINGER of 0 seconds, a close is a RST
	port     uint16       // TCP: bound to, 0 is none
	fixed    bool         // TCP: the caller chose the port
	unbound  bool         // TCP: and the port that the kernel chose is free again
	was      uint16       // TCP: that port, which getsockname tells until there is another; inet_put_port, Linux 6.18
	urgent   mark         // TCP
	name     string       // unix: bound to, "" is none
	auto     bool         // TCP: connect has chosen the port, which is not in Kernel.bound
	packets  bool         // unix: SOCK_SEQPACKET
	hears    *listener    // TCP: TCP_DEFER_ACCEPT, until data arrive
	settings settings
	inet
	bound   netip.Addr // by bind: what addr is without a connection
	gone    string     // unix: the name of a peer that was closed
	lowat   int        // SO_RCVLOWAT, 0 is 1
	refused bool       // dead because nobody listens
	direct  bool       // TCP without a network between the ends: nothing is delayed, split or reset
	bare    bool       // connected by an operation, and not told to be a socket like any other
}

// newStream makes an end; the caller sets desc.
func (k *system) newStream(tcp bool, state streamState) *stream {
	s := k.streams.get()
	received, messages, flight, step, again := s.received, s.messages, s.flight, s.step, s.again
	received.clear()
	messages.clear()
	flight.clear()
	*s = stream{
		kernel: k, tcp: tcp, state: state,
		received: received, messages: messages, flight: flight, step: step, again: again,
	}
	if s.step.Do == nil {
		s.step.Name, s.step.Do = "deliver", s.arrive
		s.again.Name, s.again.Do = "ready again", s.readyAgain
	}
	return s
}

// addStream installs a stream, and returns its descriptor.
func (k *system) addStream(s *stream, call string) int {
	fd, d := k.add(s, call)
	s.setDescription(d)
	return fd
}

func (s *stream) setDescription(d *description) {
	s.desc = d
	s.step.Actor, s.step.Object = actorBase+d.id, d.id
	s.again.Actor, s.again.Object = actorBase+d.id, d.id
}

func (s *stream) kind() string {
	if s.tcp {
		return "tcp stream"
	}
	return "stream"
}

// used returns the bytes that were sent and not read: they fill the buffers.
func (s *stream) used() int {
	if s.peer == nil {
		return 0
	}
	return s.peer.received.len() + s.peer.flight.len()
}

// writable is the threshold of EPOLLOUT, which is not that of a write: a unix
// socket is writable while at most a quarter of its buffer is in use, a TCP
// socket while what is free is at least half of what is in use; seen on Linux
// 6.18 by filling a socket and draining it. On Linux the
// memory of a write to a unix socket is in use until all of it has been read: of
// 12000 bytes in a buffer of 16384, the last one that is read makes it writable.
func (s *stream) writable() bool {
	used, size := s.used(), s.size()
	if s.kernel.traits.bsd { // filt_sowrite
		return size-used >= min(s.kernel.traits.sendLow, size)
	}
	if s.tcp {
		return 2*(size-used) >= used && used < size
	}
	return 4*(used+s.begunOf()) <= size
}

// begunOf returns what was read of a write that was not read whole: on Linux it
// still takes memory of the writer.
func (s *stream) begunOf() int {
	if s.tcp || s.peer == nil || !s.kernel.traits.linux {
		return 0
	}
	return s.peer.begun
}

// conditions returns the conditions that hold; epoll_ctl(2), poll(2). Seen on
// Linux 6.18: a TCP end whose peer has closed has no EPOLLHUP until it has shut
// down too, a unix end has; a connect that failed has EPOLLERR and everything
// else.
func (s *stream) conditions() uint32 {
	var m uint32
	switch s.state { //nolint:exhaustive // the others are below
	case unconnected:
		return 0
	case connecting: // it may have been shut down before; tcp_poll, Linux 6.18
		if s.readShut {
			m |= readable | peerHungUp
		}
		if s.readShut && s.writeEnd {
			m |= hungUp
		}
		return m
	}
	ended := s.readEnd || s.readShut
	input := s.toRead() > 0
	if s.packets || s.lowat > 1 {
		input = s.isReadable()
	}
	if input || ended {
		m |= readable
	}
	if s.hasUrgent() {
		m |= urgently
	}
	if ended {
		m |= peerHungUp
	}
	if ended && s.writeEnd || s.state == dead || s.state == fresh {
		m |= hungUp
	}
	if s.writable() || s.tcp && s.writeEnd {
		m |= writable
	}
	if s.pending != ok {
		m |= failed
	}
	return m
}

// poll returns the conditions. TCP notes who asked when there was no room, and
// raises EPOLLOUT for the next room.
func (s *stream) poll() uint32 {
	m := s.conditions()
	if s.tcp && m&writable == 0 && s.state != connecting {
		s.noRoom = true
	}
	return m
}

// read returns what has arrived; then the pending error, once; then the end.
// After a FIN a later reset is not seen by reading.
func (s *stream) read(b []byte) (int, failure) {
	if len(b) == 0 {
		return 0, ok
	}
	return s.receive(b)
}

// receive is recv(2). Unlike read(2) it fails for nothing too, if there is
// nothing to read; seen on Linux 6.18.
func (s *stream) receive(b []byte) (int, failure) { return s.receiveFrom(b, s.least(len(b))) }

// receiveFrom is receive of a call that waits until there are least bytes.
func (s *stream) receiveFrom(b []byte, least int) (int, failure) {
	if s.packets {
		return s.readPacket(b)
	}
	if s.refused && s.kernel.traits.winsock { // recv, WSAENOTCONN
		return 0, notConnected
	}
	if len(b) > 0 && s.urgentIsNext() {
		s.pass()
	}
	if s.received.len() == 0 {
		return 0, s.nothing()
	}
	if least > 1 && s.toRead() < least && !s.readEnd && !s.readShut && s.pending == ok {
		return 0, again
	}
	if s.kernel.fault(faultAgain) {
		s.readyLater(readable)
		return 0, again
	}
	most := min(len(b), s.received.len())
	if s.urgent.at > 0 {
		most = min(most, s.urgent.at-1)
	}
	if most == 0 {
		return 0, ok
	}
	n := s.kernel.amount(faultShortRead, most)
	if n < most {
		s.readyLater(readable)
	}
	s.received.take(b[:n])
	s.urgent.at = max(s.urgent.at-n, 0)
	s.freed(n)
	if s.lowat > 1 {
		s.loseError(n, min(s.lowat, len(b)))
	}
	return n, ok
}

// nothing is what a receive returns that finds nothing.
func (s *stream) nothing() failure {
	switch {
	case s.state == unconnected:
		return notConnected
	case s.fin && s.tcp && !s.bsd():
		return ok
	case s.pending != ok:
		return s.takeError()
	case s.readEnd || s.readShut:
		return s.endOrNone()
	case s.state == fresh && !s.tcp:
		return invalid
	case s.state == dead || s.state == fresh: // shut down while it connected
		return notConnected
	default:
		return again
	}
}

// freed tells the writer of room. A unix writer hears of it each time that
// one of its writes has been read whole and it is writable, a TCP writer only
// after it met a full buffer. Seen on Linux 6.18 with EPOLLET.
func (s *stream) freed(n int) {
	raise := false
	for !s.tcp && n > 0 && s.messages.len() > 0 {
		first := s.messages.at(0)
		part := min(n, *first)
		*first -= part
		s.begun += part
		n -= part
		if *first == 0 {
			s.begun = 0
			s.messages.pop()
			raise = true
		}
	}
	p := s.peer
	if p == nil || !p.writable() {
		return
	}
	if s.tcp {
		raise, p.noRoom = p.noRoom, false
	}
	if raise {
		p.desc.notify(writable)
	} else {
		p.desc.notifyLists(writable) // a kqueue hears of all room
	}
}

// write accepts what there is room for.
func (s *stream) write(b []byte) (int, failure) {
	if s.packets {
		return s.writePacket(b)
	}
	switch {
	case s.state == connecting:
		return 0, again
	case s.state == unconnected, s.refused && s.kernel.traits.winsock:
		return 0, notConnected
	case s.tcp && (s.writeEnd || s.state != connected) && s.pending != ok && !s.bsd():
		return 0, s.takeError()
	case s.state == fresh && !s.tcp:
		return 0, notConnected
	case s.writeEnd || s.state != connected:
		return 0, brokenPipe
	case len(b) == 0:
		return 0, ok
	case !s.tcp && s.peer.readEnd: // it was shut down before it connected
		s.desc.notify(writable)
		return 0, brokenPipe
	case s.peer == nil: // a closed TCP peer answers with a reset, to what fits in the buffer
		s.resetReceived()
		return min(len(b), s.size()), ok
	}
	room := s.size() - s.used() - s.begunOf()
	if room <= 0 {
		s.noRoom = true
		return 0, again
	}
	if s.kernel.fault(faultAgain) {
		s.readyLater(writable)
		return 0, again
	}
	most := min(len(b), room)
	n := s.kernel.amount(faultShort, most)
	if n < most {
		s.readyLater(writable)
	}
	if n < len(b) {
		s.noRoom = true
	}
	s.peer.send(b[:n])
	return n, ok
}

// send takes bytes from the peer. On TCP the strategy chooses how much of them
// arrives now.
func (s *stream) send(b []byte) {
	k := s.kernel
	if !s.tcp {
		s.received.put(b)
		s.messages.push(len(b))
		s.desc.notify(dataReady)
		return
	}
	if s.bsd() && s.readShut { // SBS_CANTRCVMORE: what arrives is thrown away; tcp_do_segment
		return
	}
	if s.readShut && (s.finished || k.traits.winsock) || !s.direct && k.fault(faultReset) {
		s.reset()
		return
	}
	now := 0
	if s.direct {
		now = len(b)
		s.received.put(b)
		s.dataReady()
	} else if !s.inFlight && !k.fault(faultDelay) {
		now = k.amount(faultSplit, len(b))
		s.received.put(b[:now])
		s.dataReady()
	}
	if now < len(b) {
		s.flight.put(b[now:])
		s.pend()
	}
}

func (s *stream) pend() {
	if !s.inFlight {
		s.inFlight = true
		s.kernel.tasks.Pend(&s.step)
	}
}

// arrive is the pending step: some of what is in flight comes in.
func (s *stream) arrive() {
	s.inFlight = false
	if s.closed {
		return
	}
	if n := s.flight.len(); n > 0 {
		s.flight.move(&s.received, s.kernel.amount(faultDeliver, n))
		if s.readShut && s.bsd() {
			s.received.clear()
		}
		s.dataReady()
	}
	switch {
	case s.flight.len() > 0:
		s.pend()
	case s.finSent:
		s.finSent = false
		s.end(true)
	}
}

// readyLater promises a fresh edge after an invented EAGAIN or short count.
func (s *stream) readyLater(condition uint32) {
	if s.edge == 0 {
		s.kernel.tasks.Pend(&s.again)
	}
	s.edge |= condition
}

func (s *stream) readyAgain() {
	edge := s.edge
	s.edge = 0
	if !s.closed {
		s.desc.notify(edge)
	}
}

// end says that the peer sends no more.
func (s *stream) end(fin bool) {
	s.readEnd, s.fin = true, fin
	s.heard()
	if fin {
		s.desc.notifyAs(0, dataReady) // socantrcvmore
	} else {
		s.desc.notify(0)
	}
}

// sendEnd passes the end of the peer's direction on, behind what is in flight.
func (s *stream) sendEnd() {
	if s.tcp && (s.inFlight || !s.direct && s.kernel.fault(faultDelay)) {
		s.finSent = true
		s.pend()
		return
	}
	s.end(s.tcp)
}

// hasInput reports whether a read does not have to wait. An urgent byte is no
// input: WSARecv without MSG_OOB does not return it.
func (s *stream) hasInput() bool {
	return s.toRead() > 0 || s.readEnd || s.pending != ok || s.state == dead
}
