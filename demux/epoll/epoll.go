// Package epoll is the backend that turns the contract of package demux into
// the calls of Linux's epoll. It makes them through an interface, Syscalls, which
// package realdemux implements with the operating system and package fakedemux
// with a simulated kernel:
//
//	d, err := epoll.Open(kernel.Epoll()) // kernel is a *fakedemux.Kernel
//
// Each registration costs a slot of 16 bytes in a table, whose index is the data
// of the kernel's registration, and an entry in a map from handles to slots. A
// slot is free again after the kernel has confirmed a Deregister. If the caller
// closes a handle without Deregister (W14), the kernel may continue to report that
// registration as long as a duplicate of the handle is open, and the backend
// cannot find out when that ends. It therefore keeps the slot until Close: each
// such handle costs 16 bytes for the life of the Demux.
//
// docs/contract.md has the rules, and docs/kernels.md the facts about epoll.
package epoll

import (
	"encoding/binary"
	"errors"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// Demux is a demux.Demux and a demux.Handler over epoll. One goroutine at a
// time may use it; any goroutine may call Wake and Close at any time. It panics
// when it notices a second user.
type Demux struct {
	frame.Frame
	backend backend
}

// backend makes the calls.
type backend struct {
	sys    Syscalls
	pwait2 bool // the kernel has epoll_pwait2(2)
	epfd   int
	wakefd int // a non-blocking eventfd in the set, in edge mode, slot wakeSlot
	endfd  int // a blocking eventfd: Close reads it, the call that Close ended writes it

	one [8]byte // what the eventfds are given; never changes
	end [8]byte // where Close reads to

	// What follows is the user's.
	slots    frame.Table[slot]
	byHandle map[demux.Handle]uint32
	events   []Event  // where the kernel puts what it reports
	interest Event    // of the EpollCtl in progress
	timeout  Timespec // of the EpollPwait2 in progress
}

// slot is what the Demux knows of one registration of the kernel's. A slot
// that is neither free nor in byHandle is a ghost: its handle was closed
// without Deregister.
type slot struct {
	token demux.Token
	want  demux.Ready
}

const wakeSlot = 0 // of the wake eventfd

var _ interface {
	demux.Demux
	demux.Handler
} = (*Demux)(nil)

// Open makes an epoll instance and the two eventfds that Wake and Close need.
// If it fails, it leaves nothing open. Traits.Resolution is 1 ns if the kernel has
// epoll_pwait2(2), which came with Linux 5.11, and 1 ms otherwise.
func Open(sys Syscalls) (*Demux, error) {
	d := &Demux{backend: backend{
		sys:      sys,
		epfd:     -1,
		wakefd:   -1,
		endfd:    -1,
		byHandle: make(map[demux.Handle]uint32),
		events:   make([]Event, 1),
	}}
	if err := d.backend.open(); err != nil {
		return nil, errors.Join(err, d.backend.Release())
	}
	d.Frame = frame.New(&d.backend, sys, traits(d.backend.pwait2))
	return d, nil
}

// Handle returns the epoll descriptor, demux.NoHandle once d is closed. It is
// Readable while a Wait would return something, a Wake included.
func (d *Demux) Handle() demux.Handle {
	if d.Closed() {
		return demux.NoHandle
	}
	return demux.Handle(d.backend.epfd)
}

func (b *backend) open() error {
	binary.NativeEndian.PutUint64(b.one[:], 1)
	b.slots.Take() // wakeSlot
	var e Errno
	if b.epfd, e = b.sys.EpollCreate1(CloseOnExec); e != 0 {
		return e.Err("epoll_create1")
	}
	if b.wakefd, e = b.sys.Eventfd(0, CloseOnExec|NonBlock); e != 0 {
		return e.Err("eventfd")
	}
	if b.endfd, e = b.sys.Eventfd(0, CloseOnExec); e != 0 {
		return e.Err("eventfd")
	}
	// In edge mode each write is reported once, also if nobody has read what was written
	// before: eventfd(2), epoll(7). So no Wait has to read.
	b.interest = Event{Events: EPOLLIN | EPOLLET, Data: wakeSlot}
	if e = b.sys.EpollCtl(b.epfd, CtlAdd, b.wakefd, &b.interest); e != 0 {
		return e.Err("epoll_ctl")
	}
	// A descriptor that cannot be: the probe waits for nothing and reports
	// nothing. EPERM is what some filters of system calls answer for a call
	// that they do not know.
	_, e = b.sys.EpollPwait2(-1, b.events, &b.timeout)
	b.pwait2 = e != ENOSYS && e != EPERM
	return nil
}

// Wake counts the wake eventfd up. Nobody counts it down: it has room for 2^64-2 Wakes.
func (b *backend) Wake() error { return b.write(b.wakefd).Err("write") }

// AwaitUser reads endfd, which blocks until UserLeft has written it.
func (b *backend) AwaitUser() error {
	failed := b.Wake()
	frame.ReadAgain(b.sys.Read, b.endfd, b.end[:], EINTR)
	return failed
}

// UserLeft writes endfd.
func (b *backend) UserLeft() { _ = b.write(b.endfd) }

// ShutDown has nothing to do: the kernel has nothing of b's between two calls.
func (b *backend) ShutDown() error { return nil }

// Release closes the descriptors.
func (b *backend) Release() error {
	return frame.CloseAll(b.sys.Close, b.wakefd, b.endfd, b.epfd)
}

// write gives one to fd, again if a signal interrupts that.
func (b *backend) write(fd int) Errno {
	for {
		if _, e := b.sys.Write(fd, b.one[:]); e != EINTR {
			return e
		}
	}
}
