// Package epoll is the backend that turns the contract of package demux into
// the calls of Linux' epoll. It makes them through an interface, Syscalls: the
// operating system's are in realdemux, a simulated kernel's in fakedemux.
//
// What each registration costs: a slot of 16 bytes in a table, whose index is
// the data of the kernel's registration, and an entry in a map from handles to
// slots. A slot is free again after the kernel has confirmed a Deregister. If
// the caller closes a handle without Deregister (W14), the kernel may go on to
// report that registration for as long as a duplicate of the handle is open,
// and nothing tells when that ends. Its slot is therefore kept until Close:
// each such handle costs 16 bytes for the life of the Demux.
package epoll

import (
	"encoding/binary"
	"errors"
	"math"

	"reactortest/demux"
)

// Demux is a demux.Demux and a demux.Handler over epoll. One goroutine at a
// time may use it; Wake and Close may be called by any at any time. It panics
// when it sees a second user.
type Demux struct {
	sys    Syscalls
	life   demux.Life
	traits demux.Traits
	pwait2 bool // the kernel has epoll_pwait2(2)
	epfd   int
	wakefd int // a non-blocking eventfd in the set, level-triggered, slot wakeSlot
	endfd  int // a blocking eventfd: Close reads it, the call that Close ended writes it

	one [8]byte // what the eventfds are given; never changes
	end [8]byte // where Close reads to

	// What follows is the user's.
	slots    []slot
	free     uint32 // the first free slot, noSlot for none
	byHandle map[demux.Handle]uint32
	events   []Event  // where the kernel puts what it reports
	interest Event    // of the EpollCtl in progress
	timeout  Timespec // of the EpollPwait2 in progress
	drained  [8]byte
}

// slot is what the Demux knows of one registration of the kernel's. A slot
// that is neither free nor in byHandle is a ghost: its handle was closed
// without Deregister.
type slot struct {
	token demux.Token
	want  demux.Ready
	next  uint32 // while free: the next free slot
}

const (
	wakeSlot = 0              // of the wake eventfd
	noSlot   = math.MaxUint32 // ends the list of free slots
)

var _ interface {
	demux.Demux
	demux.Handler
} = (*Demux)(nil)

// Open makes an epoll instance and the two eventfds that Wake and Close need.
// If it fails it leaves nothing open.
func Open(sys Syscalls) (*Demux, error) {
	d := &Demux{
		sys:      sys,
		epfd:     -1,
		wakefd:   -1,
		endfd:    -1,
		slots:    make([]slot, wakeSlot+1),
		free:     noSlot,
		byHandle: make(map[demux.Handle]uint32),
		events:   make([]Event, 1),
	}
	binary.NativeEndian.PutUint64(d.one[:], 1)
	if err := d.open(); err != nil {
		return nil, errors.Join(err, d.release())
	}
	d.traits = traits(d.pwait2)
	return d, nil
}

func (d *Demux) open() error {
	var e Errno
	if d.epfd, e = d.sys.EpollCreate1(CloseOnExec); e != 0 {
		return e.Err("epoll_create1")
	}
	if d.wakefd, e = d.sys.Eventfd(0, CloseOnExec|NonBlock); e != 0 {
		return e.Err("eventfd")
	}
	if d.endfd, e = d.sys.Eventfd(0, CloseOnExec); e != 0 {
		return e.Err("eventfd")
	}
	d.interest = Event{Events: EPOLLIN, Data: wakeSlot}
	if e = d.sys.EpollCtl(d.epfd, CtlAdd, d.wakefd, &d.interest); e != 0 {
		return e.Err("epoll_ctl")
	}
	// A descriptor that cannot be: the probe waits for nothing and reports
	// nothing. EPERM is what some filters of system calls answer for a call
	// that they do not know.
	_, e = d.sys.EpollPwait2(-1, d.events, &d.timeout)
	d.pwait2 = e != ENOSYS && e != EPERM
	return nil
}

// Traits tells what epoll offers. Resolution is 1 ns where the kernel has
// epoll_pwait2(2), Linux 5.11, and 1 ms elsewhere.
func (d *Demux) Traits() demux.Traits { return d.traits }

// Handle returns the epoll descriptor, demux.NoHandle once d is closed. It is
// Readable while a Wait would return something, a Wake included.
func (d *Demux) Handle() demux.Handle {
	if d.life.Closed() {
		return demux.NoHandle
	}
	return demux.Handle(d.epfd)
}

// Wake makes the Wait that is blocked, or else the next one, return at once.
func (d *Demux) Wake() error {
	if !d.life.Enter(demux.Anybody) {
		return demux.ErrClosed
	}
	e := d.wake()
	if _, last := d.life.Leave(demux.Anybody); last {
		_ = d.release() // Close has returned; there is nobody left to tell
	}
	return e.Err("write")
}

func (d *Demux) wake() Errno {
	for {
		_, e := d.sys.Write(d.wakefd, d.one[:])
		if e == EAGAIN {
			return 0 // the counter is full, eventfd(2): a wake is pending
		}
		if e != EINTR {
			return e
		}
	}
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
		// Closing an epoll descriptor does not end an epoll_wait on it.
		// The user is inside until it has written endfd, and Close is
		// inside until it has read that: neither call can miss.
		if e := d.wake(); e != 0 {
			failed = e.Err("write")
		}
		for {
			if _, e := d.sys.Read(d.endfd, d.end[:]); e != EINTR {
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
		if _, e := d.sys.Write(d.endfd, d.one[:]); e != EINTR {
			return demux.ErrClosed
		}
	}
}

// release closes the descriptors of d.
func (d *Demux) release() error {
	var failed []error
	for _, fd := range [...]int{d.wakefd, d.endfd, d.epfd} {
		if fd >= 0 {
			failed = append(failed, d.sys.Close(fd).Err("close"))
		}
	}
	return errors.Join(failed...)
}
