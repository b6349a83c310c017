package stream_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"reactortest/eventloop/stream"
	"reactortest/proptest"
)

// TestTimeouts sets limits of the times of reads and writes. The story of a row begins when
// the peer is connected. Its want is when the connection ends, 0 if no limit ends it.
func TestTimeouts(t *testing.T) {
	const limit = 100 * time.Millisecond
	quarter := limit / 4
	fill := func(s *scene, c *stream.Conn) { s.echo(c, make([]byte, 400)) }
	for _, tt := range []struct {
		why   string
		set   func(s *scene, c *stream.Conn)
		peer  func(s *scene, p *peer, c *stream.Conn)
		want  time.Duration
		whole bool // for Options.Operations, a write counts when all of it is taken
	}{
		{
			why: "nothing arrives", want: limit,
			set: func(_ *scene, c *stream.Conn) { c.SetReadTimeout(limit) },
		},
		{
			why: "what arrives extends the time", want: 8*quarter + limit,
			set: func(_ *scene, c *stream.Conn) { c.SetReadTimeout(limit) },
			peer: func(s *scene, p *peer, _ *stream.Conn) {
				for range 8 {
					proptest.Sleep(s.world, quarter)
					p.write([]byte("x"))
				}
			},
		},
		{
			why: "0 switches the limit of reads off",
			set: func(_ *scene, c *stream.Conn) { c.SetReadTimeout(limit) },
			peer: func(s *scene, _ *peer, c *stream.Conn) {
				s.ask(func() { c.SetReadTimeout(0) })
				proptest.Sleep(s.world, 5*limit)
			},
		},
		{
			why: "a shorter limit of reads counts from now", want: quarter,
			set: func(_ *scene, c *stream.Conn) { c.SetReadTimeout(time.Hour); c.SetReadTimeout(quarter) },
		},
		{
			why: "a pause does not stop the time", want: limit,
			set: func(_ *scene, c *stream.Conn) { c.SetReadTimeout(limit); c.Pause() },
		},
		{
			why: "the system takes nothing", want: limit,
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(limit); fill(s, c) },
		},
		{
			why: "the limit of writes is set with bytes queued", want: limit,
			set: func(s *scene, c *stream.Conn) { fill(s, c); c.SetWriteTimeout(limit) },
		},
		{
			why: "what the system takes extends the time", want: 4*quarter + limit, whole: true,
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(limit); fill(s, c) },
			peer: func(s *scene, p *peer, _ *stream.Conn) {
				for range 4 {
					proptest.Sleep(s.world, quarter)
					_, _ = p.read(16)
				}
			},
		},
		{
			why: "with an empty queue no time runs",
			set: func(_ *scene, c *stream.Conn) { c.SetWriteTimeout(limit) },
			peer: func(s *scene, _ *peer, _ *stream.Conn) {
				proptest.Sleep(s.world, 5*limit)
			},
		},
		{
			why: "0 switches the limit of writes off while it runs",
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(limit); fill(s, c) },
			peer: func(s *scene, _ *peer, c *stream.Conn) {
				s.ask(func() { c.SetWriteTimeout(0) })
				proptest.Sleep(s.world, 5*limit)
			},
		},
		{
			why: "a shorter limit of writes replaces one that runs", want: limit,
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(time.Hour); fill(s, c); c.SetWriteTimeout(limit) },
		},
		{
			why: "a longer limit of writes replaces one that runs", want: 3 * limit,
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(limit); fill(s, c); c.SetWriteTimeout(3 * limit) },
		},
		{
			why: "a queue that was empty in between has its whole time", want: 3*quarter + limit,
			set: func(s *scene, c *stream.Conn) { c.SetWriteTimeout(limit); fill(s, c) },
			peer: func(s *scene, p *peer, c *stream.Conn) {
				for c.Queued() > 0 { // and no longer: the socket stays full
					_, _ = s.world.Read(p.h, make([]byte, 16))
					proptest.Sleep(s.world, tick/10)
				}
				proptest.Sleep(s.world, 3*quarter)
				s.ask(func() { fill(s, c) })
			},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := conditions{buffer: 16, options: stream.Options{CloseTimeout: tick}}
			c.on = func(k kernel) bool { return !tt.whole || !k.operations }
			play(t, c, func(s *scene) {
				var conn *stream.Conn
				var begin time.Duration
				l := s.listen(stream.Handler{
					Open: func(c *stream.Conn) { begin = s.h.Now(); tt.set(s, c); conn = c },
					Closed: func(_ *stream.Conn, err error) {
						if tt.want == 0 {
							return
						}
						s.took("it", s.h.Now()-begin, tt.want)
						if !errors.Is(err, os.ErrDeadlineExceeded) {
							s.t.Errorf("Closed got %v", err)
						}
					},
				})
				s.client("peer", func() {
					p := s.connect(l.Addr())
					s.until(func() bool { return conn != nil })
					if tt.peer != nil {
						tt.peer(s, p, conn)
					}
					if tt.want == 0 && conn.Over() {
						s.t.Error("a limit has ended the connection")
					}
					s.until(func() bool { return tt.want == 0 || conn.Over() })
					p.close()
				})
			})
		})
	}
}
