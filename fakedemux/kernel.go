package fakedemux

import (
	"fmt"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux/internal/epolls"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
	"reactortest/scheduler"
)

const (
	defaultDescriptors  = 1024
	defaultStreamBuffer = 4096
)

// Options are the settings of a simulated kernel. A nil *Options means the
// defaults.
type Options struct {
	Dialect       string           // whose calls the kernel answers, see Dialects; "epoll"
	Runner        scheduler.Runner // what carries tasks; NewCoroutine if nil
	Budget        scheduler.Budget // of one run
	Plan          *Plan            // which faults a run may have; no faults if nil
	Descriptors   int              // open at once, EMFILE beyond; 1 to MaxDescriptors, 1024 if 0
	StreamBuffer  int              // bytes sent and unread in one direction of a stream; 1 to MaxStreamBuffer, 4096 if 0
	SystemBuffers bool             // on a dialect of kqueue, streams have the buffers that kqueue.Profile has, and not StreamBuffer
	First         int              // the lowest number of a descriptor: 3 for a program whose standard descriptors count as open; 0 to 1024
	World         int              // descriptors that tasks outside the program may have open, in a table of their own, see Outside; they share the program's table if 0
	NoPwait2      bool             // EpollPwait2 answers ENOSYS, as before Linux 5.11; the dialect epoll-5.10 sets it
}

// The limits of Options.
const (
	MaxDescriptors  = machine.MostDescriptors
	MaxStreamBuffer = 1 << 28 // four times as much is still an int of 32 bits
)

// Kernel is a simulated kernel. It is a demux.Host: each call is a step of the
// task that makes it, and each freedom of the kernel is a decision. One goroutine
// and the tasks that the Kernel runs may use it. Any goroutine may call Wake of a
// Demux that the Kernel opened.
//
// With the direct runner there are no tasks: the calling goroutine is the only
// thread, and a call that blocks moves virtual time until it can return.
type Kernel struct {
	system  objects.System
	epolls  epolls.Epolls
	kqueues kqueues.Kqueues
	ports   ports.Ports

	options      Options
	dialect      *dialect
	plan         Plan
	planned      bool // a plan was given
	budgets      machine.Budgets
	wakeSwitches bool // Wake is a switch point, in this run
	sparePolls   []*pollWait
	demuxes      []*simulated
	inbox        inbox
}

var (
	_ demux.Host          = (*Kernel)(nil)
	_ demux.VectorHost    = (*Kernel)(nil)
	_ demux.StreamOptions = (*Kernel)(nil)
	_ demux.UnixHost      = (*Kernel)(nil)
	_ demux.DatagramHost  = (*Kernel)(nil)
	_ demux.SharedHost    = (*Kernel)(nil)
)

// New returns a kernel in its first run, with the quiet strategy. It panics if
// the dialect does not exist, the plan is not valid, or a number is beyond its
// limits.
func New(o *Options) *Kernel {
	k := &Kernel{}
	if o != nil {
		k.options = *o
	}
	k.dialect = lookupDialect(k.options.Dialect)
	k.options.Dialect = k.dialect.name
	if k.options.Runner == nil {
		k.options.Runner = scheduler.NewCoroutine()
	}
	k.options.NoPwait2 = k.options.NoPwait2 || k.dialect.old
	k.options.Descriptors = limited("Descriptors", k.options.Descriptors, defaultDescriptors, MaxDescriptors)
	k.options.StreamBuffer = limited("StreamBuffer", k.options.StreamBuffer, defaultStreamBuffer, MaxStreamBuffer)
	k.SetTables(k.options.First, k.options.World)
	if k.options.Plan != nil {
		k.SetPlan(*k.options.Plan)
	}
	k.system.Recorder = scheduler.NewRecorder(k.options.Budget.Decisions)
	k.system.Tasks = scheduler.NewTasks(k.options.Runner, k.system.Recorder, k.options.Budget)
	k.system.Tasks.AtSwitch = k.atSwitch
	k.system.Tasks.BeforeIdle = k.system.Idle
	k.system.Resolution = k.dialect.resolution()
	k.system.Signaled = classes[machine.FaultInterrupt].asked&k.dialect.family != 0
	k.system.Traits = k.dialect.traits()
	k.system.Traits.SystemBuffers = k.options.SystemBuffers && k.system.Traits.BSD
	k.system.Traits.SetBuffer(k.options.StreamBuffer)
	k.epolls.Begin(&k.system.Machine)
	k.kqueues.Begin(&k.system)
	k.ports.Begin(&k.system, misuse)
	k.Reset(nil)
	return k
}

// limited returns the value of a field of Options, standard if it is 0. It panics
// if the value is beyond the limits.
func limited(field string, value, standard, most int) int {
	switch {
	case value < 0 || value > most:
		panic(fmt.Sprintf("fakedemux: Options.%s is %d, not in 1 to %d, and not 0 for %d", field, value, most, standard))
	case value == 0:
		return standard
	default:
		return value
	}
}

// Reset begins a new run, whose choices s answers; a nil s stands for the quiet
// strategy. Reset stops the tasks that have not ended, removes every object and
// sets virtual time to 0. It does not call s.Begin.
func (k *Kernel) Reset(s scheduler.Strategy) {
	k.system.Tasks.Reset()
	k.system.Recorder.Begin(s)
	k.system.BeginTables(k.options.First, k.options.Descriptors, k.options.World)
	k.system.Begin()
	k.epolls.Reset()
	k.kqueues.Reset()
	k.ports.Reset()
	k.demuxes = k.demuxes[:0]
	k.inbox.reset()
	k.system.BeginFaults(&k.budgets)
	k.wakeSwitches = k.plan.WakeSwitches
}

