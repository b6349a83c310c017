package demuxsuite

import (
	"math"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

var progressCases = []ruleCase{
	{"ready-before-wait", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd, c.anyMode(d))
		c.write(b, marker)
		c.see(d, 1, rd, "data arrived before the Wait")
	}},
	{"ready-during-wait", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd, c.anyMode(d))
		writer := c.start("writer", func() {
			c.pause(tick)
			c.write(b, marker)
		})
		c.see(d, 1, rd, "data arrived during the Wait")
		c.join(writer)
	}},
	{"nothing-is-returned-for-a-reason-only", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		mode := c.anyMode(d)
		dst := make([]demux.Event, 4)
		c.register(d, a, 1, rd, mode)
		c.write(b, marker)
		for range 8 {
			if events := c.wait(d, dst, -1); len(events) == 0 {
				c.fatal("Wait(-1) returned no event, there was no Wake and a registration is reportable")
			}
			c.modify(d, a, 1, rd, mode)
		}
	}},
	{"listener-and-connection", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		l, client := c.connect(d, mode)
		c.see(d, 1, rd, "a connection waits in the backlog")
		var server demux.Handle
		c.try("Accept", func() (err error) {
			server, err = c.host.Accept(l)
			return err
		})
		c.handles = append(c.handles, server)
		c.deregister(d, l)
		c.modify(d, client, 2, rd, mode)
		c.write(server, marker)
		c.see(d, 2, rd, "data arrived over a connection")
	}},
}

// connect makes a listener, registered as 1, and a connection to it,
// registered as 2 and established.
func (c *checker) connect(d demux.Demux, mode demux.Mode) (l, client demux.Handle) {
	l, at := c.listener()
	c.handles = append(c.handles, l)
	c.try("Connect", func() (err error) {
		client, err = c.host.Connect(at)
		return err
	})
	c.handles = append(c.handles, client)
	c.register(d, client, 2, wr, mode)
	c.see(d, 2, wr, "the attempt to connect has finished")
	if err := c.host.ConnectResult(client); err != nil {
		c.fatal("ConnectResult: %v", err)
	}
	c.register(d, l, 1, rd, mode)
	return l, client
}

var timeoutCases = []ruleCase{
	{"not-early-nor-late", func(c *checker) {
		d := c.open()
		if d.Traits().Resolution <= 0 {
			c.fatal("Traits.Resolution is %v", d.Traits().Resolution)
		}
		a, _ := c.pair()
		c.register(d, a, 1, rd, c.anyMode(d))
		dst := make([]demux.Event, 4)
		for _, timeout := range []time.Duration{
			1, time.Microsecond, 999 * time.Microsecond, time.Millisecond, 1001 * time.Microsecond,
			2500 * time.Microsecond, 20 * time.Millisecond,
		} {
			began := c.host.Now()
			before, bounded := c.lateness()
			events := c.wait(d, dst, timeout)
			took := c.host.Now() - began
			late, _ := c.lateness()
			late -= before
			switch {
			case len(events) > 0:
				c.fatal("Wait(%v) reported %v, and nothing happened", timeout, events)
			case took < timeout:
				c.fatal("Wait(%v) returned after %v, and nothing happened", timeout, took)
			case bounded && took > timeout+d.Traits().Resolution+late:
				c.fatal("Wait(%v) returned after %v: Traits.Resolution is %v, and the kernel made timeouts %v late", timeout, took, d.Traits().Resolution, late)
			case took > timeout+c.patience:
				c.fatal("Wait(%v) returned after %v", timeout, took)
			}
		}
	}},
	{"zero-polls", func(c *checker) {
		d := c.open()
		began := c.host.Now()
		for range 100 {
			c.wait(d, make([]demux.Event, 1), 0)
		}
		if took := c.host.Now() - began; took > c.patience {
			c.fatal("100 polls took %v", took)
		}
	}},
	{"below-zero-waits-for-ever", func(c *checker) {
		for _, timeout := range []time.Duration{-1, -time.Hour, math.MinInt64} {
			c.checkLongWait(timeout)
		}
	}},
	{"every-positive-duration", func(c *checker) {
		for _, timeout := range []time.Duration{
			math.MaxInt64, math.MaxInt64 - 1, 1 << 62, math.MaxInt32 * time.Millisecond,
			(math.MaxInt32 + 1) * time.Millisecond, math.MaxUint32 * time.Second,
		} {
			c.checkLongWait(timeout)
		}
	}},
}

