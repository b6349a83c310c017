package demuxsuite

import (
	"errors"
	"io"
	"time"

	"reactortest/demux"
)

var hangupCases = []ruleCase{
	{"unread-data-remains", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd|wr, c.anyMode(d))
		c.write(b, "last words")
		c.close(b)
		early := c.rearmFor(quiet, d, a, rd|wr, demux.Hangup)
		if got, err := c.drain(a); got != "last words" || !errors.Is(err, io.EOF) {
			c.fatal("the peer is gone: there was %q and %v to read, want %q and EOF", got, err, "last words")
		}
		if !early {
			c.note("the peer's end is told only when all that it sent was read")
			c.rearmUntil(d, a, rd|wr, demux.Hangup, "the peer is gone, and all that it sent was read")
		}
	}},
	{"half-close-with-readable-wanted", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd, c.anyMode(d))
		c.halfClose(b)
		c.rearmUntil(d, a, rd, rd, "the peer sends no more")
		if _, err := c.drain(a); !errors.Is(err, io.EOF) {
			c.fatal("Read after a half-close: got %v, want EOF", err)
		}
	}},
	{"half-close-without-readable-wanted", func(c *checker) {
		for _, want := range []demux.Ready{wr, 0} {
			d := c.open()
			a, b := c.pair()
			mode := c.anyMode(d)
			c.register(d, a, 1, want, mode)
			c.halfClose(b)
			for range 3 {
				if got := c.listen(d)[1]; got&^want != 0 {
					c.fatal("a half-close with %v wanted is reported as %v", want, got)
				}
				c.modify(d, a, 1, want, mode)
			}
			c.write(a, "still read")
			if got, _ := c.drain(b); got != "still read" {
				c.fatal("after a half-close the other direction carried %q", got)
			}
		}
	}},
	{"nothing-wanted", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		mode := c.anyMode(d)
		c.register(d, a, 1, 0, mode)
		c.write(b, marker)
		c.silence(d, "data arrived, and nothing is wanted")
		c.close(b)
		unasked := d.Traits().Unasked
		if unasked&demux.Hangup == 0 {
			if got := c.listen(d)[1]; got&^unasked != 0 {
				c.fatal("the peer is gone, nothing is wanted and Traits.Unasked is %v: reported %v", unasked, got)
			}
			return
		}
		for range 3 {
			c.see(d, 1, demux.Hangup, "the peer is gone, and Traits.Unasked has Hangup")
			if mode != demux.Level {
				c.modify(d, a, 1, 0, mode)
			}
		}
		c.deregister(d, a)
		c.silence(d, "Deregister ends the reports of a hang-up")
	}},
	{"wanted-directions-come-along", func(c *checker) {
		for _, want := range []demux.Ready{rd, wr, rd | wr} {
			d := c.open()
			a, b := c.pair()
			mode := c.anyMode(d)
			c.fill(a) // so that nothing but the hang-up makes it Writable
			c.register(d, a, 1, want, mode)
			c.close(b)
			if !d.Traits().Merged {
				c.rearmUntil(d, a, want, want, "the peer is gone")
				continue
			}
			got := c.seeAny(d, 1, demux.Hangup|demux.Failed, "the peer is gone")
			if got&want != want {
				c.fatal("the peer is gone and %v is wanted: reported only %v", want, got)
			}
		}
	}},
	{"pipe-without-a-reader", func(c *checker) {
		d := c.open()
		r, w := c.pipe()
		c.fill(w)
		c.register(d, w, 1, wr, c.anyMode(d))
		c.close(r)
		got := c.seeAny(d, 1, demux.Hangup|demux.Failed, "the pipe has no reader any more")
		if got&wr == 0 {
			c.fatal("the pipe has no reader any more and Writable is wanted: reported only %v", got)
		}
		if _, err := c.host.Write(w, []byte(marker)); err == nil || errors.Is(err, demux.ErrAgain) {
			c.fatal("Write into a pipe without a reader: %v", err)
		}
	}},
	{"pipe-without-a-writer", func(c *checker) {
		d := c.open()
		r, w := c.pipe()
		c.register(d, r, 1, rd, c.anyMode(d))
		c.write(w, "last words")
		c.close(w)
		c.rearmUntil(d, r, rd, demux.Hangup, "the pipe has no writer any more")
		if got, err := c.drain(r); got != "last words" || !errors.Is(err, io.EOF) {
			c.fatal("after Hangup there was %q and %v to read, want %q and EOF", got, err, "last words")
		}
	}},
	{"refused-connection", func(c *checker) {
		d := c.open()
		l, at := c.listener()
		_ = c.host.Close(l)
		h, err := c.host.Connect(at)
		if err != nil {
			return // it was refused at once
		}
		c.handles = append(c.handles, h)
		c.register(d, h, 1, wr, c.anyMode(d))
		c.see(d, 1, wr, "the attempt to connect has failed")
		if err := c.host.ConnectResult(h); err == nil || errors.Is(err, demux.ErrAgain) {
			c.fatal("ConnectResult where nobody listens: %v", err)
		}
	}},
}

