package stream_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// TestCloseAfterTheLoop closes a Net whose loop is closed: operations that were in flight have
// ended without an event, and every handle is given back all the same.
func TestCloseAfterTheLoop(t *testing.T) {
	for _, kernel := range kernels {
		t.Run(kernel.name, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: kernel.dialect, StreamBuffer: 1000})
			var closed []error
			o := &stream.Options{Operations: kernel.operations}
			loop, c, peer := pairOf(t, k, o, &stream.Handler{Closed: func(_ *stream.Conn, err error) { closed = append(closed, err) }})
			n := c.Net()
			l, err := n.Listen("127.0.0.1:0", &stream.Handler{})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := loop.RunOnce(0); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Write(pattern(0, 5000)); err != nil || c.Queued() == 0 {
				t.Fatalf("Write: %v, %d bytes are queued", err, c.Queued())
			}
			if err := loop.Close(); err != nil {
				t.Fatal(err)
			}
			n.Close()
			if _, err := loop.RunOnce(0); !errors.Is(err, demux.ErrClosed) {
				t.Fatal(err)
			}
			if len(closed) != 1 || !errors.Is(closed[0], demux.ErrClosed) || n.Conns() != 0 {
				t.Errorf("Closed got %v, and %d connections are left", closed, n.Conns())
			}
			for {
				_, err := k.Read(peer, make([]byte, 4096))
				if errors.Is(err, demux.ErrAgain) {
					t.Error("the handle of the connection is open")
				}
				if err != nil {
					break
				}
			}
			if again, at, err := k.Listen(l.Addr().String(), 1); err != nil {
				t.Errorf("the handle of the listener is open: %v", err)
			} else if _ = k.Close(again); at != l.Addr() {
				t.Errorf("listens on %v, not %v", at, l.Addr())
			}
		})
	}
}

// TestShutdown ends a Net. done is called once, after the last Closed.
func TestShutdown(t *testing.T) {
	const limit = 100 * time.Millisecond
	for _, tt := range []struct {
		why     string
		clients int
		client  func(s *scene, p *peer) // after its connection is open
		err     error                   // of Closed
	}{
		{why: "no connections"},
		{why: "peers that end", clients: 3, client: func(_ *scene, p *peer) { p.expectEnd(string(pattern(0, 200))) }},
		{
			why: "peers that end late", clients: 2,
			client: func(s *scene, p *peer) { proptest.Sleep(s.world, limit/2); p.expectEnd(string(pattern(0, 200))) },
		},
		{
			why: "a peer that never ends", clients: 1, err: os.ErrDeadlineExceeded,
			client: func(s *scene, _ *peer) { proptest.Sleep(s.world, 5*limit) },
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := conditions{buffer: 32, closes: true, options: stream.Options{CloseTimeout: limit}}
			play(t, c, func(s *scene) {
				done, closed := 0, 0
				l := s.listen(stream.Handler{
					Open: func(c *stream.Conn) { s.echo(c, pattern(0, 200)) },
					Closed: func(_ *stream.Conn, err error) {
						closed++
						if !errors.Is(err, tt.err) {
							s.t.Errorf("Closed got %v, want %v", err, tt.err)
						}
						if done > 0 {
							s.t.Error("Closed after done")
						}
					},
				})
				ready := 0
				for range tt.clients {
					s.client("client", func() {
						p := s.connect(l.Addr())
						s.until(func() bool { return s.net.Conns() == tt.clients })
						ready++
						tt.client(s, p)
						p.close()
					})
				}
				s.world.Go("end", func() {
					s.until(func() bool { return ready == tt.clients })
					s.ask(func() {
						s.net.Shutdown(func() { done++ })
						if _, err := s.net.Listen("127.0.0.1:0", &stream.Handler{}); !errors.Is(err, demux.ErrClosed) {
							s.t.Errorf("Listen after Shutdown returned %v", err)
						}
						if _, err := s.net.Dial(l.Addr(), 0, &stream.Handler{}); !errors.Is(err, demux.ErrClosed) {
							s.t.Errorf("Dial after Shutdown returned %v", err)
						}
						if _, err := s.net.Attach(0, &stream.Handler{}); !errors.Is(err, demux.ErrClosed) {
							s.t.Errorf("Attach after Shutdown returned %v", err)
						}
						if done > 0 {
							s.t.Error("done within Shutdown")
						}
					})
					s.until(func() bool { return done > 0 })
					proptest.Sleep(s.world, limit)
					if done != 1 || closed != tt.clients {
						s.t.Errorf("done was called %d times, Closed %d times", done, closed)
					}
					for _, wait := range s.waits {
						wait()
					}
					_ = s.loop.Close()
				})
			})
		})
	}
}

