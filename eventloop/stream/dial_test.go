package stream_test

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"reactortest/eventloop/stream"
	"reactortest/proptest"
)

// nothingFails is a Closed for connections that must end well.
func (s *scene) nothingFails(c *stream.Conn, err error) {
	if err != nil {
		s.t.Errorf("%s: Closed got %v, want nil", s.of[c].name, err)
	}
}

// dial dials, or fails the test.
func (s *scene) dial(l *stream.Listener, timeout time.Duration, h stream.Handler) *stream.Conn {
	c, err := s.net.Dial(l.Addr(), timeout, s.watched("dialer", h))
	if err != nil {
		s.t.Fatalf("Dial: %v", err)
	}
	s.lifeOf("dialer", c)
	return c
}

// TestDial has both ends on one loop: what is written before Open arrives first, data goes
// both ways, and both ends get Closed with nil.
func TestDial(t *testing.T) {
	const early, late = "written before Open", ", written in Open"
	c := conditions{buffer: 8}
	play(t, c, func(s *scene) {
		l := s.listen(stream.Handler{Data: s.echo, Closed: s.nothingFails})
		over := false
		conn := s.dial(l, time.Hour, stream.Handler{
			Open: func(c *stream.Conn) { s.echo(c, []byte(late)) },
			Data: func(c *stream.Conn, _ []byte) {
				if len(s.of[c].got) == len(early+late) {
					_ = c.Close()
				}
			},
			Closed: func(c *stream.Conn, err error) {
				s.nothingFails(c, err)
				if got := string(s.of[c].got); got != early+late {
					s.t.Errorf("%q came back, want %q", got, early+late)
				}
				over = true
			},
		})
		if err := errors.Join(conn.Write([]byte(early[:5])), conn.WriteVector([]byte(early[5:7]), nil, []byte(early[7:]))); err != nil {
			s.t.Errorf("Write before Open: %v", err)
		}
		if got := conn.Queued(); got != len(early) {
			s.t.Errorf("%d bytes are queued before Open, want %d", got, len(early))
		}
		s.client("watcher", func() { s.until(func() bool { return over }) })
	})
}

// TestDialRefused dials an address that nobody listens on.
func TestDialRefused(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		h, addr, err := s.world.Listen("127.0.0.1:0", 1)
		if err != nil {
			s.t.Fatal(err)
		}
		_ = s.world.Close(h)
		over := false
		c, err := s.net.Dial(addr, time.Hour, s.watched("dialer", stream.Handler{
			Closed: func(c *stream.Conn, err error) {
				over = true
				if !errors.Is(err, syscall.ECONNREFUSED) || s.of[c].opened {
					s.t.Errorf("Closed got %v, opened is %v; want a refusal", err, s.of[c].opened)
				}
			},
		}))
		if err != nil { // at once
			if !errors.Is(err, syscall.ECONNREFUSED) {
				s.t.Errorf("Dial: %v", err)
			}
			return
		}
		s.lifeOf("dialer", c)
		_ = c.Write([]byte("for nobody"))
		s.client("watcher", func() { s.until(func() bool { return over }) })
	})
}

// TestDialTimeout dials a listener whose backlog is full: its system drops the SYN, and the
// attempt goes on. On Windows it is refused, so there is no such test.
func TestDialTimeout(t *testing.T) {
	const timeout = 300 * time.Millisecond
	c := conditions{options: stream.Options{Backlog: 1}, on: func(k kernel) bool { return k.dialect != "iocp" }}
	play(t, c, func(s *scene) {
		h, addr, err := s.world.Listen("127.0.0.1:0", 1)
		if err != nil {
			s.t.Fatal(err)
		}
		s.client("guests", func() {
			for range 2 {
				_, _ = s.world.Connect(addr)
			}
			proptest.Sleep(s.world, 50*tick)
			var begin time.Duration
			over := false
			s.ask(func() {
				begin = s.h.Now()
				c, err := s.net.Dial(addr, timeout, s.watched("dialer", stream.Handler{Closed: func(c *stream.Conn, err error) {
					over = true
					if !errors.Is(err, os.ErrDeadlineExceeded) || s.of[c].opened {
						s.t.Errorf("Closed got %v, opened is %v", err, s.of[c].opened)
					}
					s.took("the timeout", s.h.Now()-begin, timeout)
				}}))
				if err != nil {
					s.t.Fatalf("Dial: %v", err)
				}
				s.lifeOf("dialer", c)
			})
			s.until(func() bool { return over })
			_ = s.world.Close(h)
		})
	})
}

// TestDialThenTimeout sees that the timeout of a Dial is no limit of the connection.
func TestDialThenTimeout(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		l := s.listen(stream.Handler{Closed: s.nothingFails})
		conn := s.dial(l, time.Second, stream.Handler{Closed: s.nothingFails})
		s.client("watcher", func() {
			proptest.Sleep(s.world, 3*time.Second)
			s.ask(func() {
				if conn.Over() {
					s.t.Error("the connection has ended")
				}
			})
		})
	})
}

// TestDialCloseBeforeOpen closes a connection that is not made yet: Open is not called, and
// what was written arrives.
func TestDialCloseBeforeOpen(t *testing.T) {
	play(t, conditions{buffer: 8}, func(s *scene) {
		over := false
		l := s.listen(stream.Handler{Closed: func(c *stream.Conn, err error) {
			s.nothingFails(c, err)
			over = true
			if got := string(s.of[c].got); got != "hello, and goodbye" {
				s.t.Errorf("%q has arrived", got)
			}
		}})
		conn := s.dial(l, 0, stream.Handler{Closed: s.nothingFails, Open: func(*stream.Conn) { s.t.Error("Open after Close") }})
		s.echo(conn, []byte("hello, and goodbye"))
		if err := conn.Close(); err != nil {
			s.t.Errorf("Close: %v", err)
		}
		s.client("watcher", func() { s.until(func() bool { return over }) })
	})
}
