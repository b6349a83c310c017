package bubble

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"reactortest/scheduler"
)

// Kernel is what a bubble needs of a simulated kernel. *fakedemux.Kernel is one.
type Kernel interface {
	// Tasks returns the tasks of the kernel.
	Tasks() *scheduler.Tasks
	// OnIdle has f called whenever no task can run and no step is pending, before
	// virtual time moves.
	OnIdle(f func(now time.Duration))
}

// Bubble is one run. Tasks and goroutines of the bubble use it.
type Bubble struct {
	kernel Kernel
	tasks  *scheduler.Tasks
	epoch  time.Time // of the bubble's clock, when the kernel's was 0

	mu       sync.Mutex // guards the following, and is held over nothing that waits
	threads  map[uint64]*thread
	live     map[*thread]struct{} // started by Go or Start, and not ended
	arrivals []*thread            // have called, or have ended
	posting  int                  // threads that have posted calls to carry out
	held     []*thread            // have arrived since, and wait for those
	wakes    []*scheduler.Task
	roots    uint32
	over     bool
	atEnd    []func()
	panicked *scheduler.TaskPanic
	foreign  string

	taken []*thread         // the memory of what was taken in last
	woken []*scheduler.Task // the same
	timer *time.Timer       // of idle, nil before its first wait

	bell  chan struct{} // something has arrived
	order []*thread     // those with a task, by number
	calls int

	// RealLocks says that the program locks with package sync. Then packages that make
	// calls for it post those that programs make while they hold a lock: see Post. It is
	// set before the program makes a call.
	RealLocks bool

	// OnCall, if not nil, is told what the calls of goroutines returned; see Called.
	OnCall func(c Call)

	// OnSleep, if not nil, is called when nothing in the bubble can go on before time
	// moves. It makes no simulated calls.
	OnSleep func()
}

// Call is a simulated call of a goroutine that is over.
type Call struct {
	Name   string // "read"
	Handle int    // what it was about; -1: nothing
	N      int    // its result, -1 if it failed
	Errno  int    // 0 if it has not failed
}

// current is the run that is on.
var current atomic.Pointer[Bubble]

// Current returns the run that is on, nil if none is. Any goroutine may call it.
func Current() *Bubble { return current.Load() }

// New begins a run of k, in the bubble of the calling goroutine, and makes it the
// current one until End. k has been reset, and none of its tasks has run.
func New(k Kernel) *Bubble {
	b := &Bubble{
		kernel: k, tasks: k.Tasks(), epoch: time.Now(),
		threads: make(map[uint64]*thread), live: make(map[*thread]struct{}), bell: make(chan struct{}, 1),
	}
	k.OnIdle(b.idle)
	current.Store(b)
	return b
}

// errFinished ends a run whose world has returned.
var errFinished = errors.New("the world has returned")

// Run runs world as a task, until it returns. It returns what ended the run
// before: the errors of scheduler.Tasks.Run.
func (b *Bubble) Run(world func()) error {
	b.tasks.Go("world", func() {
		world()
		b.tasks.Fail(errFinished)
	})
	if err := b.tasks.Run(); !errors.Is(err, errFinished) {
		return err
	}
	return nil
}

// Kernel returns the kernel of the run.
func (b *Bubble) Kernel() Kernel { return b.kernel }

// Elapsed returns the time since the run began, by the clock of the bubble. It is ahead
// of the kernel's while goroutines run, and never behind.
func (b *Bubble) Elapsed() time.Duration { return time.Since(b.epoch) }

// Calls returns how many calls of goroutines are over. Tasks call it.
func (b *Bubble) Calls() int { return b.calls }

// Threads returns how many goroutines have made calls. Tasks call it.
func (b *Bubble) Threads() int { return len(b.order) }

// Go starts a goroutine that reports call name. A task that calls Go lets the goroutine
// run until it waits. Goroutines of the bubble may call Go too. Before the first
// goroutine of a run calls f, it calls the functions that AtBegin was given.
func (b *Bubble) Go(name string, f func()) {
	b.mu.Lock()
	parent := b.threads[scheduler.GoroutineID()]
	t := &thread{name: name}
	if parent != nil {
		b.descend(t, parent)
	} else {
		t.ordinal = b.roots
		b.roots++
	}
	first := b.roots == 1 && parent == nil
	b.live[t] = struct{}{}
	b.mu.Unlock()
	go b.body(t, func() {
		if first {
			begin()
		}
		f()
	})
	if parent == nil {
		b.quiesce()
	}
}

