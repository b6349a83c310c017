package kqueue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

const (
	r  = demux.Readable
	w  = demux.Writable
	hu = demux.Hangup
	fl = demux.Failed
)

// calls are those of a simulated kernel, on the test's own goroutine. They are
// noted, and answers can be planted.
type calls struct {
	t *testing.T // of the system, see eachSystem
	kqueue.Syscalls
	k      *fakedemux.Kernel
	p      *kqueue.Profile
	noted  []string                            // the lists of changes
	waits  []string                            // the timeouts
	fail   map[string]kqueue.Errno             // by call
	refuse func(c *kqueue.Kevent) kqueue.Errno // by change, before the kernel sees it
	answer []kqueue.Kevent                     // of the next wait
	errs   []kqueue.Errno                      // of the next waits
	now    time.Duration                       // added to the kernel's
	elapse time.Duration                       // how far a wait that fails gets
}

func newCalls(p *kqueue.Profile) *calls {
	k := fakedemux.New(&fakedemux.Options{
		Dialect: "kqueue-" + p.Name, Runner: scheduler.NewDirect(), Budget: scheduler.Budget{Time: 1 << 60},
	})
	return &calls{Syscalls: k.Kqueue(), k: k, p: p, fail: make(map[string]kqueue.Errno)}
}

func (c *calls) Kqueue() (int, kqueue.Errno) {
	if e := c.fail["kqueue"]; e != 0 {
		return -1, e
	}
	return c.Syscalls.Kqueue()
}

func (c *calls) Pipe(nonblock bool) (r, w int, e kqueue.Errno) {
	if e := c.fail["pipe"]; e != 0 {
		return -1, -1, e
	}
	return c.Syscalls.Pipe(nonblock)
}

func (c *calls) Kevent(kq int, changes, events []kqueue.Kevent, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	if len(changes) > 0 {
		c.noted = append(c.noted, c.describe(changes))
		if e := c.fail["kevent"]; e != 0 {
			return -1, e
		}
	}
	for i := range changes {
		if c.refuse == nil {
			break
		}
		if e := c.refuse(&changes[i]); e != 0 {
			_, _ = c.Syscalls.Kevent(kq, changes[:i], nil, nil)
			return -1, e
		}
	}
	if len(events) == 0 {
		return c.Syscalls.Kevent(kq, changes, nil, nil)
	}
	if timeout == nil {
		c.waits = append(c.waits, "forever")
	} else {
		c.waits = append(c.waits, (time.Duration(timeout.Sec)*time.Second + time.Duration(timeout.Nsec)).String())
	}
	if len(c.errs) > 0 {
		e := c.errs[0]
		c.errs = c.errs[1:]
		c.now += c.elapse
		return -1, e
	}
	if c.answer != nil {
		n := copy(events, c.answer)
		c.answer = nil
		return n, 0
	}
	return c.Syscalls.Kevent(kq, changes, events, timeout)
}

func (c *calls) Now() time.Duration { return c.Syscalls.Now() + c.now }

// describe writes changes as "+r +w(clear) -r", in their order.
func (c *calls) describe(changes []kqueue.Kevent) string {
	var words []string
	for _, ch := range changes {
		word := "+"
		if ch.Flags&kqueue.Delete != 0 {
			word = "-"
		}
		switch ch.Filter {
		case c.p.Read:
			word += "r"
		case c.p.Write:
			word += "w"
		default:
			word += fmt.Sprint(ch.Filter)
		}
		for _, f := range []struct {
			name string
			bit  uint32
		}{{"clear", kqueue.Clear}, {"oneshot", kqueue.Oneshot}, {"dispatch", kqueue.Dispatch}} {
			if ch.Flags&f.bit != 0 {
				word += "(" + f.name + ")"
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func open(tb testing.TB, c *calls) *kqueue.Demux {
	tb.Helper()
	d, err := kqueue.Open(c, c.p)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	c.noted, c.waits = nil, nil
	return d
}

// pair makes two connected streams.
func (c *calls) pair(tb testing.TB) (a, b demux.Handle) {
	tb.Helper()
	a, b, err := c.k.Pair()
	if err != nil {
		tb.Fatal(err)
	}
	return a, b
}

func (c *calls) write(tb testing.TB, h demux.Handle) {
	tb.Helper()
	if _, err := c.k.Write(h, []byte("x")); err != nil {
		tb.Fatal(err)
	}
}

// poll returns what a Wait with timeout 0 returns.
func poll(tb testing.TB, d *kqueue.Demux, room int) []demux.Event {
	tb.Helper()
	dst := make([]demux.Event, room)
	n, err := d.Wait(dst, 0)
	if err != nil {
		tb.Fatalf("Wait: %v", err)
	}
	return dst[:n]
}

func expect(tb testing.TB, why string, got []demux.Event, want ...demux.Event) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("%s: got events %v, want %v", why, got, want)
	}
}

func register(tb testing.TB, d *kqueue.Demux, h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) {
	tb.Helper()
	if err := d.Register(h, tok, want, mode); err != nil {
		tb.Fatalf("Register: %v", err)
	}
}

func modify(tb testing.TB, d *kqueue.Demux, h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) {
	tb.Helper()
	if err := d.Modify(h, tok, want, mode); err != nil {
		tb.Fatalf("Modify: %v", err)
	}
}
