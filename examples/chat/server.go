package main

import (
	"errors"
	"net/netip"
	"slices"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
)

// server carries a room over TCP. Its methods are for the loop's goroutine.
type server struct {
	net  *stream.Net
	room *room
	addr netip.AddrPort
	logf func(format string, args ...any)

	// maxOutput bounds what waits for one member, in bytes: one that reads more
	// slowly than the others talk is dropped.
	maxOutput int
	output    []byte // of every line that is sent
}

var errSlow = errors.New("it reads too slowly")

// listen makes a server on addr. It serves as soon as loop runs.
func listen(loop *eventloop.Loop, addr string, logf func(format string, args ...any)) (*server, error) {
	s := &server{room: newRoom(), logf: logf, maxOutput: 64 << 10}
	s.net = stream.New(loop, nil)
	l, err := s.net.Listen(addr, &stream.Handler{
		Open:     s.open,
		Split:    func(b []byte, atEOF bool) (int, []byte, error) { return s.room.parts.cut(b, atEOF) },
		MaxToken: maxLine + len("\r\n"),
		Data:     s.line,
		End:      s.end,
		Closed:   s.closed,
	})
	if err != nil {
		return nil, err
	}
	s.addr = l.Addr()
	return s, nil
}

// open has a connection enter the room.
func (s *server) open(c *stream.Conn) {
	c.User = s.room.enter(func(line string) { s.send(c, line) })
}

// line is called with each line of a member. One that has left is sent what waits for it.
func (s *server) line(c *stream.Conn, line []byte) {
	m := c.User.(*member)
	s.room.obey(m, string(line))
	if m.gone {
		s.room.parts.finish(c)
	}
}

// end is called when a member sends no more.
func (s *server) end(c *stream.Conn) {
	s.room.parts.leave(s.room, c.User.(*member))
	_ = c.Close() // ErrClosed: it has left before
}

// closed is called when a connection has ended, whatever has ended it.
func (s *server) closed(c *stream.Conn, err error) {
	if err != nil {
		s.logf("connection %d: %v", c.Handle(), err)
	}
	s.room.parts.leave(s.room, c.User.(*member))
}

// send sends a line. A member that is dropped leaves the room when its connection has ended.
func (s *server) send(c *stream.Conn, line string) {
	s.output = append(append(s.output[:0], line...), '\n')
	_ = c.Write(s.output) // a connection that cannot be written to has ended
	if c.Queued() > s.maxOutput {
		c.Abort(errSlow)
	}
}

// stop ends the server: nobody enters any more, and everybody is told BYE.
func (s *server) stop() {
	for _, m := range slices.Clone(s.room.members) {
		m.send("BYE")
		s.room.parts.leave(s.room, m)
	}
	s.net.Shutdown(func() { _ = s.net.Loop().Close() })
}
