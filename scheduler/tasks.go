package scheduler

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// Call is a simulated call that a task is about to make or waits in. Strategies,
// deadlock reports and traces read the same record.
type Call struct {
	Name   string // "epoll_wait", "read", the point of a Yield
	Handle int    // the descriptor it is about, -1 for none
	Object uint64 // what it touches, 0 = anything
	Reads  bool   // it only reads Object
}

// String returns the call as reports print it, such as "read(5)".
func (c Call) String() string {
	if c.Handle < 0 {
		return c.Name
	}
	return fmt.Sprintf("%s(%d)", c.Name, c.Handle)
}

// Wakeup is the reason why a blocked task continues.
type Wakeup uint8

// The reasons.
const (
	WokenUp    Wakeup = iota + 1 // Ready was called for it
	TimedOut                     // its deadline came
	Deadlocked                   // nothing can end the wait; only on the direct runner
)

type taskState uint8

const (
	taskRunnable taskState = iota
	taskBlocked
	taskEnded
)

// Task is a simulated thread.
type Task struct {
	name   string
	number int
	carry  int // its number at the runner
	state  taskState
	call   Call
	steps  uint64
	wakeup Wakeup
	timer  *Timer // its deadline while it is blocked, reused
	f      func() // what it runs
	body   func() // runs f; reused
	over   func(cause any, stack []byte)
}

// Name returns the name that was given to Go.
func (t *Task) Name() string { return t.name }

// Number returns the position of t in the order of starting, from 0.
func (t *Task) Number() int { return t.number }

// Call returns the call that t is parked at, blocked in or carrying out.
func (t *Task) Call() Call { return t.call }

// Blocked reports whether t waits for Ready or for its deadline.
func (t *Task) Blocked() bool { return t.state == taskBlocked }

// Ended reports whether t has returned, or was stopped.
func (t *Task) Ended() bool { return t.state == taskEnded }

// Tasks is the set of tasks of one run, with virtual time. It decides who acts
// next, and its Runner carries the tasks. Only the tasks themselves and the
// goroutine in Run may call its methods.
//
// Virtual time moves only when no task is runnable and no step is pending.
type Tasks struct {
	runner   Runner
	recorder *Recorder
	budget   Budget

	all      []*Task
	live     int // of all, those that have not ended
	spare    []*Task
	runnable []*Task // the one that ran last first, then by how long they have waited
	pending  []*Step // in the order they became pending
	current  *Task
	target   *Task // whom the runner resumes next
	streak   int   // turns in a row of one task while others could act
	passed   int   // turns of tasks since the oldest pending step could have been taken

	stepFirst bool // the oldest pending step is the quiet alternative

	now       time.Duration
	timers    timerHeap
	timerSeq  uint64
	stepSeq   uint64
	steps     int
	timeouts  int
	resuming  bool // Run is active
	stopping  bool
	err       error
	choice    Choice
	alts      [maxTasks]Alternative
	stepCount []uint64
	callers   callers

	// BeforeIdle, if not nil, is called when no task is runnable and no step
	// is pending, before virtual time moves or a deadlock is found. It may
	// make tasks runnable.
	BeforeIdle func()
	// AtSwitch, if not nil, is called after Attend or Alert: at the next switch
	// point, or before the next look for something to run.
	AtSwitch func()

	attend bool        // AtSwitch is due; set by the current task, or between tasks
	alert  atomic.Bool // AtSwitch is due, or a goroutine that is not a task has called; set by any goroutine
}

// NewTasks returns an empty set of tasks that runner carries. Its choices go to
// recorder.
func NewTasks(runner Runner, recorder *Recorder, budget Budget) *Tasks {
	s := &Tasks{runner: runner, recorder: recorder, budget: budget.withDefaults()}
	s.Reset()
	return s
}

// Reset forgets the previous run, its tasks and its time. It stops tasks that
// have not ended. On the direct runner it makes the caller the only thread.
func (s *Tasks) Reset() {
	s.Stop()
	s.spare = append(s.spare, s.all...)
	s.all, s.runnable, s.pending = s.all[:0], s.runnable[:0], s.pending[:0]
	s.current, s.target, s.live = nil, nil, 0
	s.streak, s.passed, s.stepFirst = 0, 0, false
	s.now, s.timerSeq, s.stepSeq, s.steps, s.timeouts, s.err = 0, 0, 0, 0, 0, nil
	s.timers.clear()
	s.attend = false
	if !s.runner.Tasks() {
		s.current = s.add("main")
		s.runnable = append(s.runnable, s.current)
	}
}

