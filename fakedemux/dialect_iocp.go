package fakedemux

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/scheduler"
)

// ports are the completion ports of a system, and the operations of its programs.
type ports struct {
	kernel    *system
	misuse    func(operation, happened string) error // makes the error of a run
	instances pool[portInstance]
	handles   pool[overlapped]

	operations      pool[operation]
	acquired        []*operation
	spareOperations []*operation
	started         uint64        // operations, in this run
	moved           []*overlapped // that settle is to look at
}

// begin says whose ports they are, and what error ends a run in which a program has
// used memory that belonged to the kernel.
func (k *ports) begin(s *system, misuse func(operation, happened string) error) {
	k.kernel, k.misuse = s, misuse
}

func (k *ports) reset() {
	k.instances.reset()
	k.handles.reset()
	k.operations.reset()
	k.acquired, k.spareOperations, k.moved, k.started = k.acquired[:0], k.spareOperations[:0], k.moved[:0], 0
}

// portInstance is an I/O completion port. Its rules:
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
type portInstance struct {
	kernel  *system
	closed  bool
	packets []packet // packets[head:], oldest first
	head    int
	waiters []*portWaiter // blocked in GetQueued, longest first
	spare   []*portWaiter
}

// portWaiter is a call that is blocked at a port.
type portWaiter struct {
	task   *scheduler.Task
	given  bool   // it has a packet
	packet packet // this one
}

// packet is one completion, or what a Post has queued: then there is no
// operation.
type packet struct {
	key         uintptr
	operation   *operation
	transferred uint32
}

// add makes a port and installs it.
func (k *ports) add(call string) int {
	p := k.instances.get()
	*p = portInstance{kernel: k.kernel, packets: p.packets[:0], waiters: p.waiters[:0], spare: p.spare}
	fd, _ := k.kernel.add(p, call)
	return fd
}

func (p *portInstance) kind() string                { return "completion port" }
func (p *portInstance) poll() uint32                { return 0 }
func (p *portInstance) conditions() uint32          { return 0 }
func (p *portInstance) read([]byte) (int, failure)  { return 0, notSocket }
func (p *portInstance) write([]byte) (int, failure) { return 0, notSocket }

func (p *portInstance) release() {
	p.closed = true
	for _, w := range p.waiters {
		p.kernel.tasks.Ready(w.task)
	}
	p.waiters = p.waiters[:0]
}

// push queues a packet, or gives it to the call that was blocked last. A port that
// is closed has nobody to give it to.
func (p *portInstance) push(pk packet) {
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
	p.kernel.tasks.Ready(w.task)
}

// hand puts a packet into e. With its packet an operation is the caller's again.
func (pk *packet) hand(e *iocp.Entry) {
	*e = iocp.Entry{Key: pk.key, Transferred: pk.transferred}
	if o := pk.operation; o != nil {
		o.dequeued()
		e.Operation = &o.user
	}
}

