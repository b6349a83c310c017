package frame

import "reactortest/demux"

// Operator is a Backend that also carries out operations. The Completer calls
// these methods for the user, as the Frame calls Register.
type Operator interface {
	Backend

	// Submit starts op, which is not in flight.
	Submit(op *demux.Op, tok demux.Token) error

	// Cancel asks that op, which is in flight, end soon.
	Cancel(op *demux.Op) error

	// InFlight reports whether op was submitted and its event has not come. op
	// may be an Op that was never submitted.
	InFlight(op *demux.Op) bool
}

// Lender is an Operator that lends buffers (O8).
type Lender interface {
	// GiveBack takes the buffer back that op has borrowed, if any. op is not in flight.
	GiveBack(op *demux.Op)
}

// Completer is a demux.Completer over an Operator. NewCompleter makes one.
type Completer struct {
	Frame
	operator Operator
}

var _ demux.Completer = (*Completer)(nil)

// NewCompleter returns an open Completer over o, whose traits are t.
func NewCompleter(o Operator, clock Clock, t demux.Traits) Completer {
	return Completer{Frame: New(o, clock, t), operator: o}
}

// Submit starts op. If the system or the peer refuses the operation, that is the
// result of op, not an error of Submit. Submit fails if the handle is not open or
// is attached elsewhere, if its direction is already in use, and if resources run
// out.
func (c *Completer) Submit(op *demux.Op, tok demux.Token) error {
	if err := c.traits.CheckOp(op, tok); err != nil {
		return err
	}
	if !c.life.enter(theUser) {
		return demux.ErrClosed
	}
	if c.operator.InFlight(op) {
		_ = c.leave(nil)
		panic("demux: Submit of an Op that is in flight")
	}
	return c.leave(c.operator.Submit(op, tok))
}

// Cancel asks that op end soon. It returns demux.ErrNotFound if op is not in
// flight.
func (c *Completer) Cancel(op *demux.Op) error {
	if op == nil {
		panic("demux: Cancel of a nil Op")
	}
	if !c.life.enter(theUser) {
		return demux.ErrClosed
	}
	if !c.operator.InFlight(op) {
		if l, lends := c.operator.(Lender); lends {
			l.GiveBack(op)
		}
		return c.leave(demux.ErrNotFound)
	}
	return c.leave(c.operator.Cancel(op))
}
