package iocp_test

import (
	"net/netip"
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// kernel is a Syscalls of a few lines: sockets with conditions that the test
// sets, ports, polls of AFD, operations that the test finishes, answers that
// it plants. It notes what a backend may not do with memory.
type kernel struct {
	mu      sync.Mutex
	changed *sync.Cond
	now     time.Duration

	next    demux.Handle
	open    map[demux.Handle]bool
	sockets map[demux.Handle]uint32          // their conditions
	packets map[demux.Handle][]iocp.Entry    // of ports
	port    map[demux.Handle]demux.Handle    // that a handle belongs to
	key     map[demux.Handle]uintptr         // of its packets
	modes   map[demux.Handle]uint8           // of SetModes
	owned   map[*iocp.Operation]demux.Handle // the kernel's: through which handle
	polls   []*iocp.Operation                // those of AFD, oldest first
	flights []*iocp.Operation                // the others, oldest first
	waits   []uint32                         // the timeouts of GetQueued on the first port
	faults  []string

	early      time.Duration              // how much too soon a wait that times out returns
	lateCancel bool                       // a cancel has its packet only after settle
	asked      []*iocp.Operation          // cancels that settle is to carry out
	answer     map[string]iocp.Errno      // of calls, where not 0
	bytes      uintptr                    // of operations that finish at once
	onCall     map[string]func(k *kernel) // before a call, unlocked
	onBlock    func(k *kernel)            // when a GetQueued has to wait, unlocked
}

func newKernel() *kernel {
	k := &kernel{
		next:    100,
		open:    make(map[demux.Handle]bool),
		sockets: make(map[demux.Handle]uint32),
		packets: make(map[demux.Handle][]iocp.Entry),
		port:    make(map[demux.Handle]demux.Handle),
		key:     make(map[demux.Handle]uintptr),
		modes:   make(map[demux.Handle]uint8),
		owned:   make(map[*iocp.Operation]demux.Handle),
		answer:  make(map[string]iocp.Errno),
		onCall:  make(map[string]func(k *kernel)),
	}
	k.changed = sync.NewCond(&k.mu)
	return k
}

// enter begins a call, and returns the answer that was planted for it.
func (k *kernel) enter(call string) iocp.Errno {
	if f := k.onCall[call]; f != nil {
		delete(k.onCall, call)
		f(k)
	}
	k.mu.Lock()
	return k.answer[call]
}

func (k *kernel) add() demux.Handle {
	k.next += 4
	k.open[k.next] = true
	return k.next
}

// socket makes a socket of the test's.
func (k *kernel) socket() demux.Handle {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.add()
	k.sockets[h] = 0
	return h
}

// set makes bits the conditions of h, and finishes the polls that wait for one.
func (k *kernel) set(h demux.Handle, bits uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sockets[h] = bits
	for _, op := range append([]*iocp.Operation(nil), k.polls...) {
		if found := bits & op.Poll.Events; op.Poll.Handle == h && found != 0 {
			k.answerPoll(op, 0, found)
		}
	}
}

// closeSocket closes h, and makes the number a new socket if it is to be used
// again.
func (k *kernel) closeSocket(h demux.Handle, again bool) {
	k.set(h, iocp.PollLocalClose)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, op := range append([]*iocp.Operation(nil), k.flights...) {
		if k.owned[op] == h {
			k.finishLocked(op, iocp.StatusHandlesClosed, 0)
		}
	}
	delete(k.sockets, h)
	delete(k.open, h)
	delete(k.port, h)
	delete(k.modes, h)
	if again {
		k.open[h], k.sockets[h] = true, 0
	}
}

// answerPoll finishes the poll of op.
func (k *kernel) answerPoll(op *iocp.Operation, status iocp.Errno, found uint32) {
	k.polls = without(k.polls, op)
	op.Poll.Events, op.Poll.NumberOfHandles = found, 0
	if found != 0 {
		op.Poll.NumberOfHandles = 1
	}
	k.queue(op, status, 0)
}

// finish finishes the oldest operation that is not a poll.
func (k *kernel) finish(status iocp.Errno, n uintptr) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.finishLocked(k.flights[0], status, n)
}

func (k *kernel) finishLocked(op *iocp.Operation, status iocp.Errno, n uintptr) {
	k.flights = without(k.flights, op)
	k.queue(op, status, n)
}

