package fakedemux

import (
	"cmp"
	"fmt"

	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/ports"
	"reactortest/scheduler"
)

// Words describes, for a time line, what an answer other than 0 to a choice of this
// kernel means. Call it while c is asked. name turns the name of a task into the
// name that the time line has for it.
func (k *Kernel) Words(c *scheduler.Choice, got int, name func(task string) string) string {
	if c.Point == scheduler.PointTask {
		who, acts := k.actorWords(c.Alts[got], name)
		other, passed := k.actorWords(c.Alts[0], name)
		if who != "" {
			acts = who + " runs"
		}
		return acts + " before " + cmp.Or(other, passed)
	}
	if text := k.faultWords(c, got); text != "" {
		if t := k.system.Tasks.Current(); t != nil && c.Point != PointOrder {
			return name(t.Name()) + ": " + text
		}
		return text
	}
	return fmt.Sprintf("%s takes alternative %d of 0 to %d", c.Point, got, c.N-1)
}

// stepWords says what a pending step does.
var stepWords = map[string]string{
	"deliver": "what is in flight arrives",
	"connect": "a connect finishes",
	"packet":  "the packet of an operation comes",
	"cancel":  "a canceled operation ends",
	"again":   "an edge is reported again",
}

// actorWords returns the name of the task that a is, or what the pending step does.
func (k *Kernel) actorWords(a scheduler.Alternative, name func(string) string) (who, does string) {
	task, step := k.system.Tasks.Who(a)
	if task != nil {
		return name(task.Name()), ""
	}
	return "", cmp.Or(stepWords[step], "the step "+step+" is taken")
}

// plainWords says what the answer 1 means where it says everything.
var plainWords = map[scheduler.Point]string{
	PointDelay:    "what it sends arrives later",
	PointConnect:  "the connect finishes later",
	PointReset:    "the connection is reset",
	PointPacket:   "the packet of the operation comes later",
	PointCancel:   "the canceled operation ends later",
	PointPolls:    "a condition that one poll of a socket waits for ends another one",
	PointAgain:    "the call finds nothing (EAGAIN), and the handle is ready",
	PointSignal:   "a signal ends the call (EINTR)",
	PointSpurious: "the wait returns with nothing",
	PointHold:     "an edge is held back until a later wait",
}

func (k *Kernel) faultWords(c *scheduler.Choice, got int) string {
	switch c.Point {
	case PointOrder:
		return fmt.Sprintf("the batch is reported in another order: event %d of the %d that are left comes next", got+1, c.N)
	case PointSplit:
		return fmt.Sprintf("%s at once, the rest later", portion("arrive", c.Limit, got))
	case PointDeliver:
		return portion("arrive", c.Limit, got) + " in one step"
	case PointShort:
		return fmt.Sprintf("the write accepts %s of %d", bytes(scheduler.Rung(c.Limit, got)), c.Limit)
	case PointShortRead:
		return fmt.Sprintf("the read returns %s of %d", bytes(scheduler.Rung(c.Limit, got)), c.Limit)
	case PointInterrupt:
		if got == machine.SignalInTheMiddle {
			return "a signal ends the wait in the middle (EINTR)"
		}
		return "a signal ends the wait at once (EINTR)"
	case PointLate:
		return fmt.Sprintf("the timeout of the wait comes %v late", machine.Lateness)
	case PointNoFile:
		return "the call fails: no descriptor is left (" + [...]string{"", "EMFILE", "ENFILE"}[min(got, 2)] + ")"
	case PointNoSpace:
		return "the registration fails (" + [...]string{"", "ENOSPC", "ENOMEM"}[min(got, 2)] + ")"
	case PointClosing:
		return "the operations in flight on a closed socket end " +
			[...]string{"", "with STATUS_LOCAL_DISCONNECT", "with STATUS_CANCELLED", "with STATUS_CONNECTION_ABORTED, and the peer is reset"}[min(got, ports.ClosingReset)]
	case PointGroup:
		return fmt.Sprintf("the socket of the SO_REUSEPORT group that is %d further gets it", got)
	default:
		return plainWords[c.Point]
	}
}

// portion says how much of limit bytes is meant: "1 of 5 bytes arrive".
func portion(verb string, limit, got int) string {
	n := scheduler.Rung(limit, got)
	if n == 1 {
		verb += "s"
	}
	return fmt.Sprintf("%d of %s %s", n, bytes(limit), verb)
}

func bytes(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
