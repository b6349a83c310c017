// Package server judges servers: engines that accept connections, read from them and
// call a handler, as gnet, netpoll, nbio and evio do. Package proptest is its face.
//
// An engine has two methods, its connections have three, and an adapter of about a
// hundred lines gives them to a library:
//
//	func TestMyEngine(t *testing.T) {
//		proptest.TestEngine(t, func(_ testing.TB, h demux.Host) proptest.Engine { return newMine(h) })
//	}
//
// TestEngine makes thousands of runs on the simulated kernel, each with other peers,
// other orders of events and other faults. Properties lists the rules. The first
// failing run of each rule is shrunk, saved and printed with the command that replays
// it.
//
// # A run
//
// The engine serves, without faults until it has called Ready. Then peers connect,
// write, read late or little, end their direction, close and reset, while other threads
// send, wake, close and set timers. When all of them are done, the faults end. For a
// second nothing happens, and the engine must be quiet too. Then one more peer connects,
// which must be served; another thread sends to it and wakes it. At last Stop is called,
// and a second later nothing of the engine may be left. In some runs Stop comes early.
//
// # What to know
//
// Bytes. Each byte that a peer sends, and each that the handler sends, is known to the
// judge, so a byte that is lost, doubled, or sent to another connection is seen.
//
// What is lawful. A network may reset a connection, and a plan may make calls fail. An
// engine may close a connection when there are no descriptors or there is no memory, and
// a connection that is closed with unread bytes ends with a reset. None of this is
// reported. What an engine does by design, it declares; see Declared.
//
// Threads. The engine starts threads with Go of its host, and waits only in calls of the
// host. It calls Yield, outside of its locks, where it has looked at shared state and not
// yet acted.
//
// # Workloads
//
// The text of a workload, as Options.Workload takes it, has the peers and what the other
// threads do:
//
//	e1+peer.2,at.1ms,write.5,gap.1ms,write.300,fin+greet.10+push.1ms.5+stop.7ms
//
// These are two peers that connect after 1 ms, write twice and end their direction. The
// server greets them with 10 bytes and sends back what it gets. After 1 ms another thread
// sends 5 bytes, and after 7 ms the engine is stopped.
package server
