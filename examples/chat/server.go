package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

const (
	backlog     = 128
	acceptPause = 100 * time.Millisecond // after an accept that failed
	linger      = 5 * time.Second        // for peers that do not end their side
)

// server carries a room over TCP. Its methods are for the loop's goroutine.
type server struct {
	host demux.Host
	loop *eventloop.Loop
	room *room
	addr netip.AddrPort
	logf func(format string, args ...any)

	// maxOutput bounds what waits for one member, in bytes: one that reads more
	// slowly than the others talk is dropped.
	maxOutput int

	listener  demux.Handle
	accepting *eventloop.Registration // nil while accepting is paused
	conns     []*conn
	stopping  bool
	buffer    [4096]byte // of every read
}

// conn is one connection.
type conn struct {
	member *member
	handle demux.Handle
	watch  *eventloop.Registration
	want   demux.Ready
	ended  bool // the peer sends no more
	shut   bool // nor does this end
	dead   bool // closed
}

// listen makes a server on addr. It serves as soon as loop runs.
func listen(host demux.Host, loop *eventloop.Loop, addr string, logf func(format string, args ...any)) (*server, error) {
	h, at, err := host.Listen(addr, backlog)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	s := &server{host: host, loop: loop, room: newRoom(), addr: at, logf: logf, maxOutput: 64 << 10, listener: h}
	if s.accepting, err = loop.Watch(h, demux.Readable, demux.Level, s.accept); err != nil {
		_ = host.Close(h)
		return nil, err
	}
	return s, nil
}

// accept takes one connection. Level mode reports the others again.
func (s *server) accept(demux.Event) {
	h, err := s.host.Accept(s.listener)
	switch {
	case err == nil:
		s.add(h)
	case later(err), errors.Is(err, syscall.ECONNABORTED):
	default:
		s.pause(err)
	}
}

// pause stops accepting for a while: without descriptors the listener stays
// readable, and a loop that tries again at once spins.
func (s *server) pause(why error) {
	s.logf("no connection is accepted for %v: %v", acceptPause, why)
	if s.accepting != nil {
		_ = s.accepting.Close()
		s.accepting = nil
	}
	s.loop.AfterFunc(acceptPause, func() {
		if s.stopping {
			return
		}
		var err error
		if s.accepting, err = s.loop.Watch(s.listener, demux.Readable, demux.Level, s.accept); err != nil {
			s.accepting = nil
			s.pause(err)
		}
	})
}

// add begins to serve a connection.
func (s *server) add(h demux.Handle) {
	c := &conn{handle: h, want: demux.Readable}
	var err error
	if c.watch, err = s.loop.Watch(h, c.want, demux.Level, func(ev demux.Event) { s.ready(c, ev) }); err != nil {
		s.logf("a connection is dropped: %v", err)
		_ = s.host.Close(h)
		return
	}
	c.member = s.room.enter()
	s.conns = append(s.conns, c)
}

// ready is the handler of a connection. What one member sends is output for
// others, so all are flushed.
func (s *server) ready(c *conn, ev demux.Event) {
	if ev.Ready&demux.Readable != 0 {
		if err := s.read(c); err != nil {
			s.drop(c, err)
		}
	}
	s.flushAll()
}

// read takes one piece.
func (s *server) read(c *conn) error {
	n, err := s.host.Read(c.handle, s.buffer[:])
	switch {
	case later(err):
		return nil
	case errors.Is(err, io.EOF):
		c.ended = true
		s.room.parts.leave(s.room, c.member)
		return nil
	case err != nil:
		return err
	case !c.member.gone:
		s.room.receive(c.member, s.buffer[:n])
	}
	return nil
}

// flushAll sends what waits for each member, and has each connection wait for
// what it can use. A connection that is dropped is a PART for the others, who
// are then flushed again.
func (s *server) flushAll() {
	for again := true; again; {
		again = false
		for _, c := range slices.Clone(s.conns) {
			if c.dead {
				continue
			}
			if err := s.flush(c); err != nil {
				s.drop(c, err)
				again = true
			}
		}
	}
}

// flush sends what waits for one member, or as much of it as the socket takes:
// the loop reports when there is room for the rest.
func (s *server) flush(c *conn) error {
	m := c.member
	if len(m.output) > 0 && !c.shut {
		n, err := s.host.Write(c.handle, m.output)
		if err != nil && !later(err) {
			return err
		}
		m.output = m.output[:copy(m.output, m.output[max(n, 0):])]
	}
	if len(m.output) > s.maxOutput {
		return errors.New("it reads too slowly")
	}
	if m.gone && c.ended && s.room.parts.sentTo(m) {
		s.close(c)
		return nil
	}
	if m.gone && !c.shut && s.room.parts.sentTo(m) {
		if err := s.shutdown(c); err != nil {
			return err
		}
	}
	return s.interest(c)
}

// shutdown ends this side and leaves the peer the time to read it and end its
// own. To close at once would reset a peer that has sent more meanwhile.
func (s *server) shutdown(c *conn) error {
	c.shut = true
	s.loop.AfterFunc(linger, func() { s.close(c) })
	return s.host.CloseWrite(c.handle)
}

// interest has the loop report what the connection can use now.
func (s *server) interest(c *conn) error {
	var want demux.Ready
	if !c.ended {
		want |= demux.Readable
	}
	if len(c.member.output) > 0 && !c.shut {
		want |= demux.Writable
	}
	if want == c.want {
		return nil
	}
	c.want = want
	return c.watch.Modify(want, demux.Level)
}

// drop ends a connection that has failed.
func (s *server) drop(c *conn, why error) {
	s.logf("connection %d: %v", c.handle, why)
	s.room.parts.leave(s.room, c.member)
	s.close(c)
}

// close ends a connection, and nothing else.
func (s *server) close(c *conn) {
	if c.dead {
		return
	}
	c.dead = true
	_ = c.watch.Close()
	_ = s.host.Close(c.handle)
	s.conns = slices.DeleteFunc(s.conns, func(other *conn) bool { return other == c })
	s.endIfIdle()
}

// stop ends the server: nobody enters any more, and everybody is told BYE.
func (s *server) stop() {
	if s.stopping {
		return
	}
	s.stopping = true
	if s.accepting != nil {
		_ = s.accepting.Close()
	}
	_ = s.host.Close(s.listener)
	for _, m := range slices.Clone(s.room.members) {
		m.send("BYE")
		s.room.parts.leave(s.room, m)
	}
	s.flushAll()
	s.endIfIdle()
}

func (s *server) endIfIdle() {
	if s.stopping && len(s.conns) == 0 {
		_ = s.loop.Close() // ErrClosed: it ended before
	}
}

// later reports whether a call did nothing and is to be made again when the loop
// reports the handle again.
func later(err error) bool {
	return errors.Is(err, demux.ErrAgain) || errors.Is(err, syscall.EINTR)
}
