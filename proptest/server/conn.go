package server

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// conn is a connection as its callbacks show it.
type conn struct {
	answers
	id     Conn
	fd     int    // nobody if it is not known
	object uint64 // that fd named at Open, 0 if that is not known
	port   uint16 // of the peer, 0 if it is not known
	peer   *peer  // nil if it is not known

	closes   int
	over     bool // Closed has returned
	endErr   error
	early    int  // the line of a Closed for which neither peer nor handler had given a reason
	data     int  // bytes of Data
	closing  bool // the handler, or another thread, has asked for its end
	promised bool // the handler has, by what Data returned: first comes what was accepted
	failed   bool // the engine has reported bytes as lost

	in       int // callbacks that have not returned
	thread   int // that is in them
	inCall   int // calls of the engine by these
	home     int // thread of Open
	waited   int // callbacks of home for others while this one was ready
	waitedOn int // bytes that these have brought
	waitedAt int // waits of home before the first of these

	pending []int // sizes of what a thread is to send
	sending bool

	openedBy, closedBy stack // of Open, and of the first Closed
	marks              []mark
	owed               time.Duration // when the last Wake returned that Woken has not answered
	owes               bool
	woken              int // stamp of the last Woken
}

// mark is something that Async has accepted, and that is to be sent within wakeLimit.
type mark struct {
	end int // of the bytes of the stream
	at  time.Duration
}

// wakeLimit is how long Async and Wake may take.
const wakeLimit = wakeLimitMS * time.Millisecond

// open reports whether the engine has not ended the connection. The lock is held.
func (x *conn) open() bool { return x.closes == 0 }

// usable reports whether nobody has ended the connection, or is about to. The lock is held.
func (x *conn) usable() bool { return x.open() && !x.closing && !x.failed }

// know says whose connection x is. The lock is held.
func (s *session) know(x *conn, p *peer) {
	known := s.peerOf(x)
	if !s.c.Holds(ruleBytesIntact, known == nil || known == p) {
		s.c.Fail(ruleBytesIntact, s.c.Last(), "c%d is the connection of peer %d, and has bytes of peer %d", x.number, known.id, p.id)
	}
	for _, y := range s.order {
		if y != x && y.peer == p && y.port == x.port {
			s.c.Broke(ruleBytesIntact, s.c.Last(), "c%d and c%d are both connections of peer %d", y.number, x.number, p.id)
			return
		}
	}
	x.peer = p
}

// peerOf returns the peer of x, nil if it is not known yet. The lock is held.
func (s *session) peerOf(x *conn) *peer {
	if x.peer == nil && x.port != 0 {
		for _, p := range s.peers {
			if p.port == x.port {
				x.peer = p
			}
		}
	}
	return x.peer
}

// connOf returns the connection of p, nil if there is none. The lock is held.
func (s *session) connOf(p *peer) *conn {
	for _, x := range s.order {
		if s.peerOf(x) == p {
			return x
		}
	}
	return nil
}

// newConn books a connection. The lock is held.
func (s *session) newConn(c Conn, fd int, port uint16) *conn {
	x := &conn{id: c, fd: fd, port: port, thread: nobody, home: nobody}
	x.number = len(s.order)
	if s.c.Kernel != nil && fd >= 0 {
		x.object = s.c.Kernel.Object(handleOf(fd))
	}
	s.conns[c] = x
	s.order = append(s.order, x)
	return x
}

// greeting returns how many bytes Open returns.
func (s *session) greeting() int {
	if s.final {
		return 0
	}
	return s.load.greet
}

// checkData checks what Data brings. The lock is held.
func (s *session) checkData(x *conn, b []byte, at int) {
	if len(b) == 0 {
		return
	}
	if x.data == 0 {
		if id := int(b[0]); id < len(s.peers) {
			s.know(x, s.peers[id])
		} else if s.peerOf(x) == nil {
			s.c.Broke(ruleBytesIntact, at, "the first byte of c%d is %#02x, and no peer sends that", x.number, b[0])
			return
		}
	}
	p := s.peerOf(x)
	if p == nil {
		return
	}
	wrong := firstWrong(b, p.id, x.data)
	x.data += len(b)
	if s.c.Kernel != nil && !s.c.Holds(ruleBytesIntact, wrong < 0) {
		s.c.Fail(ruleBytesIntact, at, "byte %d that c%d has got from peer %d is wrong", wrong, x.number, p.id)
	}
}

// answer is what the handler does with Data.
type answer struct {
	bytes  int
	async  bool // another thread sends them
	closes bool
}

// answer returns what the handler does with n bytes of Data. The lock is held.
func (s *session) answer(x *conn, n int) answer {
	if s.final {
		return answer{bytes: finalBytes}
	}
	a := answer{closes: s.load.closeAt > 0 && x.data >= s.load.closeAt}
	a.async = s.load.async && !a.closes
	switch {
	case s.load.reply == echo:
		a.bytes = n
	case n > 0:
		a.bytes = s.load.reply
	}
	return a
}

