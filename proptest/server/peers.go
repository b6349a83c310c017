package server

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
)

// peer is the far end of a connection.
type peer struct {
	*script
	id     int
	handle demux.Handle
	port   uint16 // of its end
	buffer []byte

	connected bool
	refused   error
	sent      int   // accepted by its kernel
	checker         // of what it has got
	over      bool  // nothing more can be read
	err       error // why, nil at a proper end
	writeErr  error
	stuck     bool // it has not got rid of its bytes in time
	floods    bool // it was stuck while the engine had more for it than HighWater
	fin       bool // it has ended its direction
	finAt     time.Duration
	gaveUp    bool // it closed before the engine did
	aborted   bool // it closed, or reset the connection, without reading to the end
	closed    bool
	closedAt  time.Duration
	done      bool

	op     int             // that comes next
	part   int             // bytes of it that were written
	until  time.Duration   // when it is over; 0: not begun
	wait   time.Duration   // when the next sip comes
	ending time.Duration   // when the end comes; 0: not yet
	wants  demux.Ready     // what stopped it
	task   *scheduler.Task // that waits until all peers have sent enough
	enough int
	deaf   time.Duration // when it had last waited so, and not read meanwhile
}

// Times of peers.
const (
	connectPatience = 5 * time.Second
	writePatience   = 5 * time.Second
	awaitPatience   = time.Second
	endPatience     = 2 * time.Second // without a byte
	stayPatience    = 50 * time.Millisecond
	slowDelay       = 20 * time.Millisecond
	peerChunk       = 4096
)

// startPeer starts a peer. It returns it.
func (s *session) startPeer(script *script) *peer {
	p := &peer{script: script, handle: demux.NoHandle, checker: newChecker()}
	s.locked(func() {
		p.id = len(s.peers)
		s.peers = append(s.peers, p)
		s.busy++
	})
	s.out.Go(fmt.Sprintf("peer %d", p.id), func() {
		s.play(p)
		s.locked(func() { s.peerDone(p) })
	})
	return p
}

// peerDone says that a peer has done what its script has. The lock is held.
func (s *session) peerDone(p *peer) {
	if !p.done {
		p.done = true
		s.busy--
	}
}

// play carries out the script.
func (s *session) play(p *peer) {
	if p.at > 0 {
		s.out.sleep(p.at)
	}
	h, port, err := s.out.connect(s.address, s.c.Now()+connectPatience)
	s.locked(func() {
		p.handle, p.port, p.refused, p.connected = h, port, err, err == nil
		if err != nil {
			s.note(entryPeer, p.id, 0, "is not connected: %v", err)
			return
		}
		s.note(entryPeer, p.id, 0, "is connected, from port %d", port)
	})
	if err != nil {
		return
	}
	p.buffer = make([]byte, peerChunk)
	for !p.closed {
		now := s.c.Now()
		p.wants = 0
		moved := p.reads(now) && s.readSome(p, now)
		if moved = s.act(p, now) || moved; moved || p.closed {
			continue
		}
		s.rest(p, now)
	}
}

// rest waits until a peer can go on.
func (s *session) rest(p *peer, now time.Duration) {
	deadline := time.Duration(-1)
	earliest := func(t time.Duration) {
		if t > now && (deadline < 0 || t < deadline) {
			deadline = t
		}
	}
	earliest(p.until)
	earliest(p.ending)
	earliest(p.wait)
	want := p.wants
	if p.reads(now) {
		want |= demux.Readable
	}
	switch {
	case p.task != nil:
		s.c.Kernel.Tasks().Block(scheduler.Call{Name: "wait for the others", Handle: -1}, deadline)
		s.locked(func() { p.deaf = s.c.Clock() })
	case want != 0:
		s.out.await(p.handle, want, deadline)
	case deadline >= 0:
		s.out.sleep(deadline - now)
	default: // it stays, and nothing can come any more
		s.closePeer(p, "closes")
	}
}

// reads reports whether a peer reads now.
func (p *peer) reads(now time.Duration) bool {
	switch {
	case p.over:
		return false
	case p.slow && (p.op < len(p.ops) || p.ending == 0 || now < p.wait):
		return false
	default:
		return now >= p.wait
	}
}

// readSome reads what there is, and checks it. It reports whether there was anything.
func (s *session) readSome(p *peer, now time.Duration) bool {
	b := p.buffer
	if p.sips > 0 {
		b = b[:min(p.sips, len(b))]
	}
	n, err := s.out.host.Read(p.handle, b)
	s.c.Lock()
	defer s.c.Unlock()
	switch {
	case errors.Is(err, demux.ErrAgain):
		return false
	case errors.Is(err, syscall.EINTR):
		return true
	case err != nil:
		p.over = true
		if !errors.Is(err, io.EOF) {
			p.err = err
		}
		s.note(entryPeer, p.id, p.all(), "reads to the end, %d bytes in all: %v", p.all(), err)
		return true
	}
	if p.sips > 0 {
		p.wait = now + ms(1)
	}
	switch {
	case p.fin:
		p.until = now + endPatience
	case p.end == endStay && p.ending > 0 && !p.done:
		p.until = now + stayPatience
	}
	s.got(p, b[:n])
	return true
}

