package demux

import (
	"errors"
	"fmt"
	"net/netip"
)

// OpKind is the kind of an operation.
type OpKind uint8

// The kinds of operations.
const (
	OpRead    OpKind = iota + 1 // fill Buf
	OpWrite                     // send Buf
	OpAccept                    // take a connection from a listener
	OpConnect                   // connect to Addr
)

// String returns the kind's name in lower case.
func (k OpKind) String() string {
	switch k {
	case OpRead:
		return "read"
	case OpWrite:
		return "write"
	case OpAccept:
		return "accept"
	case OpConnect:
		return "connect"
	default:
		return "no operation"
	}
}

// Op is one operation. From Submit to the event that brings it back, the Op
// and its Buf belong to the demux: the caller neither reads nor writes them
// (O2).
type Op struct {
	Kind   OpKind
	Handle Handle
	Buf    []byte         // nil asks to read into a buffer of the demux (O8); an empty one waits and takes no byte (O6)
	Addr   netip.AddrPort // the peer, for connect and datagrams

	N   int    // result: bytes moved
	New Handle // result of an accept: the new handle, which belongs to the caller
	Err error  // result: nil, ErrCanceled, ErrClosed or the system's error

	Slot uint32 // belongs to the demux while the operation is in flight
}

var errNoBuffer = fmt.Errorf("a read without a buffer: %w", errors.ErrUnsupported)

// CheckOp checks the arguments of a Submit. It panics on arguments that no demux
// may accept (W3), and returns errors.ErrUnsupported for a read without a buffer
// if t denies Lends (O8). Backends call it first.
func (t Traits) CheckOp(op *Op, tok Token) error {
	switch {
	case op == nil:
		panic("demux: Submit of a nil Op")
	case tok == NoToken:
		panic("demux: NoToken is reserved and names no operation")
	case op.Kind < OpRead || op.Kind > OpConnect:
		panic(fmt.Sprintf("demux: Submit of an Op of the unknown kind %d", op.Kind))
	case op.Kind == OpRead && op.Buf == nil && !t.Lends:
		return errNoBuffer
	default:
		return nil
	}
}

// Completer is a Demux that also carries out operations. A program finds it by a
// type assertion. Rules O1 to O10 are its contract.
type Completer interface {
	Demux

	// Submit starts op. The result comes in exactly one Event of a later Wait,
	// which has tok and this op. If Submit returns an error, there is no event.
	// Submit panics on a nil op, on an op that is in flight and on NoToken.
	Submit(op *Op, tok Token) error

	// Cancel asks that op end soon. Its event still comes, with ErrCanceled or
	// with the result. Cancel returns ErrNotFound if op is not in flight.
	Cancel(op *Op) error
}

// Batcher is a Completer that can leave what was submitted to the next Wait, which hands all
// of it to the kernel in one call. A program finds it by a type assertion.
type Batcher interface {
	Completer

	// SetBatch says whether Submit and Cancel may do so. A program that turns it on calls
	// Wait soon: an operation that was submitted may not have begun before. So the program
	// must not close a handle before the operations on it have come back: their number may
	// be another object's when they begin. Turning it off hands over what was left. It is
	// off at first. If the kernel does not take them, that is an error of Wait, and the next Wait
	// tries again. SetBatch returns ErrClosed once the demux is closed. The goroutine that
	// uses the demux may call it.
	SetBatch(on bool) error
}
