package demuxsuite

import (
	"fmt"
	"net/netip"
	"time"

	"reactortest/demux"
)

// opChecker is a Completer whose every event is held against what was
// submitted (O1). The case uses it.
type opChecker struct {
	c        *checker
	d        demux.Completer
	flights  map[*demux.Op]demux.Token
	canceled map[*demux.Op]bool // since their last Submit
	next     demux.Token
}

// completer makes a demux of the kind under test, and skips the case if it
// carries out no operations.
func (c *checker) completer() *opChecker {
	d := c.bareDemux()
	c.demuxes = append(c.demuxes, d)
	completer, ok := d.(demux.Completer)
	if !ok {
		c.skip("%s carries out no operations", d.Traits().Name)
	}
	return &opChecker{c: c, d: completer, flights: make(map[*demux.Op]demux.Token), canceled: make(map[*demux.Op]bool)}
}

// stream makes a handle that is not connected, and skips the case where the
// host has none.
func (c *checker) stream(addr netip.Addr) (h demux.Handle) {
	host, ok := c.bare.(interface {
		Stream(addr netip.Addr) (demux.Handle, error)
	})
	if !ok {
		c.skip("the host makes no handle that is not connected")
	}
	c.acquire("Stream", func() (err error) {
		h, err = host.Stream(addr)
		return err
	})
	c.handles = append(c.handles, h)
	return h
}

// submit submits op under a token of its own, and must succeed.
func (o *opChecker) submit(op *demux.Op) {
	o.next++
	if err := again(func() error { return o.d.Submit(op, o.next) }); err != nil {
		o.c.fatal("Submit(%v of %d): %v", op.Kind, op.Handle, err)
	}
	o.flights[op] = o.next
	delete(o.canceled, op)
}

// read submits a read into a buffer of n bytes.
func (o *opChecker) read(h demux.Handle, n int) *demux.Op {
	op := &demux.Op{Kind: demux.OpRead, Handle: h, Buf: make([]byte, n)}
	o.submit(op)
	return op
}

// write submits a write of s.
func (o *opChecker) write(h demux.Handle, s string) *demux.Op {
	op := &demux.Op{Kind: demux.OpWrite, Handle: h, Buf: []byte(s)}
	o.submit(op)
	return op
}

// accept submits an accept.
func (o *opChecker) accept(l demux.Handle) *demux.Op {
	op := &demux.Op{Kind: demux.OpAccept, Handle: l}
	o.submit(op)
	return op
}

// cancel cancels op, which is in flight.
func (o *opChecker) cancel(op *demux.Op) {
	if err := o.d.Cancel(op); err != nil {
		o.c.failRule("O3", "Cancel of an operation in flight: got %v, want nil", err)
	}
	o.canceled[op] = true
}

// eventRule is the rule that an event of op breaks if it comes twice or never.
func (o *opChecker) eventRule(op *demux.Op) string {
	if o.canceled[op] || o.c.rule == "O3" {
		return "O3"
	}
	return "O1"
}

// completed takes the events of a batch. It returns those that are reports of
// readiness.
func (o *opChecker) completed(events []demux.Event) (ready []demux.Event) {
	for _, ev := range events {
		if ev.Op == nil {
			ready = append(ready, ev)
			continue
		}
		tok, ok := o.flights[ev.Op]
		switch {
		case !ok:
			o.c.failRule(o.eventRule(ev.Op), "an event for a %v that is not in flight", ev.Op.Kind)
			continue
		case ev.Token != tok:
			o.c.failRule("O1", "the event of a %v has token %d, it was submitted with %d", ev.Op.Kind, ev.Token, tok)
		case ev.Ready != 0:
			o.c.failRule("O1", "the event of a %v has the conditions %v", ev.Op.Kind, ev.Ready)
		}
		delete(o.flights, ev.Op)
		if ev.Op.Kind == demux.OpAccept && ev.Op.Err == nil {
			o.c.handles = append(o.c.handles, ev.Op.New)
		}
	}
	return ready
}

