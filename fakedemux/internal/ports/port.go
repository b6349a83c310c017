// Package ports is the dialect of Windows: completion ports, overlapped operations and the
// polls of AFD, over the objects of a system.
package ports

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Ports are the completion ports of a system, and the operations of its programs.
type Ports struct {
	kernel    *objects.System
	misuse    func(operation, happened string) error // makes the error of a run
	instances machine.Pool[Port]
	handles   machine.Pool[overlapped]

	operations      machine.Pool[Operation]
	Acquired        []*Operation
	spareOperations []*Operation
	Started         uint64        // operations, in this run
	moved           []*overlapped // that settle is to look at
}

// Begin says whose ports they are, and what error ends a run in which a program has
// used memory that belonged to the kernel.
func (k *Ports) Begin(s *objects.System, misuse func(operation, happened string) error) {
	k.kernel, k.misuse = s, misuse
}

// Reset begins a new run.
func (k *Ports) Reset() {
	k.instances.Reset()
	k.handles.Reset()
	k.operations.Reset()
	k.Acquired, k.spareOperations, k.moved, k.Started = k.Acquired[:0], k.spareOperations[:0], k.moved[:0], 0
}

// Port is an I/O completion port. Its rules:
//
//   - Packets are dequeued in the order in which they were queued, by whichever
//     call asks first; CreateIoCompletionPort, Remarks.
//   - Of the calls that are blocked, the one that was blocked last goes on first;
//     CreateIoCompletionPort, Remarks. The packet that wakes a call belongs to it from
//     the moment when the packet is queued: a call that asks later and runs sooner does
//     not get it. KiInsertQueue makes the packet the status of the thread's wait;
//     ReactOS ntoskrnl/ke/queue.c.
//   - A call that is blocked when the port is closed returns
//     ERROR_ABANDONED_WAIT_0; GetQueuedCompletionStatusEx.
type Port struct {
	kernel  *objects.System
	closed  bool
	packets []Packet // packets[head:], oldest first
	head    int
	waiters []*portWaiter // blocked in GetQueued, longest first
	spare   []*portWaiter
}

// portWaiter is a call that is blocked at a port.
type portWaiter struct {
	task   *scheduler.Task
	given  bool   // it has a packet
	packet Packet // this one
}

// Packet is one completion, or what a Post has queued: then there is no
// operation.
type Packet struct {
	Key         uintptr
	operation   *Operation
	Transferred uint32
}

// Add makes a port and installs it.
func (k *Ports) Add(call string) int {
	p := k.instances.Get()
	*p = Port{kernel: k.kernel, packets: p.packets[:0], waiters: p.waiters[:0], spare: p.spare}
	fd, _ := k.kernel.Add(p, call)
	return fd
}

// Kind returns "completion port".
func (p *Port) Kind() string { return "completion port" }

// Poll returns 0: nobody can poll a port.
func (p *Port) Poll() uint32 { return 0 }

// Conditions returns 0.
func (p *Port) Conditions() uint32                { return 0 }
func (p *Port) Read([]byte) (int, errno.Failure)  { return 0, errno.NotSocket }
func (p *Port) Write([]byte) (int, errno.Failure) { return 0, errno.NotSocket }

// Release ends the calls that are blocked.
func (p *Port) Release() {
	p.closed = true
	for _, w := range p.waiters {
		p.kernel.Tasks.Ready(w.task)
	}
	p.waiters = p.waiters[:0]
}

// Push queues a packet, or gives it to the call that was blocked last. A port that
// is closed has nobody to give it to.
func (p *Port) Push(pk Packet) {
	if p.closed {
		return
	}
	last := len(p.waiters) - 1
	if last < 0 {
		p.packets = append(p.packets, pk)
		return
	}
	w := p.waiters[last]
	p.waiters = p.waiters[:last]
	w.given, w.packet = true, pk
	p.kernel.Tasks.Ready(w.task)
}

// hand puts a packet into e. With its packet an operation is the caller's again.
func (pk *Packet) hand(e *iocp.Entry) {
	*e = iocp.Entry{Key: pk.Key, Transferred: pk.Transferred}
	if o := pk.operation; o != nil {
		o.dequeued()
		e.Operation = &o.User
	}
}

// Take dequeues into entries and returns how many packets there were.
func (p *Port) Take(entries []iocp.Entry) int {
	n := min(len(entries), len(p.packets)-p.head)
	for i := range n {
		p.packets[p.head+i].hand(&entries[i])
	}
	p.head += n
	if p.head == len(p.packets) {
		p.packets, p.head = p.packets[:0], 0
	} else if p.head > 64 && p.head > len(p.packets)/2 {
		p.packets = p.packets[:copy(p.packets, p.packets[p.head:])]
		p.head = 0
	}
	return n
}

// Waiting returns how many packets wait.
func (p *Port) Waiting() int { return len(p.packets) - p.head }

// enqueue makes the current task a waiter.
func (p *Port) enqueue() *portWaiter {
	var w *portWaiter
	if n := len(p.spare); n > 0 {
		w, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		w = new(portWaiter)
	}
	*w = portWaiter{task: p.kernel.Tasks.Current()}
	p.waiters = append(p.waiters, w)
	return w
}

// leave ends the wait of w.
func (p *Port) leave(w *portWaiter) {
	p.waiters = machine.Without(p.waiters, w)
	p.spare = append(p.spare, w)
}

// AFD is a handle of the driver AFD that is no socket: polls are made
// through it.
type AFD struct{}

