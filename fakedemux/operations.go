package fakedemux

import (
	"fmt"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/ports"
)

// Packets returns how many packets wait at a port, 0 if the handle is not a port.
// A packet that belongs to a call which is about to return does not wait. Packets
// is not a call of a task.
func (k *Kernel) Packets(port demux.Handle) int {
	k.ports.Settle()
	if p := (windowsCalls{k}).port(port); p != nil {
		return p.Waiting()
	}
	return 0
}

// StartedOperations returns how many operations were started in this run.
func (k *Kernel) StartedOperations() uint64 { return k.ports.Started }

// Operations returns the operations whose memory the program has acquired and not
// given back. They include operations in flight and operations whose packet was
// not dequeued.
func (k *Kernel) Operations() []Leak {
	var leaks []Leak
	for _, o := range k.ports.Acquired {
		l := Leak{Handle: -1, Kind: "operation", Opened: o.Call, Task: o.Task}
		switch o.State {
		case ports.OperationBusy:
			l.Handle, l.Kind = int(o.Handle), o.Kind.String()+" in flight on handle"
		case ports.OperationDone:
			l.Handle, l.Kind = int(o.Handle), o.Kind.String()+" that was not dequeued, on handle"
		case ports.OperationHeld, ports.OperationFree:
		}
		leaks = append(leaks, l)
	}
	return leaks
}

// Finished returns what op says once its packet has been dequeued, and whether the
// operation has ended at all. It is not a call of a task; comparisons with a running
// system read it.
func (k *Kernel) Finished(op *iocp.Operation) (after iocp.Operation, ended bool) {
	k.ports.Settle()
	return k.ports.Finished(op)
}

// OwnershipError means that a program has used memory that belonged to the kernel:
// the program had given it to the kernel with an operation and had not got it
// back. This breaks rule O2 of package demux and ends the run.
type OwnershipError struct {
	Operation string // "WSARecv on handle 5, started by task main"
	Happened  string // "its buffer was written to"
}

// Rule returns "O2".
func (e *OwnershipError) Rule() string { return "O2" }

// Error names the rule and the operation.
func (e *OwnershipError) Error() string {
	return fmt.Sprintf("O2: %s: %s before its packet was dequeued", e.Operation, e.Happened)
}

func misuse(operation, happened string) error {
	return &OwnershipError{Operation: operation, Happened: happened}
}
