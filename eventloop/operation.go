package eventloop

import (
	"errors"
	"fmt"

	"reactortest/demux"
)

// Operation is a demux.Op that the loop's demux carries out, and the function that is called
// when it has ended. Set the fields of the Op before Submit, and leave them alone until the
// function is called (rule O2). An Operation may be submitted again then. Only the loop's
// goroutine may use it.
type Operation struct {
	demux.Op

	// Done is called in the dispatch phase when the operation has ended. The results are in
	// the Op: Err is nil, demux.ErrCanceled or what went wrong.
	Done func()

	loop   *Loop // that it was submitted to last
	flying bool
}

// Carries reports whether Submit works: whether the loop's demux is a demux.Completer.
func (l *Loop) Carries() bool {
	_, carries := l.demux.(demux.Completer)
	return carries
}

// Submit starts an operation. It returns errors.ErrUnsupported if the loop's demux is not a
// demux.Completer, the errors of Completer.Submit, and demux.ErrClosed once the loop is
// closed; Done is not called then. Close of the loop ends all operations, and their Done is
// not called any more. An operation counts as work for RunWhileAlive. It may begin only when
// the loop waits next (demux.Batcher). Submit does not
// allocate. It panics if Done is nil or the operation is in flight.
func (l *Loop) Submit(o *Operation) error {
	if o.Done == nil {
		panic("eventloop: Submit of an operation without Done")
	}
	if o.flying {
		panic("eventloop: Submit of an operation that is in flight (rule O2)")
	}
	if l.closed.Load() {
		return demux.ErrClosed
	}
	c, carries := l.demux.(demux.Completer)
	if !carries {
		return fmt.Errorf("eventloop: Submit: %s carries out no operations: %w", l.demux.Traits().Name, errors.ErrUnsupported)
	}
	tok := l.operations.nextToken()
	if err := c.Submit(&o.Op, tok); err != nil {
		return err
	}
	o.loop, o.flying = l, true
	l.operations.put(o)
	return nil
}

// Cancel asks that the operation end soon. Done is called all the same, with
// demux.ErrCanceled or with the result. It returns demux.ErrNotFound if the operation is not
// in flight; a buffer that it has borrowed is given back then (rule O8).
func (o *Operation) Cancel() error {
	if o.loop == nil {
		return demux.ErrNotFound
	}
	return o.loop.demux.(demux.Completer).Cancel(&o.Op)
}

// complete calls Done of the operation of an event.
func (l *Loop) complete(ev demux.Event) error {
	o := l.operations.take(ev)
	if o == nil {
		return fmt.Errorf("eventloop: Wait returned an operation under token %#x, which is not in flight under it (rule O1)", uint64(ev.Token))
	}
	o.flying = false
	if l.observer != nil {
		l.observer(Step{Iteration: l.iteration, Phase: PhaseDispatch, Token: ev.Token})
	}
	o.Done()
	return nil
}

// operations has those in flight, by their token. Each comes back in one event (rule O1), so a
// token can be used again after that and needs no generation.
type operations struct {
	slots  []*Operation // nil if free
	free   []uint32     // indexes, used from the end
	flying int
}

// nextToken returns the token of the operation that is put next.
func (t *operations) nextToken() demux.Token {
	if n := len(t.free); n > 0 {
		return demux.Token(t.free[n-1])
	}
	return demux.Token(len(t.slots))
}

func (t *operations) put(o *Operation) {
	t.flying++
	if n := len(t.free); n > 0 {
		t.slots[t.free[n-1]] = o
		t.free = t.free[:n-1]
		return
	}
	t.slots = append(t.slots, o)
}

// take returns the operation of an event, which is not in flight any more. It returns nil if
// the event is not of one in flight.
func (t *operations) take(ev demux.Event) *Operation {
	if ev.Token >= demux.Token(len(t.slots)) {
		return nil
	}
	o := t.slots[ev.Token]
	if o == nil || &o.Op != ev.Op {
		return nil
	}
	t.slots[ev.Token] = nil
	t.free = append(t.free, uint32(ev.Token))
	t.flying--
	return o
}
