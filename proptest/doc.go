// Package proptest judges event loops, demultiplexers and programs by written
// rules.
//
//	func TestMine(t *testing.T) { proptest.TestReactor(t, newMine) }
//
// TestReactor takes a function that makes a Reactor: a loop that watches handles,
// sets timers, takes posts, runs and closes. It runs the loop again and again on
// a simulated kernel (package fakedemux). Each run has a workload of its own:
// connections of different kinds, handlers that close and replace their
// neighbors, peers that write, flood and close, timers, and tasks that post.
// Every order of events that a kernel, a network or a scheduler of threads may
// choose is a decision (package scheduler). The rules of Properties judge each
// run.
//
// # What to know
//
// The rules read only what the functions that the loop calls have received, and
// what the loop asked of its host. The judge records these calls because it wraps
// the host. Nothing that the subject says about itself counts.
//
// Time is virtual and moves only when every task is blocked. So when a loop
// sleeps, the judge knows what the loop has missed: a posted function that has
// not run, or a handle that is ready and was not served. No rule guesses a
// timeout.
//
// Between two simulated calls a task is not interrupted. A reactor that shares
// memory between threads calls Host.Yield, outside its locks, between looking at
// shared state and acting on it. On a real host Yield does nothing. A subject
// that never yields is judged at system calls only, and reports say so. A subject
// starts threads with Host.Go.
//
// A run that breaks a rule is saved, shrunk and saved again. Its tape makes the
// same run again, digit by digit. TestReactorRapid lets rapid draw and shrink
// instead, and package fuzz lets the engine of go test -fuzz draw.
//
// With Options.Host a subject also runs on a real kernel, with the same
// workloads. There no order can be chosen and the moment of sleep is not known,
// so rules that need these (ready-is-served, fair-within-k) are not evaluated.
//
// # Other subjects
//
// TestDemux checks the demultiplexer of a Host against the rules W1 to W14 of
// package demux. TestCompleter checks one that carries out operations against O1
// to O10. On the simulated kernel both search, shrink and replay as TestReactor
// does; on a real one each case runs once. Options.Open brings a backend of your
// own over the simulated kernel's raw calls, for every suite. CheckDemux and
// SearchDemux work outside of a test. CheckContract wraps a demultiplexer and reports the calls that break
// the contract.
//
// TestProgram runs any function of a Host, such as a server with its clients. The
// function fails its run with t.Errorf, and the rules of ProgramRules check what
// it leaves behind. World gives the host to clients, which are not under test;
// Go, Sleep and Await work on a simulated host and on a real one. Package program
// has an example.
//
// TestEngine judges servers such as gnet, netpoll, nbio and evio through an adapter: do
// all bytes arrive, is every connection told closed once, does one that is ready wait
// behind others, does the server outlive a time without descriptors. EngineRules has the
// rules, and package server says how a run goes.
//
// # More
//
// docs/test-a-reactor.md, docs/test-handlers.md and docs/test-a-demultiplexer.md
// show how to begin. docs/read-a-failure.md explains what a failure prints, and
// docs/decisions.md has the strategies, the faults and the rules of virtual time.
package proptest
