// Package scheduler makes the choices of a simulation explicit, so that a run
// can be searched for, recorded, replayed and shrunk. It also carries the
// simulated threads and the virtual time of such runs.
//
//	recorder := scheduler.NewRecorder(0)
//	tasks := scheduler.NewTasks(scheduler.NewCoroutine(), recorder, scheduler.Budget{})
//	search := scheduler.NewSearch(1)
//	for run := 0; run < 1000 && search.Begin(run); run++ {
//		recorder.Begin(search)
//		tasks.Reset()
//		tasks.Go("main", func() { ... }) // calls tasks.Switch, recorder.Fault, ...
//		err := tasks.Run()
//		search.End(scheduler.Result{Failed: err != nil, Decisions: len(recorder.Decisions())})
//	}
//
// Most programs do not use the package this way: package fakedemux does it for
// them, and package proptest chooses the strategies.
//
// # Decisions
//
// Wherever the simulated world is free, the code asks a [Choice] at a [Point]:
// which thread runs next, in which order events are reported, whether a write is
// short. The [Strategy] of the run answers, and the [Recorder] notes a
// [Decision]: the point, the number of alternatives, and the one that was taken.
// Nothing else in a run may vary, so two runs with the same decisions are the
// same.
//
// Alternative 0 is the quiet one: what a plain kernel on an idle machine does. A
// run is described by its [Deviations] from the quiet run.
//
// # Strategies
//
// [NewSearch] is the default: [NewRandom] and [NewPCT] in turn.
// [NewQuiet], [NewRoundRobin] and [NewSparse] make special runs, and
// [NewExplore] makes all of them, for small subjects. [NewReplay],
// [NewReplayBytes], [NewReplayDecisions] and [NewDeviations] make a recorded
// run again. What a strategy draws depends on its seed, the number of the run
// and the mean length of the first [LearningRuns] runs, and on nothing else
// ([Independent]), so that processes can share the runs of one search.
//
// # Tasks and time
//
// A simulated thread is a [Task]. One task at a time has control, and others get
// it only at switch points: [Tasks.Switch], [Tasks.Block] and the end of a task.
// What a task does to memory between two switch points is one step. Calls that
// make other tasks runnable ([Tasks.Ready], [Tasks.Go], [Mutex.Unlock]) are not
// switch points, because programs hold locks over them. A task must not reach a
// switch point while it holds a lock that another task takes; [Mutex] is for
// subjects that cannot avoid it.
//
// [Tasks] decides who acts, and a [Runner] carries the tasks: [NewCoroutine], or
// [NewDirect] for unit tests on one thread.
//
// Virtual time moves when no task is runnable and no step is pending, and then
// to the next deadline. Without a deadline the run has a [Deadlock]. A run that
// spends its [Budget] is a [Livelock]. A [Watchdog] notices a task that neither
// makes a call nor ends.
//
// # Tapes
//
// A [Tape] is a run as one line of text, for reports and command lines:
//
//	rt2/SUITE/SUBJECT/DIALECT/PLAN/WORKLOAD/DIGITS~DIGEST
//
// [Saved] is a run in a file, with a line for each decision. [Shrink] and
// [ShrinkWorkload] make a failing run simple.
//
// # More
//
// docs/decisions.md has the rules of choices, strategies, switch points, runners
// and budgets. docs/tapes.md has the format of tapes and what survives an
// upgrade.
package scheduler