var atBegin []func()

// AtBegin has the first goroutine of every run call f, before anything else of the program
// under test: f makes the package-level state of a rewired package what it was when the
// process began. Packages call it when they are initialized.
func AtBegin(f func()) { atBegin = append(atBegin, f) }

func begin() {
	for _, f := range atBegin {
		f()
	}
}

// Start is the go statement of the program under test: it starts a goroutine that
// calls f. A panic of f ends the run. Goroutines of the bubble call it.
func (b *Bubble) Start(f func()) {
	Pass()
	t := b.child()
	b.mu.Lock()
	b.live[t] = struct{}{}
	b.mu.Unlock()
	go b.body(t, f)
}

// Do has f carried out by the thread of the calling goroutine, and returns when it is
// over. f makes simulated calls, which may block; call and handle are what reports say
// of it. If the run is over, Do ends the goroutine.
//
// A task that calls Do carries f out itself.
func (b *Bubble) Do(call string, handle int, f func()) {
	t := b.enter(scheduler.GoroutineID(), call)
	if t == nil {
		f()
		return
	}
	t.call, t.handle, t.f = call, handle, f
	t.calls++
	b.arrive(t)
	b.mu.Unlock()
	b.ring()
	<-t.done
	if t.over {
		runtime.Goexit()
	}
}

// Post has f carried out by the thread of the calling goroutine, and returns at once.
// Calls that any goroutine makes later are carried out after f, so no program can tell
// that f was late. f may wait for nothing but the end of calls that were made before.
//
// A goroutine that waits for a sync.Mutex stops the bubble while the owner of the lock is
// in Do. Post is for calls that programs make under a lock, and whose result is known
// before they are made.
//
// A task that calls Post carries f out itself.
func (b *Bubble) Post(call string, handle int, f func()) {
	t := b.enter(scheduler.GoroutineID(), call)
	if t == nil {
		f()
		return
	}
	t.call, t.handle = call, handle
	t.posts = append(t.posts, f)
	b.arrive(t)
	b.mu.Unlock()
	b.ring()
}

// arrive has collect take in t. The lock is held.
func (b *Bubble) arrive(t *thread) {
	if !t.arrived {
		t.arrived = true
		b.arrivals = append(b.arrivals, t)
	}
}

// enter returns the thread of a goroutine, with the lock held, and nil without it if
// the goroutine is that of a task. It ends the goroutine if the run is over.
func (b *Bubble) enter(id uint64, call string) *thread {
	b.mu.Lock()
	if b.over {
		b.mu.Unlock()
		runtime.Goexit()
	}
	t := b.threads[id]
	if t != nil {
		return t
	}
	if !Inside() {
		b.foreign = call // the bell is the bubble's
		b.mu.Unlock()
		runtime.Goexit()
	}
	if b.tasks.Known() {
		b.mu.Unlock()
		return nil
	}
	t = &thread{id: id, stray: true}
	b.adopt(t)
	return t
}

// lastYear is beyond the clock of every bubble: it begins in 2000; testing/synctest.
const lastYear = 2015

// Inside reports whether the calling goroutine is in a bubble. Finalizers, for example,
// are not.
func Inside() bool { return time.Now().Year() < lastYear }

// adopt gives t a place. The lock is held.
func (b *Bubble) adopt(t *thread) {
	t.number, t.done = -1, make(chan struct{}, 1)
	b.threads[t.id] = t
}

func (b *Bubble) ring() {
	select {
	case b.bell <- struct{}{}:
	default:
	}
}

// Called tells what a call of the current thread has returned. Functions given to Do
// call it.
func (b *Bubble) Called(call string, handle, n, errno int) {
	if b.OnCall != nil {
		b.OnCall(Call{Name: call, Handle: handle, N: n, Errno: errno})
	}
}

// Wake makes a task runnable that waits in a function given to Do. Any goroutine of
// the bubble may call it, also within Do. It never switches.
func (b *Bubble) Wake(t *scheduler.Task) {
	b.mu.Lock()
	b.wakes = append(b.wakes, t)
	b.mu.Unlock()
	b.ring()
}

// GiveWay lets the others act before the current thread goes on. If nobody else can act,
// a microsecond passes, so that a program which spins until a time has come gets
// there. Functions given to Do call it.
func (b *Bubble) GiveWay() {
	pause := time.Duration(0)
	if b.tasks.Alone() {
		pause = time.Microsecond
	}
	b.tasks.Block(scheduler.Call{Name: "gosched", Handle: -1}, b.tasks.After(pause))
}

