package fakedemux

import (
	"fmt"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
)

const (
	defaultDescriptors  = 1024
	defaultStreamBuffer = 4096

	never    = time.Duration(1<<63 - 1)
	lateness = 3 * time.Millisecond // of a timeout that a decision makes late
	// patience is how many polls that find nothing one task may make in a row,
	// alone and without progress, before they move virtual time.
	patience = 32
	// longestStep is how far an empty poll moves virtual time if nothing has a
	// deadline.
	longestStep = time.Millisecond
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
	MaxDescriptors  = 1 << 20 // proc_sys_fs(5): "The default value in nr_open is 1048576"
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
	options  Options
	dialect  *dialect
	tasks    *scheduler.Tasks
	recorder *scheduler.Recorder
	plan     Plan
	planned  bool // a plan was given
	faults   faults
	choice   scheduler.Choice

	program, world   table
	separate         bool // tasks outside use the table of the world
	lastID           uint64
	listeners        []*listener
	nextPort         uint16
	bound            []*stream // with a name of their own, and no listener
	datagrams        []*datagram
	nextName         int               // of autobind
	signals          []taskSignals     // of tasks that have met any
	noRestart        Sigset            // whose handlers have no SA_RESTART
	sleepers         []*scheduler.Task // in a system call that a signal ends
	nextDatagramPort uint16
	clients          []uint64 // ports in use, as bits; see clientPort
	nextClient       int
	turn             int // of groups of SO_REUSEPORT
	spareBytes       [][]byte
	spareItems       []*epollItem
	sparePolls       []*pollWait

	spareKnotes []*knote
	told        []*knote // of signals and processes
	processes   []process
	lastPID     int
	root        *vnode // of the file system, nil until a call needs it
	lacks       string // see NotSimulated

	acquired        []*operation
	spareOperations []*operation
	started         uint64         // operations, in this run
	moved           []*description // whose operations settle is to look at

	descriptions pool[description]
	streams      pool[stream]
	pipes        pool[pipe]
	eventfds     pool[eventfd]
	epolls       pool[epollInstance]
	kqueues      pool[kqueueInstance]
	ports        pool[portInstance]
	operations   pool[operation]

	demuxes []*simulated
	inbox   inbox
	late    time.Duration // that timeouts came late, in this run
	polls   int           // empty polls in a row, see emptyPoll
	events  uint64        // things that have happened to objects, see Happened
	onIdle  func(now time.Duration)
	outside []bool // by task, see Outside
}

var _ demux.Host = (*Kernel)(nil)

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
	k.recorder = scheduler.NewRecorder(k.options.Budget.Decisions)
	k.tasks = scheduler.NewTasks(k.options.Runner, k.recorder, k.options.Budget)
	k.tasks.AtSwitch = k.atSwitch
	k.tasks.BeforeIdle = k.idle
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
	k.tasks.Reset()
	k.recorder.Begin(s)
	k.beginTables()
	k.demuxes, k.listeners = k.demuxes[:0], k.listeners[:0]
	k.lastID, k.nextPort, k.polls, k.events = 0, firstPort, 0, 0
	k.late = 0
	k.signals, k.noRestart, k.nextName = k.signals[:0], 0, 0
	k.sleepers = k.sleepers[:0]
	k.bound, k.datagrams, k.nextDatagramPort = k.bound[:0], k.datagrams[:0], firstPort+(lastPort-firstPort)/2
	clear(k.clients)
	k.nextClient, k.turn = 0, 0
	k.descriptions.reset()
	k.streams.reset()
	k.pipes.reset()
	k.eventfds.reset()
	k.epolls.reset()
	k.kqueues.reset()
	k.ports.reset()
	k.operations.reset()
	k.acquired, k.spareOperations, k.moved, k.started = k.acquired[:0], k.spareOperations[:0], k.moved[:0], 0
	k.told, k.processes, k.lastPID = k.told[:0], k.processes[:0], initialPID
	k.root, k.lacks = nil, ""
	k.inbox.reset()
	k.onIdle, k.outside = nil, k.outside[:0]
	k.faults.begin(k.plan)
}

