package fakedemux

import (
	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/scheduler"
)

// portInstance is an I/O completion port. Its rules:
//
//   - Packets are dequeued in the order in which they were queued, by whichever
//     call asks first; CreateIoCompletionPort, Remarks.
//   - Of the calls that are blocked, the one that was blocked last goes on first;
//     CreateIoCompletionPort, Remarks.
//   - A call that is blocked when the port is closed returns
//     ERROR_ABANDONED_WAIT_0; GetQueuedCompletionStatusEx.
type portInstance struct {
	kernel  *Kernel
	closed  bool
	packets []packet // packets[head:], oldest first
	head    int
	waiters []*scheduler.Task // blocked in GetQueued, longest first
}

// packet is one completion, or what a Post has queued: then there is no
// operation.
type packet struct {
	key         uintptr
	operation   *operation
	transferred uint32
}

func (k *Kernel) newPort() *portInstance {
	p := k.ports.get()
	*p = portInstance{kernel: k, packets: p.packets[:0], waiters: p.waiters[:0]}
	return p
}

func (p *portInstance) kind() string                { return "completion port" }
func (p *portInstance) poll() uint32                { return 0 }
func (p *portInstance) read([]byte) (int, failure)  { return 0, notSocket }
func (p *portInstance) write([]byte) (int, failure) { return 0, notSocket }

func (p *portInstance) release() {
	p.closed = true
	for _, t := range p.waiters {
		p.kernel.tasks.Ready(t)
	}
	p.waiters = p.waiters[:0]
}

// push queues a packet. A port that is closed has nobody to give it to.
func (p *portInstance) push(pk packet) {
	if p.closed {
		return
	}
	p.packets = append(p.packets, pk)
	if last := len(p.waiters) - 1; last >= 0 {
		p.kernel.tasks.Ready(p.waiters[last])
		p.waiters = p.waiters[:last]
	}
}

// take dequeues into entries and returns how many packets there were. With its
// packet an operation is the caller's again.
func (p *portInstance) take(entries []iocp.Entry) int {
	n := min(len(entries), len(p.packets)-p.head)
	for i := range n {
		pk := p.packets[p.head+i]
		entries[i] = iocp.Entry{Key: pk.key, Transferred: pk.transferred}
		if o := pk.operation; o != nil {
			o.dequeued()
			entries[i].Operation = &o.user
		}
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

// Packets returns how many packets wait at a port, 0 if the handle is not a port.
// It is not a call of a task.
func (k *Kernel) Packets(port demux.Handle) int {
	k.settle()
	if p := (windowsCalls{k}).port(port); p != nil {
		return len(p.packets) - p.head
	}
	return 0
}

func (p *portInstance) leave(t *scheduler.Task) {
	for i, w := range p.waiters {
		if w == t {
			p.waiters = append(p.waiters[:i], p.waiters[i+1:]...)
			return
		}
	}
}

// afdInstance is a handle of the driver AFD that is no socket: polls are made
// through it.
type afdInstance struct{}

func (afdInstance) kind() string                { return "afd" }
func (afdInstance) poll() uint32                { return 0 }
func (afdInstance) read([]byte) (int, failure)  { return 0, notSocket }
func (afdInstance) write([]byte) (int, failure) { return 0, notSocket }
func (afdInstance) release()                    {}

// overlapped is what a description has of overlapped operations. Its
// operations do not keep it: closing its last handle ends them; closesocket.
type overlapped struct {
	port     *portInstance // that it belongs to for its life, nil for none
	key      uintptr       // of its packets
	modes    uint8         // of SetModes
	inFlight []*operation  // started through it, in the order of the calls
	polls    []*operation  // of AFD that ask about it, likewise

	firstPoll *operation // that an exclusive poll may end, nil if it is over
	accept    *operation // that is to make a connection of it
	shut      bool       // its direction ends behind the sends in flight
	moved     bool       // in Kernel.moved
}

// cleared keeps the memory alone.
func (v *overlapped) cleared() overlapped {
	return overlapped{inFlight: v.inFlight[:0], polls: v.polls[:0]}
}

// has reports whether an operation of the kind is in flight.
func (v *overlapped) has(kind operationKind) bool {
	for _, o := range v.inFlight {
		if o.kind == kind {
			return true
		}
	}
	return false
}

// mark says that something has happened to d that its operations and polls may
// have waited for. They are looked at when the call that did it is over, before
// anybody makes another one.
func (d *description) mark() {
	if d.kernel.started > 0 {
		d.markStarted()
	}
}

// markStarted is mark in a run that has started operations.
func (d *description) markStarted() {
	v := &d.overlapped
	if v.moved || len(v.inFlight)+len(v.polls) == 0 && !v.shut {
		return
	}
	v.moved = true
	d.kernel.moved = append(d.kernel.moved, d)
	d.kernel.tasks.Attend()
}

// settle looks at what was marked. What it finishes may mark more.
func (k *Kernel) settle() {
	for next := 0; next < len(k.moved); {
		d := k.moved[next]
		next++
		d.overlapped.moved = false
		d.advance()
	}
	k.moved = k.moved[:0]
}

// advance finishes the operations and polls of d that can go on. Operations of
// one kind are served in the order in which they were started: reads of a
// stream are filled in that order; WSARecv, Remarks. They take what has arrived
// before a poll is told of it.
func (d *description) advance() {
	v := &d.overlapped
	var stuck [operationKinds]bool
	for i := 0; i < len(v.inFlight); {
		o := v.inFlight[i]
		if stuck[o.kind] || o.kind == operationPoll {
			i++
			continue
		}
		done, f := o.try()
		if !done {
			stuck[o.kind] = true
			i++
			continue
		}
		o.finish(f.status())
	}
	if v.shut && !v.has(operationSend) {
		v.shut = false
		if s, isStream := d.object.(*stream); isStream {
			_ = s.shutdown(false, true)
		}
	}
	for i := 0; i < len(v.polls); {
		o := v.polls[i]
		if events := pollEvents(d.object) & o.asked.Events; events != 0 {
			o.finishPoll(0, events)
			continue
		}
		i++
	}
}

// abort ends all polls that ask about d, whose last handle was closed, also those
// that were made through it, and then all operations of it; observed on Wine 8.0.
func (d *description) abort() {
	v := &d.overlapped
	for len(v.polls) > 0 {
		v.polls[0].finishPoll(0, iocp.PollLocalClose)
	}
	for len(v.inFlight) > 0 {
		v.inFlight[0].canceled()
	}
	if v.accept != nil {
		v.accept.canceled()
	}
}