// Point is a switch point of the calling goroutine.
func (b *Bubble) Point(name string) {
	b.Do(name, -1, func() { b.tasks.Switch(scheduler.Call{Name: name, Handle: -1}) })
}

// serve is the task of t: it carries out one call after another.
func (b *Bubble) serve(t *thread) {
	for {
		post, f, ended := b.next(t)
		switch {
		case post != nil:
			post()
			b.calls++
			b.posted(t)
		case f != nil:
			f()
			b.mu.Lock()
			t.inside = false
			b.mu.Unlock()
			b.calls++
			t.done <- struct{}{}
			b.quiesce()
		case ended:
			return
		default:
			b.tasks.Block(scheduler.Call{Name: ownCode, Handle: -1}, -1)
		}
	}
}

// next takes what a goroutine asks for. What it has posted comes first.
func (b *Bubble) next(t *thread) (post, f func(), ended bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(t.posts) > 0 {
		post, t.posts = t.posts[0], t.posts[1:]
		return post, nil, false
	}
	if b.posting > 0 && (t.f != nil || t.ended) { // others have posted, too
		b.held = append(b.held, t)
		return nil, nil, false
	}
	f, t.f = t.f, nil
	t.inside = f != nil
	return nil, f, t.ended
}

// posted ends a posted call of t. The last one lets those go on that have arrived since.
func (b *Bubble) posted(t *thread) {
	b.mu.Lock()
	more := len(t.posts) > 0
	b.mu.Unlock()
	if more {
		return
	}
	t.posting = false
	if b.posting--; b.posting > 0 {
		return
	}
	held := b.held
	b.held = nil
	slices.SortFunc(held, byPlace)
	for _, t := range held {
		b.resume(t)
	}
}

// resume lets the task of t look at what its goroutine asks for.
func (b *Bubble) resume(t *thread) {
	if t.task == nil {
		t.task = b.tasks.Go(t.label(), func() { b.serve(t) })
		return
	}
	b.tasks.Ready(t.task)
}

// ownCode is what the task of a goroutine waits in while the goroutine makes no call.
const ownCode = "code of its own"

// quiesce waits until everything in the bubble waits, and takes in what has come.
func (b *Bubble) quiesce() {
	synctest.Wait()
	b.collect()
	for {
		ahead := b.tasks.Now() - b.Elapsed()
		if ahead <= 0 {
			return
		}
		time.Sleep(ahead) // a poll has moved the kernel's clock
		synctest.Wait()
		b.collect()
	}
}

// collect takes in the calls that have come, in the order that byPlace gives.
func (b *Bubble) collect() (any bool) {
	b.mu.Lock()
	come, wakes, panicked, foreign := b.arrivals, b.wakes, b.panicked, b.foreign
	b.arrivals, b.wakes = b.taken[:0], b.woken[:0]
	b.taken, b.woken = come, wakes
	select {
	case <-b.bell:
	default:
	}
	b.mu.Unlock()
	if panicked != nil {
		b.tasks.Fail(panicked)
	}
	if foreign != "" {
		b.tasks.Fail(&scheduler.ForeignCall{Call: scheduler.Call{Name: foreign, Handle: -1}, Site: "a goroutine that was started before the run"})
	}
	if len(wakes) > 1 {
		slices.SortFunc(wakes, func(x, y *scheduler.Task) int { return x.Number() - y.Number() })
	}
	for _, t := range wakes {
		b.tasks.Ready(t)
	}
	if len(come) > 1 {
		slices.SortFunc(come, byPlace)
	}
	for _, t := range come {
		b.admit(t)
	}
	return len(come)+len(wakes) > 0
}

// admit takes in t: it gives it a number, and lets its task go on, if nothing is posted
// that comes first.
func (b *Bubble) admit(t *thread) {
	b.mu.Lock()
	t.arrived = false
	posts, idle := len(t.posts) > 0, t.f == nil
	b.mu.Unlock()
	if t.number < 0 {
		if idle && !posts { // it ended without a call
			return
		}
		t.number = len(b.order)
		b.order = append(b.order, t)
	}
	switch {
	case posts && !t.posting:
		t.posting = true
		b.posting++
	case b.posting > 0 && !t.posting:
		b.held = append(b.held, t)
		return
	}
	b.resume(t)
}