func (s *Tasks) add(name string) *Task {
	var t *Task
	if n := len(s.spare); n > 0 {
		t, s.spare = s.spare[n-1], s.spare[:n-1]
		*t = Task{timer: t.timer, body: t.body, over: t.over}
	} else {
		t = &Task{timer: &Timer{index: -1}}
		t.body = func() {
			s.callers.take()
			t.f()
		}
		t.over = func(cause any, stack []byte) { s.ended(t, cause, stack) }
	}
	t.name, t.number = name, len(s.all)
	s.all = append(s.all, t)
	s.live++
	return t
}

// SetBudget limits the run that the next Reset begins, and those after it. A zero
// field means the default.
func (s *Tasks) SetBudget(b Budget) {
	s.budget = b.withDefaults()
	s.recorder.max = s.budget.Decisions
}

// Recorder returns the recorder that the choices go to.
func (s *Tasks) Recorder() *Recorder { return s.recorder }

// Now returns the virtual time since the run began.
func (s *Tasks) Now() time.Duration { return s.now }

// Steps returns how many steps the run has made: simulated calls, steps that were
// pending, and timers that fired. A watchdog may call it from another goroutine, to
// see whether the number changes.
//
//go:norace
func (s *Tasks) Steps() int { return s.steps }

// Timeouts returns how many of the steps were the deadline of a blocked task.
func (s *Tasks) Timeouts() int { return s.timeouts }

// Current returns the task that has control, nil outside of all tasks.
func (s *Tasks) Current() *Task { return s.current }

// Err returns why the run ended early: a *Deadlock, a *Livelock, a *TaskPanic, a
// *ForeignCall, or an error of the recorder. It returns nil if the run did not end
// early.
func (s *Tasks) Err() error { return s.err }

// StepsByTask returns the simulated calls of each task, in the order they were
// started. The slice is valid until the next call.
func (s *Tasks) StepsByTask() []uint64 {
	s.stepCount = s.stepCount[:0]
	for _, t := range s.all {
		s.stepCount = append(s.stepCount, t.steps)
	}
	return s.stepCount
}

// Left returns the tasks that have not ended.
func (s *Tasks) Left() []*Task {
	var left []*Task
	for _, t := range s.all {
		if t.state != taskEnded {
			left = append(left, t)
		}
	}
	return left
}

// Go starts a task. It never switches. It panics on the direct runner. If a task
// that is being stopped calls Go, the new task does not run.
func (s *Tasks) Go(name string, f func()) *Task {
	s.Enter(Call{Name: "go", Handle: -1})
	t := s.add(name)
	t.call = Call{Name: "start", Handle: -1}
	if s.stopping {
		t.state = taskEnded
		s.live--
		return t
	}
	t.f = f
	t.carry = s.runner.Start(t.body, t.over)
	s.runnable = append(s.runnable, t)
	return t
}

// ended runs in the task t when it is over.
func (s *Tasks) ended(t *Task, cause any, stack []byte) {
	t.state, t.f = taskEnded, nil
	s.live--
	if s.stopping {
		return
	}
	s.removeRunnable(t)
	if cause != nil {
		s.Fail(&TaskPanic{Task: t.name, Cause: cause, Stack: stack})
	}
	s.target = s.next()
}

// Run runs the tasks until all have ended, none can continue, or the run has
// failed. Timers that are left when the last task ends do not fire. Run returns
// Err, which is a *Deadlock if tasks are left that nothing can wake. Those tasks
// stay parked until Stop or Reset.
func (s *Tasks) Run() error {
	if s.resuming {
		panic("scheduler: Run within Run")
	}
	s.resuming = true
	s.callers.take()
	defer func() {
		s.callers.control.Store(s.callers.between)
		s.resuming = false
	}()
	s.target = s.next()
	for s.target != nil && s.err == nil {
		t := s.target
		s.target = nil
		s.current = t
		s.runner.Resume(t.carry)
		s.current = nil
	}
	s.takeForeign()
	if s.err == nil {
		s.findDeadlock()
	}
	return s.err
}

// Stop ends the tasks that have not ended; their deferred functions run. The state
// of the run stays readable until Reset. Call Reset before another Run.
func (s *Tasks) Stop() {
	s.stopping = true
	s.runner.Stop()
	s.stopping = false
}

// Close does what Stop does, and also ends everything that the runner keeps
// between runs. Reset makes s ready for another run.
func (s *Tasks) Close() {
	s.stopping = true
	s.runner.Close()
	s.stopping = false
}

// Fail ends the run with err at the next switch. If Fail is called again, the
// first error stays.
func (s *Tasks) Fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Attend makes the scheduler call AtSwitch before another task acts. Only the current
// task may call it, and functions that run between tasks, such as steps and timers.
func (s *Tasks) Attend() { s.attend = true }

// Alert does what Attend does. Unlike Attend, any goroutine may call it.
func (s *Tasks) Alert() { s.alert.Store(true) }

// attended calls AtSwitch if that is due, and ends the run if a goroutine that is not a
// task has called.
func (s *Tasks) attended() {
	if s.attend || s.alert.Load() {
		s.attendNow()
	}
}

