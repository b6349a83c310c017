package demux

import (
	"strings"
	"time"
)

// Handle names an operating-system object: a descriptor, or a SOCKET on
// Windows. Zero is a valid handle; NoHandle is not.
type Handle uintptr

// NoHandle is the Handle that names no object.
const NoHandle = ^Handle(0)

// Token is the caller's 64-bit name of a registration. A demux hands it back
// in every Event and never looks into it.
type Token uint64

// NoToken is reserved: Register, Modify and Submit panic when they get it.
const NoToken = ^Token(0)

// Ready is a set of conditions of a handle. A caller may want Readable and
// Writable; a demux also reports Hangup and Failed.
type Ready uint8

// The conditions of a handle (rule W8).
const (
	Readable Ready = 1 << iota // a Read does not return ErrAgain
	Writable                   // a Write does not return ErrAgain
	Hangup                     // the peer sends no more, or both ends are done
	Failed                     // an error is pending on the handle
)

// String returns the conditions as letters, r w h f in this order, or "-" for
// the empty set.
func (r Ready) String() string {
	return letters(uint8(r), "rwhf")
}

// Mode says how often a demux reports a condition that holds.
type Mode uint8

// The modes. Level is the zero value; Edge|Oneshot is a mode too.
const (
	Level   Mode = 0 // in every Wait while the condition holds (W4)
	Edge    Mode = 1 // once each time the condition arises (W5)
	Oneshot Mode = 2 // once, then silence until Modify (W6)
)

// String returns "level", "edge", "oneshot" or "edge|oneshot". For a value that
// is not a mode it returns the bits as letters.
func (m Mode) String() string {
	switch m {
	case Level:
		return "level"
	case Edge:
		return "edge"
	case Oneshot:
		return "oneshot"
	case Edge | Oneshot:
		return "edge|oneshot"
	default:
		return "mode(" + letters(uint8(m), "eo234567") + ")"
	}
}

// letters spells the bits of set with one letter each, lowest bit first.
func letters(set uint8, names string) string {
	if set == 0 {
		return "-"
	}
	var b strings.Builder
	for i := range 8 {
		if set&(1<<i) == 0 {
			continue
		}
		if i < len(names) {
			b.WriteByte(names[i])
		} else {
			b.WriteByte('?')
		}
	}
	return b.String()
}

// Event is one report of a Wait: readiness of a registration, or the
// completion of an operation. If Op is not nil, the event is a completion and
// Ready is 0.
type Event struct {
	Token Token
	Ready Ready
	Op    *Op
}

// Demux is an event demultiplexer: it waits until one of many registered
// handles is ready. The package comment numbers its rules.
//
// One goroutine at a time uses a Demux. Any goroutine may call Wake and Close at
// any time.
type Demux interface {
	// Register starts to watch h for the conditions in want and names the
	// registration tok. It returns ErrExists if h is already registered, a
	// wrapped EBADF if h is not open, and errors.ErrUnsupported for a mode that
	// Traits denies. A failed Register changes nothing. Register panics if want
	// has bits beyond Readable|Writable, on unknown mode bits and on NoToken.
	Register(h Handle, tok Token, want Ready, mode Mode) error

	// Modify replaces the token, the interest and the mode of the registration
	// of h and arms it again: a condition that already holds is reported. It
	// returns ErrNotFound if h is not registered and errors.ErrUnsupported for a
	// mode that Traits denies. A failed Modify changes nothing. Modify panics on
	// the same arguments as Register.
	Modify(h Handle, tok Token, want Ready, mode Mode) error

	// Deregister ends the registration of h. Later Waits do not report it. The
	// caller must drop the events of it that an earlier Wait returned.
	// Deregister returns ErrNotFound if h is not registered.
	Deregister(h Handle) error

	// Wait blocks until something is reportable, the timeout has passed or a
	// Wake is consumed, and fills dst from its start with n events. A timeout
	// below 0 waits forever, 0 polls, and a positive one is rounded up to
	// Traits.Resolution. Wait returns 0 and nil after the timeout and after a
	// Wake, and ErrClosed once the demux is closed. It panics if dst is empty.
	Wait(dst []Event, timeout time.Duration) (n int, err error)

	// Wake makes the Wait that is blocked, or else the next one, return at
	// once. Wakes coalesce, and none is lost. Wake never blocks. It returns nil,
	// or ErrClosed once the demux is closed. Any goroutine may call it.
	Wake() error

	// Traits returns what this demux offers. The answer never changes.
	Traits() Traits

	// Close ends the demux: a blocked Wait and every later call, including a
	// second Close, return ErrClosed. When Close returns, the Wait that it ended
	// has returned, or is about to return and no longer touches the demux.
	// Registered handles still belong to the caller. Any goroutine may call
	// Close.
	Close() error
}

// Handler is a Demux that another Demux can watch: its handle is Readable
// while a Wait would report something.
type Handler interface {
	// Handle returns the handle. It belongs to the demux: do not close it.
	Handle() Handle
}

// Traits says what a Demux offers. The Demux refuses everything else with
// errors.ErrUnsupported and never emulates it.
type Traits struct {
	Name                 string        // "epoll", "kqueue/darwin", "iocp"
	Level, Edge, Oneshot bool          // the modes that Register takes
	Merged               bool          // both directions come in one event (W7)
	Unasked              Ready         // those of Hangup|Failed that are reported even with want == 0 (W8)
	Fair                 bool          // the kernel's documentation promises W10
	Resolution           time.Duration // grain of Wait's timeout (W2)
	ReadsOrdered         bool          // several reads in flight on one stream (O4)
	CloseCancels         bool          // closing a handle ends its operations (O9)
	Lends                bool          // reads may borrow a buffer (O8)
}

// Supports reports whether Register takes mode.
func (t Traits) Supports(mode Mode) bool {
	switch {
	case mode&^(Edge|Oneshot) != 0:
		return false
	case mode&Oneshot != 0 && !t.Oneshot:
		return false
	case mode&Edge != 0:
		return t.Edge
	default:
		return t.Level || mode&Oneshot != 0
	}
}

// CheckRegistration checks the arguments of a Register or Modify. It panics on
// arguments that no demux may accept (W3), and returns errors.ErrUnsupported if
// t denies the mode. Backends call it first.
func (t Traits) CheckRegistration(tok Token, want Ready, mode Mode) error {
	switch {
	case tok == NoToken:
		panic("demux: NoToken is reserved and names no registration")
	case want&^(Readable|Writable) != 0:
		panic("demux: want has conditions beyond Readable|Writable: " + want.String())
	case mode&^(Edge|Oneshot) != 0:
		panic("demux: unknown mode bits: " + mode.String())
	case !t.Supports(mode):
		return errUnsupportedMode
	default:
		return nil
	}
}
