package server

// handler has the callbacks of the engine.
type handler struct{ *session }

var (
	_ Handler     = handler{}
	_ WakeHandler = handler{}
)

// Ready says that the engine listens.
func (h handler) Ready() {
	h.step("ready", func() {
		h.readies++
		h.note(entryEngine, 0, 0, "is ready")
		if h.readies > 1 {
			h.c.FailRun("Ready was called twice: the adapter does not keep to the interface")
		}
	})
}

// Open is the first callback of a connection.
func (h handler) Open(c Conn) (greeting []byte) {
	s := h.session
	by := s.stack()
	if !isComparable(c) {
		s.step("open", func() {
			s.c.FailRun("Open has a Conn that cannot be compared, or nil: the adapter does not keep to the interface")
		})
		return nil
	}
	fd, port := nobody, uint16(0)
	if d, tells := c.(Descriptor); tells {
		fd = d.Fd()
		s.threads.Do("getpeername", func() { port = s.out.peerPort(fd) })
	}
	var x *conn
	s.step("open", func() {
		at := s.note(entryOpen, len(s.order), 0, "")
		old := s.conns[c]
		if !s.c.Holds(ruleCloseAfterOpen, old == nil || !old.open()) {
			s.c.Fail(ruleCloseAfterOpen, at, "c%d is opened again, and was not closed", old.number)
		}
		x = s.newConn(c, fd, port)
		x.openedBy = by
		s.enter(x, "Open", at)
		x.home = x.thread
		if n := s.greeting(); n > 0 {
			greeting = x.give(byCallback, n)
			x.taken[byCallback] += n
		}
	})
	s.step("opened", func() { s.leave(x) })
	return greeting
}

// callback notes a callback of a connection, and returns the connection, nil if it has
// had no Open. The lock is held.
func (s *session) callback(c Conn, kind uint8, n int, what string, err error) (x *conn, at int) {
	id := nobody
	if isComparable(c) {
		x = s.conns[c]
	}
	if x != nil {
		id = x.number
	}
	at = s.note(kind, id, n, "%s: %v", what, err)
	if !s.c.Holds(ruleCloseAfterOpen, x != nil) {
		s.c.Fail(ruleCloseAfterOpen, at, "%s of a connection that had no Open", what)
	}
	return x, at
}

// enter begins a callback. The lock is held.
func (s *session) enter(x *conn, what string, at int) {
	self := s.threads.Self()
	s.c.Events++
	s.progress()
	if !s.c.Holds(ruleStopCompletes, !s.stopped) {
		s.c.Fail(ruleStopCompletes, at, "%s of c%d is called after Stop has returned", what, x.number)
	}
	overlaps := x.in > 0 && x.thread != self
	if self == nobody { // nested calls cannot be told from others
		overlaps = x.in > 0 && x.inCall == 0
	}
	if !s.c.Holds(ruleOneHandler, !overlaps) {
		s.c.Fail(ruleOneHandler, at, "%s of c%d is called while another thread is in a callback of it", what, x.number)
	}
	x.in++
	x.thread = self
}

// progress says that the calls before this callback were not for nothing. The lock is
// held.
func (s *session) progress() {
	s.unmoved = 0
	if s.c.Kernel != nil {
		s.c.Kernel.Progress()
	}
}

// leave ends a callback. The lock is held.
func (s *session) leave(x *conn) { x.in-- }

// Data tells of bytes that have arrived.
func (h handler) Data(c Conn, b []byte) (closes bool) {
	s := h.session
	by := s.stack()
	var x *conn
	var a answer
	closesOther := false
	s.step("data", func() {
		var at int
		if x, at = s.callback(c, entryData, len(b), "Data", nil); x == nil || s.stray(x, "Data", &by) {
			return
		}
		s.enter(x, "Data", at)
		if !s.c.Holds(ruleSilentAfterClose, x.open()) {
			s.c.Fail(ruleSilentAfterClose, at, "c%d has Data after Closed", x.number)
		}
		s.fair(x, len(b), at)
		s.checkData(x, b, at)
		a = s.answer(x, len(b))
		s.datas++
		closesOther = s.datas == s.load.other && !s.final
	})
	if x == nil {
		return false
	}
	if closesOther {
		s.closesOther(x)
	}
	if s.c.Kernel != nil && s.load.floods() { // the handler takes a while, and peers send meanwhile
		s.threads.Do("work", s.c.Kernel.LetRun)
	}
	switch {
	case a.bytes == 0:
	case a.async:
		s.later(x, a.bytes)
	default:
		s.write(x, a.bytes)
	}
	s.step("returns", func() {
		if a.closes && !x.closing {
			x.closing, x.promised = true, true
		}
		s.leave(x)
	})
	return a.closes
}

// Woken tells of a wake.
func (h handler) Woken(c Conn) {
	s := h.session
	var x *conn
	answers := false
	s.step("woken", func() {
		var at int
		if x, at = s.callback(c, entryWoken, 0, "Woken", nil); x == nil {
			return
		}
		s.enter(x, "Woken", at)
		if !s.c.Holds(ruleSilentAfterClose, x.open()) {
			s.c.Fail(ruleSilentAfterClose, at, "c%d has Woken after Closed", x.number)
		}
		if x.owes {
			s.timely(s.c.Clock()-x.owed, at, "Woken of c%d was called %v after Wake had returned", x)
		}
		x.owes = false
		x.woken = s.stamp
		answers = !s.load.async && !s.final
	})
	if x == nil {
		return
	}
	if answers {
		s.write(x, wokenBytes)
	}
	s.step("returns", func() { s.leave(x) })
}

// wokenBytes is what Woken sends.
const wokenBytes = 3

// Lost tells of bytes that were accepted and could not be sent.
func (h handler) Lost(c Conn, err error) {
	h.step("lost", func() {
		if x, _ := h.callback(c, entryLost, 0, "Lost", err); x != nil {
			x.failed, x.loose = true, true
		}
	})
}

// Closed is the last callback of a connection.
func (h handler) Closed(c Conn, err error) {
	s := h.session
	by := s.stack()
	var x *conn
	s.step("closed", func() {
		var at int
		if x, at = s.callback(c, entryClosed, 0, "Closed", err); x == nil || s.stray(x, "Closed", &by) {
			return
		}
		if x.open() {
			x.closedBy = by
		}
		s.enter(x, "Closed", at)
		x.closes++
		x.endErr = err
		if !s.c.Holds(ruleCloseRunsOnce, x.closes == 1) {
			s.c.Fail(ruleCloseRunsOnce, at, "Closed of c%d is called %d times", x.number, x.closes)
		}
		s.ownsStill(x, at)
		s.endedProperly(x, at)
	})
	if x == nil {
		return
	}
	s.step("returns", func() {
		s.ownsStill(x, s.c.Last())
		x.over = true
		s.leave(x)
	})
}
