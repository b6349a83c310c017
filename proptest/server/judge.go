package server

import (
	"fmt"
	"strings"

	"reactortest/fakedemux"
)

// reset reports whether the network may have reset the connection of a peer: the peer has
// seen it, or was gone before it could. The lock is held.
func (s *session) reset(p *peer) bool {
	saw := p.aborted || p.err != nil || p.writeErr != nil || p.refused != nil
	return saw && (s.c.Kernel == nil || s.took(fakedemux.PointReset))
}

// settled reports whether all bytes have arrived and all connections have ended that are
// to end, as far as that can be known. The lock is held.
func (s *session) settled() bool {
	for _, p := range s.peers {
		x := s.connOf(p)
		switch {
		case x == nil || s.reset(p) || x.failed:
		case x.open() && (x.closing || p.closed), !p.aborted && !x.closing && x.data < p.sent, !p.aborted && p.all() < x.accepted() && x.open():
			return false
		}
	}
	return true
}

// judgeAll judges every connection when nothing has happened for a second. The lock is
// held.
func (s *session) judgeAll() {
	for _, p := range s.peers {
		if p.connected {
			s.judgePeer(p)
		}
	}
	for _, x := range s.order {
		s.judgeConn(x)
	}
	s.judgeTimers()
	s.judgeStreams()
	s.judgeShares()
}

// judgePeer judges what has become of what a peer has sent and was sent. The lock is
// held.
func (s *session) judgePeer(p *peer) {
	if s.reset(p) {
		return
	}
	x := s.connOf(p)
	if x == nil {
		s.judgeUnserved(p)
		return
	}
	at := s.c.Last()
	if !s.c.Holds(ruleBytesIntact, x.data <= p.sent) {
		s.c.Fail(ruleBytesIntact, at, "c%d has got %d bytes from peer %d, which has sent %d", x.number, x.data, p.id, p.sent)
	}
	if !s.c.Holds(ruleErrorStaysLocal, x.early == 0) {
		s.c.Fail(ruleErrorStaysLocal, x.early, "c%d was closed (%v), and neither its peer nor the handler had ended it", x.number, x.endErr)
	}
	s.judgeReceived(p, x, at)
	s.judgeSent(p, x, at)
}

// judgeUnserved judges a peer whose connection no callback has told of. The lock is
// held.
func (s *session) judgeUnserved(p *peer) {
	if s.short() || p.aborted || s.c.Kernel == nil {
		return
	}
	for _, x := range s.order {
		if s.peerOf(x) == nil {
			return // it may be this one's
		}
	}
	at := s.c.Last()
	ended := p.err != nil || p.over && !p.gaveUp
	if ended && p.sent == 0 {
		return // an engine may drop a connection that is over before it looks at it
	}
	if !s.c.Holds(ruleErrorStaysLocal, !ended) {
		s.c.Fail(ruleErrorStaysLocal, at, "the connection of peer %d was ended, and no Open has told of it", p.id)
	}
	if !s.c.Holds(ruleReadyIsServed, ended) {
		s.c.Fail(ruleReadyIsServed, at, "peer %d is connected, and has sent %d bytes, and no Open has told of it", p.id, p.sent)
	}
}

// judgeReceived judges that what a peer has sent has reached Data. The lock is held.
func (s *session) judgeReceived(p *peer, x *conn, at int) {
	if s.c.Kernel == nil && p.aborted {
		return // nobody knows what the network has dropped
	}
	switch {
	case x.closing || x.failed || x.endErr != nil && !ended(x.endErr) && s.short():
		return
	case p.end == endReset && p.aborted:
		return
	case p.aborted && x.allGiven() > 0:
		return // an answer to a peer that is gone is answered with a reset, which drops what is unread
	}
	s.judgeUnread(p, x, at)
	lost := isReset(p.err) && !s.short()
	if !s.c.Holds(ruleBytesIntact, !lost) {
		s.c.Fail(ruleBytesIntact, at, "peer %d has got a reset that the network has not invented: the engine has dropped bytes of c%d", p.id, x.number)
	}
}

