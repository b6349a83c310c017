package stream_test

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/proptest"
)

// TestEnd has the peer end its direction first: it gets End, then the answers, and then
// both ends close.
func TestEnd(t *testing.T) {
	for _, tt := range []struct {
		why     string
		handler func(s *scene) stream.Handler
		want    string
	}{
		{
			why: "answers after End", want: "abcdefghij, and the rest",
			handler: func(s *scene) stream.Handler {
				return stream.Handler{Data: s.echo, End: func(c *stream.Conn) {
					s.echo(c, []byte(", and the rest"))
					_ = c.Close()
				}}
			},
		},
		{
			why: "CloseWrite in End ends the connection as well", want: "abcdefghij!",
			handler: func(s *scene) stream.Handler {
				return stream.Handler{Data: s.echo, End: func(c *stream.Conn) {
					s.echo(c, []byte("!"))
					_ = c.CloseWrite()
				}}
			},
		},
		{
			why: "without End the answers that are queued are sent", want: "abcdefghij",
			handler: func(s *scene) stream.Handler { return stream.Handler{Data: s.echo} },
		},
		{
			why: "an answer later than End", want: "later",
			handler: func(s *scene) stream.Handler {
				return stream.Handler{End: func(c *stream.Conn) {
					s.loop.AfterFunc(time.Second, func() {
						s.echo(c, []byte("later"))
						_ = c.Close()
					})
				}}
			},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			play(t, conditions{buffer: 8}, func(s *scene) {
				h := tt.handler(s)
				h.Closed = s.nothingFails
				l := s.listen(h)
				s.client("peer", func() {
					p := s.connect(l.Addr())
					p.write([]byte("abcdefghij"))
					p.end()
					p.expectEnd(tt.want)
					p.close()
				})
			})
		})
	}
}

// TestCloseWrite ends this direction first. The connection goes on to read.
func TestCloseWrite(t *testing.T) {
	play(t, conditions{buffer: 8}, func(s *scene) {
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) {
				s.echo(c, []byte("everything that there is to say"))
				if err := c.CloseWrite(); err != nil {
					s.t.Errorf("CloseWrite: %v", err)
				}
				if err := c.CloseWrite(); !errors.Is(err, demux.ErrClosed) {
					s.t.Errorf("a second CloseWrite returned %v", err)
				}
				if err := c.Write([]byte("x")); !errors.Is(err, demux.ErrClosed) {
					s.t.Errorf("Write after CloseWrite returned %v", err)
				}
			},
			Closed: func(c *stream.Conn, err error) {
				s.nothingFails(c, err)
				if got := string(s.of[c].got); got != "an answer after the end" {
					s.t.Errorf("%q has arrived", got)
				}
			},
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			p.expectEnd("everything that there is to say")
			p.write([]byte("an answer after the end"))
			proptest.Sleep(s.world, 5*tick)
			p.close()
			s.until(func() bool { return s.net.Conns() == 0 })
		})
	})
}

// TestCloseSendsEverything closes while most of what was written is queued, and the peer
// reads slowly.
func TestCloseSendsEverything(t *testing.T) {
	const size = 3000
	c := conditions{buffer: 64, calls: 200_000}
	play(t, c, func(s *scene) {
		l := s.listen(stream.Handler{Closed: s.nothingFails, Data: func(*stream.Conn, []byte) {}, Open: func(c *stream.Conn) {
			s.echo(c, pattern(0, size))
			if err := c.Close(); err != nil {
				s.t.Errorf("Close: %v", err)
			}
			if err := c.Close(); !errors.Is(err, demux.ErrClosed) {
				s.t.Errorf("a second Close returned %v", err)
			}
		}})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			p.write([]byte("what is not read any more")) // it must not cause a reset
			var got []byte
			for {
				proptest.Sleep(s.world, tick)
				b, err := p.read(50)
				got = append(got, b...)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					s.t.Fatalf("after %d bytes: %v", len(got), err)
				}
			}
			if string(got) != string(pattern(0, size)) {
				s.t.Errorf("%d bytes came, or others, want %d", len(got), size)
			}
			p.close()
		})
	})
}

