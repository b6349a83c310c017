package iocp

import (
	"errors"
	"sync/atomic"

	"reactortest/demux"
)

// Demux is a demux.Demux and a demux.Completer over a completion port. One
// goroutine at a time may use it; Wake and Close may be called by any at any
// time. It panics when it sees a second user.
type Demux struct {
	sys     Syscalls
	life    demux.Life
	port    demux.Handle
	endPort demux.Handle  // Close waits here for a packet of the call that it ended
	tickets atomic.Uint32 // the number of the last packet of a Wake, queued or not
	queued  atomic.Uint32 // the highest number that is known to have been queued
	taken   atomic.Uint32 // the number of the packet that was dequeued last

	// What follows is the user's.
	requests []*work // by Operation.Slot; nil where the slot is free
	free     []uint32
	busy     int  // how many Operations are the kernel's
	canceled int  // how many registrations wait for the packet of a canceled poll
	awake    bool // the packet of a Wake was dequeued, and no Wait has returned since
	queue    queue
	entries  []Entry // where the kernel puts the packets that it hands out
	byHandle map[demux.Handle]*registration
	groups   []*group // the handles of AFD
	roomy    []*group // those with room for another registration
	attached map[demux.Handle]*attachment

	spareRegs  []*registration
	spareTasks []*task
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
	d := &Demux{
		sys:      sys,
		port:     demux.NoHandle,
		endPort:  demux.NoHandle,
		entries:  make([]Entry, fewestEntries),
		byHandle: make(map[demux.Handle]*registration),
		attached: make(map[demux.Handle]*attachment),
	}
	d.queue.init()
	if err := d.open(); err != nil {
		return nil, errors.Join(err, d.closeGroups(), d.release())
	}
	return d, nil
}

func (d *Demux) open() error {
	var e Errno
	if d.port, e = d.sys.CreatePort(); e != 0 {
		d.port = demux.NoHandle
		return e.Err("CreateIoCompletionPort")
	}
	if d.endPort, e = d.sys.CreatePort(); e != 0 {
		d.endPort = demux.NoHandle
		return e.Err("CreateIoCompletionPort")
	}
	g, err := d.openGroup()
	if err != nil {
		return err
	}
	d.roomy = append(d.roomy, g)
	return nil
}

// Traits tells what a completion port and AFD offer.
func (d *Demux) Traits() demux.Traits { return traits }

// Wake makes the Wait that is blocked, or else the next one, return at once.
func (d *Demux) Wake() error {
	if !d.life.Enter(demux.Anybody) {
		return demux.ErrClosed
	}
	e := d.wake()
	if _, last := d.life.Leave(demux.Anybody); last {
		_ = d.release() // Close has returned; there is nobody left to tell
	}
	return e.Err("PostQueuedCompletionStatus")
}

// wake queues a packet, unless one is queued for certain. A packet that
// another Wake is about to queue does not count: it may come to nothing.
func (d *Demux) wake() Errno {
	if int32(d.queued.Load()-d.taken.Load()) > 0 {
		return 0
	}
	ticket := d.tickets.Add(1)
	if e := d.sys.Post(d.port, keyWake, ticket); e != 0 {
		return e
	}
	for {
		// The packet may be dequeued by now. Then this changes nothing:
		// its number is not above the one that was taken last.
		old := d.queued.Load()
		if int32(ticket-old) <= 0 || d.queued.CompareAndSwap(old, ticket) {
			return 0
		}
	}
}

// woken says that the packet of a Wake was dequeued. It ends the Wait that runs
// or comes next.
func (d *Demux) woken(ticket uint32) {
	d.awake = true
	// Two Wakes at one time may queue their packets in the other order.
	if int32(ticket-d.taken.Load()) > 0 {
		d.taken.Store(ticket)
	}
}

// Close ends d: a blocked Wait and every later call return demux.ErrClosed,
// what is in flight is canceled and given back by the kernel, with
// demux.ErrClosed as its result. Close returns after a call that it ended is
// out; the ports are closed when the last call is, a concurrent Wake included.
// Registered and attached handles stay the caller's.
func (d *Demux) Close() error {
	first, user := d.life.Close()
	if !first {
		return demux.ErrClosed
	}
	var failed error
	if user {
		// Closing a port does not end a wait on it everywhere. The user is
		// inside until it has posted to endPort, and Close is inside until
		// it has that packet: neither call can miss.
		if e := d.sys.Post(d.port, keyWake, d.tickets.Add(1)); e != 0 {
			failed = e.Err("PostQueuedCompletionStatus")
		}
		var end [1]Entry
		for {
			if n, e := d.sys.GetQueued(d.endPort, end[:], Infinite); n > 0 || e != 0 && e != WaitTimeout {
				break
			}
		}
	} else {
		failed = d.shutDown()
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
	_ = d.shutDown()
	_ = d.sys.Post(d.endPort, keyEnd, 0)
	return demux.ErrClosed
}

// release closes the ports.
func (d *Demux) release() error {
	var failed []error
	for _, h := range [...]demux.Handle{d.port, d.endPort} {
		if h != demux.NoHandle {
			failed = append(failed, d.sys.CloseHandle(h).Err("CloseHandle"))
		}
	}
	return errors.Join(failed...)
}
