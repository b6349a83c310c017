package main

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

const (
	backlog     = 128
	acceptBatch = 64                     // connections accepted in one dispatch
	acceptPause = 100 * time.Millisecond // after an accept that failed
	grace       = 5 * time.Second        // for peers that do not end when the server stops
)

// server is an echo server. Its methods are for the loop's goroutine.
type server struct {
	host demux.Host
	loop *eventloop.Loop
	addr netip.AddrPort
	logf func(format string, args ...any)

	// maxPending bounds what is read from a connection and not yet sent back,
	// in bytes.
	maxPending int

	listener  demux.Handle
	accepting *eventloop.Registration // nil while accepting is paused
	resume    eventloop.Timer         // ends the pause
	stopping  bool

	conns  []*conn
	buffer []byte // of every read: the loop runs one handler at a time
}

// listen makes a server on addr. It serves as soon as loop runs.
func listen(host demux.Host, loop *eventloop.Loop, addr string, logf func(format string, args ...any)) (*server, error) {
	h, at, err := host.Listen(addr, backlog)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	s := &server{host: host, loop: loop, addr: at, logf: logf, maxPending: 64 << 10, listener: h, buffer: make([]byte, 16<<10)}
	s.accepting, err = loop.Watch(h, demux.Readable, demux.Level, s.accept)
	if err != nil {
		_ = host.Close(h)
		return nil, err
	}
	return s, nil
}

// accept takes the connections that wait. It stops after a batch, so that a
// storm of them does not starve the connections that stand: the listener is
// watched in level mode, and reports the rest again.
func (s *server) accept(demux.Event) {
	for range acceptBatch {
		h, err := s.host.Accept(s.listener)
		switch {
		case err == nil:
			s.add(h)
		case later(err):
			return
		case errors.Is(err, syscall.ECONNABORTED):
			// accept(2): this one is gone, the next may be well.
		default:
			s.pause(err)
			return
		}
	}
}

// pause stops accepting for a while. Without descriptors the connection that
// cannot be accepted stays where it is and the listener stays readable: a loop
// that only logs the error spins.
func (s *server) pause(why error) {
	s.logf("no connection is accepted for %v: %v", acceptPause, why)
	if s.accepting != nil {
		_ = s.accepting.Close()
		s.accepting = nil
	}
	s.resume = s.loop.AfterFunc(acceptPause, func() {
		var err error
		s.accepting, err = s.loop.Watch(s.listener, demux.Readable, demux.Level, s.accept)
		if err != nil {
			s.accepting = nil
			s.pause(err)
		}
	})
}

// add begins to serve a connection.
func (s *server) add(h demux.Handle) {
	c := &conn{server: s, handle: h, want: demux.Readable}
	var err error
	if c.watch, err = s.loop.Watch(h, c.want, demux.Level, c.ready); err != nil {
		s.logf("a connection is dropped: %v", err)
		_ = s.host.Close(h)
		return
	}
	c.index = len(s.conns)
	s.conns = append(s.conns, c)
}

// remove forgets a connection that is closed. The last one ends a server that
// is stopping.
func (s *server) remove(c *conn) {
	last := s.conns[len(s.conns)-1]
	s.conns[c.index], last.index = last, c.index
	s.conns[len(s.conns)-1] = nil
	s.conns = s.conns[:len(s.conns)-1]
	s.endIfIdle()
}

// stop ends the server: it accepts no more, sends back what it has read, and
// closes the loop when all peers have ended, or after the grace.
func (s *server) stop() {
	if s.stopping {
		return
	}
	s.stopping = true
	s.resume.Stop()
	if s.accepting != nil {
		_ = s.accepting.Close()
	}
	_ = s.host.Close(s.listener)
	// From the end: a connection that closes gives its place to the last.
	for i := len(s.conns) - 1; i >= 0; i-- {
		s.conns[i].update()
	}
	s.loop.AfterFunc(grace, func() {
		for i := len(s.conns) - 1; i >= 0; i-- {
			s.conns[i].close(nil)
		}
	})
	s.endIfIdle()
}

func (s *server) endIfIdle() {
	if s.stopping && len(s.conns) == 0 {
		_ = s.loop.Close() // ErrClosed: it ended before
	}
}

// later reports whether a call did nothing and is to be made again when the
// loop reports the handle again, which it does in level mode: it would have
// blocked, or a signal came before it began. Linux does not interrupt calls that
// do not block; POSIX allows it.
func later(err error) bool {
	return errors.Is(err, demux.ErrAgain) || errors.Is(err, syscall.EINTR)
}
