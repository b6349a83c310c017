package stream_test

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// TestLossy has connections reset, and descriptors and memory short, at any moment. What is
// promised then: callbacks come in their order, every connection gets Closed once, nothing
// is left open, and the loop does not spin.
func TestLossy(t *testing.T) {
	for _, plan := range []fakedemux.Plan{
		{Faults: 2},
		{Faults: 8},
		{Mode: fakedemux.POSIX, Faults: 4},
		{Mode: fakedemux.Adversarial, Faults: 4},
	} {
		t.Run(plan.String(), func(t *testing.T) {
			c := conditions{plan: &plan, buffer: 64, options: stream.Options{HighWater: 100, ReadBuffer: 64, CloseTimeout: 100 * tick}}
			play(t, c, func(s *scene) {
				l := s.listen(stream.Handler{
					Data: func(c *stream.Conn, b []byte) {
						if len(s.of[c].got)%3 == 0 {
							_ = c.WriteVector(b[:len(b)/2], b[len(b)/2:])
						} else {
							_ = c.Write(b)
						}
					},
					Drain: func(c *stream.Conn) { c.SetWriteTimeout(50 * tick) },
					End:   func(c *stream.Conn) { _ = c.CloseWrite() },
				})
				dialed, err := s.net.Dial(l.Addr(), 100*tick, s.watched("dialer", stream.Handler{
					Open: func(c *stream.Conn) { _ = c.Write(pattern(0, 200)); _ = c.Close() },
				}))
				if err == nil {
					s.lifeOf("dialer", dialed)
				}
				for i := range 3 {
					s.client("client", func() {
						p := s.lossyConnect(l)
						if p == nil {
							return
						}
						defer p.close()
						n := p.fillLenient(100 + 100*i)
						p.readUntil(n, 20*tick)
						if i > 0 {
							p.end()
							p.readUntil(-1, 20*tick)
						}
					})
				}
			})
		})
	}
}

// lossyConnect connects a client, or gives up.
func (s *scene) lossyConnect(l *stream.Listener) *peer {
	for range 10 {
		p, err := s.tryConnect(l.Addr())
		if err == nil {
			p.lenient = true
			return p
		}
		if p != nil {
			p.close()
		}
		proptest.Sleep(s.world, tick)
	}
	return nil
}

// readUntil is read of a client that gives up after a time without bytes.
func (p *peer) readUntil(n int, patience time.Duration) {
	got, b := 0, make([]byte, 256)
	for n < 0 || got < n {
		if err := proptest.Await(p.s.world, p.h, demux.Readable, p.s.world.Now()+patience); err != nil {
			return
		}
		m, err := p.s.world.Read(p.h, b)
		if got += m; err != nil && !later(err) {
			return
		}
	}
}
