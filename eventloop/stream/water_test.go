package stream_test

import (
	"errors"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/proptest"
)

// TestWater has a peer that does not read what comes back: the server stops reading, and
// goes on when the peer does.
func TestWater(t *testing.T) {
	const high, low, most, room = 200, 50, 32, 4000
	c := conditions{buffer: 64, calls: 200_000, options: stream.Options{HighWater: high, LowWater: low, ReadBuffer: most}}
	play(t, c, func(s *scene) {
		var conn *stream.Conn
		full := 0
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) { conn = c },
			Data: func(c *stream.Conn, b []byte) {
				if c.Full() {
					s.t.Errorf("Data while the queue is full, with %d bytes", c.Queued())
				}
				s.echo(c, b)
				if c.Full() {
					full++
				}
				if c.Full() != (c.Queued() > high) {
					s.t.Errorf("Full is %v with %d bytes queued", c.Full(), c.Queued())
				}
				if c.Queued() > high+most {
					s.t.Errorf("%d bytes are queued, HighWater is %d and a read takes %d", c.Queued(), high, most)
				}
			},
			Drain: func(c *stream.Conn) {
				if c.Queued() > low {
					s.t.Errorf("Drain with %d bytes queued, LowWater is %d", c.Queued(), low)
				}
			},
			Closed: s.nothingFails,
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			n := p.fill(room)
			if n == room || full != 1 || s.of[conn].drains != 0 {
				s.t.Errorf("the server has read on: %d bytes were sent, it was full %d times", n, full)
			}
			p.expect(string(pattern(0, n)))
			s.until(func() bool { return conn.Queued() == 0 })
			if got := s.of[conn].drains; got != full {
				s.t.Errorf("Drain was called %d times, the queue was full %d times", got, full)
			}
			p.write([]byte("and on"))
			p.end()
			p.expectEnd("and on")
			p.close()
		})
	})
}

// TestPauseAnother forwards from one connection to another, which is slow: Full, Pause,
// Drain and Resume keep the queue short, and no byte is lost.
func TestPauseAnother(t *testing.T) {
	const high, most, size = 100, 32, 3000
	c := conditions{buffer: 64, calls: 400_000, options: stream.Options{HighWater: high, ReadBuffer: most}}
	play(t, c, func(s *scene) {
		var from, to *stream.Conn
		sink := s.listen(stream.Handler{
			Open:   func(c *stream.Conn) { to = c },
			Drain:  func(*stream.Conn) { from.Resume() },
			Closed: s.nothingFails,
		})
		source := s.listen(stream.Handler{
			Open: func(c *stream.Conn) { from = c },
			Data: func(c *stream.Conn, b []byte) {
				s.echo(to, b)
				if to.Full() {
					c.Pause()
				}
				if to.Queued() > high+most {
					s.t.Errorf("%d bytes are queued", to.Queued())
				}
			},
			End:    func(c *stream.Conn) { _, _ = to.Close(), c.Close() },
			Closed: s.nothingFails,
		})
		s.client("reader", func() {
			p := s.connect(sink.Addr())
			var got []byte
			for len(got) < size {
				proptest.Sleep(s.world, tick)
				b, err := p.read(min(100, size-len(got)))
				if got = append(got, b...); err != nil {
					s.t.Fatalf("after %d bytes: %v", len(got), err)
				}
			}
			if string(got) != string(pattern(0, size)) {
				s.t.Error("other bytes were forwarded")
			}
			p.expectEnd("")
			p.close()
		})
		s.client("writer", func() {
			s.until(func() bool { return to != nil })
			p := s.connect(source.Addr())
			p.write(pattern(0, size))
			p.end()
			p.expectEnd("")
			p.close()
		})
	})
}

// TestPauseThenEnd sees that nothing is told of while a connection is paused, not the end
// either, and everything after Resume.
func TestPauseThenEnd(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		var conn *stream.Conn
		paused, ended := true, false
		waits := func(what string) {
			if paused {
				s.t.Errorf("%s during a pause", what)
			}
		}
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) { conn = c; c.Pause() },
			Data: func(*stream.Conn, []byte) { waits("Data") },
			End:  func(c *stream.Conn) { waits("End"); ended = true; _ = c.Close() },
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			s.until(func() bool { return conn != nil })
			for _, piece := range []string{"one", "", "three"} { // the pause begins while a read is in flight, too
				if piece == "" {
					s.ask(func() { paused = false; conn.Resume() })
					s.until(func() bool { return len(s.of[conn].got) == 3 })
					s.ask(func() { paused = true; conn.Pause() })
				}
				p.write([]byte(piece))
			}
			p.end()
			proptest.Sleep(s.world, 20*tick)
			if ended || string(s.of[conn].got) != "one" {
				s.t.Errorf("told of %q and the end (%v) during the pause", s.of[conn].got, ended)
			}
			s.ask(func() { paused = false; conn.Resume() })
			p.expectEnd("")
			if !ended || string(s.of[conn].got) != "onethree" {
				s.t.Errorf("got %q", s.of[conn].got)
			}
			p.close()
		})
	})
}

