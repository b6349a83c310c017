// Package machine is the bottom of the simulated kernel: virtual time and tasks, the choices
// of a run, descriptors and open file descriptions, and who waits for what. It knows no
// object and no dialect.
package machine

import (
	"time"

	"reactortest/fakedemux/internal/errno"
	"reactortest/scheduler"
)

// Limits of a machine.
const (
	MostDescriptors = 1 << 20 // proc_sys_fs(5): "The default value in nr_open is 1048576"

	// patience is how many polls that find nothing one task may make in a row,
	// alone and without progress, before they move virtual time.
	patience = 32
	// longestStep is how far an empty poll moves virtual time if nothing has a
	// deadline.
	longestStep = time.Millisecond

	Never = time.Duration(1<<63 - 1)
)

// Machine is what every kernel has, whatever its objects and its calls: virtual time
// and tasks, the choices of a run and its faults, the tables of descriptors, and who
// waits for what.
type Machine struct {
	Tasks    *scheduler.Tasks
	Recorder *scheduler.Recorder
	Faults   faults
	Choice   scheduler.Choice

	Resolution time.Duration // grain of the timeouts of the kernel's waits
	Signaled   bool          // a signal may end a wait

	Program, World Table
	Separate       bool // tasks outside use the table of the world
	lastID         uint64
	descriptions   Pool[Description]
	spareBytes     [][]byte

	signals   []taskSignals     // of tasks that have met any
	NoRestart uint64            // the signals whose handlers have no SA_RESTART
	sleepers  []*scheduler.Task // in a system call that a signal ends

	Polls   int           // empty polls in a row, see EmptyPoll
	Late    time.Duration // that timeouts came late, in this run
	Events  uint64        // things that have happened to objects
	Lacks   string        // what a call has asked for first that is not simulated
	OnIdle  func(now time.Duration)
	outside []bool // by task
}

// Begin begins a new run. The caller begins the tasks, the tables and the faults.
func (k *Machine) Begin() {
	k.lastID, k.Polls, k.Events, k.Late, k.Lacks = 0, 0, 0, 0, ""
	k.signals, k.NoRestart, k.sleepers = k.signals[:0], 0, k.sleepers[:0]
	k.descriptions.Reset()
	k.OnIdle, k.outside = nil, k.outside[:0]
}

// Call makes the record of a call on fd, by a goroutine that may call.
func (k *Machine) Call(name string, fd int, reads bool) scheduler.Call {
	c := scheduler.Call{Name: name, Handle: fd, Reads: reads}
	k.Tasks.Enter(c)
	if d := k.Lookup(fd); d != nil {
		c.Object = d.ID
	}
	return c
}

// Step is a switch point of a call on fd, and returns what fd names then, nil if it is not
// open.
func (k *Machine) Step(name string, fd int, reads bool) *Description {
	d := k.Lookup(fd)
	object := uint64(0)
	if d != nil {
		object = d.ID
	}
	if k.Tasks.Step(name, fd, object, reads) {
		return k.Lookup(fd)
	}
	return d
}

// Now is the virtual time of a caller that may call.
func (k *Machine) Now() time.Duration {
	k.Tasks.Enter(scheduler.Call{Name: "now", Handle: -1})
	return k.Tasks.Now()
}

// Idle calls OnIdle.
func (k *Machine) Idle() {
	if k.OnIdle != nil {
		k.OnIdle(k.Tasks.Now())
	}
}

// Progress says that the current task has done more than to poll.
func (k *Machine) Progress() { k.Polls = 0 }

// EmptyPoll is a wait with timeout 0 that found nothing. A task that polls again and
// again while no other task can run would stop virtual time. So each poll after the
// first patience ones moves the clock to the next deadline. If nothing has a deadline,
// the clock moves by the resolution of the dialect's timeouts, and by twice as much with
// each further poll, up to longestStep.
func (k *Machine) EmptyPoll() {
	if !k.Tasks.Alone() {
		k.Polls = 0
		return
	}
	k.Polls++
	if k.Polls <= patience {
		return
	}
	k.Idle()
	if !k.Tasks.Alone() {
		return
	}
	at, set := k.Tasks.NextDeadline()
	if !set {
		at = k.Tasks.After(min(k.Resolution<<min(k.Polls-patience-1, 20), longestStep))
	}
	k.Tasks.Advance(at)
}

// Refuse notes that the simulation does not have what, and returns the failure of the
// call that asks for it.
func (k *Machine) Refuse(what string) errno.Failure {
	if k.Lacks == "" {
		k.Lacks = what
	}
	return errno.NotSimulated
}

// TakeBytes returns memory for one call.
func (k *Machine) TakeBytes(n int) []byte {
	if last := len(k.spareBytes) - 1; last >= 0 && cap(k.spareBytes[last]) >= n {
		b := k.spareBytes[last][:n]
		k.spareBytes = k.spareBytes[:last]
		return b
	}
	return make([]byte, n)
}

// GiveBytes gives the memory of TakeBytes back. A call that blocks keeps it meanwhile.
func (k *Machine) GiveBytes(b []byte) {
	if cap(b) > 0 && len(k.spareBytes) < 8 {
		k.spareBytes = append(k.spareBytes, b)
	}
}

// SetOutside says whether t acts outside the program under test, and returns what was
// said before.
func (k *Machine) SetOutside(t *scheduler.Task, on bool) (was bool) {
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
func (k *Machine) isOutside() bool {
	t := k.Tasks.Current()
	return t != nil && t.Number() < len(k.outside) && k.outside[t.Number()]
}