// Kind returns "afd".
func (AFD) Kind() string { return "afd" }

// Poll returns 0.
func (AFD) Poll() uint32 { return 0 }

// Conditions returns 0.
func (AFD) Conditions() uint32                { return 0 }
func (AFD) Read([]byte) (int, errno.Failure)  { return 0, errno.NotSocket }
func (AFD) Write([]byte) (int, errno.Failure) { return 0, errno.NotSocket }

// Release has nothing to do.
func (AFD) Release() {}

// overlapped is what a description has of overlapped operations. It watches the
// description. Its operations do not keep that: closing its last handle ends them;
// closesocket.
type overlapped struct {
	watch    machine.Watch
	ports    *Ports
	desc     *machine.Description
	Port     *Port        // that it belongs to for its life, nil for none
	Key      uintptr      // of its packets
	Modes    uint8        // of SetModes
	inFlight []*Operation // started through it, in the order of the calls
	polls    []*Operation // of AFD that ask about it, likewise

	firstPoll *Operation // that an exclusive poll may end, nil if it is over
	Accept    *Operation // that is to make a connection of it
	Shut      bool       // its direction ends behind the sends in flight
	moved     bool       // in ports.moved
	Known     bool       // a poll about it has been made, so further ones find memory
}

// find returns what d has of operations, nil for nothing.
func (k *Ports) find(d *machine.Description) *overlapped {
	for w := d.Watches; w != nil; w = w.Next {
		if v, is := w.By.(*overlapped); is {
			return v
		}
	}
	return nil
}

// Of returns what d has of operations, and makes it if there is nothing yet.
func (k *Ports) Of(d *machine.Description) *overlapped {
	if v := k.find(d); v != nil {
		return v
	}
	v := k.handles.Get()
	*v = overlapped{ports: k, desc: d, inFlight: v.inFlight[:0], polls: v.polls[:0]}
	v.watch.Add(d, v, machine.RankOperation)
	return v
}

// ShutLater reports whether sends of d are in flight. Then the direction of d ends
// behind them.
func (k *Ports) ShutLater(d *machine.Description) bool {
	v := k.find(d)
	if v == nil || !v.Has(OperationSend) {
		return false
	}
	v.Shut = true
	return true
}

func (v *overlapped) Notify(machine.Happening) (woken bool) {
	v.mark()
	return false
}

func (v *overlapped) Closed(int) {}

func (v *overlapped) Released() { v.abort() }

func (v *overlapped) Registrations(fd int) int {
	n := 0
	for _, o := range v.polls {
		if o.Handle == demux.Handle(fd) {
			n++
		}
	}
	return n
}

// Has reports whether an operation of the kind is in flight.
func (v *overlapped) Has(kind OperationKind) bool {
	for _, o := range v.inFlight {
		if o.Kind == kind && !o.accepted { // one that has its connection is in nobody's way
			return true
		}
	}
	return false
}

// mark says that something has happened that the operations and polls may have waited
// for. They are looked at when the call that did it is over, before anybody makes
// another one.
func (v *overlapped) mark() {
	if v.moved || len(v.inFlight)+len(v.polls) == 0 && !v.Shut && v.Accept == nil {
		return
	}
	v.moved = true
	v.ports.moved = append(v.ports.moved, v)
	v.ports.kernel.Tasks.Attend()
}

// Settle looks at what was marked. What it finishes may mark more.
func (k *Ports) Settle() {
	for next := 0; next < len(k.moved); next++ { //nolint:intrange // it grows
		v := k.moved[next]
		v.moved = false
		v.advance()
	}
	k.moved = k.moved[:0]
}

// advance finishes the operations and polls of v that can go on. Operations of
// one kind are served in the order in which they were started: reads of a
// stream are filled in that order; WSARecv, Remarks. They take what has arrived
// before a poll is told of it.
func (v *overlapped) advance() {
	if a := v.Accept; a != nil && a.accepted {
		a.goOn()
	}
	var stuck [operationKinds]bool
	for i := 0; i < len(v.inFlight); {
		o := v.inFlight[i]
		if stuck[o.Kind] || o.Kind == OperationPoll || o.accepted {
			i++
			continue
		}
		if !o.goOn() {
			stuck[o.Kind] = !o.accepted
			i++
		}
	}
	if v.Shut && !v.Has(OperationSend) {
		v.Shut = false
		if s, isStream := v.desc.Object.(*objects.Stream); isStream {
			_ = s.Shutdown(false, true)
		}
	}
	v.advancePolls()
}

// goOn lets an operation that is in flight, and no poll, go on. It reports whether
// it has finished.
func (o *Operation) goOn() bool {
	done, f := o.Try()
	if done {
		o.finish(o.statusOf(f))
	}
	return done
}

// Await waits for a packet.
func (p *Port) Await(call scheduler.Call, entries []iocp.Entry, deadline time.Duration) (int, iocp.Errno) {
	for {
		w := p.enqueue()
		why := p.kernel.Tasks.Block(call, deadline)
		p.leave(w)
		switch {
		case w.given:
			w.packet.hand(&entries[0])
			return 1 + p.Take(entries[1:]), 0
		case p.closed:
			return 0, iocp.ErrorAbandonedWait
		case why == scheduler.TimedOut:
			return 0, iocp.WaitTimeout
		case why == scheduler.Deadlocked:
			return 0, iocp.ErrorDeadlock
		}
	}
}