func without(list []*iocp.Operation, op *iocp.Operation) []*iocp.Operation {
	var rest []*iocp.Operation
	for _, o := range list {
		if o != op {
			rest = append(rest, o)
		}
	}
	return rest
}

// queue queues the packet of op.
func (k *kernel) queue(op *iocp.Operation, status iocp.Errno, n uintptr) {
	op.Overlapped.Internal, op.Overlapped.InternalHigh = uintptr(status), n
	h := k.owned[op]
	k.packets[k.port[h]] = append(k.packets[k.port[h]], iocp.Entry{Key: k.key[h], Operation: op, Transferred: uint32(n)})
	k.changed.Broadcast()
}

// settle carries out the cancels that were asked for.
func (k *kernel) settle() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, op := range k.asked {
		k.cancel(op)
	}
	k.asked = nil
}

// cancel ends op if it has not finished.
func (k *kernel) cancel(op *iocp.Operation) bool {
	for _, o := range k.polls {
		if o == op {
			k.answerPoll(op, iocp.StatusCancelled, 0)
			return true
		}
	}
	for _, o := range k.flights {
		if o == op {
			k.finishLocked(op, iocp.StatusCancelled, 0)
			return true
		}
	}
	return false
}

func (k *kernel) opened() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.open)
}

func (k *kernel) Now() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *kernel) Acquire() *iocp.Operation { return new(iocp.Operation) }

func (k *kernel) Release(op *iocp.Operation) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.owned[op]; ok {
		k.faults = append(k.faults, "an Operation was released that is the kernel's")
	}
	if op.Owner != nil {
		k.faults = append(k.faults, "an Operation was released twice")
	}
	op.Owner = k
}

// give makes op the kernel's.
func (k *kernel) give(h demux.Handle, op *iocp.Operation) {
	if _, ok := k.owned[op]; ok || op.Owner != nil {
		k.faults = append(k.faults, "an Operation was used that is the kernel's, or was released")
	}
	k.owned[op] = h
}

func (k *kernel) CreatePort() (demux.Handle, iocp.Errno) {
	e := k.enter("CreatePort")
	defer k.mu.Unlock()
	if e != 0 {
		return 0, e
	}
	return k.add(), 0
}

func (k *kernel) Associate(port, h demux.Handle, key uintptr) iocp.Errno {
	e := k.enter("Associate")
	defer k.mu.Unlock()
	switch {
	case e != 0:
		return e
	case !k.open[h]:
		return iocp.ErrorInvalidHandle
	case k.port[h] != 0:
		return iocp.ErrorInvalidParameter
	}
	k.port[h], k.key[h] = port, key
	return 0
}

func (k *kernel) SetModes(h demux.Handle, modes uint8) iocp.Errno {
	e := k.enter("SetModes")
	defer k.mu.Unlock()
	if e == 0 {
		k.modes[h] |= modes
	}
	return e
}

func (k *kernel) Post(port demux.Handle, key uintptr, transferred uint32) iocp.Errno {
	e := k.enter("Post")
	defer k.mu.Unlock()
	if e != 0 {
		return e
	}
	if !k.open[port] {
		k.faults = append(k.faults, "a packet was posted to a port that is closed")
		return iocp.ErrorInvalidHandle
	}
	k.packets[port] = append(k.packets[port], iocp.Entry{Key: key, Transferred: transferred})
	k.changed.Broadcast()
	return 0
}

func (k *kernel) GetQueued(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
	e := k.enter("GetQueued")
	defer k.mu.Unlock()
	k.waits = append(k.waits, msec)
	if e != 0 {
		return 0, e
	}
	for len(k.packets[port]) == 0 {
		if msec != iocp.Infinite {
			if wait := time.Duration(msec) * time.Millisecond; wait > 0 {
				k.now += wait - k.early
				k.early = 0
			}
			return 0, iocp.WaitTimeout
		}
		if f := k.onBlock; f != nil {
			k.onBlock = nil
			k.mu.Unlock()
			f(k)
			k.mu.Lock()
			continue
		}
		k.changed.Wait()
	}
	n := copy(entries, k.packets[port])
	k.packets[port] = k.packets[port][n:]
	for _, entry := range entries[:n] {
		delete(k.owned, entry.Operation)
	}
	return n, 0
}