// judgeUnread judges that the engine has read what a peer has sent. The lock is held.
func (s *session) judgeUnread(p *peer, x *conn, at int) {
	if !s.c.Holds(ruleReadyIsServed, !p.stuck || p.floods || s.waitsForPeers()) {
		s.c.Fail(ruleReadyIsServed, at, "peer %d could not send for %v, because the engine did not read from c%d", p.id, writePatience, x.number)
	}
	all := x.data >= p.sent
	switch {
	case x.open():
		if !s.c.Holds(ruleReadyIsServed, all || s.waitsForPeers() || p.sent-x.data < s.declared.Chunk && !p.fin) {
			s.c.Fail(ruleReadyIsServed, at, "peer %d has sent %d bytes, and c%d, which is open, has got %d", p.id, p.sent, x.number, x.data)
		}
	case p.fin || p.aborted:
		if !s.c.Holds(ruleHalfCloseDrains, all) {
			s.c.Fail(ruleHalfCloseDrains, at, "peer %d has sent %d bytes and ended, and c%d has got %d of them before Closed%s", p.id, p.sent, x.number, x.data, s.readOf(p))
		}
	default:
		if !s.c.Holds(ruleBytesIntact, all) {
			s.c.Fail(ruleBytesIntact, at, "peer %d has sent %d bytes, and c%d was closed when it had got %d", p.id, p.sent, x.number, x.data)
		}
	}
}

// readOf tells in words of a violation how many bytes of a peer the engine has read. The
// lock is held.
func (s *session) readOf(p *peer) string {
	switch r := s.readsOf(p.port); {
	case s.c.Kernel == nil || p.port == 0 || s.submits:
		return ""
	case r.calls == 0 && r.fresh: // so it was not taken for another connection
		return "; the engine has never called read, and had closed no connection before"
	case r.calls == 0:
		return "; the engine has never called read"
	case r.bytes == 0:
		return "; the engine has called read and got nothing"
	case r.bytes < p.sent:
		return fmt.Sprintf("; the engine has read %d of them", r.bytes)
	default:
		return "; the engine has read all of them"
	}
}

// waitsForPeers reports whether the engine may have waited for a peer that reads late: one
// that keeps nothing does. The lock is held.
func (s *session) waitsForPeers() bool {
	if !s.declared.Unbuffered {
		return false
	}
	for _, p := range s.peers {
		if p.slow || p.sips > 0 || p.stuck || p.deaf > 0 {
			return true
		}
	}
	return false
}

// judgeSent judges that a peer has got what the engine has accepted for it. The lock is
// held.
func (s *session) judgeSent(p *peer, x *conn, at int) {
	if p.aborted || p.gaveUp || s.c.Kernel == nil && p.closed {
		return
	}
	got, want := p.all(), x.accepted()
	all := got >= want
	switch {
	case x.failed || s.waitsForPeers():
	case x.open() && len(x.marks) > 0 && p.got[byThread] < x.marks[0].end && p.sips == 0:
		s.c.Broke(ruleNoLostWakeup, at, "Async of c%d has accepted %d bytes, and peer %d has got %d of them", x.number, x.taken[byThread], p.id, p.got[byThread])
	case x.open():
		if !s.c.Holds(ruleWriteCompletes, all) {
			s.c.Fail(ruleWriteCompletes, at, "the engine has accepted %d bytes for c%d, which is open, and peer %d has got %d", want, x.number, p.id, got)
		}
	case x.closing:
		// Unread bytes make the close a reset, which may drop what was sent.
		strict := x.promised && x.data >= p.sent && ended(x.endErr) && x.taken[byThread] == 0 && !p.fin
		if strict && !s.c.Holds(ruleWriteCompletes, all) {
			s.c.Fail(ruleWriteCompletes, at, "c%d was closed by its handler, and peer %d has got %d of the %d bytes that were accepted before", x.number, p.id, got, want)
		}
	case p.fin:
		if s.declared.EndsAtFIN || s.short() {
			return
		}
		// What threads send later may come when the engine has closed.
		got, want = p.got[byCallback], x.taken[byCallback]
		if !s.c.Holds(ruleHalfCloseAnswers, got >= want || x.data < p.sent) {
			s.c.Fail(ruleHalfCloseAnswers, at, "peer %d has ended its direction and got %d of the %d bytes that Write of c%d has accepted", p.id, got, want, x.number)
		}
	}
}

// judgeConn judges the end of a connection, and its wakes. The lock is held.
func (s *session) judgeConn(x *conn) {
	at := s.c.Last()
	p := s.peerOf(x)
	gone := p != nil && p.closed && s.c.Clock()-p.closedAt >= s.times.quiet
	if x.closing || gone {
		why := "the handler has asked for it"
		if !x.closing {
			why = "its peer is gone for a second"
		}
		if !s.c.Holds(ruleCloseRunsOnce, !x.open() || s.waitsForPeers()) {
			s.c.Fail(ruleCloseRunsOnce, at, "Closed of c%d was not called, and %s", x.number, why)
		}
	}
	if x.owes && x.open() && !x.closing && !s.waitsForPeers() {
		s.c.Broke(ruleNoLostWakeup, at, "Wake of c%d has returned nil, and Woken was not called", x.number)
	}
}