// TestShutdownInClosed calls Shutdown in the last Closed there is.
func TestShutdownInClosed(t *testing.T) {
	play(t, conditions{closes: true}, func(s *scene) {
		l := s.listen(stream.Handler{Closed: func(*stream.Conn, error) {
			s.net.Shutdown(func() { _ = s.loop.Close() })
		}})
		s.world.Go("client", func() { s.connect(l.Addr()).close() })
	})
}

// TestNetClose ends everything at once: connections that are open, that are being closed,
// that are paused, and that are not made yet.
func TestNetClose(t *testing.T) {
	play(t, conditions{buffer: 32}, func(s *scene) {
		closed := func(c *stream.Conn, err error) {
			if !errors.Is(err, demux.ErrClosed) {
				s.t.Errorf("%s: Closed got %v", s.of[c].name, err)
			}
		}
		n := 0
		l := s.listen(stream.Handler{Closed: closed, Open: func(c *stream.Conn) {
			s.echo(c, pattern(0, 100))
			switch n++; n {
			case 1:
				_ = c.Close()
			case 2:
				c.Pause()
			}
		}})
		s.client("clients", func() {
			for range 3 {
				s.connect(l.Addr())
			}
			s.until(func() bool { return n == 3 })
			s.ask(func() {
				s.dial(l, 0, stream.Handler{Closed: closed})
				s.net.Close()
				s.net.Close()
				for _, l := range s.lives {
					if !l.conn.Over() {
						s.t.Errorf("%s is not over", l.name)
					}
				}
			})
			s.until(func() bool { return s.net.Conns() == 0 })
		})
	})
}

// TestAttach makes connections of the ends of a pair and of a pipe, from every place that
// may do so. The other end is the client's.
func TestAttach(t *testing.T) {
	for _, tt := range []struct {
		why    string
		attach func(s *scene, f func())
	}{
		{"before Run", func(_ *scene, f func()) { f() }},
		{"in a posted function", func(s *scene, f func()) { s.post(f) }},
		{"in a timer's function", func(s *scene, f func()) { s.loop.AfterFunc(tick, f) }},
		{"in the closing phase", func(s *scene, f func()) { s.loop.CloseFunc(f) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			play(t, conditions{}, func(s *scene) {
				a, b, err := s.h.Pair()
				if err != nil {
					s.t.Fatal(err)
				}
				p := &peer{s: s, h: b}
				p.write([]byte("early"))
				s.client("peer", func() {
					p.expect("Open, early")
					p.end()
					p.expectEnd("")
					p.close()
				})
				tt.attach(s, func() {
					c, err := s.net.Attach(a, s.watched("attached", stream.Handler{
						Open: func(c *stream.Conn) { s.echo(c, []byte("n, ")) },
						Data: s.echo, Closed: s.nothingFails,
					}))
					if err != nil {
						s.t.Fatalf("Attach: %v", err)
					}
					s.echo(c, []byte("Ope"))
				})
			})
		})
	}
}

// TestAttachAbort aborts a connection before its Open.
func TestAttachAbort(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		a, b, err := s.h.Pair()
		if err != nil {
			s.t.Fatal(err)
		}
		c, err := s.net.Attach(a, s.watched("attached", stream.Handler{Open: func(*stream.Conn) { s.t.Error("Open after Abort") }}))
		if err != nil {
			s.t.Fatal(err)
		}
		s.lifeOf("attached", c)
		c.Abort(errPlanted)
		s.client("peer", func() {
			s.until(func() bool { return s.net.Conns() == 0 })
			_ = s.world.Close(b)
		})
	})
}

// TestAttachPipe reads one pipe and writes another.
func TestAttachPipe(t *testing.T) {
	c := conditions{on: func(k kernel) bool { return k.dialect != "iocp" }} // Windows has no such pipes
	play(t, c, func(s *scene) {
		in, from, err := s.h.Pipe()
		if err != nil {
			s.t.Fatal(err)
		}
		to, out, err := s.h.Pipe()
		if err != nil {
			s.t.Fatal(err)
		}
		writer, err := s.net.Attach(out, s.watched("writer", stream.Handler{}))
		if err != nil {
			s.t.Fatal(err)
		}
		writer.Pause()
		_, err = s.net.Attach(in, s.watched("reader", stream.Handler{
			Data:   func(_ *stream.Conn, b []byte) { s.echo(writer, b) },
			End:    func(c *stream.Conn) { _, _ = c.CloseWrite(), writer.Close() },
			Closed: s.nothingFails,
		}))
		if err != nil {
			s.t.Fatal(err)
		}
		s.client("peer", func() {
			w, r := &peer{s: s, h: from}, &peer{s: s, h: to}
			w.write(pattern(0, 10_000))
			w.close()
			r.expectEnd(string(pattern(0, 10_000)))
			r.close()
		})
	})
}