// lateness returns by how much the kernel made timeouts late, of itself. It reports
// false if the host does not tell, as a real one does not.
func (c *checker) lateness() (time.Duration, bool) {
	k, tells := c.bare.(interface{ Lateness() time.Duration })
	if !tells {
		return 0, false
	}
	return k.Lateness(), true
}

// checkLongWait waits for timeout, which is longer than any test, until
// another task writes.
func (c *checker) checkLongWait(timeout time.Duration) {
	d := c.open()
	a, b := c.pair()
	c.register(d, a, 1, rd, c.anyMode(d))
	var written atomic.Bool
	writer := c.start("writer", func() {
		c.pause(2 * tick)
		written.Store(true)
		c.write(b, marker)
	})
	events := c.wait(d, make([]demux.Event, 1), timeout)
	if len(events) == 0 && !written.Load() {
		c.fatal("Wait(%d) returned at once, and nothing happened", timeout)
	}
	c.join(writer)
}

var wakeCases = []ruleCase{
	{"before-wait", func(c *checker) {
		d := c.open()
		c.mustWake(d)
		began := c.host.Now()
		if events := c.wait(d, make([]demux.Event, 1), c.patience); len(events) > 0 {
			c.fatal("Wait after a Wake reported %v", events)
		}
		if took := c.host.Now() - began; took >= c.patience {
			c.fatal("the next Wait after a Wake did not return at once: it took %v", took)
		}
	}},
	{"during-wait", func(c *checker) {
		for _, timeout := range []time.Duration{-1, c.patience, math.MaxInt64} {
			d := c.open()
			began := c.host.Now()
			waker := c.start("waker", func() {
				c.pause(tick)
				c.mustWake(d)
			})
			c.wait(d, make([]demux.Event, 1), timeout)
			if took := c.host.Now() - began; took >= c.patience {
				c.fatal("a Wake did not end Wait(%v)", timeout)
			}
			c.join(waker)
		}
	}},
	{"coalesced-and-consumed", func(c *checker) {
		d := c.open()
		dst := make([]demux.Event, 1)
		for _, wakes := range []int{1, 2, 300} {
			for range wakes {
				c.mustWake(d)
			}
			c.wait(d, dst, c.patience)
			began := c.host.Now()
			c.wait(d, dst, quiet)
			if took := c.host.Now() - began; took < quiet {
				c.fatal("%d wakes ended two Waits: the second after %v", wakes, took)
			}
		}
	}},
	{"beside-events", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		mode := c.anyMode(d)
		c.register(d, a, 1, rd, mode)
		c.write(b, marker)
		for range 8 {
			c.mustWake(d)
			c.see(d, 1, rd, "a Wake came together with data")
			c.modify(d, a, 1, rd, mode)
		}
	}},
	{"none-is-lost", func(c *checker) {
		ping, pong := c.open(), c.open()
		const rounds = 100
		var ball atomic.Int64
		partner := c.start("partner", func() {
			for i := int64(1); i <= rounds; i++ {
				if !c.awaitBall(pong, &ball, 2*i-1) {
					return
				}
				ball.Store(2 * i)
				c.mustWake(ping)
			}
		})
		for i := int64(1); i <= rounds; i++ {
			ball.Store(2*i - 1)
			c.mustWake(pong)
			if !c.awaitBall(ping, &ball, 2*i) {
				break
			}
		}
		c.join(partner)
	}},
}

func (c *checker) mustWake(d demux.Demux) {
	if err := d.Wake(); err != nil {
		c.fatal("Wake: %v", err)
	}
}

// awaitBall waits in d until the other side has set ball to want and woken d.
func (c *checker) awaitBall(d demux.Demux, ball *atomic.Int64, want int64) bool {
	dst := make([]demux.Event, 1)
	for ball.Load() < want {
		c.host.Yield("demux-check")
		began := c.host.Now()
		c.wait(d, dst, c.patience)
		if c.host.Now()-began >= c.patience {
			c.fail("a Wake was lost: number %d did not end the Wait", want)
			return false
		}
	}
	return true
}