// TestCloseTimeout closes connections whose peers do not do their part.
func TestCloseTimeout(t *testing.T) {
	const limit = 200 * time.Millisecond
	for _, tt := range []struct {
		why  string
		peer func(p *peer)
	}{
		{"a peer that never reads", func(*peer) {}},
		{"a peer that reads and never ends", func(p *peer) { p.expectEnd(string(pattern(0, 300))) }},
		{"a peer that reads a part", func(p *peer) { p.expect(string(pattern(0, 100))) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := conditions{buffer: 16, options: stream.Options{CloseTimeout: limit}}
			play(t, c, func(s *scene) {
				var begin time.Duration
				l := s.listen(stream.Handler{
					Open: func(c *stream.Conn) {
						begin = s.h.Now()
						s.echo(c, pattern(0, 300))
						_ = c.Close()
					},
					Closed: func(_ *stream.Conn, err error) {
						s.took("Close", s.h.Now()-begin, limit)
						if !errors.Is(err, os.ErrDeadlineExceeded) {
							s.t.Errorf("Closed got %v", err)
						}
					},
				})
				s.client("peer", func() {
					p := s.connect(l.Addr())
					tt.peer(p)
					s.until(func() bool { return len(s.lives) == 1 && s.lives[0].closed })
					p.close()
				})
			})
		})
	}
}

// TestAbort ends a connection with bytes queued, and with bytes of the peer unread.
func TestAbort(t *testing.T) {
	play(t, conditions{buffer: 16}, func(s *scene) {
		var conn *stream.Conn
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) {
				conn = c
				c.Pause()
				s.echo(c, pattern(0, 500))
			},
			Closed: func(c *stream.Conn, err error) {
				if !errors.Is(err, errPlanted) {
					s.t.Errorf("Closed got %v", err)
				}
				if c.Queued() != 0 && !s.kernel.operations {
					s.t.Errorf("%d bytes are queued in Closed", c.Queued())
				}
				if n := len(s.resets); s.kernel.vectors && (n == 0 || s.resets[n-1] != c.Handle()) {
					s.t.Errorf("SetReset was not called: %v", s.resets)
				}
			},
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			p.write([]byte("unread"))
			proptest.Sleep(s.world, 10*tick)
			s.ask(func() {
				conn.Abort(errPlanted)
				conn.Abort(io.EOF)
				if !conn.Over() {
					s.t.Error("Over is false after Abort")
				}
				if err := conn.Close(); !errors.Is(err, demux.ErrClosed) {
					s.t.Errorf("Close after Abort returned %v", err)
				}
			})
			got, err := p.read(-1)
			if len(got) >= 500 {
				s.t.Error("the queue was sent")
			}
			// A read that was in flight may have taken the bytes that cause the reset.
			if _, sets := s.h.(demux.StreamOptions); !isReset(err) && (sets && !s.kernel.vectors || !s.kernel.operations) {
				s.t.Errorf("the peer got %v, want a reset", err)
			}
			p.close()
		})
	})
}

// TestAbortThenWrite aborts a connection whose queue is on its way to the system, and writes
// to another one at once: it must not get the memory that the system still reads.
func TestAbortThenWrite(t *testing.T) {
	play(t, conditions{buffer: 16}, func(s *scene) {
		l := s.listen(stream.Handler{})
		s.client("peers", func() {
			first := s.connect(l.Addr())
			s.until(func() bool { return len(s.lives) == 1 })
			second := s.connect(l.Addr())
			s.until(func() bool { return len(s.lives) == 2 })
			a, b := s.lives[0].conn, s.lives[1].conn
			s.ask(func() { s.echo(a, pattern(0, 500)) })
			proptest.Sleep(s.world, 2*tick)
			s.ask(func() {
				a.Abort(errPlanted)
				s.echo(b, pattern(1000, 500))
			})
			second.expect(string(pattern(1000, 500)))
			first.close()
			second.close()
		})
	})
}
