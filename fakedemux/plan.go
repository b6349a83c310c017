package fakedemux

import (
	"fmt"
	"strings"

	"reactortest/fakedemux/internal/machine"
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

// class is what a plan can say of a kind of choices.
type class struct {
	letter byte
	mode   Mode   // the tamest mode that has it
	budget bool   // the plan's budget limits it; false: it is scheduling, not a fault
	asked  family // whose waits and registrations ask it; an operation may ask it besides
	why    string
}

// classes is indexed by FaultID.
var classes = [...]class{
	machine.FaultOrder:     {'o', Faithful, false, epollFamily | kqueueFamily, "epoll_wait(2) promises no order within a batch"},
	machine.FaultDelay:     {'d', Faithful, true, everyFamily, "a segment is on its way; tcp(7)"},
	machine.FaultSplit:     {'s', Faithful, true, everyFamily, "a stream has no boundaries; tcp(7)"},
	machine.FaultDeliver:   {'v', Faithful, true, everyFamily, "a stream has no boundaries; tcp(7)"},
	machine.FaultConnect:   {'c', Faithful, true, everyFamily, "EINPROGRESS; connect(2)"},
	machine.FaultShort:     {'w', Faithful, true, everyFamily, "a write may accept a part; write(2)"},
	machine.FaultReset:     {'r', Faithful, true, everyFamily, "a connection may be reset at any time; tcp(7)"},
	machine.FaultInterrupt: {'i', Faithful, true, epollFamily | kqueueFamily, "a blocking epoll_wait is never restarted; signal(7)"},
	machine.FaultLate:      {'l', Faithful, true, everyFamily, "a timeout is a lower bound; epoll_wait(2)"},
	machine.FaultNoFile:    {'f', Faithful, true, everyFamily, "EMFILE, ENFILE; accept(2), pipe(2), eventfd(2)"},
	machine.FaultNoSpace:   {'n', Faithful, true, everyFamily, "ENOSPC, ENOMEM; epoll_ctl(2)"},
	machine.FaultPacket:    {'p', Faithful, true, 0, "operations complete in any order; WSARecv, Remarks"},
	machine.FaultCancel:    {'x', Faithful, true, iocpFamily, "an operation may complete before its cancel; CancelIoEx, Remarks"},
	machine.FaultPolls:     {'y', Faithful, true, 0, "two polls of one socket through one handle of AFD are mixed up; Trio, notes-to-self/afd-lab.py"},
	machine.FaultClosing:   {'b', Faithful, true, 0, "closesocket: canceled by its documentation, aborted as its callers see it"},
	machine.FaultAgain:     {'g', POSIX, true, everyFamily, "readiness is a hint; select(2), BUGS"},
	machine.FaultShortRead: {'h', POSIX, true, everyFamily, "a read may return less than there is; read(2)"},
	machine.FaultSignal:    {'e', POSIX, true, epollFamily | kqueueFamily, "a call may be interrupted before it has done anything; POSIX read, write, accept, EINTR"},
	machine.FaultSpurious:  {'u', Adversarial, true, everyFamily, "rule W1: n = 0 for no reason"},
	machine.FaultHold:      {'t', Adversarial, true, epollFamily | kqueueFamily, "rule W5: at least one report, not when"},
}

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
		all[i] = Class{Point: machine.Asked[i].Point, Letter: c.letter, Mode: c.mode, Budgeted: c.budget, Why: c.why, asked: c.asked}
	}
	return all
}

// budgets returns how many faults of each class a run with the plan may have.
func (p Plan) budgets() (all machine.Budgets) {
	for id, c := range classes {
		switch {
		case c.mode > p.Mode || strings.IndexByte(p.Off, c.letter) >= 0:
		case !c.budget && p.Faults > 0:
			all[id] = 1 << 30
		default:
			all[id] = p.Faults
		}
	}
	return all
}
