// Package program judges programs that wait for events: handlers, protocols,
// servers and clients, on a loop or without one. Package proptest is its face.
//
// A program is a function of a testing.TB and a demux.Host. It makes its
// listeners and its loop on the host, starts its clients, and fails the test when
// a client sees what it must not see:
//
//	func TestGreeting(t *testing.T) {
//		proptest.TestProgram(t, func(t testing.TB, h demux.Host) {
//			l, addr, err := h.Listen("127.0.0.1:0", 8)
//			if err != nil {
//				t.Fatal(err)
//			}
//			wait := proptest.Go(proptest.World(h), "client", func() { client(t, proptest.World(h), addr) })
//			serve(h, l) // accepts one connection, greets it and closes both
//			wait()
//		})
//	}
//
// TestProgram runs the function thousands of times on the simulated kernel, each
// time with other orders of events, other delays and other faults. A run fails
// when the program fails its test, panics, ends in a deadlock, or leaves
// something behind; Properties lists the rules. The first failing run of each
// rule is shrunk, saved and printed with the command that replays it.
//
// # What to know
//
// The world. World(h) is the same machine as seen by those who are not under
// test: clients, load generators, the test itself. Their calls never fail for
// want of descriptors or memory, accept every byte that there is room for and are
// not interrupted; what they leave open is no leak. The network between them and
// the program delays, splits and resets as it likes, so a client must accept a
// reset, or the plan must switch resets off: Plan{Faults: 2, Off: "r"}. The
// handles of both come from one table of descriptors.
//
// Set-up. Until the program waits for the first time, in Demux.Wait, Sleep, Await
// or the function that Go returns, the plan's faults are off: t.Fatal is the right
// answer to a Listen that fails. From then on every call may fail in the ways that
// its manual page names.
//
// The end. The program ends when the function returns; functions that were given
// to t.Cleanup run right after it and may use the host. Tasks that the program has
// started have ten seconds to end. Then handles, registrations and operations are
// counted. Clients have one second more to look at what the program left them, and
// the run is over, whether they have ended or not.
//
// Time and tasks. Time is h.Now and stands still while a task can run. Sleep,
// Await and Go work on a simulated host and on a real one. Start no goroutine
// but by Go or h.Go, and wait for none on a channel, a sync.WaitGroup or a mutex
// whose holder makes calls: the simulation does not see these.
//
// # The machine
//
// Options.Workload describes the machine, where the usual one does not do:
// "p1+buffer.64+files.20+calls.1000000" has sockets that hold 64 bytes, 20
// descriptors and a budget of a million calls a run.
package program
