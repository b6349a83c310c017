package fakedemux

import (
	"time"

	"reactortest/scheduler"
)

// lateness is by how much a decision makes a timeout late.
const lateness = 3 * time.Millisecond

// The choice points of the simulated kernel.
var (
	pointOrder     = scheduler.NewPoint("order", "Which event of a batch comes next. Alternative 0 is the one that has been ready longest.")
	pointDelay     = scheduler.NewPoint("delay", "Whether a TCP segment arrives later. Alternative 0: it arrives at once.")
	pointSplit     = scheduler.NewPoint("split", "How much of a TCP write arrives at once. Alternative 0: all of it.")
	pointDeliver   = scheduler.NewPoint("deliver", "How much of what is in flight arrives in one step. Alternative 0: all of it.")
	pointConnect   = scheduler.NewPoint("connect", "Whether a connect finishes later. Alternative 0: it finishes at once.")
	pointShort     = scheduler.NewPoint("short-write", "How much of a write is accepted. Alternative 0: all that the buffer has room for.")
	pointReset     = scheduler.NewPoint("reset", "Whether a TCP connection is reset under a write. Alternative 0: it is not.")
	pointInterrupt = scheduler.NewPoint("interrupt", "Whether a signal ends a blocking wait with EINTR, at once or in the middle of it. Alternative 0: no signal comes.")
	pointLate      = scheduler.NewPoint("late", "Whether a timeout comes late. Alternative 0: it comes on time.")
	pointNoFile    = scheduler.NewPoint("no-file", "Whether a call that makes a descriptor fails, with EMFILE or ENFILE. Alternative 0: it does not.")
	pointNoSpace   = scheduler.NewPoint("no-space", "Whether a registration fails, with ENOSPC or ENOMEM. Alternative 0: it does not.")
	pointPacket    = scheduler.NewPoint("packet", "Whether the packet of an operation comes later than the end of the operation. Alternative 0: it comes at once.")
	pointCancel    = scheduler.NewPoint("cancel", "Whether an operation that is canceled ends later: it may finish first. Alternative 0: it is canceled at once.")
	pointPolls     = scheduler.NewPoint("polls", "Whether a condition that one poll of a socket waits for ends an earlier poll of that socket through the same handle of AFD. The poll that waited for the condition then does not end by itself. Alternative 0: each poll ends by its own conditions.")
	pointClosing   = scheduler.NewPoint("closing", "How the sends and receives in flight on a connection end when its socket is closed: 1 with STATUS_LOCAL_DISCONNECT, 2 with STATUS_CANCELLED, 3 with STATUS_CONNECTION_ABORTED and a reset to the peer. Alternative 0: with STATUS_CONNECTION_ABORTED.")
	pointAgain     = scheduler.NewPoint("again", "Whether a call on a handle that is ready finds nothing (EAGAIN). Alternative 0: it does not.")
	pointShortRead = scheduler.NewPoint("short-read", "How much of what has arrived a read returns. Alternative 0: all that fits.")
	pointSignal    = scheduler.NewPoint("signal", "Whether a signal ends a call that does not block, with EINTR. Alternative 0: no signal comes.")
	pointSpurious  = scheduler.NewPoint("spurious", "Whether a Wait returns with nothing. Alternative 0: it does not.")
	pointGroup     = scheduler.NewPoint("group", "Which socket of a SO_REUSEPORT group gets a connection or a datagram. The class o switches it too. Alternative 0: the next in turn.")
	pointHold      = scheduler.NewPoint("hold", "Whether an edge is held back until a later Wait. Alternative 0: it is reported now.")
)

// faultID is a class of choices.
type faultID uint8

const (
	faultOrder faultID = iota
	faultDelay
	faultSplit
	faultDeliver
	faultConnect
	faultShort
	faultReset
	faultInterrupt
	faultLate
	faultNoFile
	faultNoSpace
	faultPacket
	faultCancel
	faultPolls
	faultClosing
	faultAgain
	faultShortRead
	faultSignal
	faultSpurious
	faultHold
	faultCount
)

