// Package kqueue is the backend that turns the contract of package demux into
// the calls of the BSDs' and macOS' kqueue. It makes them through an interface,
// Syscalls: the operating system's are in realdemux, a simulated kernel's in
// fakedemux. What the systems differ in is in their Profiles.
//
// A knote, as the kernel calls it, is an (ident, filter) pair. So a
// registration has up to two of them, one for each direction, and none if
// nothing is wanted. From that follows what is special here:
//
//   - The two directions come in two events, except in oneshot mode, where the
//     backend merges what came in one batch and deletes the knote of the other
//     direction before Wait returns (W6).
//   - Adding a knote twice changes it. So the backend keeps the set of
//     registrations (W12). It believes in it: of a handle that was closed
//     without Deregister, whose number came back, Register says ErrExists.
//   - Adding a knote that is there does not change whether it is cleared, fires
//     once or stays: a Modify to another mode deletes it and adds it anew.
//   - The end of the peer's sending is told by the knote for reading, with what
//     is unread beside it; EV_EOF at the one for writing says that this end can
//     send no more. The first is Hangup, the second is not: it is Failed, for
//     the next Write fails (W8).
//
// What each registration costs: a slot of 32 bytes in a table, whose index is
// the user data of its knotes, and an entry in a map from handles to slots.
package kqueue

import (
	"errors"
	"time"

	"reactortest/demux"
)

// Demux is a demux.Demux and a demux.Handler over kqueue. One goroutine at a
// time may use it; Wake and Close may be called by any at any time. It panics
// when it sees a second user.
type Demux struct {
	sys     Syscalls
	profile Profile
	life    demux.Life
	traits  demux.Traits
	kq      int
	wakeR   int // a non-blocking pipe whose reading end is in the set, -1 if the profile has EVFILT_USER
	wakeW   int
	endR    int // a blocking pipe: Close reads it, the call that Close ended writes it
	endW    int

	trigger [1]Kevent // what Wake passes to Kevent; never changes
	one     [1]byte   // what the pipes are given
	end     [1]byte   // where Close reads to

	// What follows is the user's.
	slots    []slot
	free     uint32 // the first free slot, noSlot for none
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

// Open makes a kqueue and what Wake and Close need. p is the profile of the
// system that sys belongs to. If Open fails it leaves nothing open.
func Open(sys Syscalls, p *Profile) (*Demux, error) {
	d := &Demux{
		sys:     sys,
		profile: *p,
		traits: demux.Traits{
			Name:       "kqueue/" + p.Name,
			Level:      true,
			Edge:       true,  // EV_CLEAR
			Oneshot:    true,  // EV_ONESHOT
			Merged:     false, // kqueue(2): a kevent is identified by the (ident, filter) pair
			Unasked:    0,     // EV_EOF and EV_ERROR come with a filter that was asked for
			Fair:       false, // kqueue(2) promises no order
			Resolution: time.Nanosecond,
		},
		kq: -1, wakeR: -1, wakeW: -1, endR: -1, endW: -1,
		// With the user data, which a change replaces; kqueue(2) of FreeBSD, EV_KEEPUDATA.
		trigger:  [1]Kevent{{Ident: wakeIdent, Filter: p.User, Fflags: NoteTrigger, Udata: wakeData}},
		free:     noSlot,
		byHandle: make(map[demux.Handle]uint32),
		events:   make([]Kevent, 1),
		changes:  make([]Kevent, 0, maxChanges),
	}
	if err := d.open(); err != nil {
		return nil, errors.Join(err, d.release())
	}
	return d, nil
}

func (d *Demux) open() error {
	var e Errno
	if d.kq, e = d.sys.Kqueue(); e != 0 {
		return e.Err("kqueue")
	}
	if d.endR, d.endW, e = d.sys.Pipe(false); e != 0 {
		return e.Err("pipe")
	}
	wake := Kevent{Ident: wakeIdent, Filter: d.profile.User, Flags: Add | Clear, Udata: wakeData}
	if !d.profile.HasUser {
		if d.wakeR, d.wakeW, e = d.sys.Pipe(true); e != 0 {
			return e.Err("pipe")
		}
		wake = Kevent{Ident: uint64(d.wakeR), Filter: d.profile.Read, Flags: Add, Udata: wakeData}
	}
	d.changes = append(d.changes[:0], wake)
	return d.apply(d.changes).Err("kevent")
}

// Traits tells what kqueue offers. Its name is "kqueue/" and the profile's.
func (d *Demux) Traits() demux.Traits { return d.traits }

// Handle returns the descriptor of the kqueue, demux.NoHandle once d is
// closed. It is Readable while a Wait would return something, a Wake included.
func (d *Demux) Handle() demux.Handle {
	if d.life.Closed() {
		return demux.NoHandle
	}
	return demux.Handle(d.kq)
}

// Wake makes the Wait that is blocked, or else the next one, return at once.
func (d *Demux) Wake() error {
	if !d.life.Enter(demux.Anybody) {
		return demux.ErrClosed
	}
	err := d.wake()
	if _, last := d.life.Leave(demux.Anybody); last {
		_ = d.release() // Close has returned; there is nobody left to tell
	}
	return err
}

func (d *Demux) wake() error {
	if d.profile.HasUser {
		return d.apply(d.trigger[:]).Err("kevent")
	}
	for {
		_, e := d.sys.Write(d.wakeW, d.one[:])
		if e == EAGAIN {
			return nil // the pipe is full of wakes
		}
		if e != EINTR {
			return e.Err("write")
		}
	}
}

// apply has the kernel make changes and report nothing. There is no room for
// events, so the first change that fails ends the call with its error, and no
// event is taken from the queue; kqueue(2), RETURN VALUES.
func (d *Demux) apply(changes []Kevent) Errno {
	_, e := d.sys.Kevent(d.kq, changes, nil, nil)
	if e == EINTR {
		return 0 // kqueue(2) of FreeBSD and NetBSD, ERRORS: all changes have been applied
	}
	return e
}

// Close ends d: a blocked Wait and every later call return demux.ErrClosed.
// It returns after a call that it ended is out; the descriptors of d are
// closed when the last call is, a concurrent Wake included. Registered handles
// stay the caller's.
func (d *Demux) Close() error {
	first, user := d.life.Close()
	if !first {
		return demux.ErrClosed
	}
	var failed error
	if user {
		// Closing a kqueue under a kevent call does not end that call
		// everywhere. The user is inside until it has written endW, and
		// Close is inside until it has read that: neither call can miss.
		failed = d.wake()
		for {
			if _, e := d.sys.Read(d.endR, d.end[:]); e != EINTR {
				break
			}
		}
	}
	if _, last := d.life.Leave(demux.Anybody); last {
		return errors.Join(failed, d.release())
	}
	return failed
}

// enter lets the user in, and reports false if d is closed.
func (d *Demux) enter() bool { return d.life.Enter(demux.TheUser) }

// leave lets the user out and returns err, or demux.ErrClosed if a Close waits
// for it. It is the last that the user's call does with d.
func (d *Demux) leave(err error) error {
	if closed, _ := d.life.Leave(demux.TheUser); !closed {
		return err
	}
	for {
		if _, e := d.sys.Write(d.endW, d.one[:]); e != EINTR {
			return demux.ErrClosed
		}
	}
}

// release closes the descriptors of d.
func (d *Demux) release() error {
	var failed []error
	for _, fd := range [...]int{d.wakeR, d.wakeW, d.endR, d.endW, d.kq} {
		if fd >= 0 {
			failed = append(failed, d.sys.Close(fd).Err("close"))
		}
	}
	return errors.Join(failed...)
}