// SetPlan says which faults the runs after the next Reset may have. It panics
// if the plan is not valid.
func (k *Kernel) SetPlan(p Plan) {
	if err := p.Validate(); err != nil {
		panic(err)
	}
	k.plan, k.planned = p, true
}

// SetBudget sets the limits of the runs after the next Reset: their budget, and
// how many descriptors may be open at once. A zero field, and 0 descriptors, mean
// the default. Like New, it panics if descriptors is beyond its limits.
func (k *Kernel) SetBudget(b scheduler.Budget, descriptors int) {
	k.tasks.SetBudget(b)
	k.setDescriptors(descriptors)
}

// Faults switches the faults of the plan on or off until the end of the run. They
// are on when a run begins. Scheduling is not a fault.
func (k *Kernel) Faults(on bool) { k.faults.on = on }

// Run runs main as a task, and the tasks that it starts, until all have ended.
// It returns nil, or the reason why the run ended early: a *scheduler.Deadlock, a
// *scheduler.Livelock, a *scheduler.TaskPanic, a *scheduler.ForeignCall, or an
// error of the strategy. With the direct runner it only calls main.
func (k *Kernel) Run(main func()) error {
	if !k.options.Runner.Tasks() {
		main()
		return k.tasks.Err()
	}
	k.tasks.Go("main", main)
	return k.tasks.Run()
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
func (k *Kernel) Stop() { k.tasks.Close() }

// Tasks returns the tasks of the kernel, for a scheduler.Mutex and reports.
func (k *Kernel) Tasks() *scheduler.Tasks { return k.tasks }

// Recorder returns the recorder of the kernel's decisions.
func (k *Kernel) Recorder() *scheduler.Recorder { return k.recorder }

// At calls f when virtual time reaches at. f is not a task: it must not block, and
// the tasks that it makes runnable run after it.
func (k *Kernel) At(at time.Duration, f func()) { k.tasks.At(at, f) }

// Progress tells the kernel that the current task has done something since its
// last poll that the kernel cannot see, such as calling a posted function. The
// kernel then does not count earlier empty polls; see "Tasks and time" in the
// package comment.
func (k *Kernel) Progress() { k.polls = 0 }

// OnIdle makes the kernel call f in this run whenever no task can run and no step
// is pending, before virtual time moves. f must not make simulated calls that
// block.
func (k *Kernel) OnIdle(f func(now time.Duration)) { k.onIdle = f }

// atSwitch finishes what the previous call has begun.
func (k *Kernel) atSwitch() {
	k.drainInbox()
	k.settle()
}

func (k *Kernel) idle() {
	if k.onIdle != nil {
		k.onIdle(k.tasks.Now())
	}
}

// emptyPoll is a wait with timeout 0 that found nothing. A task that polls again and
// again while no other task can run would stop virtual time. So each poll after the
// first patience ones moves the clock to the next deadline. If nothing has a deadline,
// the clock moves by the resolution of the dialect's timeouts, and by twice as much with
// each further poll, up to longestStep.
func (k *Kernel) emptyPoll() {
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
		at = k.tasks.After(min(k.dialect.resolution()<<min(k.polls-patience-1, 20), longestStep))
	}
	k.tasks.Advance(at)
}

// Ready returns the conditions that hold for the object that h names, as a demux
// would report them to a registration that wants both directions. It returns 0 if
// h is not open. It is not a call of a task; rules read it.
func (k *Kernel) Ready(h demux.Handle) demux.Ready {
	d := k.find(handleFD(h))
	if d == nil {
		return 0
	}
	return readiness(conditions(d.object))
}

// Unread returns how many bytes have arrived at h and were not read. It is not a
// call of a task.
func (k *Kernel) Unread(h demux.Handle) int {
	d := k.find(handleFD(h))
	if d == nil {
		return 0
	}
	switch o := d.object.(type) {
	case *stream:
		return o.unread()
	case *pipeReader:
		return o.p.data.len()
	default:
		return 0
	}
}
