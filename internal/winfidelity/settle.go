package winfidelity

import (
	"fmt"
	"time"

	"reactortest/internal/sequence"
)

// patience is how long the running system may take for what comes over its
// network, haste the same if there is a mutation to be found or if the difference
// is a known one, and while a disagreement is being shrunk.
const (
	patience = 5 * time.Second
	haste    = 30 * time.Millisecond
)

// pauses is how often a machine pauses in that time.
func pauses(d time.Duration) int { return int(d / time.Millisecond) }

// settle compares what can be seen between the calls: the conditions and the
// unread bytes of every socket, which operations are over and with what, and how
// many packets wait at every port.
func (b *bench) settle(c *Call) *Disagreement {
	b.look()
	if b.running == nil {
		return nil
	}
	for tries := 0; ; tries++ {
		d := b.compare(c, false)
		if d == nil {
			break
		}
		if tries >= b.patience || tries >= pauses(haste) && b.known(c, d) {
			return b.explain(c, d)
		}
		b.running.pause()
	}
	d := b.compare(c, true)
	for i := range b.flights {
		if b.over(Oper(i)) {
			b.flights[i].compared = true
		}
	}
	return d
}

// known reports whether d is a known difference, without counting it.
func (b *bench) known(c *Call, d *Disagreement) bool {
	for _, known := range b.differs {
		if known.of == d.of && known.is(b, c, d) {
			return true
		}
	}
	return false
}

// compare returns what differs. Finally, the known differences that do not end the
// sequence are counted; before, they are no difference.
func (b *bench) compare(c *Call, finally bool) *Disagreement {
	for _, compare := range [...]func(int) *Disagreement{b.conditions, b.flight, b.waiting} {
		for i := range max(len(b.handles), len(b.flights)) {
			d := compare(i)
			switch {
			case d == nil:
			case finally:
				if d = b.explain(c, d); d != nil {
					return d
				}
			case !b.passes(c, d):
				return d
			}
		}
	}
	return nil
}

// passes reports whether d is a difference that does not end the sequence.
func (b *bench) passes(c *Call, d *Disagreement) bool {
	for _, known := range b.differs {
		if known.of == d.of && !known.ends && known.is(b, c, d) {
			return true
		}
	}
	return false
}

// over reports whether an operation is over on both systems.
func (b *bench) over(n Oper) bool { return !b.simulated.inFlight(n) && !b.running.inFlight(n) }

// conditions compares the i-th handle, if it is a socket.
func (b *bench) conditions(i int) *Disagreement {
	if i >= len(b.handles) || !sockets.has(b.handles[i].kind) {
		return nil
	}
	r := sequence.Ref(i)
	h := &b.handles[i]
	if holds := b.running.conditions(r); holds != h.conditions {
		return &Disagreement{
			What:      fmt.Sprintf("conditions of %v (%v) afterwards", r, h.kind),
			Simulated: conditionNames.Text(h.conditions), Running: conditionNames.Text(holds),
			of: ofConditions, handle: r, oper: NotStarted, held: h.conditions, holds: holds,
		}
	}
	if h.kind != stream {
		return nil
	}
	want, got := b.simulated.Unread(b.simulated.handle(r)), b.running.Unread(b.running.handle(r))
	if want == got {
		return nil
	}
	return &Disagreement{
		What: fmt.Sprintf("unread bytes of %v afterwards", r), Simulated: fmt.Sprint(want), Running: fmt.Sprint(got),
		of: ofUnread, handle: r, oper: NotStarted,
	}
}

// flight compares the i-th operation, until it is over.
func (b *bench) flight(i int) *Disagreement {
	n := Oper(i)
	if i >= len(b.flights) || b.flights[i].compared {
		return nil
	}
	d := &Disagreement{handle: b.flights[i].call.Handle, oper: n}
	want, got := b.simulated.inFlight(n), b.running.inFlight(n)
	if want != got {
		d.What, d.of = fmt.Sprintf("%v (%v) afterwards", n, b.flights[i].call.Op), ofFlight
		d.Simulated, d.Running = inFlightText(b.simulated, n), inFlightText(b.running, n)
		return d
	}
	if want {
		return nil
	}
	w, g := b.simulated.outcome(n), b.running.outcome(n)
	if w.equal(&g) {
		return nil
	}
	d.What, d.of = fmt.Sprintf("result of %v (%v)", n, b.flights[i].call.Op), ofResult
	d.Simulated, d.Running = w.String(), g.String()
	return d
}

func inFlightText(m *machine, n Oper) string {
	if m.inFlight(n) {
		return "in flight"
	}
	o := m.outcome(n)
	return "over: " + o.String()
}

// waiting compares how many packets wait at the i-th handle, if it is a port.
func (b *bench) waiting(i int) *Disagreement {
	if i >= len(b.handles) || b.handles[i].kind != port {
		return nil
	}
	r := sequence.Ref(i)
	want, got := len(b.handles[i].epochs), b.running.Packets(b.running.handle(r))
	if want == got {
		return nil
	}
	return &Disagreement{
		What: fmt.Sprintf("packets that wait at %v", r), Simulated: fmt.Sprint(want), Running: fmt.Sprint(got),
		of: ofPackets, handle: r, oper: NotStarted,
	}
}