func (c *checker) halfClose(h demux.Handle) {
	if err := c.host.CloseWrite(h); err != nil {
		c.lost(err)
		c.fatal("CloseWrite(%d): %v", h, err)
	}
}

// rearmUntil waits until token 1, the registration of h for want, was reported
// with all of ready, and arms it again where it is not level.
func (c *checker) rearmUntil(d demux.Demux, h demux.Handle, want, ready demux.Ready, why string) {
	if !c.rearmFor(c.patience, d, h, want, ready) {
		c.fatal("%s: %v is not reported after %v", why, ready, c.patience)
	}
}

// rearmFor is rearmUntil for a time. It reports whether it came to that.
func (c *checker) rearmFor(long time.Duration, d demux.Demux, h demux.Handle, want, ready demux.Ready) bool {
	mode := c.anyMode(d)
	var seen demux.Ready
	dst := make([]demux.Event, 4)
	for w := c.waiter(d, long); seen&ready != ready; {
		events, ok := w.next(dst)
		if !ok {
			return false
		}
		for _, ev := range events {
			seen |= ev.Ready
		}
		if mode != demux.Level {
			c.modify(d, h, 1, want, mode)
		}
	}
	return true
}

var fairnessCases = []ruleCase{
	{"rotation", func(c *checker) {
		for _, room := range []int{1, 2, 4, 5} {
			c.checkFair(room, false)
		}
	}},
	{"rotation-with-wakes", func(c *checker) {
		for _, room := range []int{2, 3} {
			c.checkFair(room, true)
		}
	}},
}

// checkFair has six registrations reportable all the time and asks for less
// than that.
func (c *checker) checkFair(room int, wake bool) {
	d := c.open()
	c.claimedOrSkip(d, demux.Level)
	const handles = 6
	for tok := demux.Token(1); tok <= handles; tok++ {
		a, b := c.pair()
		c.register(d, a, tok, rd, demux.Level)
		c.write(b, marker)
	}
	c.seeAll(d, 1, handles, "data arrived")
	// The order within a batch is nobody's promise, so a batch is one moment.
	var last [handles + 1]int
	dst := make([]demux.Event, room)
	for batch := 1; batch <= 8*handles; batch++ {
		if wake {
			c.mustWake(d)
		}
		events := c.wait(d, dst, c.patience)
		before := last
		for _, ev := range events {
			if ev.Token <= handles {
				last[ev.Token] = batch
			}
		}
		for _, ev := range events {
			c.checkOthers(d, ev.Token, before[:], last[:], room)
		}
	}
	for tok := 1; tok <= handles; tok++ {
		if last[tok] == 0 {
			c.unfair(d, "in %d batches of %d token %d is never reported", 8*handles, room, tok)
		}
	}
}

// checkOthers checks that between the last two reports of tok every other
// registration was reported.
func (c *checker) checkOthers(d demux.Demux, tok demux.Token, before, last []int, room int) {
	if tok >= demux.Token(len(last)) || before[tok] == 0 {
		return
	}
	for other := 1; other < len(last); other++ {
		if last[other] < before[tok] {
			c.unfair(d, "in batches of %d token %d is reported in batch %d and in batch %d, token %d in none from the one to the other",
				room, tok, before[tok], last[tok], other)
		}
	}
}

// unfair says that W10 is violated. It is no failure where Traits does not
// promise it.
func (c *checker) unfair(d demux.Demux, format string, args ...any) {
	if d.Traits().Fair {
		c.fatal(format, args...)
	}
	c.note("W10, which Traits does not promise: "+format, args...)
	panic(abortCase{})
}
