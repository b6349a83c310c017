package demux

import "net/netip"

// OpKind says what an operation does.
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
	Buf    []byte
	Addr   netip.AddrPort // where to: connect, datagrams

	N   int    // result: bytes moved
	New Handle // result of an accept: the new handle, the caller's
	Err error  // result: nil, ErrCanceled, ErrClosed or the system's error

	Slot uint32 // the demux's while in flight
}

// Completer is a Demux that also carries out operations. It is found by a
// type assertion. Rules O1 to O10 in the package documentation are its
// contract.
type Completer interface {
	Demux

	// Submit starts op. Its result comes in exactly one Event of a later Wait
	// that has tok and this op. If Submit returns an error there is no event.
	// It panics on a nil op, on one that is in flight and on NoToken.
	Submit(op *Op, tok Token) error

	// Cancel asks that op end soon; the event comes all the same, with
	// ErrCanceled or with the result. It returns ErrNotFound if op is not in
	// flight.
	Cancel(op *Op) error
}
