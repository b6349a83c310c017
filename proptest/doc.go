// Package proptest judges reactors and demultiplexers by written rules.
//
// # A reactor
//
// A subject is a Reactor: it watches handles, sets timers, takes posts, runs and
// closes. TestReactor runs it again and again with workloads that are drawn: up
// to four connections of different kinds and modes, whose handlers close and
// replace their neighbors, modify interests, post, set and stop timers; tasks
// that write, flood, end their direction and close at the far ends; tasks that
// post. The kernel is simulated (package fakedemux), and so every order of
// events that a kernel, a network or a scheduler of threads may choose is a
// decision (package scheduler). The run is judged by the rules of Properties.
//
//	func TestMyReactor(t *testing.T) { proptest.TestReactor(t, newMine) }
//
// The rules read what the functions that the loop calls received, and what the
// loop asked of its host; the latter the judge hears by standing between them.
// Nothing that the subject says of itself counts.
//
// Virtual time is the judge's best witness. It moves only when every task is
// blocked, so a loop that has missed something is seen the moment it sleeps:
// whatever was posted and has not run, or is ready and was not dispatched, was
// lost. No timeout is guessed.
//
// A run that breaks a rule is saved, shrunk and saved again. Its tape makes the
// same run again, digit by digit. TestReactorRapid has rapid do the drawing and
// the shrinking instead, and package fuzz the engine of go test -fuzz.
//
// With Options.Host a subject runs on a real kernel too, with the same
// workloads. There no order can be chosen and the moment of sleep is not known,
// so rules that need it (ready-is-served, fair-within-k) are not evaluated.
//
// # How closely a subject is judged
//
// Between two simulated calls a task is not interrupted. A reactor that shares
// memory between threads calls Host.Yield, outside its locks, where it has
// looked at shared state and not yet acted; on a real host that does nothing.
// A subject that never yields is judged at system calls only, and reports say
// so. Threads of a subject are started by Host.Go; the first runs of a search,
// and every run that makes a report, check that calls come from tasks.
//
// # A demultiplexer
//
// TestDemux holds a Host's demultiplexer to the rules W1 to W14 of package
// demux, on the simulated kernel and on a real one, and TestCompleter one that
// carries out operations to O1 to O10. CheckDemux does both outside of a test.
// CheckContract stands between a demultiplexer and its user and reports what
// breaks the contract.
package proptest