// asked has the point of each class, how often of 256 sampling takes the quiet
// alternative, and whether the class strikes only the task that makes a call. A task
// outside of the program under test is spared those. Faults of the network, such as a
// delay or a reset, are not among them.
var asked = [faultCount]struct {
	point scheduler.Point
	quiet uint8
	own   bool
}{
	faultOrder:     {pointOrder, 160, false},
	faultDelay:     {pointDelay, 192, false},
	faultSplit:     {pointSplit, 192, false},
	faultDeliver:   {pointDeliver, 128, false},
	faultConnect:   {pointConnect, 128, false},
	faultShort:     {pointShort, 224, true},
	faultReset:     {pointReset, 240, false},
	faultInterrupt: {pointInterrupt, 224, true},
	faultLate:      {pointLate, 192, true},
	faultNoFile:    {pointNoFile, 208, true},
	faultNoSpace:   {pointNoSpace, 208, true},
	faultPacket:    {pointPacket, 192, false},
	faultCancel:    {pointCancel, 128, false},
	faultPolls:     {pointPolls, 128, false},
	faultClosing:   {pointClosing, 128, false},
	faultAgain:     {pointAgain, 224, true},
	faultShortRead: {pointShortRead, 224, true},
	faultSignal:    {pointSignal, 224, true},
	faultSpurious:  {pointSpurious, 224, true},
	faultHold:      {pointHold, 192, true},
}

// faults are the budgets that are left in one run.
type faults struct {
	left [faultCount]int
	on   bool
}

// may reports whether a fault of the class is possible now.
func (k *machine) may(id faultID) bool {
	return k.faults.left[id] > 0 && k.faults.on && !k.spared(id)
}

// fault asks whether a fault of the class happens here and now.
func (k *machine) fault(id faultID) bool { return k.faults.left[id] > 0 && k.askFault(id) }

func (k *machine) askFault(id faultID) bool {
	if !k.may(id) || !k.recorder.Fault(asked[id].point, asked[id].quiet) {
		return false
	}
	k.faults.left[id]--
	return true
}

// which asks which of n-1 faults of the class happens here and now, 0 for none.
func (k *machine) which(id faultID, n int) int {
	if !k.may(id) {
		return 0
	}
	k.choice = scheduler.Choice{Point: asked[id].point, N: n, Quiet: asked[id].quiet}
	got := k.recorder.Choose(&k.choice)
	if got > 0 {
		k.faults.left[id]--
	}
	return got
}

// amount asks how much of limit, 1 to limit, happens here and now.
func (k *machine) amount(id faultID, limit int) int {
	if k.faults.left[id] == 0 {
		return limit
	}
	return k.askAmount(id, limit)
}

func (k *machine) askAmount(id faultID, limit int) int {
	if limit < 2 || !k.may(id) {
		return limit
	}
	n := k.recorder.Amount(asked[id].point, limit, asked[id].quiet)
	if n != limit {
		k.faults.left[id]--
	}
	return n
}

// spared reports whether a fault of the class does not strike the current task.
func (k *machine) spared(id faultID) bool {
	return len(k.outside) > 0 && asked[id].own && k.isOutside()
}

// reorder lets the strategy choose the order of the events of a batch.
func reorder[E any](k *machine, batch []E) {
	if len(batch) < 2 || !k.may(faultOrder) {
		return
	}
	for i := range min(len(batch)-1, maxReordered) {
		k.choice = scheduler.Choice{Point: pointOrder, N: min(len(batch)-i, maxReordered), Quiet: asked[faultOrder].quiet}
		j := i + k.recorder.Choose(&k.choice)
		ev := batch[j]
		copy(batch[i+1:j+1], batch[i:j])
		batch[i] = ev
	}
}

// maxReordered is how many events of a batch have an order that is a choice.
const maxReordered = 8
