package objects

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// Write accepts what there is room for.
func (s *Stream) Write(b []byte) (int, errno.Failure) {
	p := s.Peer
	if s.State != Connected || s.WriteEnd || p == nil || s.Packets || len(b) == 0 || p.ReadEnd && !s.TCP {
		return s.writeNone(b)
	}
	room := s.Room() - s.begunOf()
	if room <= 0 || room < len(b) && s.bsd() && room < s.sendLow() { // "space < so->so_snd.sb_lowat" in sosend_generic
		s.NoRoom = true
		return 0, errno.Again
	}
	if s.Kernel.Fault(machine.FaultAgain) {
		s.readyLater(machine.Writable)
		return 0, errno.Again
	}
	most := min(len(b), room)
	n := s.Kernel.Amount(machine.FaultShort, most)
	if n < most {
		s.readyLater(machine.Writable)
	}
	if n < len(b) {
		s.NoRoom = true
	}
	p.send(b[:n])
	return n, errno.OK
}

// writeNone is Write that adds nothing to a buffer.
func (s *Stream) writeNone(b []byte) (int, errno.Failure) {
	if s.Packets {
		return s.writePacket(b)
	}
	switch {
	case s.State == Connecting:
		return 0, errno.Again
	case s.State == Unconnected, s.Refused && s.Kernel.Traits.Winsock:
		return 0, errno.NotConnected
	case s.TCP && (s.WriteEnd || s.State != Connected) && s.Pending != errno.OK && !s.bsd():
		return 0, s.TakeError()
	case s.State == Fresh && !s.TCP:
		return 0, errno.NotConnected
	case s.WriteEnd || s.State != Connected:
		return 0, errno.BrokenPipe
	case len(b) == 0:
		return 0, errno.OK
	case !s.TCP && s.Peer.ReadEnd: // it was shut down before it connected
		s.Desc.Notify(machine.Writable)
		return 0, errno.BrokenPipe
	default: // a closed TCP peer answers with a reset, to what fits in the buffer
		s.resetReceived()
		return min(len(b), s.Size()), errno.OK
	}
}

// send takes bytes from the peer. On TCP the strategy chooses how much of them
// arrives now.
func (s *Stream) send(b []byte) {
	k := s.Kernel
	if !s.TCP {
		s.Received.Put(b)
		s.messages.push(len(b))
		s.Desc.Notify(machine.DataReady)
		return
	}
	if s.bsd() && s.ReadShut { // SBS_CANTRCVMORE: what arrives is thrown away; tcp_do_segment
		return
	}
	if s.ReadShut && (s.Finished || k.Traits.Winsock) || !s.Direct && k.Fault(machine.FaultReset) {
		s.Reset()
		return
	}
	now := 0
	if s.Direct {
		now = len(b)
		s.Received.Put(b)
		s.dataReady()
	} else if !s.inFlight && !k.Fault(machine.FaultDelay) {
		now = k.Amount(machine.FaultSplit, len(b))
		s.Received.Put(b[:now])
		s.dataReady()
	}
	if now < len(b) {
		s.Flight.Put(b[now:])
		s.pend()
	}
}

func (s *Stream) pend() {
	if !s.inFlight {
		s.inFlight = true
		s.Kernel.Tasks.Pend(&s.step)
	}
}

// arrive is the pending step: some of what is in flight comes in.
func (s *Stream) arrive() {
	s.inFlight = false
	if s.Closed {
		return
	}
	if n := s.Flight.Len(); n > 0 {
		s.Flight.Move(&s.Received, s.Kernel.Amount(machine.FaultDeliver, n))
		if s.ReadShut && s.bsd() {
			s.Received.Clear()
		}
		s.dataReady()
	}
	switch {
	case s.Flight.Len() > 0:
		s.pend()
	case s.finSent:
		s.finSent = false
		s.end(true)
	}
}

// readyLater promises a fresh edge after an invented EAGAIN or short count.
func (s *Stream) readyLater(condition uint32) {
	if s.edge == 0 {
		s.Kernel.Tasks.Pend(&s.again)
	}
	s.edge |= condition
}

func (s *Stream) readyAgain() {
	edge := s.edge
	s.edge = 0
	if !s.Closed {
		s.Desc.Notify(edge)
	}
}
