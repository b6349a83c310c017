// Package scheduler makes the choices of a simulation explicit, so that a run
// can be searched for, recorded, replayed and shrunk, and it carries the
// simulated threads and the virtual time of such runs.
//
// # Decisions
//
// Wherever the simulated world is free (which thread runs next, in which order
// events are reported, whether a write is short) the code asks: it fills in a
// [Choice] and calls [Recorder.Choose]. The [Strategy] of the run answers with
// one of the alternatives, and the recorder notes (point, n, got): at which
// [Point] it was asked, of how many alternatives, and which one was taken. That
// is a [Decision]. Nothing else in a run may vary: no clock, no random numbers,
// no order of a map. So the decisions are the run, and two runs with the same
// decisions are the same.
//
// Points are registered under names by [NewPoint]. A choice with one
// alternative is no choice: it is neither asked nor recorded, and a fault whose
// budget is spent has one. A number beyond [MaxAlternatives] is asked digit by
// digit, most significant first ([Recorder.Pick]). Sizes are not drawn as
// numbers: [Recorder.Amount] offers a short ladder of them (all, 1, half, all
// but 1, a quarter), since bugs sit at the rungs. Delays are not drawn at all:
// a delayed thing is a pending [Step], and "how long" is the question what acts
// next.
//
// # The quiet alternative
//
// Alternative 0 is the quiet one, what a plain kernel on an idle machine does:
// arrival order, no fault, no delay, the thread that ran last goes on. A run in
// which every choice is quiet is the plain run, and every other run is told by
// its deviations from it: "quiet except decisions 3 and 11". In the order of
// threads a deviation is a preemption.
//
// Quiet does not mean unfair. When one task has made 64 steps while others
// could run, the one that waited longest becomes the quiet alternative. When
// tasks have been preferred 64 times to the oldest pending step, that step
// does. So a tape of which only the head is left by shrinking still ends in a
// run that goes on.
//
// # Strategies
//
// A strategy knows nothing of the system but the choices it is asked. It lives
// across runs and is told how each ended. At choices that say who would act
// (Choice.Alts) it may rank the actors; the others are faults, which it draws
// as often as Choice.Quiet asks for. What it draws depends on its seed, the
// number of the run and the mean length of the first [LearningRuns] runs, and
// on nothing else ([Independent]). So runs can be shared out among processes.
//
//   - [NewQuiet] takes the quiet alternative, [NewRoundRobin] switches whenever
//     it can.
//   - [NewRandom] draws each choice; [NewSparse] deviates a few times a run.
//   - [NewPCT] ranks the actors at random and changes the ranking at a few
//     random decisions. It finds orders that uniform draws never do.
//   - [NewSearch] takes random, PCT of depth 2 and PCT of depth 3 in turn; it is
//     the default.
//   - [NewExplore] makes every run there is, for small subjects. It claims to be
//     complete only if no run was cut off by a budget.
//   - [NewReplay], [NewReplayBytes], [NewReplayDecisions] and [NewDeviations]
//     make a recorded run again.
//
// A strategy that answers out of range ends the run with an error that names
// it and the point.
//
// # Tapes
//
// The decisions of a run are written as digits, one a decision: 0-9A-Za-z. Past
// the last digit every choice is quiet, so quiet digits at the end are left
// out. A [Tape] adds everything else that the run depends on. Its text is
// printed in reports and passed on command lines:
//
//	rt2/SUITE/SUBJECT/DIALECT/PLAN/WORKLOAD/DIGITS~DIGEST
//
// The segments:
//
//   - SUITE and SUBJECT name what was tested. SUBJECT may have slashes; bytes
//     that a shell could take for something else are escaped, as %23 for #.
//   - DIALECT and PLAN name the simulated kernel and the faults that it may make.
//   - WORKLOAD is what the subject was given: text of the suite, "-" for nothing.
//   - DIGITS are the decisions, "-" for none.
//   - DIGEST is 32 bits over the workload, each (point, n, got) and the rule
//     that the run broke. A replay with another digest has diverged: the program
//     has changed since the tape was made. The digest depends on the names of
//     the points and not on the order in which a program registers them.
//
// [Tape.Validate] finds what has no such text. Tapes of version rt1 are refused:
// they have the random draws behind a workload and not the workload.
//
// A strict replay of digits ends where a digit is beyond its bound, and cannot
// see other divergences before the end. A file ([Saved]) has one line for each
// decision, and the replay of these names the first decision that differs by
// number, point and bound. For fuzzing, every byte string is a tape: a digit is
// taken modulo its bound, and any other byte is quiet.
//
// The position of a digit changes when the program asks one choice more. A file
// therefore also has the [Deviations] of its run: "order#3=1" is alternative 1
// at the fourth choice at point order, since the first is number 0. Choices at
// other points do not move it. A run that no longer fits the program is made
// again from its deviations, and [FirstDifference] names the decision at which
// it left the recorded run. The file lists the points that its run asked; if
// the program no longer has one of them, reading the file is an error.
//
// [Shrink] makes the decisions of a failing run simple: few deviations first,
// then few digits, then small ones. [ShrinkWorkload] does the same for a
// workload: few elements, few words, small numbers.
//
// # Tasks and switch points
//
// A simulated thread is a [Task]. One task at a time has control, and others
// get it only at switch points: [Tasks.Switch], which a simulated kernel calls
// at the entry of each simulated call, after it has noted the call and the
// object it touches; [Tasks.Block]; and the end of a task. At a switch point
// the runnable tasks and the pending steps are the alternatives of a choice at
// [PointTask]. Strategies, deadlock reports and traces read the same record of
// the call.
//
// Making others runnable ([Tasks.Ready], [Tasks.Go], [Mutex.Unlock]) is no
// switch point: programs may do it while they hold a lock. What a task does to
// memory between two switch points is one step. A race on memory is therefore
// seen only by a program that yields where it has looked at shared state and
// not yet acted on it, and a subject that never yields is judged at its system
// calls only.
//
// A task must not reach a switch point while it holds a lock that another task
// takes: the other one would wait outside the simulation. [Mutex] is for
// subjects that cannot avoid it. Its waiters are tasks.
//
// # Runners
//
// [Tasks] decides who acts. What carries the tasks is a [Runner]:
//
//   - [NewDirect] has no tasks. The calling goroutine is the only thread, and a
//     call that blocks lets steps and timers act until it can return; if nothing
//     can end it, it is told so. Plain unit tests use it.
//   - [NewCoroutine] carries each task by a coroutine. It is the default. A run
//     that has failed or was abandoned ends every coroutine ([Tasks.Stop]): the
//     task leaves by runtime.Goexit, so its deferred functions run, and a
//     recover in a handler cannot keep it alive. A panic in a task, or a Goexit
//     such as testing.T.FailNow, ends the run as a [TaskPanic].
//
// # Time and budgets
//
// Time is virtual. It moves when no task is runnable and no step is pending,
// and then to the next deadline; timers with the same deadline fire in the
// order in which they were set. If there is no deadline either, the run has a
// [Deadlock], which lists what each task waits for.
//
// A run that goes on and on is a [Livelock]: it has spent its budget of steps,
// of decisions, or of virtual time. Every simulated call is a step, whether
// there was a choice or not, and so is a pending step taken and a timer fired.
// A budget cuts a run off, and what would have come is unknown: such a run is
// reported to the strategy as truncated.
//
// A task that neither calls nor ends is outside the simulation. A [Watchdog]
// notices it by the wall clock, from another goroutine, and hands out the
// stacks of all goroutines. It is off while a debugger is attached.
package scheduler
