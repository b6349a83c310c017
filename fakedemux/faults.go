package fakedemux

import (
	"time"

	"reactortest/scheduler"
)

// lateness is by how much a decision makes a timeout late.
const lateness = 3 * time.Millisecond

// The choice points of the simulated kernel.
var (
	PointOrder     = scheduler.NewPoint("order", "Which event of a batch comes next. Alternative 0 is the one that has been ready longest.")
	PointDelay     = scheduler.NewPoint("delay", "Whether a TCP segment arrives later. Alternative 0: it arrives at once.")
	PointSplit     = scheduler.NewPoint("split", "How much of a TCP write arrives at once. Alternative 0: all of it.")
	PointDeliver   = scheduler.NewPoint("deliver", "How much of what is in flight arrives in one step. Alternative 0: all of it.")
	PointConnect   = scheduler.NewPoint("connect", "Whether a connect finishes later. Alternative 0: it finishes at once.")
	PointShort     = scheduler.NewPoint("short-write", "How much of a write is accepted. Alternative 0: all that the buffer has room for.")
	PointReset     = scheduler.NewPoint("reset", "Whether a TCP connection is reset under a write. Alternative 0: it is not.")
	PointInterrupt = scheduler.NewPoint("interrupt", "Whether a signal ends a blocking wait with EINTR, at once or in the middle of it. Alternative 0: no signal comes.")
	PointLate      = scheduler.NewPoint("late", "Whether a timeout comes late. Alternative 0: it comes on time.")
	PointNoFile    = scheduler.NewPoint("no-file", "Whether a call that makes a descriptor fails, with EMFILE or ENFILE. Alternative 0: it does not.")
	PointNoSpace   = scheduler.NewPoint("no-space", "Whether a registration fails, with ENOSPC or ENOMEM. Alternative 0: it does not.")
	PointPacket    = scheduler.NewPoint("packet", "Whether the packet of an operation comes later than the end of the operation. Alternative 0: it comes at once.")
	PointCancel    = scheduler.NewPoint("cancel", "Whether an operation that is canceled ends later: it may finish first. Alternative 0: it is canceled at once.")
	PointPolls     = scheduler.NewPoint("polls", "Whether a condition that one poll of a socket waits for ends an earlier poll of that socket through the same handle of AFD. The poll that waited for the condition then does not end by itself. Alternative 0: each poll ends by its own conditions.")
	PointClosing   = scheduler.NewPoint("closing", "How the sends and receives in flight on a connection end when its socket is closed: 1 with STATUS_LOCAL_DISCONNECT, 2 with STATUS_CANCELLED, 3 with STATUS_CONNECTION_ABORTED and a reset to the peer. Alternative 0: with STATUS_CONNECTION_ABORTED.")
	PointAgain     = scheduler.NewPoint("again", "Whether a call on a handle that is ready finds nothing (EAGAIN). Alternative 0: it does not.")
	PointShortRead = scheduler.NewPoint("short-read", "How much of what has arrived a read returns. Alternative 0: all that fits.")
	PointSignal    = scheduler.NewPoint("signal", "Whether a signal ends a call that does not block, with EINTR. Alternative 0: no signal comes.")
	PointSpurious  = scheduler.NewPoint("spurious", "Whether a Wait returns with nothing. Alternative 0: it does not.")
	PointGroup     = scheduler.NewPoint("group", "Which socket of a SO_REUSEPORT group gets a connection or a datagram. The class o switches it too. Alternative 0: the next in turn.")
	PointHold      = scheduler.NewPoint("hold", "Whether an edge is held back until a later Wait. Alternative 0: it is reported now.")
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
	faultOrder:     {PointOrder, 160, false},
	faultDelay:     {PointDelay, 192, false},
	faultSplit:     {PointSplit, 192, false},
	faultDeliver:   {PointDeliver, 128, false},
	faultConnect:   {PointConnect, 128, false},
	faultShort:     {PointShort, 224, true},
	faultReset:     {PointReset, 240, false},
	faultInterrupt: {PointInterrupt, 224, true},
	faultLate:      {PointLate, 192, true},
	faultNoFile:    {PointNoFile, 208, true},
	faultNoSpace:   {PointNoSpace, 208, true},
	faultPacket:    {PointPacket, 192, false},
	faultCancel:    {PointCancel, 128, false},
	faultPolls:     {PointPolls, 128, false},
	faultClosing:   {PointClosing, 128, false},
	faultAgain:     {PointAgain, 224, true},
	faultShortRead: {PointShortRead, 224, true},
	faultSignal:    {PointSignal, 224, true},
	faultSpurious:  {PointSpurious, 224, true},
	faultHold:      {PointHold, 192, true},
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
		k.choice = scheduler.Choice{Point: PointOrder, N: min(len(batch)-i, maxReordered), Quiet: asked[faultOrder].quiet}
		j := i + k.recorder.Choose(&k.choice)
		ev := batch[j]
		copy(batch[i+1:j+1], batch[i:j])
		batch[i] = ev
	}
}

// maxReordered is how many events of a batch have an order that is a choice.
const maxReordered = 8
