package fakedemux

import (
	"fmt"
	"strings"

	"reactortest/scheduler"
)

// Mode says which choices the simulated kernel may make.
type Mode uint8

// The modes. Tests judge in Faithful by default. The others are opt-in, and
// reports name them.
const (
	Faithful    Mode = iota // only what the real kernel may do
	POSIX                   // also what POSIX allows and the real kernel never does
	Adversarial             // also whatever else the contract of package demux allows
)

// String returns "faithful", "posix" or "adversarial".
func (m Mode) String() string {
	switch m {
	case Faithful:
		return "faithful"
	case POSIX:
		return "posix"
	case Adversarial:
		return "adversarial"
	default:
		return fmt.Sprintf("mode(%d)", uint8(m))
	}
}

// MaxFaults is the largest budget of a Plan.
const MaxFaults = 1000

// Plan says which faults a run may have: the PLAN segment of a tape.
type Plan struct {
	Mode   Mode
	Faults int    // budget of each class of faults in one run, 0 to MaxFaults
	Off    string // letters of the classes that are switched off, see Classes

	// WakeSwitches makes Wake, and the raw calls that do the same, switch
	// points: other tasks may act before the call, and between its effect and
	// its return. This finds a loop that wakes first and queues its work
	// afterward. It is off by default, because a program that holds a lock over
	// Wake would stop the simulation. It does not depend on Faults.
	WakeSwitches bool
}

// DefaultPlan is a faithful kernel with up to two faults of each class.
var DefaultPlan = Plan{Mode: Faithful, Faults: 2}

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

// class is a kind of fault: a switch, a rate and, from the plan, a budget.
type class struct {
	point  scheduler.Point
	letter byte
	mode   Mode   // the tamest mode that has it
	quiet  uint8  // of 256, how often sampling takes the quiet alternative
	budget bool   // the plan's budget limits it; false: it is scheduling, not a fault
	asked  family // whose waits and registrations ask it; an operation may ask it besides
	why    string
}

// classes is indexed by faultID.
var classes = [...]class{
	faultOrder:     {PointOrder, 'o', Faithful, 160, false, epollFamily | kqueueFamily, "epoll_wait(2) promises no order within a batch"},
	faultDelay:     {PointDelay, 'd', Faithful, 192, true, everyFamily, "a segment is on its way; tcp(7)"},
	faultSplit:     {PointSplit, 's', Faithful, 192, true, everyFamily, "a stream has no boundaries; tcp(7)"},
	faultDeliver:   {PointDeliver, 'v', Faithful, 128, true, everyFamily, "a stream has no boundaries; tcp(7)"},
	faultConnect:   {PointConnect, 'c', Faithful, 128, true, everyFamily, "EINPROGRESS; connect(2)"},
	faultShort:     {PointShort, 'w', Faithful, 224, true, everyFamily, "a write may accept a part; write(2)"},
	faultReset:     {PointReset, 'r', Faithful, 240, true, everyFamily, "a connection may be reset at any time; tcp(7)"},
	faultInterrupt: {PointInterrupt, 'i', Faithful, 224, true, epollFamily | kqueueFamily, "a blocking epoll_wait is never restarted; signal(7)"},
	faultLate:      {PointLate, 'l', Faithful, 192, true, everyFamily, "a timeout is a lower bound; epoll_wait(2)"},
	faultNoFile:    {PointNoFile, 'f', Faithful, 208, true, everyFamily, "EMFILE, ENFILE; accept(2), pipe(2), eventfd(2)"},
	faultNoSpace:   {PointNoSpace, 'n', Faithful, 208, true, everyFamily, "ENOSPC, ENOMEM; epoll_ctl(2)"},
	faultPacket:    {PointPacket, 'p', Faithful, 192, true, 0, "operations complete in any order; WSARecv, Remarks"},
	faultCancel:    {PointCancel, 'x', Faithful, 128, true, iocpFamily, "an operation may complete before its cancel; CancelIoEx, Remarks"},
	faultPolls:     {PointPolls, 'y', Faithful, 128, true, 0, "two polls of one socket through one handle of AFD are mixed up; Trio, notes-to-self/afd-lab.py"},
	faultClosing:   {PointClosing, 'b', Faithful, 128, true, 0, "closesocket: canceled by its documentation, aborted as its callers see it"},
	faultAgain:     {PointAgain, 'g', POSIX, 224, true, everyFamily, "readiness is a hint; select(2), BUGS"},
	faultShortRead: {PointShortRead, 'h', POSIX, 224, true, everyFamily, "a read may return less than there is; read(2)"},
	faultSignal:    {PointSignal, 'e', POSIX, 224, true, epollFamily | kqueueFamily, "a call may be interrupted before it has done anything; POSIX read, write, accept, EINTR"},
	faultSpurious:  {PointSpurious, 'u', Adversarial, 224, true, everyFamily, "rule W1: n = 0 for no reason"},
	faultHold:      {PointHold, 't', Adversarial, 192, true, epollFamily | kqueueFamily, "rule W5: at least one report, not when"},
}

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

