package objects

import (
	"net/netip"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// StreamState is how far the connection of a stream is.
type StreamState uint8

// The states of a connection.
const (
	Connecting StreamState = iota
	Connected
	Dead        // refused or reset: TCP_CLOSE
	Unconnected // what an operation is to connect
	Fresh       // of socket(2), not connected: TCP_CLOSE
)

// AttemptState is how far a TCP socket is with connect(2), as its caller has been
// told.
type AttemptState uint8

// The states of an attempt.
const (
	notTried AttemptState = iota
	Trying
	told    // a connect has returned 0, or it was accepted
	givenUp // shut down meanwhile: it never connects again
)

// Stream is one end of a connection: of a socketpair, which is a unix socket,
// or of TCP. Bytes written to a socketpair are there at once; TCP has a
// network, where they may be in flight.
type Stream struct {
	// What every read, write and look uses is together.
	Kernel   *System
	Desc     *machine.Description
	Peer     *Stream        // nil once the other end is closed
	Received machine.Buffer // arrived, not read
	messages lengths        // unix: of the writes that Received is made of
	begun    int            // unix: bytes that were read of the first of them
	urgent   mark           // TCP
	Lowat    int            // SO_RCVLOWAT, 0 is 1
	TCP      bool
	State    StreamState
	Packets  bool          // unix: SOCK_SEQPACKET
	ReadEnd  bool          // the peer sends no more, and that has arrived
	ReadShut bool          // TCP: SHUT_RD, which the peer does not hear of
	WriteEnd bool          // this end sends no more
	Pending  errno.Failure // SO_ERROR
	NoRoom   bool          // a write met a full buffer since the last EPOLLOUT
	Refused  bool          // dead because nobody listens
	Direct   bool          // TCP without a network between the ends: nothing is delayed, split or reset
	inFlight bool          // step is pending
	Closed   bool          // released: no descriptor names it any more

	fin      bool         // ReadEnd came as a FIN
	finSent  bool         // TCP: the peer's FIN is behind the bytes in flight
	Finished bool         // TCP: a FIN was sent
	Attempt  AttemptState // TCP
	Linger   bool         // TCP: SO_LINGER of 0 seconds, a close is a RST
	fixed    bool         // TCP: the caller chose the port
	unbound  bool         // TCP: and the port that the kernel chose is free again
	auto     bool         // TCP: connect has chosen the port, which is not in System.bound
	Bare     bool         // connected by an operation, and not told to be a socket like any other
	Accepted bool         // TCP: by a listener

	WasAccepted bool // it was, and DisconnectEx has made it a new socket

	Port uint16 // TCP: bound to, 0 is none
	Was  uint16 // TCP: that port, which getsockname tells until there is another; inet_put_port, Linux 6.18

	Flight machine.Buffer // TCP: sent by the peer, not arrived
	step   scheduler.Step
	again  scheduler.Step // the fresh edge after an invented EAGAIN
	edge   uint32         // the condition that again reports; 0: not pending

	Name     string    // unix: bound to, "" is none
	gone     string    // unix: the name of a peer that was closed
	lost     int       // unix, of a BSD: bytes that the peer had not read then; see Room
	hears    *Listener // TCP: TCP_DEFER_ACCEPT, until data arrive
	settings Settings
	Inet
	bound netip.Addr // by bind: what addr is without a connection
}

// NewStream makes an end; the caller sets desc.
func (k *System) NewStream(tcp bool, state StreamState) *Stream {
	s := k.streams.Get()
	received, rest, flight, step, again := s.Received, s.messages.rest, s.Flight, s.step, s.again
	*s = Stream{}
	s.Kernel, s.TCP, s.State = k, tcp, state
	s.Received, s.messages.rest, s.Flight, s.step, s.again = received, rest, flight, step, again
	s.Received.Clear()
	s.messages.clear()
	s.Flight.Clear()
	if s.step.Do == nil {
		s.step.Name, s.step.Do = "deliver", s.arrive
		s.again.Name, s.again.Do = "ready again", s.readyAgain
	}
	return s
}

// AddStream installs a stream, and returns its descriptor.
func (k *System) AddStream(s *Stream, call string) int {
	fd, d := k.Add(s, call)
	s.SetDescription(d)
	return fd
}

// SetDescription makes s what d refers to.
func (s *Stream) SetDescription(d *machine.Description) {
	s.Desc = d
	s.step.Actor, s.step.Object = actorBase+d.ID, d.ID
	s.again.Actor, s.again.Object = actorBase+d.ID, d.ID
}

// Kind returns "tcp stream" or "stream".
func (s *Stream) Kind() string {
	if s.TCP {
		return "tcp stream"
	}
	return "stream"
}

// Used returns the bytes that were sent and not read: they fill the buffers.
func (s *Stream) Used() int {
	if s.Peer == nil {
		return 0
	}
	return s.Peer.Received.Len() + s.Peer.Flight.Len()
}

// Writable is the threshold of EPOLLOUT, which is not that of a write: a unix
// socket is writable while at most a quarter of its buffer is in use, a TCP
// socket while what is free is at least half of what is in use; seen on Linux
// 6.18 by filling a socket and draining it. On Linux the
// memory of a write to a unix socket is in use until all of it has been read: of
// 12000 bytes in a buffer of 16384, the last one that is read makes it writable.
func (s *Stream) Writable() bool {
	t, used := &s.Kernel.Traits, s.Used()
	switch {
	case t.BSD: // filt_sowrite
		return s.Room() >= s.sendLow()
	case s.TCP:
		size := t.size[1]
		return 2*(size-used) >= used && used < size
	default:
		return 4*(used+s.begunOf()) <= t.size[0]
	}
}

// begunOf returns what was read of a write that was not read whole: on Linux it
// still takes memory of the writer.
func (s *Stream) begunOf() int {
	if s.TCP || s.Peer == nil || !s.Kernel.Traits.Linux {
		return 0
	}
	return s.Peer.begun
}

// Conditions returns the conditions that hold; epoll_ctl(2), poll(2). Seen on
// Linux 6.18: a TCP end whose peer has closed has no EPOLLHUP until it has shut
// down too, a unix end has; a connect that failed has EPOLLERR and everything
// else.
func (s *Stream) Conditions() uint32 {
	if s.State != Connected || s.ReadEnd || s.ReadShut || s.WriteEnd || s.Pending != errno.OK || s.isOdd() {
		return s.allConditions()
	}
	var m uint32
	if s.Received.Len() > 0 {
		m = machine.Readable
	}
	if s.Writable() {
		m |= machine.Writable
	}
	return m
}

// isOdd reports whether a receive has more to look at than how many bytes there are.
func (s *Stream) isOdd() bool { return s.urgent.at|s.Lowat != 0 || s.Packets || s.Refused }

// allConditions is Conditions of a stream in any state.
func (s *Stream) allConditions() uint32 {
	var m uint32
	switch s.State { //nolint:exhaustive // the others are below
	case Unconnected:
		return 0
	case Connecting: // it may have been shut down before; tcp_poll, Linux 6.18
		if s.ReadShut {
			m |= machine.Readable | machine.PeerHungUp
		}
		if s.ReadShut && s.WriteEnd {
			m |= machine.HungUp
		}
		return m
	}
	ended := s.ReadEnd || s.ReadShut
	input := s.ToRead() > 0
	if s.Packets || s.Lowat > 1 {
		input = s.isReadable()
	}
	if input || ended {
		m |= machine.Readable
	}
	if s.HasUrgent() {
		m |= machine.Urgently
	}
	if ended {
		m |= machine.PeerHungUp
	}
	if ended && s.WriteEnd || s.State == Dead || s.State == Fresh {
		m |= machine.HungUp
	}
	if s.Writable() || s.TCP && s.WriteEnd {
		m |= machine.Writable
	}
	if s.Pending != errno.OK {
		m |= machine.Failed
	}
	return m
}

// Poll returns the conditions. TCP notes who asked when there was no room, and
// raises EPOLLOUT for the next room.
func (s *Stream) Poll() uint32 {
	m := s.Conditions()
	if s.TCP && m&machine.Writable == 0 && s.State != Connecting {
		s.NoRoom = true
	}
	return m
}

// Read returns what has arrived; then the pending error, once; then the end.
// After a FIN a later reset is not seen by reading.
func (s *Stream) Read(b []byte) (int, errno.Failure) {
	switch {
	case len(b) == 0:
		return 0, errno.OK
	case s.Received.Len() > 0 && !s.isOdd():
		return s.readPart(b, len(b))
	default:
		return s.receive(b)
	}
}

// readPart reads up to most of the bytes that have arrived, of which there are some.
func (s *Stream) readPart(b []byte, most int) (int, errno.Failure) {
	if s.Kernel.Fault(machine.FaultAgain) {
		s.readyLater(machine.Readable)
		return 0, errno.Again
	}
	if most = min(most, s.Received.Len()); most == 0 {
		return 0, errno.OK
	}
	n := s.Kernel.Amount(machine.FaultShortRead, most)
	if n < most {
		s.readyLater(machine.Readable)
	}
	s.Received.Take(b[:n])
	s.urgent.at = max(s.urgent.at-n, 0)
	s.freed(n)
	return n, errno.OK
}

// receive is recv(2). Unlike read(2) it fails for nothing too, if there is
// nothing to read; seen on Linux 6.18.
func (s *Stream) receive(b []byte) (int, errno.Failure) { return s.receiveFrom(b, s.least(len(b))) }

// receiveFrom is receive of a call that waits until there are least bytes.
func (s *Stream) receiveFrom(b []byte, least int) (int, errno.Failure) {
	if s.Packets {
		return s.readPacket(b)
	}
	if s.Refused && s.Kernel.Traits.Winsock { // recv, WSAENOTCONN
		return 0, errno.NotConnected
	}
	if len(b) > 0 && s.urgentIsNext() {
		s.pass()
	}
	if s.Received.Len() == 0 {
		return 0, s.nothing()
	}
	if least > 1 && s.ToRead() < least && !s.ReadEnd && !s.ReadShut && s.Pending == errno.OK {
		return 0, errno.Again
	}
	most := len(b)
	if s.urgent.at > 0 {
		most = min(most, s.urgent.at-1)
	}
	n, f := s.readPart(b, most)
	if n > 0 && s.Lowat > 1 {
		s.loseError(n, min(s.Lowat, len(b)))
	}
	return n, f
}

// nothing is what a receive returns that finds nothing. On Windows a RST is told also
// behind a FIN: WSARecv, WSAECONNRESET.
func (s *Stream) nothing() errno.Failure {
	switch {
	case s.State == Unconnected:
		return errno.NotConnected
	case s.fin && s.TCP && s.Kernel.Traits.Linux:
		return errno.OK
	case s.Pending != errno.OK:
		return s.TakeError()
	case s.ReadEnd || s.ReadShut:
		return s.endOrNone()
	case s.State == Fresh && !s.TCP:
		return errno.Invalid
	case s.State == Dead || s.State == Fresh: // shut down while it connected
		return errno.NotConnected
	default:
		return errno.Again
	}
}

// freed tells the writer of room. A unix writer hears of it each time that
// one of its writes has been read whole and it is writable, a TCP writer only
// after it met a full buffer. Seen on Linux 6.18 with EPOLLET.
func (s *Stream) freed(n int) {
	raise := !s.TCP && s.readWhole(n)
	p := s.Peer
	if p == nil || !p.Writable() {
		return
	}
	if s.TCP {
		raise, p.NoRoom = p.NoRoom, false
	}
	if raise {
		p.Desc.Notify(machine.Writable)
	} else {
		p.Desc.NotifyLists(machine.Writable) // a kqueue hears of all room
	}
}

// readWhole counts n bytes of a unix stream as read, and reports whether one of the
// writes that they came from was read whole.
func (s *Stream) readWhole(n int) (whole bool) {
	for n > 0 && s.messages.len() > 0 {
		first := s.messages.first
		if n < first {
			s.messages.first -= n
			s.begun += n
			return whole
		}
		n -= first
		s.begun = 0
		s.messages.pop()
		whole = true
	}
	return whole
}

// end says that the peer sends no more.
func (s *Stream) end(fin bool) {
	s.ReadEnd, s.fin = true, fin
	s.heard()
	if fin {
		s.Desc.NotifyAs(0, machine.DataReady) // socantrcvmore
	} else {
		s.Desc.Notify(0)
	}
}

// sendEnd passes the end of the peer's direction on, behind what is in flight.
func (s *Stream) sendEnd() {
	if s.TCP && (s.inFlight || !s.Direct && s.Kernel.Fault(machine.FaultDelay)) {
		s.finSent = true
		s.pend()
		return
	}
	s.end(s.TCP)
}

// HasInput reports whether a read does not have to wait. An urgent byte is no
// input: WSARecv without MSG_OOB does not return it.
func (s *Stream) HasInput() bool {
	return s.ToRead() > 0 || s.ReadEnd || s.Pending != errno.OK || s.State == Dead
}
