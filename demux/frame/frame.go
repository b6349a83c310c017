// Package frame has the parts that all backends share: the steps that every call
// of a demux.Demux takes, in the same order on every kernel. A backend embeds a
// Frame, which has the methods of the contract, and supplies a Backend, whose
// methods make the kernel's calls:
//
//	type Demux struct {
//		frame.Frame
//		backend backend
//	}
//
//	func Open(sys Syscalls) (*Demux, error) {
//		d := &Demux{backend: backend{sys: sys}}
//		if err := d.backend.open(); err != nil {
//			return nil, errors.Join(err, d.backend.Release())
//		}
//		d.Frame = frame.New(&d.backend, sys, traits)
//		return d, nil
//	}
//
// The Frame checks arguments (W3), admits one user at a time, refuses calls
// after Close, and ends the Demux in the order that W13 requires. A backend that
// also carries out operations embeds a Completer instead. Backends use Timeout,
// Table, Spares and Directions inside their own calls. docs/contract.md has the
// rules.
package frame

import (
	"errors"
	"time"

	"reactortest/demux"
)

// Backend is the part of a demux that differs from kernel to kernel. The Frame
// calls Register, Modify, Deregister and Wait for the user, one at a time and only
// while the Demux is open. The Frame has checked their arguments.
type Backend interface {
	// Register, Modify and Deregister do what the methods of demux.Demux do.
	Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error
	Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error
	Deregister(h demux.Handle) error

	// Wait does what the method of demux.Demux does. dst is not empty. If Wait
	// returns an error, the events that it has put into dst are lost.
	Wait(dst []demux.Event, timeout Timeout) (int, error)

	// Wake makes the Wait that is blocked, or else the next one, return at
	// once. Any goroutine may call it, until Release is called.
	Wake() error

	// AwaitUser wakes the user's call that is in progress, and returns when that
	// call has called UserLeft. An error means that the wake failed.
	AwaitUser() error

	// UserLeft lets AwaitUser return. Each of the two is called at most once, in
	// any order. The user's last call calls UserLeft.
	UserLeft()

	// ShutDown takes back everything of the Demux that the kernel holds, such as
	// buffers of operations. No call of the user is in progress or will follow.
	ShutDown() error

	// Release closes the Demux's own handles. No call is in progress or will
	// follow.
	Release() error
}

// Clock measures the timeout of a Wait.
type Clock interface {
	// Now returns the monotonic time since any origin.
	Now() time.Duration
}

// Frame is a demux.Demux over a Backend. One goroutine at a time may use it; any
// goroutine may call Wake and Close at any time. Frame panics when it notices a
// second user. New makes a Frame.
type Frame struct {
	life    life
	traits  demux.Traits
	backend Backend
	clock   Clock
}

var _ demux.Demux = (*Frame)(nil)

// New returns an open Frame over b, whose traits are t.
func New(b Backend, clock Clock, t demux.Traits) Frame {
	return Frame{traits: t, backend: b, clock: clock}
}

// Traits returns what the kernel offers. The answer never changes.
func (f *Frame) Traits() demux.Traits { return f.traits }

// Closed reports whether Close was called.
func (f *Frame) Closed() bool { return f.life.isClosed() }

// Register starts to watch h, under the name tok.
func (f *Frame) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := f.traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !f.life.enter(theUser) {
		return demux.ErrClosed
	}
	return f.leave(f.backend.Register(h, tok, want, mode))
}

// Modify replaces token, interest and mode of the registration of h.
func (f *Frame) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := f.traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !f.life.enter(theUser) {
		return demux.ErrClosed
	}
	return f.leave(f.backend.Modify(h, tok, want, mode))
}

// Deregister ends the registration of h.
func (f *Frame) Deregister(h demux.Handle) error {
	if !f.life.enter(theUser) {
		return demux.ErrClosed
	}
	return f.leave(f.backend.Deregister(h))
}

// Wait blocks until something is reportable, timeout has passed or a Wake is
// consumed. It allocates only if dst is longer than ever before, or if an
// operation has failed.
func (f *Frame) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("demux: Wait with no room for events")
	}
	if !f.life.enter(theUser) {
		return 0, demux.ErrClosed
	}
	t := Timeout{length: timeout}
	if timeout > 0 {
		t = f.begin(timeout)
	}
	n, err := f.backend.Wait(dst, t)
	if closed, _ := f.life.leave(theUser); closed {
		err = f.end()
	}
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Wake makes the Wait that is blocked, or else the next one, return at once.
func (f *Frame) Wake() error {
	if !f.life.enter(anybody) {
		return demux.ErrClosed
	}
	err := f.backend.Wake()
	if _, last := f.life.leave(anybody); last {
		_ = f.backend.Release() // Close has returned; there is nobody left to tell
	}
	return err
}

// Close ends the Demux: a blocked Wait and every later call return
// demux.ErrClosed. The kernel cancels operations in flight and gives them back,
// with demux.ErrClosed as their result. Close returns after the call that it ended
// has left. The Demux's own handles are closed when the last call has left, which
// may be a concurrent Wake. Registered and attached handles still belong to the
// caller.
func (f *Frame) Close() error {
	first, user := f.life.close()
	if !first {
		return demux.ErrClosed
	}
	var failed error
	if user {
		// To close the kernel's object does not end a wait on it everywhere.
		// The user is inside until UserLeft, and Close is inside until that
		// was called: neither call can miss.
		failed = f.backend.AwaitUser()
	} else {
		failed = f.backend.ShutDown()
	}
	if _, last := f.life.leave(anybody); last {
		return errors.Join(failed, f.backend.Release())
	}
	return failed
}

// leave lets the user out and returns err, or demux.ErrClosed if a Close waits
// for the user. It is the last that the user's call does with the Demux.
func (f *Frame) leave(err error) error {
	if closed, _ := f.life.leave(theUser); closed {
		return f.end()
	}
	return err
}

// end is the user's part of a Close that waits for it.
func (f *Frame) end() error {
	_ = f.backend.ShutDown()
	f.backend.UserLeft()
	return demux.ErrClosed
}
