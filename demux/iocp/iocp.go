package iocp

import (
	"errors"
	"sync/atomic"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// Demux is a demux.Demux and a demux.Completer over a completion port. One
// goroutine at a time may use it; any goroutine may call Wake and Close at any
// time. It panics when it notices a second user.
type Demux struct {
	frame.Completer
	backend backend
}

// backend makes the calls.
type backend struct {
	sys     Syscalls
	port    demux.Handle
	endPort demux.Handle  // Close waits here for a packet of the call that it ended
	tickets atomic.Uint32 // the number of the last packet of a Wake, queued or not
	queued  atomic.Uint32 // the highest number that is known to have been queued
	taken   atomic.Uint32 // the number of the packet that was dequeued last

	// What follows is the user's.
	requests frame.Table[*work] // by Operation.Slot; nil where the slot is free
	busy     int                // how many Operations are the kernel's
	canceled int                // how many registrations wait for the packet of a canceled poll
	awake    bool               // the packet of a Wake was dequeued, and no Wait has returned since
	queue    queue
	entries  []Entry // where the kernel puts the packets that it hands out
	byHandle map[demux.Handle]*registration
	ghosts   map[demux.Handle]int // by base: ended registrations whose poll is still in flight
	awaited  demux.Handle         // the base whose ghosts drain waits for
	groups   []*group             // the handles of AFD
	roomy    []*group             // those with room for another registration
	attached map[demux.Handle]*attachment

	spareRegs  frame.Spares[registration]
	spareTasks frame.Spares[task]
}

// The keys of packets.
const (
	keyWake = iota + 1 // of Wake; Transferred is its number
	keyEnd             // of the call that Close ended
	keyPoll
	keyTask
)

// fewestEntries is the least number of packets that one call asks for.
const fewestEntries = 64

var _ demux.Completer = (*Demux)(nil)

// Open makes a completion port, a second one that Close needs, and a handle of
// AFD. If it fails it leaves nothing open.
func Open(sys Syscalls) (*Demux, error) {
	d := &Demux{backend: backend{
		sys:      sys,
		port:     demux.NoHandle,
		endPort:  demux.NoHandle,
		entries:  make([]Entry, fewestEntries),
		byHandle: make(map[demux.Handle]*registration),
		ghosts:   make(map[demux.Handle]int),
		awaited:  demux.NoHandle,
		attached: make(map[demux.Handle]*attachment),
	}}
	b := &d.backend
	b.queue.init()
	if err := b.open(); err != nil {
		return nil, errors.Join(err, b.closeGroups(), b.Release())
	}
	d.Completer = frame.NewCompleter(b, sys, traits)
	return d, nil
}

func (b *backend) open() error {
	var e Errno
	if b.port, e = b.sys.CreatePort(); e != 0 {
		b.port = demux.NoHandle
		return e.Err("CreateIoCompletionPort")
	}
	if b.endPort, e = b.sys.CreatePort(); e != 0 {
		b.endPort = demux.NoHandle
		return e.Err("CreateIoCompletionPort")
	}
	g, err := b.openGroup()
	if err != nil {
		return err
	}
	b.roomy = append(b.roomy, g)
	return nil
}

// Wake queues a packet, unless one is queued for certain. A packet that
// another Wake is about to queue does not count: it may come to nothing.
func (b *backend) Wake() error {
	if int32(b.queued.Load()-b.taken.Load()) > 0 {
		return nil
	}
	ticket := b.tickets.Add(1)
	if e := b.sys.Post(b.port, keyWake, ticket); e != 0 {
		return e.Err("PostQueuedCompletionStatus")
	}
	for {
		// The packet may be dequeued by now. Then this changes nothing:
		// its number is not above the one that was taken last.
		old := b.queued.Load()
		if int32(ticket-old) <= 0 || b.queued.CompareAndSwap(old, ticket) {
			return nil
		}
	}
}

// woken says that the packet of a Wake was dequeued. It ends the Wait that runs
// or comes next.
func (b *backend) woken(ticket uint32) {
	b.awake = true
	// Two Wakes at one time may queue their packets in the other order.
	if int32(ticket-b.taken.Load()) > 0 {
		b.taken.Store(ticket)
	}
}

// AwaitUser waits at endPort for the packet of UserLeft.
func (b *backend) AwaitUser() error {
	failed := b.sys.Post(b.port, keyWake, b.tickets.Add(1)).Err("PostQueuedCompletionStatus")
	var end [1]Entry
	for {
		if n, e := b.sys.GetQueued(b.endPort, end[:], Infinite); n > 0 || e != 0 && e != WaitTimeout {
			return failed
		}
	}
}

// UserLeft posts to endPort.
func (b *backend) UserLeft() { _ = b.sys.Post(b.endPort, keyEnd, 0) }

// Release closes the ports.
func (b *backend) Release() error {
	var failed []error
	for _, h := range [...]demux.Handle{b.port, b.endPort} {
		if h != demux.NoHandle {
			failed = append(failed, b.sys.CloseHandle(h).Err("CloseHandle"))
		}
	}
	return errors.Join(failed...)
}
