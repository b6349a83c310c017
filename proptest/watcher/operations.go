package watcher

import "reactortest/demux"

// observedHandler is an observed demux that another demux can watch.
type observedHandler struct {
	*observedDemux
	demux.Handler
}

// observedCompleter is one that carries out operations.
type observedCompleter struct {
	*observedDemux
	completer demux.Completer
}

// observedBoth is both.
type observedBoth struct {
	*observedCompleter
	demux.Handler
}

// asOffered returns d with the optional interfaces that the demux has.
func (d *observedDemux) asOffered() demux.Demux {
	handler, isHandler := d.Demux.(demux.Handler)
	completer, carries := d.Demux.(demux.Completer)
	switch {
	case isHandler && carries:
		return &observedBoth{&observedCompleter{d, completer}, handler}
	case isHandler:
		return &observedHandler{d, handler}
	case carries:
		return &observedCompleter{d, completer}
	default:
		return d
	}
}

// Submit books what the loop starts. The operation is the demux's when the call
// has returned.
func (d *observedCompleter) Submit(op *demux.Op, tok demux.Token) error {
	if op == nil {
		return d.completer.Submit(op, tok)
	}
	j, kind, handle := d.judge, op.Kind, op.Handle
	j.use("Submit", handle)
	err := d.completer.Submit(op, tok)
	j.Lock()
	defer j.Unlock()
	if err == nil {
		j.Note(entry{Kind: entryLoop, Text: j.Say("the loop submits a %v on handle %d", kind, handle)})
	}
	return err
}

// Cancel is the demux's.
func (d *observedCompleter) Cancel(op *demux.Op) error { return d.completer.Cancel(op) }

// bookAccepted books a handle that came with an operation of the loop. The lock is
// held.
func (j *judge) bookAccepted(op *demux.Op) {
	if op.Kind != demux.OpAccept || op.Err != nil {
		return
	}
	j.handles.open("an accept", op.New)
}

// checkOperations judges what the kernel still has of the loop's demultiplexers.
func (j *judge) checkOperations(at int) {
	if j.Kernel == nil {
		j.Exempt(ruleNoLeakedOp, "it needs the simulated kernel, which knows what memory it holds")
		return
	}
	if j.Kernel.StartedOperations() == 0 {
		j.Exempt(ruleNoLeakedOp, "the kernel was asked for no operation")
		return
	}
	for _, l := range j.Kernel.Operations() {
		j.Broke(ruleNoLeakedOp, at, "the loop is closed, but the kernel still holds memory of the loop: %v", l)
	}
	j.Count(ruleNoLeakedOp)
}