// take dequeues into entries and returns how many packets there were.
func (p *portInstance) take(entries []iocp.Entry) int {
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

// waiting returns how many packets wait.
func (p *portInstance) waiting() int { return len(p.packets) - p.head }

// enqueue makes the current task a waiter.
func (p *portInstance) enqueue() *portWaiter {
	var w *portWaiter
	if n := len(p.spare); n > 0 {
		w, p.spare = p.spare[n-1], p.spare[:n-1]
	} else {
		w = new(portWaiter)
	}
	*w = portWaiter{task: p.kernel.tasks.Current()}
	p.waiters = append(p.waiters, w)
	return w
}

// leave ends the wait of w.
func (p *portInstance) leave(w *portWaiter) {
	p.waiters = without(p.waiters, w)
	p.spare = append(p.spare, w)
}

// afdInstance is a handle of the driver AFD that is no socket: polls are made
// through it.
type afdInstance struct{}

func (afdInstance) kind() string                { return "afd" }
func (afdInstance) poll() uint32                { return 0 }
func (afdInstance) conditions() uint32          { return 0 }
func (afdInstance) read([]byte) (int, failure)  { return 0, notSocket }
func (afdInstance) write([]byte) (int, failure) { return 0, notSocket }
func (afdInstance) release()                    {}

// overlapped is what a description has of overlapped operations. It watches the
// description. Its operations do not keep that: closing its last handle ends them;
// closesocket.
type overlapped struct {
	watch    watch
	ports    *ports
	desc     *description
	port     *portInstance // that it belongs to for its life, nil for none
	key      uintptr       // of its packets
	modes    uint8         // of SetModes
	inFlight []*operation  // started through it, in the order of the calls
	polls    []*operation  // of AFD that ask about it, likewise

	firstPoll *operation // that an exclusive poll may end, nil if it is over
	accept    *operation // that is to make a connection of it
	shut      bool       // its direction ends behind the sends in flight
	moved     bool       // in ports.moved
	known     bool       // a poll about it has been made, so further ones find memory
}

// find returns what d has of operations, nil for nothing.
func (k *ports) find(d *description) *overlapped {
	for w := d.watches; w != nil; w = w.next {
		if v, is := w.by.(*overlapped); is {
			return v
		}
	}
	return nil
}

// of returns what d has of operations, and makes it if there is nothing yet.
func (k *ports) of(d *description) *overlapped {
	if v := k.find(d); v != nil {
		return v
	}
	v := k.handles.get()
	*v = overlapped{ports: k, desc: d, inFlight: v.inFlight[:0], polls: v.polls[:0]}
	v.watch.add(d, v, rankOperation)
	return v
}

// shutLater reports whether sends of d are in flight. Then the direction of d ends
// behind them.
func (k *ports) shutLater(d *description) bool {
	v := k.find(d)
	if v == nil || !v.has(operationSend) {
		return false
	}
	v.shut = true
	return true
}

func (v *overlapped) notify(happening) (woken bool) {
	v.mark()
	return false
}

func (v *overlapped) closed(int) {}

func (v *overlapped) released() { v.abort() }

func (v *overlapped) registrations(fd int) int {
	n := 0
	for _, o := range v.polls {
		if o.handle == demux.Handle(fd) {
			n++
		}
	}
	return n
}

// has reports whether an operation of the kind is in flight.
func (v *overlapped) has(kind operationKind) bool {
	for _, o := range v.inFlight {
		if o.kind == kind && !o.accepted { // one that has its connection is in nobody's way
			return true
		}
	}
	return false
}

// mark says that something has happened that the operations and polls may have waited
// for. They are looked at when the call that did it is over, before anybody makes
// another one.
func (v *overlapped) mark() {
	if v.moved || len(v.inFlight)+len(v.polls) == 0 && !v.shut && v.accept == nil {
		return
	}
	v.moved = true
	v.ports.moved = append(v.ports.moved, v)
	v.ports.kernel.tasks.Attend()
}

// settle looks at what was marked. What it finishes may mark more.
func (k *ports) settle() {
	for next := 0; next < len(k.moved); next++ {
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
	if a := v.accept; a != nil && a.accepted {
		a.goOn()
	}
	var stuck [operationKinds]bool
	for i := 0; i < len(v.inFlight); {
		o := v.inFlight[i]
		if stuck[o.kind] || o.kind == operationPoll || o.accepted {
			i++
			continue
		}
		if !o.goOn() {
			stuck[o.kind] = !o.accepted
			i++
		}
	}
	if v.shut && !v.has(operationSend) {
		v.shut = false
		if s, isStream := v.desc.object.(*stream); isStream {
			_ = s.shutdown(false, true)
		}
	}
	v.advancePolls()
}

// goOn lets an operation that is in flight, and no poll, go on. It reports whether
// it has finished.
func (o *operation) goOn() bool {
	done, f := o.try()
	if done {
		o.finish(o.statusOf(f))
	}
	return done
}

// await waits for a packet.
func (p *portInstance) await(call scheduler.Call, entries []iocp.Entry, deadline time.Duration) (int, iocp.Errno) {
	for {
		w := p.enqueue()
		why := p.kernel.tasks.Block(call, deadline)
		p.leave(w)
		switch {
		case w.given:
			w.packet.hand(&entries[0])
			return 1 + p.take(entries[1:]), 0
		case p.closed:
			return 0, iocp.ErrorAbandonedWait
		case why == scheduler.TimedOut:
			return 0, iocp.WaitTimeout
		case why == scheduler.Deadlocked:
			return 0, iocp.ErrorDeadlock
		}
	}
}