func classLetters() string {
	var b strings.Builder
	for _, c := range classes {
		b.WriteByte(c.letter)
	}
	return b.String()
}

// Class describes one kind of choice that the kernel makes.
type Class struct {
	Point    scheduler.Point
	Letter   byte   // switches it off in a Plan
	Mode     Mode   // the first mode that allows it
	Budgeted bool   // the plan's budget limits it
	Why      string // the source that allows it

	asked family
}

// AskedOn reports whether waits and registrations on a kernel of the dialect can
// ask this choice. Choices that only operations ask do not count.
func (c Class) AskedOn(dialect string) bool { return c.asked&lookupDialect(dialect).family != 0 }

// Classes returns every kind of choice that the kernel makes, in a fixed order.
func Classes() []Class {
	all := make([]Class, len(classes))
	for i, c := range classes {
		all[i] = Class{Point: c.point, Letter: c.letter, Mode: c.mode, Budgeted: c.budget, Why: c.why, asked: c.asked}
	}
	return all
}

// faults are the budgets that are left in one run.
type faults struct {
	left  [faultCount]int
	on    bool
	wakes bool // Wake is a switch point
}

func (f *faults) begin(p Plan) {
	f.on, f.wakes = true, p.WakeSwitches
	for id, c := range classes {
		f.left[id] = 0
		switch {
		case c.mode > p.Mode || strings.IndexByte(p.Off, c.letter) >= 0:
		case !c.budget && p.Faults > 0:
			f.left[id] = 1 << 30
		default:
			f.left[id] = p.Faults
		}
	}
}

// may reports whether a fault of the class is possible now.
func (k *Kernel) may(id faultID) bool {
	return k.faults.left[id] > 0 && k.faults.on && !k.spared(id)
}

// fault asks whether a fault of the class happens here and now.
func (k *Kernel) fault(id faultID) bool { return k.faults.left[id] > 0 && k.askFault(id) }

func (k *Kernel) askFault(id faultID) bool {
	if !k.may(id) || !k.recorder.Fault(classes[id].point, classes[id].quiet) {
		return false
	}
	k.faults.left[id]--
	return true
}

// which asks which of n-1 faults of the class happens here and now, 0 for none.
func (k *Kernel) which(id faultID, n int) int {
	if !k.may(id) {
		return 0
	}
	k.choice = scheduler.Choice{Point: classes[id].point, N: n, Quiet: classes[id].quiet}
	got := k.recorder.Choose(&k.choice)
	if got > 0 {
		k.faults.left[id]--
	}
	return got
}

// amount asks how much of limit, 1 to limit, happens here and now.
func (k *Kernel) amount(id faultID, limit int) int {
	if k.faults.left[id] == 0 {
		return limit
	}
	return k.askAmount(id, limit)
}

func (k *Kernel) askAmount(id faultID, limit int) int {
	if limit < 2 || !k.may(id) {
		return limit
	}
	n := k.recorder.Amount(classes[id].point, limit, classes[id].quiet)
	if n != limit {
		k.faults.left[id]--
	}
	return n
}