// SetPlan says which faults the runs after the next Reset may have. It panics
// if the plan is not valid.
func (k *Kernel) SetPlan(p Plan) {
	if err := p.Validate(); err != nil {
		panic(err)
	}
	k.plan, k.planned, k.budgets = p, true, p.budgets()
}

// SetBudget sets the limits of the runs after the next Reset: their budget, and
// how many descriptors may be open at once. A zero field, and 0 descriptors, mean
// the default. Like New, it panics if descriptors is beyond its limits.
func (k *Kernel) SetBudget(b scheduler.Budget, descriptors int) {
	k.system.Tasks.SetBudget(b)
	k.setDescriptors(descriptors)
}

// Faults switches the faults of the plan on or off until the end of the run. They
// are on when a run begins. Scheduling is not a fault.
func (k *Kernel) Faults(on bool) { k.system.SwitchFaults(on) }

// Run runs main as a task, and the tasks that it starts, until all have ended.
// It returns nil, or the reason why the run ended early: a *scheduler.Deadlock, a
// *scheduler.Livelock, a *scheduler.TaskPanic, a *scheduler.ForeignCall, or an
// error of the strategy. With the direct runner it only calls main.
func (k *Kernel) Run(main func()) error {
	if !k.options.Runner.Tasks() {
		main()
		return k.system.Tasks.Err()
	}
	k.system.Tasks.Go("main", main)
	return k.system.Tasks.Run()
}

// Simulation returns k. A host that embeds a *Kernel has this method too, and so
// a suite finds the kernel of a host with an Open of its own.
func (k *Kernel) Simulation() *Kernel { return k }

// Plan returns which faults the runs after the next Reset may have, and whether
// one was given: by Options or SetPlan.
func (k *Kernel) Plan() (p Plan, given bool) { return k.plan, k.planned }

// Dialect returns the name of the dialect, see Dialects.
func (k *Kernel) Dialect() string { return k.dialect.name }

// Stop stops the tasks that have not ended; their deferred functions run. It also
// ends everything that the runner keeps between runs.
func (k *Kernel) Stop() { k.system.Tasks.Close() }

// Tasks returns the tasks of the kernel, for a scheduler.Mutex and reports.
func (k *Kernel) Tasks() *scheduler.Tasks { return k.system.Tasks }

// Recorder returns the recorder of the kernel's decisions.
func (k *Kernel) Recorder() *scheduler.Recorder { return k.system.Recorder }

// At calls f when virtual time reaches at. f is not a task: it must not block, and
// the tasks that it makes runnable run after it.
func (k *Kernel) At(at time.Duration, f func()) { k.system.Tasks.At(at, f) }

// Progress tells the kernel that the current task has done something since its
// last poll that the kernel cannot see, such as calling a posted function. The
// kernel then does not count earlier empty polls; see "Tasks and time" in the
// package comment.
func (k *Kernel) Progress() { k.system.Progress() }

// OnIdle makes the kernel call f in this run whenever no task can run and no step
// is pending, before virtual time moves. f must not make simulated calls that
// block.
func (k *Kernel) OnIdle(f func(now time.Duration)) { k.system.OnIdle = f }

// atSwitch finishes what the previous call has begun.
func (k *Kernel) atSwitch() {
	k.drainInbox()
	k.ports.Settle()
}

// Outside sets whether the current task acts outside the program under test, as a
// client does, and returns the previous setting. The plan does not make a call of
// such a task fail, fall short, be interrupted or return late. The network still
// delays, splits and resets its connections. With Options.World, such a task also has
// the descriptors of the world, not those of the program. A task begins inside the
// program.
func (k *Kernel) Outside(on bool) (was bool) {
	t := k.system.Tasks.Current()
	if t == nil {
		return false
	}
	return k.system.SetOutside(t, on)
}

// SetMachine replaces Options.Descriptors and Options.StreamBuffer, from now on.
// Zero means the default. SetMachine panics if a number is out of range. SetBudget
// also replaces the descriptors.
func (k *Kernel) SetMachine(descriptors, streamBuffer int) {
	k.setDescriptors(descriptors)
	k.options.StreamBuffer = limited("StreamBuffer", streamBuffer, defaultStreamBuffer, MaxStreamBuffer)
	k.system.Traits.SetBuffer(k.options.StreamBuffer)
}

// Ready returns the conditions that hold for the object that h names, as a demux
// would report them to a registration that wants both directions. It returns 0 if
// h is not open. It is not a call of a task; rules read it.
func (k *Kernel) Ready(h demux.Handle) demux.Ready {
	d := k.system.Find(handleFD(h))
	if d == nil {
		return 0
	}
	return readiness(d.Object.Conditions())
}

// Unread returns how many bytes have arrived at h and were not read. It is not a
// call of a task.
func (k *Kernel) Unread(h demux.Handle) int {
	d := k.system.Find(handleFD(h))
	if d == nil {
		return 0
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		return o.Unread()
	case *objects.PipeReader:
		return o.P.Unread()
	default:
		return 0
	}
}

// PeerPort returns the port of the far end of a TCP connection, 0 if h is none. It is not
// a call of a task.
func (k *Kernel) PeerPort(h demux.Handle) uint16 {
	d := k.system.Find(handleFD(h))
	if d == nil {
		return 0
	}
	o, is := d.Object.(*objects.Stream)
	if !is {
		return 0
	}
	return o.To.Port()
}

// NotSimulated tells what the first call of this run that failed with the error number
// NotSimulated asked for, such as "EVFILT_AIO on freebsd". It returns "" if there was no
// such call. A run with such a call is not judged. NotSimulated is not a call of a task.
func (k *Kernel) NotSimulated() string { return k.system.Lacks }