// TestPauseEndAlone has only the end come while a connection is paused that was reading.
func TestPauseEndAlone(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		var conn *stream.Conn
		ended := false
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) { conn = c },
			End:  func(c *stream.Conn) { ended = true; _ = c.Close() },
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			p.write([]byte("x"))
			s.until(func() bool { return conn != nil && len(s.of[conn].got) == 1 })
			s.ask(func() { conn.Pause() })
			p.end()
			proptest.Sleep(s.world, 20*tick)
			if ended {
				s.t.Error("End during a pause")
			}
			s.ask(func() { conn.Resume() })
			p.expectEnd("")
			p.close()
		})
	})
}

// TestPauseThenReset has the peer reset a connection that is paused: the loop does not
// spin, and Resume leads to the error.
func TestPauseThenReset(t *testing.T) {
	play(t, conditions{}, func(s *scene) {
		var conn *stream.Conn
		l := s.listen(stream.Handler{
			Open: func(c *stream.Conn) {
				conn = c
				c.Pause()
				s.echo(c, []byte("unread"))
			},
			Closed: func(_ *stream.Conn, err error) {
				if !isReset(err) {
					s.t.Errorf("Closed got %v, want a reset", err)
				}
			},
		})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			_ = proptest.Await(s.world, p.h, demux.Readable, -1)
			p.close() // unread bytes make it a reset
			proptest.Sleep(s.world, 10*tick)
			before := s.polls
			proptest.Sleep(s.world, 1000*tick)
			if n := s.polls - before; n > 20 {
				s.t.Errorf("the loop has waited %d times in a second in which nothing happened", n)
			}
			s.ask(func() { conn.Resume() })
			s.until(func() bool { return conn.Over() })
		})
	})
}

// TestQueueFull fills the queue. What is refused is refused as a whole.
func TestQueueFull(t *testing.T) {
	const most = 300
	c := conditions{buffer: 16, calls: 100_000, options: stream.Options{MaxQueue: most}}
	play(t, c, func(s *scene) {
		var want []byte
		l := s.listen(stream.Handler{Closed: s.nothingFails, Open: func(c *stream.Conn) {
			for i := range 100 {
				b := pattern(i, i)
				queued := c.Queued()
				var err error
				if i%2 == 0 {
					err = c.Write(b)
				} else {
					err = c.WriteVector(b[:i/2], b[i/2:])
				}
				switch {
				case err == nil:
					want = append(want, b...)
				case !errors.Is(err, stream.ErrQueueFull):
					s.t.Errorf("Write: %v", err)
				case queued+len(b) <= most || c.Queued() != queued:
					s.t.Errorf("refused %d bytes with %d queued; now there are %d", len(b), queued, c.Queued())
				}
				if c.Queued() > most {
					s.t.Errorf("%d bytes are queued", c.Queued())
				}
			}
			if len(want) < most {
				s.t.Errorf("%d bytes were accepted", len(want))
			}
			_ = c.Close()
		}})
		s.client("peer", func() {
			p := s.connect(l.Addr())
			got, _ := p.read(-1)
			if string(got) != string(want) {
				s.t.Errorf("%d bytes came, or others, want %d", len(got), len(want))
			}
			p.close()
		})
	})
}

// TestWriteVector writes vectors of all shapes, and in between single buffers. The peer gets
// the joined bytes.
func TestWriteVector(t *testing.T) {
	for _, tt := range []struct {
		why   string
		sizes []int
	}{
		{"no buffers", nil},
		{"empty buffers only", []int{0, 0, 0}},
		{"one", []int{10}},
		{"empty ones between", []int{0, 3, 0, 0, 5, 0}},
		{"more than the socket holds", []int{40, 40, 40, 40}},
		{"as many as a call takes", equal(demux.MaxVector, 1)},
		{"more than a call takes", equal(demux.MaxVector+1, 2)},
		{"more than a chunk of the queue", []int{9000, 9000, 7}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			play(t, conditions{buffer: 2048, calls: 200_000}, func(s *scene) {
				var want []byte
				l := s.listen(stream.Handler{Closed: s.nothingFails, Open: func(c *stream.Conn) {
					for round := range 3 {
						var vector [][]byte
						for _, size := range tt.sizes {
							b := pattern(len(want), size)
							vector = append(vector, b)
							want = append(want, b...)
						}
						if err := c.WriteVector(vector...); err != nil {
							s.t.Errorf("WriteVector: %v", err)
						}
						if err := c.Write(pattern(len(want), round)); err != nil {
							s.t.Errorf("Write: %v", err)
						}
						want = append(want, pattern(len(want), round)...)
						for _, b := range vector {
							clear(b) // it is the caller's again
						}
					}
					_ = c.Close()
				}})
				s.client("peer", func() {
					p := s.connect(l.Addr())
					if got, err := p.read(-1); string(got) != string(want) {
						s.t.Errorf("%d bytes came (%v), or others, want %d", len(got), err, len(want))
					}
					p.close()
				})
			})
		})
	}
}

func equal(n, x int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = x
	}
	return all
}
