package stream_test

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"reactortest/eventloop/stream"
	"reactortest/proptest"
)

// callbacks are those that something is done in.
var callbacks = []string{"Open", "Data", "End", "Drain", "Closed"}

// deeds are what a callback may do to its connection, or to another one.
var deeds = []struct {
	name string
	do   func(s *scene, c *stream.Conn)
}{
	{"Close", func(_ *scene, c *stream.Conn) { _ = c.Close() }},
	{"CloseWrite", func(_ *scene, c *stream.Conn) { _ = c.CloseWrite() }},
	{"Abort", func(_ *scene, c *stream.Conn) { c.Abort(errPlanted) }},
	{"Write", func(_ *scene, c *stream.Conn) { _ = c.Write(pattern(0, 50)) }},
	{"WriteVector", func(_ *scene, c *stream.Conn) { _ = c.WriteVector(pattern(0, 50), pattern(0, 5)) }},
	{"a pause", func(s *scene, c *stream.Conn) { c.Pause(); s.loop.AfterFunc(5*tick, c.Resume) }},
	{"Pause and Resume", func(_ *scene, c *stream.Conn) { c.Pause(); c.Resume() }},
	{"timeouts", func(_ *scene, c *stream.Conn) { c.SetReadTimeout(tick); c.SetWriteTimeout(tick) }},
	{"Net.Close", func(s *scene, _ *stream.Conn) { s.net.Close() }},
}

// acting returns a handler that echoes, and calls act in each callback.
func acting(act func(callback string, c *stream.Conn)) stream.Handler {
	return stream.Handler{
		Open:   func(c *stream.Conn) { act("Open", c) },
		Data:   func(c *stream.Conn, b []byte) { _ = c.Write(b); act("Data", c) },
		End:    func(c *stream.Conn) { act("End", c); _ = c.Close() },
		Drain:  func(c *stream.Conn) { act("Drain", c) },
		Closed: func(c *stream.Conn, _ error) { act("Closed", c) },
	}
}

// TestReenter does everything in every callback, to its connection and to another one. No
// callback comes out of its turn or after Closed, every connection ends, and the loop does
// not spin.
func TestReenter(t *testing.T) {
	for _, callback := range callbacks {
		for _, deed := range deeds {
			for _, other := range []bool{false, true} {
				name := fmt.Sprintf("%s in %s", deed.name, callback)
				if other {
					name += " of another"
				}
				t.Run(name, func(t *testing.T) {
					c := conditions{share: 4, buffer: 32, options: stream.Options{HighWater: 64, ReadBuffer: 50, CloseTimeout: 50 * tick}}
					play(t, c, func(s *scene) {
						var first, second *stream.Conn
						did := false
						h := acting(func(in string, c *stream.Conn) {
							if first == nil {
								first = c
							} else if second == nil && c != first {
								second = c
							}
							target := first
							if other {
								target = second
							}
							if in == callback && c == first && target != nil && (!did || in == "Drain") {
								did = true
								deed.do(s, target)
							}
						})
						l := s.listen(h)
						for range 2 {
							s.client("client", func() {
								p, err := s.tryConnect(l.Addr())
								if err != nil {
									return // Net.Close has closed the listener
								}
								p.lenient = true
								n := p.fillLenient(300)
								got, _ := p.read(n / 2)
								p.end()
								rest, _ := p.read(-1)
								_, _ = got, rest
								p.close()
							})
						}
					})
				})
			}
		}
	}
}

// fillLenient is fill of a client whose connection may end.
func (p *peer) fillLenient(most int) (n int) {
	for idle := 0; idle < 3 && n < most; {
		m, err := p.s.world.Write(p.h, pattern(n, min(most-n, 100)))
		switch {
		case later(err) || err == nil && m == 0:
			idle++
			proptest.Sleep(p.s.world, tick)
		case err != nil:
			return n
		default:
			n, idle = n+m, 0
		}
	}
	return n
}

// TestPanic has each callback panic once. Its connection gets Closed, the panic reaches the
// caller of Run, and a second Run serves the others: none of their bytes is lost, and new
// connections are accepted.
func TestPanic(t *testing.T) {
	const size = 600
	for _, callback := range callbacks {
		t.Run(callback, func(t *testing.T) {
			c := conditions{buffer: 64, calls: 200_000, panics: 1, options: stream.Options{HighWater: 64, ReadBuffer: 64}}
			play(t, c, func(s *scene) {
				panicked := false
				h := acting(func(in string, c *stream.Conn) {
					if in == callback && !panicked && s.of[c] == s.lives[0] {
						panicked = true
						panic(errPlanted)
					}
				})
				l := s.listen(h)
				s.client("first", func() {
					p, err := s.tryConnect(l.Addr())
					if err != nil && !errors.Is(err, syscall.ECONNRESET) { // by a panic in Open
						s.t.Fatalf("connect: %v", err)
					}
					p.lenient = true
					n := p.fillLenient(size)
					_, _ = p.read(n)
					p.end()
					_, _ = p.read(-1)
					p.close()
				})
				other := func() {
					s.until(func() bool { return len(s.lives) > 0 })
					p := s.connect(l.Addr())
					wait := proptest.Go(s.world, "writer", func() {
						p.write(pattern(0, size))
						p.end()
					})
					if got, err := p.read(-1); string(got) != string(pattern(0, size)) || !errors.Is(err, io.EOF) {
						s.t.Errorf("another connection got %d bytes, or others, and %v", len(got), err)
					}
					wait()
					p.close()
				}
				for range 2 {
					s.client("other", other)
				}
				s.client("later", func() {
					s.until(func() bool { return panicked })
					proptest.Sleep(s.world, 10*tick)
					other()
				})
				s.c.check = func(s *scene) {
					if !panicked {
						s.t.Error("there was no panic")
					}
					if err := s.lives[0].err; callback != "Closed" && (err == nil || errors.Is(err, errPlanted)) {
						s.t.Errorf("Closed got %v", err)
					}
				}
			})
		})
	}
}