func (s *Tasks) attendNow() {
	s.attend = false
	s.alert.Store(false)
	s.takeForeign()
	if s.AtSwitch != nil {
		s.AtSwitch()
	}
}

// Switch is a switch point: the current task is about to make call, and other
// tasks may act before Switch returns.
func (s *Tasks) Switch(call Call) { s.Step(call.Name, call.Handle, call.Object, call.Reads) }

// Step is Switch of the call that has these fields. It reports whether anybody else may
// have acted: if not, what the caller knew before still holds.
func (s *Tasks) Step(name string, handle int, object uint64, reads bool) (acted bool) {
	if control := s.callers.control.Load(); control != 0 && control != goroutine() {
		s.admit(Call{Name: name, Handle: handle, Object: object, Reads: reads})
	}
	t := s.current
	if t == nil || s.stopping {
		s.switchOutside()
		return false
	}
	t.call.Name, t.call.Handle, t.call.Object, t.call.Reads = name, handle, object, reads
	t.steps++
	s.steps++
	if len(s.runnable) != 1 || len(s.pending) != 0 ||
		s.attend || s.err != nil || s.steps > s.budget.Steps || s.recorder.err != nil || s.alert.Load() {
		s.lookAround(t)
		return true
	}
	return false
}

// switchOutside is a switch point of a task that is being stopped, which ends it
// there, or of set-up code outside of any task.
func (s *Tasks) switchOutside() {
	if s.stopping {
		runtime.Goexit()
	}
}

// lookAround is the rest of a switch point at which others could act, or something else
// is due: it checks the budget and the recorder, calls AtSwitch, and lets the scheduler
// choose.
func (s *Tasks) lookAround(t *Task) {
	if s.attend || s.err != nil || s.steps > s.budget.Steps || s.recorder.err != nil || s.alert.Load() {
		s.goOn()
		s.checkSteps()
		s.askRecorder()
		s.attended()
	}
	if s.err != nil || !s.Alone() {
		s.pass(t)
	}
}

// pass lets the scheduler choose, and returns when it is the turn of t.
func (s *Tasks) pass(t *Task) {
	next := s.next()
	if next == t {
		return
	}
	if !s.runner.Tasks() {
		return // failed, or deadlocked: the caller finds t blocked
	}
	s.target = next
	s.runner.Park()
	s.callers.take()
	s.current = t
}

// Block parks the current task in call until Ready is called for it or virtual
// time reaches deadline. A negative deadline means that there is no deadline.
func (s *Tasks) Block(call Call, deadline time.Duration) Wakeup {
	s.Enter(call)
	if s.stopping {
		runtime.Goexit()
	}
	t := s.current
	if t == nil {
		panic("scheduler: " + call.String() + " blocks outside of any task")
	}
	t.call = call
	s.goOn()
	if !s.runner.Tasks() && s.err != nil {
		return Deadlocked
	}
	t.state = taskBlocked
	s.removeRunnable(t)
	if deadline >= 0 {
		t.timer.task = t
		s.arm(t.timer, deadline)
	}
	s.pass(t)
	if t.state == taskBlocked { // direct runner only
		s.disarm(t.timer)
		s.findDeadlock()
		t.state = taskRunnable
		s.runnable = append(s.runnable, t)
		return Deadlocked
	}
	return t.wakeup
}

// goOn forgets a deadlock that the caller was told of and has gone on from: on
// the direct runner it ends a call, not the run.
func (s *Tasks) goOn() {
	if s.err == nil || s.runner.Tasks() {
		return
	}
	var told *Deadlock
	if errors.As(s.err, &told) {
		s.err = nil
	}
}

// Ready makes a blocked task runnable. It does nothing if t is not blocked,
// and never switches.
func (s *Tasks) Ready(t *Task) {
	s.wake(t, WokenUp)
}

func (s *Tasks) wake(t *Task, why Wakeup) {
	if t.state != taskBlocked {
		return
	}
	s.disarm(t.timer)
	t.state, t.wakeup = taskRunnable, why
	s.runnable = append(s.runnable, t)
}

func (s *Tasks) removeRunnable(t *Task) {
	for i, r := range s.runnable {
		if r == t {
			s.runnable = append(s.runnable[:i], s.runnable[i+1:]...)
			return
		}
	}
}

// Alone reports whether the current task is the only one that could run and
// no step is pending.
func (s *Tasks) Alone() bool { return len(s.runnable) == 1 && len(s.pending) == 0 }

func (s *Tasks) findDeadlock() {
	if s.err != nil {
		return
	}
	for _, t := range s.all {
		if t.state == taskBlocked {
			s.Fail(&Deadlock{Tasks: s.describe(), At: s.now})
			return
		}
	}
}
