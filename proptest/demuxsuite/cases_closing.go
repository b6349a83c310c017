package demuxsuite

import (
	"errors"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

var closeCases = []ruleCase{
	{"every-later-call", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		other, _ := c.pair()
		c.register(d, a, 1, rd, mode)
		c.write(b, marker)
		c.mustWake(d)
		if err := d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		for _, timeout := range []time.Duration{0, -1, c.patience} {
			if n, err := d.Wait(make([]demux.Event, 4), timeout); n != 0 || !errors.Is(err, demux.ErrClosed) {
				c.fail("Wait(%v) after Close: got %d, %v, want 0, ErrClosed", timeout, n, err)
			}
		}
		for _, call := range []struct {
			name string
			err  error
		}{
			{"Wake", d.Wake()},
			{"Register", d.Register(other, 2, rd, mode)},
			{"Modify", d.Modify(a, 2, rd, mode)},
			{"Deregister", d.Deregister(a)},
			{"Close", d.Close()},
		} {
			if !errors.Is(call.err, demux.ErrClosed) {
				c.fail("%s after Close: got %v, want ErrClosed", call.name, call.err)
			}
		}
	}},
	{"ends-a-blocked-wait", func(c *checker) {
		for _, timeout := range []time.Duration{-1, 1<<63 - 1} {
			for _, pause := range []time.Duration{2 * tick, 0} {
				c.checkCloseEndsWait(timeout, pause)
			}
		}
	}},
	{"ends-a-wait-that-wakes-end-too", func(c *checker) {
		const wakes = 1000
		d := c.open()
		waiter := c.start("waiter", func() {
			dst := make([]demux.Event, 1)
			for range 2 * wakes {
				if _, err := d.Wait(dst, -1); err != nil {
					c.mustBeClosed(err)
					return
				}
			}
			c.fail("%d Waits returned for %d Wakes and a Close", 2*wakes, wakes)
		})
		waker := c.start("waker", func() {
			for range wakes {
				if err := d.Wake(); err != nil {
					c.mustBeClosed(err)
					return
				}
				c.host.Yield("demux-waker")
			}
		})
		_ = c.await(func() bool { return true })
		if err := d.Close(); err != nil {
			c.fail("Close: %v", err)
		}
		c.join(waiter)
		c.join(waker)
	}},
	{"handles-stay-the-callers", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		mode := c.anyMode(d)
		c.register(d, a, 1, rd, mode)
		if err := d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		c.write(b, "alive")
		next := c.open()
		c.register(next, a, 2, rd, mode)
		c.see(next, 2, rd, "data arrived")
		if got, _ := c.drain(a); got != "alive" {
			c.fatal("read %q from a handle whose demux was closed, want %q", got, "alive")
		}
	}},
	{"own-handles-are-released", func(c *checker) {
		const rounds = 64
		before := c.probe()
		if c.probe() > before {
			c.skip("this host does not use the lowest free numbers")
		}
		for i := range rounds {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd, c.anyMode(d))
			if i%2 == 0 {
				waiter := c.start("waiter", func() { _, _ = d.Wait(make([]demux.Event, 1), -1) })
				_ = d.Close()
				c.join(waiter)
			} else {
				_ = d.Close()
			}
			c.close(a)
			c.close(b)
		}
		// Others in this process may have opened a few handles meanwhile,
		// but not one for each round.
		if after := c.probe(); after >= before+rounds/2 {
			c.fatal("%d demuxes were opened and closed, and the numbers of new handles went from %d to %d", rounds, before, after)
		}
	}},
	{"wake-racing-close", func(c *checker) {
		for range 20 {
			c.checkWakeRacingClose()
		}
	}},
}

func (c *checker) mustBeClosed(err error) {
	if !errors.Is(err, demux.ErrClosed) {
		c.fail("got %v, want ErrClosed", err)
	}
}

// checkCloseEndsWait closes a demux in which another task waits, after pause.
func (c *checker) checkCloseEndsWait(timeout, pause time.Duration) {
	d := c.open()
	a, _ := c.pair()
	c.register(d, a, 1, rd, c.anyMode(d))
	var ended atomic.Bool
	waiter := c.start("waiter", func() {
		n, err := d.Wait(make([]demux.Event, 4), timeout)
		ended.Store(true)
		if n != 0 || !errors.Is(err, demux.ErrClosed) {
			c.fail("the Wait that Close ended: got %d, %v, want 0, ErrClosed", n, err)
		}
	})
	if pause > 0 {
		c.pause(pause)
		if ended.Load() {
			c.fail("Wait(%v) ended before Close", timeout)
		}
	}
	if err := d.Close(); err != nil {
		c.fail("Close: %v", err)
	}
	c.join(waiter)
}

// probe returns how high the numbers of new handles go when many are made: the
// gaps below are filled then.
func (c *checker) probe() demux.Handle {
	var made []demux.Handle
	highest := demux.Handle(0)
	for range 32 {
		a, b := c.pair()
		made = append(made, a, b)
		highest = max(highest, a, b)
	}
	for _, h := range made {
		c.close(h)
	}
	return highest
}

// checkWakeRacingClose has a task wake a demux while it is closed and its
// numbers are used again: nothing may arrive at the new owners of those.
func (c *checker) checkWakeRacingClose() {
	d := c.open()
	var closed atomic.Bool
	waker := c.start("waker", func() {
		for late := 0; late < 3; {
			err := d.Wake()
			switch {
			case errors.Is(err, demux.ErrClosed):
				late++
			case err != nil:
				c.fail("Wake racing Close: got %v, want nil or ErrClosed", err)
				return
			case closed.Load():
				late++ // a Wake that began before Close may still say nil
			}
			c.host.Yield("demux-waker")
		}
	})
	if err := d.Close(); err != nil {
		c.fail("Close: %v", err)
	}
	var heirs []demux.Handle
	for range 3 {
		a, b := c.pair()
		heirs = append(heirs, a, b)
	}
	closed.Store(true)
	c.join(waker)
	for _, h := range heirs {
		if got, err := c.drain(h); got != "" || !errors.Is(err, demux.ErrAgain) {
			c.fatal("a Wake after Close wrote %q to the new owner of number %d (%v)", got, h, err)
		}
	}
	for _, h := range heirs {
		c.close(h)
	}
}
