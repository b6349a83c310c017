package machine

import (
	"time"

	"reactortest/scheduler"
)

// Lateness is by how much a decision makes a timeout late.
const Lateness = 3 * time.Millisecond

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

// FaultID is a class of choices.
type FaultID uint8

// The classes. Each has its point.
const (
	FaultOrder FaultID = iota
	FaultDelay
	FaultSplit
	FaultDeliver
	FaultConnect
	FaultShort
	FaultReset
	FaultInterrupt
	FaultLate
	FaultNoFile
	FaultNoSpace
	FaultPacket
	FaultCancel
	FaultPolls
	FaultClosing
	FaultAgain
	FaultShortRead
	FaultSignal
	FaultSpurious
	FaultHold
	faultCount
)

// Asked has the point of each class, how often of 256 sampling takes the quiet
// alternative, and whether the class strikes only the task that makes a call. A task
// outside of the program under test is spared those. Faults of the network, such as a
// delay or a reset, are not among them.
var Asked = [faultCount]struct {
	Point scheduler.Point
	Quiet uint8
	own   bool
}{
	FaultOrder:     {PointOrder, 160, false},
	FaultDelay:     {PointDelay, 192, false},
	FaultSplit:     {PointSplit, 192, false},
	FaultDeliver:   {PointDeliver, 128, false},
	FaultConnect:   {PointConnect, 128, false},
	FaultShort:     {PointShort, 224, true},
	FaultReset:     {PointReset, 240, false},
	FaultInterrupt: {PointInterrupt, 224, true},
	FaultLate:      {PointLate, 192, true},
	FaultNoFile:    {PointNoFile, 208, true},
	FaultNoSpace:   {PointNoSpace, 208, true},
	FaultPacket:    {PointPacket, 192, false},
	FaultCancel:    {PointCancel, 128, false},
	FaultPolls:     {PointPolls, 128, false},
	FaultClosing:   {PointClosing, 128, false},
	FaultAgain:     {PointAgain, 224, true},
	FaultShortRead: {PointShortRead, 224, true},
	FaultSignal:    {PointSignal, 224, true},
	FaultSpurious:  {PointSpurious, 224, true},
	FaultHold:      {PointHold, 192, true},
}

// Budgets has how many faults of each class a run may have.
type Budgets [faultCount]int

// faults are the budgets of a run.
type faults struct {
	Left Budgets // all 0 while faults are off
	rest Budgets // what is left while faults are off
	off  bool
}

// BeginFaults begins a run with the given budgets. Faults are on.
func (k *Machine) BeginFaults(b *Budgets) { k.Faults.Left, k.Faults.off = *b, false }

// SwitchFaults switches faults on or off. They are on when a run begins.
func (k *Machine) SwitchFaults(on bool) {
	f := &k.Faults
	switch {
	case on && f.off:
		f.Left = f.rest
	case !on && !f.off:
		f.rest, f.Left = f.Left, Budgets{}
	}
	f.off = !on
}

// May reports whether a fault of the class is possible now.
func (k *Machine) May(id FaultID) bool {
	return k.Faults.Left[id] > 0 && !k.spared(id)
}

// Fault asks whether a fault of the class happens here and now.
func (k *Machine) Fault(id FaultID) bool { return k.Faults.Left[id] > 0 && k.askFault(id) }

func (k *Machine) askFault(id FaultID) bool {
	if !k.May(id) || !k.Recorder.Fault(Asked[id].Point, Asked[id].Quiet) {
		return false
	}
	k.Faults.Left[id]--
	return true
}

// Which asks which of n-1 faults of the class happens here and now, 0 for none.
func (k *Machine) Which(id FaultID, n int) int {
	if !k.May(id) {
		return 0
	}
	k.Choice = scheduler.Choice{Point: Asked[id].Point, N: n, Quiet: Asked[id].Quiet}
	got := k.Recorder.Choose(&k.Choice)
	if got > 0 {
		k.Faults.Left[id]--
	}
	return got
}

// Amount asks how much of limit, 1 to limit, happens here and now.
func (k *Machine) Amount(id FaultID, limit int) int {
	if k.Faults.Left[id] == 0 {
		return limit
	}
	return k.askAmount(id, limit)
}

func (k *Machine) askAmount(id FaultID, limit int) int {
	if limit < 2 || !k.May(id) {
		return limit
	}
	n := k.Recorder.Amount(Asked[id].Point, limit, Asked[id].Quiet)
	if n != limit {
		k.Faults.Left[id]--
	}
	return n
}

// spared reports whether a fault of the class does not strike the current task.
func (k *Machine) spared(id FaultID) bool {
	return len(k.outside) > 0 && Asked[id].own && k.isOutside()
}

// Reorder lets the strategy choose the order of the events of a batch.
func Reorder[E any](k *Machine, batch []E) {
	if len(batch) < 2 || !k.May(FaultOrder) {
		return
	}
	for i := range min(len(batch)-1, maxReordered) {
		k.Choice = scheduler.Choice{Point: PointOrder, N: min(len(batch)-i, maxReordered), Quiet: Asked[FaultOrder].Quiet}
		j := i + k.Recorder.Choose(&k.Choice)
		ev := batch[j]
		copy(batch[i+1:j+1], batch[i:j])
		batch[i] = ev
	}
}

// maxReordered is how many events of a batch have an order that is a choice.
const maxReordered = 8
