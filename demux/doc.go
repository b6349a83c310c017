// Package demux is the contract between a reactor and an event demultiplexer:
// epoll, kqueue, an I/O completion port, or a simulation of one. The packages
// below it are backends, which turn the contract into the calls of one kernel.
// Package realdemux opens the backend of the running system. Package fakedemux
// opens any of them over a simulated kernel.
//
//	d, err := host.Open() // host is a Host
//	...
//	err = d.Register(h, 1, demux.Readable, demux.Level)
//	events := make([]demux.Event, 64)
//	n, err := d.Wait(events, time.Second)
//	for _, ev := range events[:n] {
//		serve(ev.Token, ev.Ready)
//	}
//
// All kernels can wait, but they differ in how a program tells them what to
// wait for. So there is one interface to wait with, Demux, and an optional one
// to start operations with, Completer, which a program finds by a type
// assertion. Traits says what a kernel offers. A demux refuses everything else
// with errors.ErrUnsupported and never emulates it in silence.
//
// One goroutine at a time, or one task of a simulated host, uses a Demux. Any
// goroutine may call Wake and Close at any time. Do not hold a lock across a
// call of a Demux or of a Host: on a simulated host the call may switch to
// another task, which would wait for the lock forever.
//
// # Rules
//
// The contract has numbered rules, and messages refer to them by number. Here
// is each in one line. docs/contract.md has the full text with the source of
// each rule and the words that the rules use. proptest.TestDemux and
// proptest.TestCompleter check any implementation against them.
//
// Readiness:
//
//	W1   Wait returns as soon as there is something to report.
//	W2   Wait returns neither before its timeout nor long after it; no positive timeout is too long.
//	W3   The caller's mistakes panic; a mode that Traits denies is refused; a failed call changes nothing.
//	W4   Level: a condition is reported again while it holds.
//	W5   Edge: a condition is reported at least once after it arises.
//	W6   Oneshot: one event per registration, then silence until Modify.
//	W7   A batch has one event per registration if Traits.Merged, else one per direction.
//	W8   Hangup and Failed are hints, and come with each wanted direction.
//	W9   After Deregister, no later Wait reports the registration.
//	W10  Every reportable registration gets its turn.
//	W11  A Wake ends the blocked Wait or else the next one; no Wake is lost.
//	W12  ErrExists and ErrNotFound tell exactly what is registered.
//	W13  Close ends a blocked Wait and releases the demux's own handles.
//	W14  Deregister a handle before you close it.
//
// Completion:
//
//	O1   Every accepted operation comes back in exactly one event.
//	O2   From Submit to that event, the Op and its Buf belong to the demux.
//	O3   Cancel is a request: the event comes anyway.
//	O4   Completions come in any order; reads of one stream keep theirs if Traits.ReadsOrdered.
//	O5   An operation that finishes at once still completes through Wait.
//	O6   A read with N = 0 and no error is the end of a stream; a read into an empty Buf takes nothing.
//	O7   Close cancels operations, and the kernel gives back every Buf before Close is done.
//	O8   A read with a nil Buf borrows one of the demux's if Traits.Lends.
//	O9   Closing a handle ends its operations only if Traits.CloseCancels.
//	O10  The first Submit attaches a handle to this demux for the handle's life.
package demux