// write calls Write in a callback.
func (s *session) write(x *conn, n int) {
	var b []byte
	s.step("writes", func() {
		if x.failed || !x.open() {
			return
		}
		b = x.give(byCallback, n)
		x.inCall++
	})
	if b == nil {
		return
	}
	err := x.id.Write(b)
	clear(b) // the engine does not keep it
	s.step("has written", func() {
		x.inCall--
		s.wrote(x, byCallback, n, err)
	})
}

// wrote books what Write or Async has returned. The lock is held.
func (s *session) wrote(x *conn, stream, n int, err error) {
	call := [...]string{"Write", "Async"}[stream]
	if err == nil {
		x.taken[stream] += n
		s.note(entryWrite, x.number, n, "%s accepts %d bytes", call, n)
		return
	}
	x.failed, x.loose = true, true
	s.note(entryWrite, x.number, -1, "%s: %v", call, err)
}

// later has a thread send n bytes with Async. The order of the sizes is kept.
func (s *session) later(x *conn, n int) {
	start := false
	s.step("has bytes to send", func() {
		x.pending = append(x.pending, n)
		if start = !x.sending; start {
			x.sending = true
			s.inCalls++
		}
	})
	if start {
		s.threads.Go("sender", func() { s.sends(x) })
	}
}

// sends is a thread that calls Async until nothing is left to send.
func (s *session) sends(x *conn) {
	for {
		var b []byte
		idle := false
		s.step("sends", func() {
			if len(x.pending) == 0 || x.failed || !x.open() || s.stopped {
				x.sending = false
				x.pending = x.pending[:0]
				s.inCalls--
				return
			}
			idle = x.accepted() == s.gotOf(x)
			b = x.give(byThread, x.pending[0])
			x.pending = x.pending[1:]
		})
		if b == nil {
			return
		}
		n := len(b)
		err := x.id.Async(b)
		clear(b)
		s.step("has sent", func() {
			s.wrote(x, byThread, n, err)
			p := s.peerOf(x)
			if err == nil && idle && n <= smallMark && p != nil && p.got[byThread] < x.given[byThread] {
				x.marks = append(x.marks, mark{end: x.given[byThread], at: s.c.Clock()})
			}
		})
	}
}

// smallMark is how many bytes an Async has at most whose time is measured.
const smallMark = 512

// gotOf returns how many bytes the peer of x has got, -1 if it is not known. The lock is
// held.
func (s *session) gotOf(x *conn) int {
	if p := s.peerOf(x); p != nil {
		return p.all()
	}
	return -1
}

// timely judges how long something took that a wake has led to. The lock is held.
func (s *session) timely(took time.Duration, at int, format string, x *conn) {
	if s.waitsForPeers() {
		return
	}
	s.c.Measure(figureWake, int64(took), 1)
	if s.c.Kernel != nil && !s.c.Holds(ruleNoLostWakeup, took <= wakeLimit) {
		s.c.Fail(ruleNoLostWakeup, at, format, x.number, took)
	}
}

// arrived looks which bytes of Async have come. The lock is held.
func (s *session) arrived(x *conn, p *peer, at int) {
	for len(x.marks) > 0 && x.marks[0].end <= p.got[byThread] {
		if p.sips == 0 && !p.slow && (p.deaf == 0 || x.marks[0].at > p.deaf) {
			s.timely(s.c.Clock()-x.marks[0].at, at, "what Async of c%d accepted was received %v later", x)
		}
		x.marks = x.marks[1:]
	}
}

// ownsStill judges that the handle of x names what it named at Open. The lock is held.
func (s *session) ownsStill(x *conn, at int) {
	if x.object == 0 {
		return
	}
	now := s.c.Kernel.Object(handleOf(x.fd))
	if !s.c.Holds(ruleOwnsHandles, now == x.object) {
		is := "is closed"
		if now != 0 {
			is = "names something else"
		}
		s.c.Fail(ruleOwnsHandles, at, "the handle %d of c%d %s, and Closed has not returned", x.fd, x.number, is)
	}
}

// endedProperly looks whether a connection is closed for a reason that shows now: the
// peer may be about to see a reset that the network has invented. The lock is held.
func (s *session) endedProperly(x *conn, at int) {
	p := s.peerOf(x)
	if p == nil || s.c.Kernel == nil {
		return
	}
	fine := x.closing || s.stopping || x.failed || p.fin || p.aborted || p.closed || p.over || p.writeErr != nil || s.short()
	if !fine {
		x.early = at
	}
}

// ended reports whether err is a proper end.
func ended(err error) bool {
	return err == nil || errors.Is(err, io.EOF) || bytes.HasSuffix([]byte(err.Error()), []byte("EOF"))
}
