package stream_test

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// TestMaxConns has more clients than connections may be open. The others wait in the
// backlog, and each is served when one before it has closed.
func TestMaxConns(t *testing.T) {
	const clients, most = 5, 2
	play(t, conditions{options: stream.Options{MaxConns: most}}, func(s *scene) {
		l := s.listen(stream.Handler{
			Open: func(*stream.Conn) {
				if n := s.net.Conns(); n > most {
					s.t.Errorf("%d connections are open, MaxConns is %d", n, most)
				}
			},
			Data: s.echo, Closed: s.nothingFails,
		})
		for i := range clients {
			s.client(fmt.Sprintf("client %d", i), func() {
				p := s.connect(l.Addr())
				p.write([]byte("hello"))
				p.expect("hello")
				proptest.Sleep(s.world, 5*tick)
				p.end()
				p.expectEnd("")
				p.close()
			})
		}
	})
}

// TestMaxConnsIdle sees that a listener which waits for room does not spin.
func TestMaxConnsIdle(t *testing.T) {
	play(t, conditions{options: stream.Options{MaxConns: 1}}, func(s *scene) {
		l := s.listen(stream.Handler{Data: s.echo})
		s.client("clients", func() {
			first, second := s.connect(l.Addr()), s.connect(l.Addr())
			second.write([]byte("second"))
			first.write([]byte("first"))
			first.expect("first")
			before := s.polls
			proptest.Sleep(s.world, 1000*tick)
			if n := s.polls - before; n > 20 {
				s.t.Errorf("the loop has waited %d times in a second in which nothing happened", n)
			}
			first.end()
			first.expectEnd("")
			second.expect("second")
			second.end()
			second.expectEnd("")
		})
	})
}

// TestAcceptFails has clients take all descriptors: accept fails with EMFILE. The listener
// waits longer each time, and serves the connection when there is a descriptor again.
func TestAcceptFails(t *testing.T) {
	for _, wrong := range []bool{false, true} {
		var waits []time.Duration
		c := conditions{files: 24, plan: &fakedemux.Plan{}}
		c.options.AcceptError = func(err error, wait time.Duration) {
			if !errors.Is(err, syscall.EMFILE) {
				t.Errorf("AcceptError got %v", err)
			}
			waits = append(waits, wait)
			if wrong {
				panic(errPlanted)
			}
		}
		if wrong {
			c.panics = 1000
		}
		t.Run(fmt.Sprintf("a panic in AcceptError is %v", wrong), func(t *testing.T) {
			play(t, c, func(s *scene) {
				waits = nil
				l := s.listen(stream.Handler{Data: s.echo, Closed: s.nothingFails})
				s.client("client", func() {
					p := s.connect(l.Addr())
					p.write([]byte("one"))
					p.expect("one")
					q := s.connect(l.Addr()) // in the backlog, at least
					var taken []demux.Handle
					s.until(func() bool {
						for {
							h, err := s.world.Dup(p.h)
							if err != nil {
								break
							}
							taken = append(taken, h)
						}
						return true
					})
					r := p
					if s.net.Conns() == 1 {
						r = q
					}
					r.write([]byte("two"))
					proptest.Sleep(s.world, 400*tick)
					if s.net.Conns() == 1 && len(waits) == 0 {
						s.t.Error("AcceptError was not called")
					}
					for _, h := range taken {
						_ = s.world.Close(h)
					}
					r.expect("two")
					for _, p := range []*peer{p, q} {
						p.end()
						p.expectEnd("")
						p.close()
					}
				})
				s.c.check = func(s *scene) {
					if len(waits) > 12 || !slices.IsSorted(waits) {
						s.t.Errorf("the listener has waited %v", waits)
					}
				}
			})
		})
	}
}

// TestListenerClose closes a listener in a callback of its own connection. The connection
// stays, and later ones are refused or reset.
func TestListenerClose(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		var l *stream.Listener
		l = s.listen(stream.Handler{
			Open: func(*stream.Conn) {
				if err := l.Close(); err != nil {
					s.t.Errorf("Close: %v", err)
				}
				if err := l.Close(); !errors.Is(err, demux.ErrClosed) {
					s.t.Errorf("a second Close returned %v", err)
				}
			},
			Data: s.echo, Closed: s.nothingFails,
		})
		addr := l.Addr()
		s.client("client", func() {
			p := s.connect(addr)
			p.write([]byte("still here"))
			p.expect("still here")
			proptest.Sleep(s.world, 5*tick)
			if h, err := s.world.Connect(addr); err == nil {
				_ = proptest.Await(s.world, h, demux.Writable, -1)
				if err := s.world.ConnectResult(h); err == nil {
					if _, err := s.world.Read(h, make([]byte, 1)); !isReset(err) {
						s.t.Errorf("a connection to the closed listener got %v", err)
					}
				}
			}
			p.end()
			p.expectEnd("")
			p.close()
		})
	})
}