// got checks what a peer has read. The lock is held.
func (s *session) got(p *peer, b []byte) {
	first := p.number < 0
	if first {
		p.number = int(b[0] &^ streamBit)
	}
	if p.number >= len(s.order) {
		s.c.Broke(ruleBytesIntact, s.c.Last(), "peer %d has got a byte %#02x that was given for no connection", p.id, b[0])
		return
	}
	x := s.order[p.number]
	if first {
		s.know(x, p)
	}
	wrong := p.check(b, &x.answers)
	at := s.note(entryPeer, p.id, p.all(), "has got %d bytes, %d in all", len(b), p.all())
	s.arrived(x, p, at)
	if !s.c.Holds(ruleBytesIntact, wrong == "") {
		s.c.Fail(ruleBytesIntact, at, "peer %d: %s", p.id, wrong)
	}
}

// act does what comes next. It reports whether something was done.
func (s *session) act(p *peer, now time.Duration) bool {
	if p.op < len(p.ops) {
		return s.actOp(p, now)
	}
	if p.ending == 0 {
		p.ending, p.until = max(now+p.after, 1), 0
		if p.slow {
			p.wait = now + slowDelay
		}
		return true
	}
	if now < p.ending {
		return false
	}
	return s.actEnd(p, now)
}

// actOp carries out an op.
func (s *session) actOp(p *peer, now time.Duration) bool {
	op := p.ops[p.op]
	next := func() {
		p.op++
		p.part, p.until = 0, 0
	}
	begin := func(d time.Duration) {
		if p.until == 0 {
			p.until = now + d
		}
	}
	switch op.kind {
	case opGap:
		begin(op.wait)
		if now < p.until {
			return false
		}
	case opAwait:
		begin(awaitPatience)
		if !p.over && p.all() < op.size && now < p.until {
			return false
		}
	case opAfter:
		begin(awaitPatience)
		if s.waitsForOthers(p, op.size, now) {
			return false
		}
	case opWrite, opKinds:
		begin(writePatience)
		if p.part < op.size {
			return s.writeSome(p, op.size-p.part, now)
		}
	}
	next()
	return true
}

// waitsForOthers reports whether all peers together have sent less than size bytes, and
// the time for it is not over. On a simulated kernel the one that sends enough wakes p.
func (s *session) waitsForOthers(p *peer, size int, now time.Duration) bool {
	s.c.Lock()
	defer s.c.Unlock()
	if s.sent >= size || now >= p.until {
		p.task = nil
		return false
	}
	if s.c.Kernel != nil {
		p.task, p.enough = s.c.Kernel.Tasks().Current(), size
	}
	return true
}

// sentMore says that a peer has sent n bytes. The lock is held.
func (s *session) sentMore(n int) {
	s.sent += n
	for _, p := range s.peers {
		if p.task != nil && s.sent >= p.enough {
			s.c.Kernel.Tasks().Ready(p.task)
			p.task = nil
		}
	}
}

// writeSome writes a part of what a peer is to write.
func (s *session) writeSome(p *peer, size int, now time.Duration) bool {
	b := sentBytes(p.id, p.sent, min(size, patternSize))
	n, err := s.out.host.Write(p.handle, b)
	s.c.Lock()
	defer s.c.Unlock()
	switch {
	case errors.Is(err, demux.ErrAgain):
		p.wants = demux.Writable
		if p.stuck = now >= p.until; p.stuck {
			x := s.connOf(p)
			p.floods = x != nil && s.declared.HighWater > 0 && x.accepted()-p.all() > s.declared.HighWater
			s.note(entryPeer, p.id, p.sent, "cannot send: the engine does not read")
			p.op = len(p.ops)
		}
		return p.stuck
	case errors.Is(err, syscall.EINTR):
		return true
	case err != nil:
		p.writeErr = err
		p.op = len(p.ops)
		s.note(entryPeer, p.id, p.sent, "cannot send: %v", err)
		return true
	}
	p.sent += n
	p.part += n
	s.sentMore(n)
	p.until = now + writePatience
	if p.sent < floodBytes || n == size {
		s.note(entryPeer, p.id, p.sent, "sends %d bytes, %d in all", n, p.sent)
	}
	return true
}

// actEnd ends the connection.
func (s *session) actEnd(p *peer, now time.Duration) bool {
	switch {
	case p.end == endClose || p.end == endReset:
		s.locked(func() { p.aborted = true })
		s.closePeer(p, [...]string{endClose: "closes", endReset: "resets the connection"}[p.end])
		return true
	case p.end == endStay:
		return s.actStay(p, now)
	case !p.fin:
		err := s.out.host.CloseWrite(p.handle)
		s.locked(func() {
			p.fin, p.finAt, p.until = true, now, now+endPatience
			if err == nil {
				s.note(entryPeer, p.id, p.sent, "ends its direction")
			}
		})
		return true
	case p.over || now >= p.until:
		s.locked(func() { p.gaveUp = !p.over })
		s.closePeer(p, "closes")
		return true
	}
	return false
}

// actStay lets a peer stay. It is done when nothing has come for a while.
func (s *session) actStay(p *peer, now time.Duration) bool {
	switch {
	case p.done:
		return false
	case p.until == 0:
		p.until = now + stayPatience
		return true
	case now < p.until && !p.over:
		return false
	}
	s.locked(func() { s.peerDone(p) })
	p.until = 0
	return true
}

func (s *session) closePeer(p *peer, what string) {
	h := p.handle
	s.locked(func() {
		p.closed, p.closedAt, p.over = true, s.c.Clock(), true
		s.note(entryPeer, p.id, p.sent, "%s", what)
	})
	if p.end == endReset {
		s.out.reset(h)
		return
	}
	_ = s.out.host.Close(h)
}
