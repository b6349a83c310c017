package fakedemux

import (
	"time"

	"reactortest/scheduler"
)

// Limits of a machine.
const (
	mostDescriptors = 1 << 20 // proc_sys_fs(5): "The default value in nr_open is 1048576"

	// patience is how many polls that find nothing one task may make in a row,
	// alone and without progress, before they move virtual time.
	patience = 32
	// longestStep is how far an empty poll moves virtual time if nothing has a
	// deadline.
	longestStep = time.Millisecond

	never = time.Duration(1<<63 - 1)
)

// machine is what every kernel has, whatever its objects and its calls: virtual time
// and tasks, the choices of a run and its faults, the tables of descriptors, and who
// waits for what.
type machine struct {
	tasks    *scheduler.Tasks
	recorder *scheduler.Recorder
	faults   faults
	choice   scheduler.Choice

	resolution time.Duration // grain of the timeouts of the kernel's waits
	signaled   bool          // a signal may end a wait

	program, world table
	separate       bool // tasks outside use the table of the world
	lastID         uint64
	descriptions   pool[description]
	spareBytes     [][]byte

	signals   []taskSignals     // of tasks that have met any
	noRestart uint64            // the signals whose handlers have no SA_RESTART
	sleepers  []*scheduler.Task // in a system call that a signal ends

	polls   int           // empty polls in a row, see emptyPoll
	late    time.Duration // that timeouts came late, in this run
	events  uint64        // things that have happened to objects
	lacks   string        // what a call has asked for first that is not simulated
	onIdle  func(now time.Duration)
	outside []bool // by task
}

// begin begins a new run. The caller begins the tasks, the tables and the faults.
func (k *machine) begin() {
	k.lastID, k.polls, k.events, k.late, k.lacks = 0, 0, 0, 0, ""
	k.signals, k.noRestart, k.sleepers = k.signals[:0], 0, k.sleepers[:0]
	k.descriptions.reset()
	k.onIdle, k.outside = nil, k.outside[:0]
}

// call makes the record of a call on fd, by a goroutine that may call.
func (k *machine) call(name string, fd int, reads bool) scheduler.Call {
	c := scheduler.Call{Name: name, Handle: fd, Reads: reads}
	k.tasks.Enter(c)
	if d := k.lookup(fd); d != nil {
		c.Object = d.id
	}
	return c
}

// switchOn is a switch point of a call on fd, and returns what fd names then.
func (k *machine) switchOn(name string, fd int, reads bool) *description {
	k.tasks.Switch(k.call(name, fd, reads))
	return k.lookup(fd)
}

// now is the virtual time of a caller that may call.
func (k *machine) now() time.Duration {
	k.tasks.Enter(scheduler.Call{Name: "now", Handle: -1})
	return k.tasks.Now()
}

func (k *machine) idle() {
	if k.onIdle != nil {
		k.onIdle(k.tasks.Now())
	}
}

// progress says that the current task has done more than to poll.
func (k *machine) progress() { k.polls = 0 }

// emptyPoll is a wait with timeout 0 that found nothing. A task that polls again and
// again while no other task can run would stop virtual time. So each poll after the
// first patience ones moves the clock to the next deadline. If nothing has a deadline,
// the clock moves by the resolution of the dialect's timeouts, and by twice as much with
// each further poll, up to longestStep.
func (k *machine) emptyPoll() {
	if !k.tasks.Alone() {
		k.polls = 0
		return
	}
	k.polls++
	if k.polls <= patience {
		return
	}
	k.idle()
	if !k.tasks.Alone() {
		return
	}
	at, set := k.tasks.NextDeadline()
	if !set {
		at = k.tasks.After(min(k.resolution<<min(k.polls-patience-1, 20), longestStep))
	}
	k.tasks.Advance(at)
}

// refuse notes that the simulation does not have what, and returns the failure of the
// call that asks for it.
func (k *machine) refuse(what string) failure {
	if k.lacks == "" {
		k.lacks = what
	}
	return notSimulated
}

// takeBytes returns memory for one call.
func (k *machine) takeBytes(n int) []byte {
	if last := len(k.spareBytes) - 1; last >= 0 && cap(k.spareBytes[last]) >= n {
		b := k.spareBytes[last][:n]
		k.spareBytes = k.spareBytes[:last]
		return b
	}
	return make([]byte, n)
}

// giveBytes gives the memory of takeBytes back. A call that blocks keeps it meanwhile.
func (k *machine) giveBytes(b []byte) {
	if cap(b) > 0 && len(k.spareBytes) < 8 {
		k.spareBytes = append(k.spareBytes, b)
	}
}

// setOutside says whether t acts outside the program under test, and returns what was
// said before.
func (k *machine) setOutside(t *scheduler.Task, on bool) (was bool) {
	n := t.Number()
	if n >= len(k.outside) {
		if !on {
			return false
		}
		k.outside = append(k.outside, make([]bool, n+1-len(k.outside))...)
	}
	was, k.outside[n] = k.outside[n], on
	return was
}

// isOutside reports whether the current task acts outside the program.
func (k *machine) isOutside() bool {
	t := k.tasks.Current()
	return t != nil && t.Number() < len(k.outside) && k.outside[t.Number()]
}
