// Package kqueue is the backend that turns the contract of package demux into
// the calls of kqueue on macOS and the BSDs. It makes them through an interface,
// Syscalls, which package realdemux implements with the operating system and
// package fakedemux with a simulated kernel. A Profile lists how one system
// differs from the others:
//
//	d, err := kqueue.Open(kernel.Kqueue(), &kqueue.FreeBSD) // kernel is a *fakedemux.Kernel
//
// A knote, as the kernel calls it, is an (ident, filter) pair. So a registration
// has up to two knotes, one for each direction, and none if its interest is empty.
// This has four consequences:
//
//   - The two directions come in two events. In oneshot mode the backend merges
//     the events of one batch and deletes the knote of the other direction before
//     Wait returns (W6).
//   - Adding a knote twice changes it. So the backend keeps the set of
//     registrations (W12). If a handle was closed without Deregister and its
//     number is used again, the set still has the number, and Register returns
//     ErrExists.
//   - Adding a knote that exists does not change its EV_CLEAR, EV_ONESHOT or
//     EV_DISPATCH. A Modify to another mode therefore deletes the knote and adds
//     it again.
//   - EV_EOF of the knote for reading says that the peer sends no more, and comes
//     beside any unread data: the backend reports Hangup. EV_EOF of the knote for
//     writing says that this end can send no more: the backend reports Failed,
//     because the next Write fails (W8).
//
// Each registration costs a slot of 32 bytes in a table, whose index is the user
// data of its knotes, and an entry in a map from handles to slots.
//
// docs/contract.md has the rules, and docs/kernels.md the facts about kqueue.
package kqueue

import (
	"errors"
	"time"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// Demux is a demux.Demux and a demux.Handler over kqueue. One goroutine at a
// time may use it; any goroutine may call Wake and Close at any time. It panics
// when it notices a second user.
type Demux struct {
	frame.Frame
	backend backend
}

// backend makes the calls.
type backend struct {
	sys     Syscalls
	profile Profile
	kq      int
	wakeR   int // a non-blocking pipe whose reading end is in the set, -1 if the profile has EVFILT_USER
	wakeW   int
	endR    int // a blocking pipe: Close reads it, the call that Close ended writes it
	endW    int

	trigger [1]Kevent // what Wake passes to Kevent; never changes
	one     [1]byte   // what the pipes are given
	end     [1]byte   // where Close reads to

	// What follows is the user's.
	slots    frame.Table[slot]
	byHandle map[demux.Handle]uint32
	events   []Kevent  // where the kernel puts what it reports
	changes  []Kevent  // of the Kevent in progress
	timeout  Timespec  // likewise
	drained  [512]byte // what is read from the wake pipe
}

// wakeIdent is the ident of the EVFILT_USER knote. It shares no name space
// with descriptors.
const wakeIdent = 1

var _ interface {
	demux.Demux
	demux.Handler
} = (*Demux)(nil)

// Open makes a kqueue and the objects that Wake and Close need. p is the profile
// of the system that sys belongs to; Traits.Name is "kqueue/" and the profile's
// name. If Open fails, it leaves nothing open.
func Open(sys Syscalls, p *Profile) (*Demux, error) {
	d := &Demux{backend: backend{
		sys:     sys,
		profile: *p,
		kq:      -1, wakeR: -1, wakeW: -1, endR: -1, endW: -1,
		// With the user data, which a change replaces; kqueue(2) of FreeBSD, EV_KEEPUDATA.
		trigger:  [1]Kevent{{Ident: wakeIdent, Filter: p.User, Fflags: NoteTrigger, Udata: wakeData}},
		byHandle: make(map[demux.Handle]uint32),
		events:   make([]Kevent, 1),
		changes:  make([]Kevent, 0, maxChanges),
	}}
	if err := d.backend.open(); err != nil {
		return nil, errors.Join(err, d.backend.Release())
	}
	d.Frame = frame.New(&d.backend, sys, traits(p))
	return d, nil
}

// traits tells what kqueue offers.
func traits(p *Profile) demux.Traits {
	return demux.Traits{
		Name:       "kqueue/" + p.Name,
		Level:      true,
		Edge:       true,  // EV_CLEAR
		Oneshot:    true,  // EV_ONESHOT
		Merged:     false, // kqueue(2): a kevent is identified by the (ident, filter) pair
		Unasked:    0,     // EV_EOF and EV_ERROR come with a filter that was asked for
		Fair:       false, // kqueue(2) promises no order
		Resolution: time.Nanosecond,
	}
}

// Handle returns the descriptor of the kqueue, demux.NoHandle once d is
// closed. It is Readable while a Wait would return something, a Wake included.
func (d *Demux) Handle() demux.Handle {
	if d.Closed() {
		return demux.NoHandle
	}
	return demux.Handle(d.backend.kq)
}

func (b *backend) open() error {
	var e Errno
	if b.kq, e = b.sys.Kqueue(); e != 0 {
		return e.Err("kqueue")
	}
	if b.endR, b.endW, e = b.sys.Pipe(false); e != 0 {
		return e.Err("pipe")
	}
	wake := Kevent{Ident: wakeIdent, Filter: b.profile.User, Flags: Add | Clear, Udata: wakeData}
	if !b.profile.HasUser {
		if b.wakeR, b.wakeW, e = b.sys.Pipe(true); e != 0 {
			return e.Err("pipe")
		}
		wake = Kevent{Ident: uint64(b.wakeR), Filter: b.profile.Read, Flags: Add, Udata: wakeData}
	}
	b.changes = append(b.changes[:0], wake)
	return b.apply(b.changes).Err("kevent")
}

// Wake triggers the EVFILT_USER knote, or writes the wake pipe.
func (b *backend) Wake() error {
	if b.profile.HasUser {
		return b.apply(b.trigger[:]).Err("kevent")
	}
	if e := b.write(b.wakeW); e != EAGAIN {
		return e.Err("write")
	}
	return nil // the pipe is full of wakes
}

// apply has the kernel make changes and report nothing. There is no room for
// events, so the first change that fails ends the call with its error, and no
// event is taken from the queue; kqueue(2), RETURN VALUES.
func (b *backend) apply(changes []Kevent) Errno {
	_, e := b.sys.Kevent(b.kq, changes, nil, nil)
	if e == EINTR {
		return 0 // kqueue(2) of FreeBSD and NetBSD, ERRORS: all changes have been applied
	}
	return e
}

// AwaitUser reads the end pipe, which blocks until UserLeft has written it.
func (b *backend) AwaitUser() error {
	failed := b.Wake()
	frame.ReadAgain(b.sys.Read, b.endR, b.end[:], EINTR)
	return failed
}

// UserLeft writes the end pipe.
func (b *backend) UserLeft() { _ = b.write(b.endW) }

// ShutDown has nothing to do: the kernel has nothing of b's between two calls.
func (b *backend) ShutDown() error { return nil }

// Release closes the descriptors.
func (b *backend) Release() error {
	return frame.CloseAll(b.sys.Close, b.wakeR, b.wakeW, b.endR, b.endW, b.kq)
}

// write gives one to fd, again if a signal interrupts that.
func (b *backend) write(fd int) Errno {
	for {
		if _, e := b.sys.Write(fd, b.one[:]); e != EINTR {
			return e
		}
	}
}
