package winfidelity

import (
	"fmt"
	"slices"

	"reactortest/internal/sequence"
)

// kind is what a handle is.
type kind uint8

const (
	gone kind = iota // closed, or never made
	port
	afd
	listener
	fresh // a socket that is not connected
	busy  // and that an operation is to connect, or a connect
	stream
	udp
	kindCount
)

var kindNames = [kindCount]string{"closed", "port", "AFD", "listener", "socket, not connected", "socket, connecting", "stream", "UDP socket"}

// String returns the kind of the handle.
func (k kind) String() string { return kindNames[k] }

// kinds is a set of them.
type kinds uint32

func of(all ...kind) kinds {
	var s kinds
	for _, k := range all {
		s |= 1 << k
	}
	return s
}

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }

// Sets that calls draw from.
var (
	sockets = of(listener, fresh, busy, stream, udp)
	files   = sockets | of(afd)
)

// handle is what is known of one.
type handle struct {
	kind       kind
	bare       bool         // connected by an operation that was not told so
	skips      bool         // SkipOnSuccess
	bound      bool         // it has an address
	port       sequence.Ref // that it is associated with, None for none
	conditions uint32       // what held after the last call
	asked      Oper         // busy: the AcceptEx or ConnectEx, All for a connect

	// Of a port.
	epochs    []int    // of the packets that wait: the calls that queued them
	want, got []Packet // taken, not compared yet
	of        []int    // the epochs of want
}

// flight is what is known of an operation.
type flight struct {
	call     Call // that started it
	began    bool // it was pending
	compared bool // it is over on both
	counted  bool // in the table
}

// Disagreement is a difference of the two systems.
type Disagreement struct {
	What               string
	Simulated, Running string

	of     aspect
	handle sequence.Ref
	oper   Oper
	held   uint32 // conditions
	holds  uint32
}

// aspect is what a disagreement is about.
type aspect uint8

const (
	ofOutcome aspect = iota
	ofCall           // which is not made on the running system
	ofConditions
	ofUnread
	ofFlight  // an operation goes on here and is over there
	ofResult  // of an operation
	ofPackets // how many wait
	ofOrder
)

// String describes what differs.
func (d *Disagreement) String() string {
	return fmt.Sprintf("%s: simulated %s, running %s", d.What, d.Simulated, d.Running)
}

// bench has the two systems, and makes each call on both.
type bench struct {
	simulated, running *machine
	patience           int // pauses for what comes over the network
	differs            []*Difference
	met                map[*Difference]int

	made      int // calls
	handles   []handle
	flights   []flight
	explained bool // a difference was met that ends the sequence
}

// newBench returns a bench for two systems. Without a running one, nil, nothing is
// compared.
func newBench(simulated, running *machine) *bench {
	b := &bench{simulated: simulated, running: running, patience: pauses(patience), met: map[*Difference]int{}}
	if running != nil {
		b.differs = slices.Concat(lawful, running.Differs)
	}
	return b
}

// begin starts a sequence.
func (b *bench) begin() {
	b.simulated.begin()
	if b.running != nil {
		b.running.begin()
	}
	b.made, b.handles, b.flights, b.explained = 0, b.handles[:0], b.flights[:0], false
}

func (b *bench) end() {
	if b.running != nil {
		b.running.end(func(r sequence.Ref) bool { return sockets.has(b.kindOf(r)) })
	}
}

// at returns what is known of r, of what is closed if it names nothing.
func (b *bench) at(r sequence.Ref) *handle {
	if r < 0 || int(r) >= len(b.handles) {
		return &handle{port: sequence.None}
	}
	return &b.handles[r]
}

func (b *bench) kindOf(r sequence.Ref) kind { return b.at(r).kind }

// step makes the call on both systems and compares what can be seen. The outcome
// is the simulation's.
func (b *bench) step(c *Call) (Outcome, *Disagreement) {
	b.made++
	want := b.simulated.do(c)
	b.simulated.Packets(neverOpen) // what a call has begun ends before the next
	if b.running == nil {
		b.track(c, &want)
		return want, b.settle(c)
	}
	if d := b.explain(c, &Disagreement{of: ofCall}); d == nil {
		b.running.prepare(c)
		b.track(c, &want)
		if b.explained {
			return want, nil
		}
		return want, b.settle(c)
	}
	got := b.running.do(c)
	for tries := 0; b.late(c, &want, &got) && tries < b.patience; tries++ {
		b.running.pause()
		got = b.running.do(c)
	}
	if !want.equal(&got) {
		d := &Disagreement{What: "outcome", Simulated: want.String(), Running: got.String(), of: ofOutcome, handle: c.Handle, oper: NotStarted}
		if d = b.explain(c, d); d != nil || b.explained {
			b.track(c, &want)
			return want, d
		}
	}
	b.track(c, &want)
	if d := b.packets(c, &want, &got); d != nil {
		return want, d
	}
	return want, b.settle(c)
}

// late reports whether the call may be made again, because what it is about has
// not come yet.
func (b *bench) late(c *Call, want, got *Outcome) bool {
	switch c.Op { //nolint:exhaustive // the others do something
	case opRead, opAccept, opResult:
		return got.Word == "EAGAIN" && want.Word != got.Word
	case opGet:
		return got.Word == timeout && want.Word == done
	default:
		return false
	}
}

// explain returns nil if d is a known difference.
func (b *bench) explain(c *Call, d *Disagreement) *Disagreement {
	for _, known := range b.differs {
		if known.of == d.of && known.is(b, c, d) {
			b.met[known]++
			b.explained = b.explained || known.ends
			return nil
		}
	}
	return d
}

// packets compares what a GetQueued took. Packets that one call has queued may
// come in any order.
func (b *bench) packets(c *Call, want, got *Outcome) *Disagreement {
	if c.Op != opGet || len(want.Packets) == 0 {
		return nil
	}
	p := b.at(c.Handle)
	p.want, p.got = append(p.want, want.Packets...), append(p.got, got.Packets...)
	for range want.Packets {
		p.of, p.epochs = append(p.of, p.epochs[0]), p.epochs[1:]
	}
	for len(p.of) > 0 {
		n := 0
		for n < len(p.of) && p.of[n] == p.of[0] {
			n++
		}
		if n == len(p.of) && len(p.epochs) > 0 && p.epochs[0] == p.of[0] {
			return nil // there are more of this call
		}
		if d := group(p.want[:n], p.got[:n]); d != nil {
			return d
		}
		p.want, p.got, p.of = p.want[n:], p.got[n:], p.of[n:]
	}
	return nil
}

// group compares the packets of one call, in any order.
func group(want, got []Packet) *Disagreement {
	if slices.Equal(byOperation(want), byOperation(got)) {
		return nil
	}
	return &Disagreement{What: "packets", Simulated: packetsText(want), Running: packetsText(got), of: ofOrder, handle: sequence.None, oper: NotStarted}
}