// judgeTimers judges that every timer has run. The lock is held.
func (s *session) judgeTimers() {
	if s.c.Kernel == nil || s.waitsForPeers() {
		return
	}
	for _, t := range s.timers {
		due := s.c.Clock() >= t.at+t.delay+timerLimit+s.c.Kernel.Lateness()
		if t.canceled || !due {
			continue
		}
		if !s.c.Holds(ruleTimersRun, t.ran > 0) {
			s.c.Fail(ruleTimersRun, s.c.Last(), "t%d, which was set to run after %v, has not run", t.number, t.delay)
		}
	}
}

// streams returns how many streams the engine has open that it has accepted. The lock is
// held.
func (s *session) streams() (n int) {
	if s.c.Kernel == nil {
		return 0
	}
	for _, l := range s.c.Kernel.Leaks() {
		if isAccepted(l) {
			n++
		}
	}
	return n
}

// isAccepted reports whether a handle is that of a connection.
func isAccepted(l fakedemux.Leak) bool {
	return strings.HasSuffix(l.Kind, "stream") && strings.Contains(strings.ToLower(l.Opened), callAccept)
}

// judgeStreams judges that the engine has no more streams than connections. The lock is
// held.
func (s *session) judgeStreams() {
	if s.c.Kernel == nil {
		return
	}
	open := 0
	for _, x := range s.order {
		if x.open() {
			open++
		}
	}
	n := s.streams()
	if !s.c.Holds(ruleNoLeakedHandle, n <= open) {
		s.c.Fail(ruleNoLeakedHandle, s.c.Last(), "%d connections are open, and the engine has the handles of %d: %s", open, n, s.leaks(isAccepted))
	}
}

// judgeShares measures how evenly the peers were served. The lock is held.
func (s *session) judgeShares() {
	var sum, squares float64
	n := 0
	for _, p := range s.peers {
		if x := s.connOf(p); x != nil && p.sent > 0 {
			share := float64(x.data) / float64(p.sent)
			sum, squares = sum+share, squares+share*share
			n++
		}
	}
	if n > 1 && squares > 0 {
		s.c.Measure(figureJain, int64(1000*sum*sum/(float64(n)*squares)), 1)
	}
}

// fair judges, in Data of x with n bytes, how long others have waited for the thread that
// calls it. The lock is held.
func (s *session) fair(x *conn, n, at int) {
	if s.c.Kernel == nil {
		return
	}
	self := s.threads.Self()
	th := s.thread(self)
	if x.home != self || th.waits == 0 { // another thread may serve it at any time
		return
	}
	s.c.Measure(figureFair, int64(x.waited), 1)
	s.c.Count(ruleFairWithinK)
	x.waited, x.waitedOn = 0, 0
	waits := s.othersWait(x, self, n)
	if !waits || th.last != x || th.turn != th.waits {
		th.last, th.turn, th.row, th.bytes = x, th.waits, 0, 0
	}
	th.row++
	th.bytes += n
	if waits && !s.c.Holds(ruleBoundedIteration, th.row <= turnCalls || th.bytes <= turnBytes) {
		s.c.Fail(ruleBoundedIteration, at, "Data of c%d is called %d times in a row, with %d bytes and no wait for events, while another connection of the same thread is ready", x.number, th.row, th.bytes)
	}
	for _, y := range s.order {
		if y.waited > fairCalls && y.waitedOn > fairBytes && th.waits-y.waitedAt > fairWaits {
			s.c.Broke(ruleFairWithinK, at, "c%d is ready, and its thread has waited for events %d times and called back %d times for others meanwhile, with %d bytes", y.number, th.waits-y.waitedAt, y.waited, y.waitedOn)
		}
	}
}

// othersWait counts a callback of x against the connections of the same thread that are
// ready, and reports whether there are any. The lock is held.
func (s *session) othersWait(x *conn, self, n int) (some bool) {
	for _, y := range s.order {
		if y == x || y.home != self || !y.open() || y.object == 0 {
			continue
		}
		h := handleOf(y.fd)
		ready := !y.closing && s.c.Kernel.Object(h) == y.object && s.c.Kernel.Unread(h) > 0 && y.accepted() == s.gotOf(y)
		if !ready {
			y.waited, y.waitedOn = 0, 0
			continue
		}
		if y.waited == 0 {
			y.waitedAt = s.thread(self).waits
		}
		y.waited++
		y.waitedOn += n
		some = true
	}
	return some
}