func (k *kernel) CloseHandle(h demux.Handle) iocp.Errno {
	e := k.enter("CloseHandle")
	defer k.mu.Unlock()
	if !k.open[h] {
		k.faults = append(k.faults, "a handle was closed that is not open")
	}
	for _, owner := range k.owned {
		if owner == h {
			k.faults = append(k.faults, "a handle was closed with an Operation in flight")
		}
	}
	delete(k.open, h)
	return e
}

func (k *kernel) BaseSocket(h demux.Handle) (demux.Handle, iocp.Errno) {
	e := k.enter("BaseSocket")
	defer k.mu.Unlock()
	if _, ok := k.sockets[h]; !ok && e == 0 {
		e = iocp.WSAENOTSOCK
	}
	return h, e
}

func (k *kernel) OpenAFD() (demux.Handle, iocp.Errno) {
	e := k.enter("OpenAFD")
	defer k.mu.Unlock()
	if e != 0 {
		return 0, e
	}
	return k.add(), 0
}

func (k *kernel) PollAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	e := k.enter("PollAFD")
	defer k.mu.Unlock()
	if e != 0 {
		return e
	}
	bits, ok := k.sockets[op.Poll.Handle]
	if !ok {
		return iocp.StatusInvalidHandle
	}
	if found := bits & op.Poll.Events; found != 0 {
		op.Poll.Events, op.Poll.NumberOfHandles = found, 1
		if k.modes[afd]&iocp.SkipOnSuccess == 0 {
			k.faults = append(k.faults, "a poll that finishes at once queues a packet")
		}
		return 0
	}
	k.give(afd, op)
	k.polls = append(k.polls, op)
	return iocp.StatusPending
}

func (k *kernel) CancelAFD(_ demux.Handle, op *iocp.Operation) iocp.Errno {
	k.enter("CancelAFD")
	defer k.mu.Unlock()
	if k.lateCancel {
		k.asked = append(k.asked, op)
		return 0
	}
	if !k.cancel(op) {
		return iocp.StatusNotFound
	}
	return 0
}

func (k *kernel) CancelIoEx(_ demux.Handle, op *iocp.Operation) iocp.Errno {
	k.enter("CancelIoEx")
	defer k.mu.Unlock()
	if !k.cancel(op) {
		return iocp.ErrorNotFound
	}
	return 0
}

// start starts an operation that is not a poll. Where no answer is planted it
// goes on until finish.
func (k *kernel) start(call string, h demux.Handle, op *iocp.Operation) iocp.Errno {
	e := k.enter(call)
	defer k.mu.Unlock()
	if e != 0 && e != finishesAtOnce {
		return e
	}
	k.give(h, op)
	if e == 0 {
		k.flights = append(k.flights, op)
		return iocp.ErrorIOPending
	}
	if k.modes[h]&iocp.SkipOnSuccess == 0 {
		k.queue(op, 0, k.bytes)
		return 0
	}
	delete(k.owned, op)
	op.Overlapped.Internal, op.Overlapped.InternalHigh = 0, k.bytes
	return 0
}

// finishesAtOnce is an answer to plant: success, in the call.
const finishesAtOnce iocp.Errno = 0xffffffff

func (k *kernel) Recv(h demux.Handle, op *iocp.Operation, _ []byte) iocp.Errno {
	return k.start("Recv", h, op)
}

func (k *kernel) Send(h demux.Handle, op *iocp.Operation, _ []byte) iocp.Errno {
	return k.start("Send", h, op)
}

func (k *kernel) AcceptEx(l, _ demux.Handle, op *iocp.Operation) iocp.Errno {
	return k.start("AcceptEx", l, op)
}

func (k *kernel) ConnectEx(h demux.Handle, op *iocp.Operation, _ netip.AddrPort) iocp.Errno {
	return k.start("ConnectEx", h, op)
}

func (k *kernel) AcceptSocket(demux.Handle) (demux.Handle, iocp.Errno) {
	e := k.enter("AcceptSocket")
	defer k.mu.Unlock()
	if e != 0 {
		return 0, e
	}
	return k.add(), 0
}

func (k *kernel) CloseSocket(s demux.Handle) iocp.Errno { return k.CloseHandle(s) }

func (k *kernel) UpdateAccepted(demux.Handle, demux.Handle) iocp.Errno {
	e := k.enter("UpdateAccepted")
	defer k.mu.Unlock()
	return e
}

func (k *kernel) UpdateConnected(demux.Handle) iocp.Errno {
	e := k.enter("UpdateConnected")
	defer k.mu.Unlock()
	return e
}