// await waits until none of ops is in flight.
func (o *opChecker) await(why string, ops ...*demux.Op) {
	if !o.awaited(ops...) {
		for _, op := range ops {
			if _, flies := o.flights[op]; flies {
				o.c.failRule(o.eventRule(op), "%s: %d of %d operations have no event after %v", why, o.inFlight(ops), len(ops), o.c.patience)
				panic(abortCase{})
			}
		}
	}
	for _, op := range ops {
		o.c.lost(op.Err)
	}
}

// awaited is await, and reports whether it came to that.
func (o *opChecker) awaited(ops ...*demux.Op) bool {
	dst := make([]demux.Event, 4)
	for w := o.c.waiter(o.d, o.c.patience); o.inFlight(ops) > 0; {
		events, ok := w.next(dst)
		if !ok {
			return false
		}
		o.completed(events)
	}
	return true
}

func (o *opChecker) inFlight(ops []*demux.Op) int {
	n := 0
	for _, op := range ops {
		if _, ok := o.flights[op]; ok {
			n++
		}
	}
	return n
}

// silence fails if anything is reported in the next quiet.
func (o *opChecker) silence(why string) {
	dst := make([]demux.Event, 4)
	for w := o.c.waiter(o.d, quiet); ; {
		events, ok := w.next(dst)
		if !ok {
			return
		}
		if len(events) > 0 {
			o.c.fatal("%s: got %+v, want nothing", why, events[0])
		}
	}
}

// succeeded checks that op, which has had its event, moved n bytes: none, or one,
// since more may come in parts.
func (o *opChecker) succeeded(op *demux.Op, n int) {
	if op.Err != nil || op.N != n {
		o.c.failRule("O6", "the %v of %d moved %d bytes with %v, want %d with nil", op.Kind, op.Handle, op.N, op.Err, n)
	}
}

// moved returns what op, a read or write that has had its event, has moved: the
// stream goes on, so that is something.
func (o *opChecker) moved(op *demux.Op) string {
	o.c.lost(op.Err)
	if op.Err != nil || op.N <= 0 || op.N > len(op.Buf) {
		o.c.failRule("O6", "the %v of %d moved %d bytes of %d with %v, want some with nil", op.Kind, op.Handle, op.N, len(op.Buf), op.Err)
		panic(abortCase{})
	}
	return string(op.Buf[:op.N])
}

// received checks that op, a read that has had its event, has begun to read want,
// and that the rest of it is what comes next. A stream has no boundaries: a read
// may end with a part of what was written.
func (o *opChecker) received(op *demux.Op, want string) {
	all := o.moved(op)
	if len(all) < len(want) {
		all += o.readAll(op.Handle, len(want)-len(all))
	}
	if all != want {
		o.c.fatal("read %q, want %q", all, want)
	}
}

// got is what a read that has had its event has read.
func got(op *demux.Op) string {
	if op.N < 0 || op.N > len(op.Buf) {
		return fmt.Sprintf("N is %d of a buffer of %d", op.N, len(op.Buf))
	}
	return string(op.Buf[:op.N])
}

// readAll reads n bytes in as many reads as it takes. It returns less if a read
// gets nothing for as long as the case is patient.
func (o *opChecker) readAll(h demux.Handle, n int) string {
	var all []byte
	for len(all) < n {
		op := o.read(h, n-len(all))
		if !o.awaited(op) {
			break
		}
		all = append(all, o.moved(op)...)
	}
	return string(all)
}

// within runs cond until it holds, for as long as what the host does by itself
// may take.
func (o *opChecker) within(cond func() bool) bool {
	deadline := o.c.host.Now() + o.c.patience
	for !cond() {
		if o.c.host.Now() >= deadline {
			return false
		}
		o.c.passTime(time.Millisecond)
	}
	return true
}
