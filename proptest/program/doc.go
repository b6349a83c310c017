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
// The world. World(h) is the same machine for code that is not under test:
// clients, load generators, the test itself. The plan's faults do not strike its
// calls: none fails because of an invented shortage, accepts less than there is
// room for, or is interrupted. What the world leaves open is not a leak. The
// network still delays, splits and resets. So a client must accept a reset, or the
// plan must switch resets off: Plan{Faults: 2, Off: "r"}. The program and its
// world share one table of descriptors.
//
// Set-up. The plan's faults are off until the program waits for the first time,
// in Demux.Wait, Sleep, Await or the function that Go returns. So t.Fatal is the
// right answer to a Listen that fails. Later, every call may fail in the ways that
// its manual page names.
//
// The end. The program ends when the function returns. Functions given to
// t.Cleanup run right after it and may use the host. Tasks that the program has
// started have ten seconds to end. Then the judge counts handles, registrations
// and operations. Clients have one more second, and then the run is over, whether
// they have ended or not.
//
// Time and tasks. Time is h.Now, and it stands still while a task can run. Sleep,
// Await and Go work on a simulated host and on a real one. Start goroutines with
// Go or h.Go only. Do not wait on a channel, a sync.WaitGroup or a mutex whose
// holder makes calls: the simulation does not see these.
//
// # The machine
//
// Options.Workload describes a machine other than the usual one:
// "p1+buffer.64+files.20+calls.1000000" has sockets that hold 64 bytes, 20
// descriptors, and a budget of a million calls for each run.
//
// docs/test-handlers.md tests a chat server, step by step.
package program
