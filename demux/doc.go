// Package demux is the contract between a reactor and an event demultiplexer:
// epoll, kqueue, an I/O completion port, or a simulation of one. The packages
// below it are backends, which turn the contract into one kernel's calls;
// package realdemux gives the running system's, package fakedemux a simulated
// kernel's.
//
// All kernels have waiting in common; how they are told what to wait for they
// do not. So there is one interface to wait with, Demux, and an optional one to
// start operations with, Completer, which is found by a type assertion. What a
// kernel does not offer is told by Traits and refused with
// errors.ErrUnsupported, never emulated in silence.
//
// # Words
//
// A handle is an object of the operating system. A registration ties a handle
// to a demux with a token, an interest and a mode. The interest is what the
// caller wants to hear of, the token is the caller's name for the registration,
// and the mode says how often a condition that holds is reported: level, edge
// or oneshot. A Wait returns a batch of events. A registration is reportable
// when a Wait would report it. A half-close is a peer that sends no more and
// still reads.
//
// # Threads
//
// One goroutine, or one task of a simulated host, at a time uses a Demux. Wake
// and Close may be called by any, at any time. No lock is held across a call of
// a Demux, of a Host or of the interface below a backend: on a simulated host
// such a call may switch to another task, and that one would wait for the lock
// for ever.
//
// # Rules of readiness
//
// The rules have numbers; a test of each is named after it, and
// proptest.TestDemux holds any implementation against them. Each ends with its
// source.
//
// W1, progress. Wait returns n > 0 as soon as a registration is reportable or
// an operation has completed; it returns n = 0 when the timeout has passed,
// when a Wake was consumed and, by exception, for no reason. A caller must bear
// the exception, and may not rely on it: a real backend that gets no signals
// never makes it, nor does a simulated kernel whose tape is quiet, and one with
// faults makes it no more often than its budget says. Source: epoll_wait(2)
// and kevent(2), RETURN VALUE.
//
// W2, timeout. A timeout below 0 waits for ever, 0 polls, and one above 0 is
// rounded up to Traits.Resolution; if nothing happens, Wait does not return
// before it has passed. Every positive Duration is legal: what the kernel
// cannot express is waited for in pieces. A wait that a signal interrupts is
// taken up again with what is left of it. epoll_wait counts milliseconds in an
// int, epoll_pwait2 nanoseconds, kevent nanoseconds (Darwin refuses very long
// sleeps with EINVAL), a completion port milliseconds. Source: epoll_wait(2),
// DESCRIPTION; signal(7), "Interruption of system calls and library functions
// by signal handlers"; kqueue(2); GetQueuedCompletionStatusEx.
//
// W3, mistakes. The caller's mistakes panic: an empty dst, a want beyond
// Readable|Writable, unknown mode bits, NoToken, a nil Op, an Op that is
// submitted while in flight. A mode that Traits denies is
// errors.ErrUnsupported. Register and Modify are all or nothing: one that fails
// leaves what was as it was. AFD, the readiness of Windows' sockets, has no
// edges, so Edge is refused there. Source: this contract; for the refusal,
// the documentation of each kernel's flags.
//
// W4, level. While the condition of a level registration holds it is reported:
// in every Wait where all that is reportable fits in dst, and as often as W10
// says where it does not. Source: epoll(7), "Level-triggered and
// edge-triggered"; kqueue(2), without EV_CLEAR. On AFD a poll is one report;
// the backend re-arms it at the next Wait.
//
// W5, edge. An edge registration is reported at least once after the condition
// arises, and after Register or Modify if it holds already. More reports may
// come, but not in every Wait while nothing happens, as in level mode. Nothing
// is promised to a caller that since the last report has not met ErrAgain, the
// end of the stream or an error. Source: epoll(7),
// "Level-triggered and edge-triggered" and Q9; epoll_ctl(2), EPOLLET;
// kqueue(2), EV_CLEAR. On kqueue Modify re-adds the filters that are wanted and
// deletes the others, which makes a condition that holds come again.
//
// W6, oneshot. After one event of a oneshot registration everything about it,
// hang-up and failure included, is silent until Modify; the registration stays.
// It is one event per registration and not per direction. Where the kernel arms
// the directions apart, as kqueue does with EV_DISPATCH, the backend merges
// the batch and disarms the other direction before Wait returns. Source:
// epoll_ctl(2), EPOLLONESHOT; kqueue(2), EV_DISPATCH.
//
// W7, merging. Where Traits.Merged holds, one batch has at most one event of a
// registration, with all of its conditions; where it does not, the directions
// come in two events, in any order, with one token. Source: epoll_wait(2), one
// struct epoll_event a descriptor; kqueue(2), a knote is an (ident, filter)
// pair.
//
// W8, hang-up and failure. Hangup says that the peer sends no more, or that
// both ends are done, and unread data may remain; Failed says that an error is
// pending. Both are hints, and the next Read or Write tells the truth. A peer's
// half-close is reported only with Readable wanted. With want == 0 only
// Traits.Unasked is reported, and in level mode that repeats until the caller
// deregisters. An event with Hangup or Failed also carries each wanted
// direction (the one it concerns, where not Merged), so a caller that knows no
// more than two bits makes the call that tells the truth. Source: epoll_ctl(2),
// EPOLLRDHUP, EPOLLHUP and EPOLLERR; kqueue(2), EV_EOF, which comes only with a
// filter that was asked for.
//
// W9, the end of a registration. After Deregister has returned nil, no later
// Wait reports readiness on account of that registration, even if the token is
// used again; after Modify, readiness is reported under the new token only. A
// batch that was already returned is the caller's. Completions of operations
// are O1's. On AFD a poll that was canceled may still complete, and its memory
// lives until then; the backend keeps that from the caller. Source:
// epoll_ctl(2), EPOLL_CTL_DEL and EPOLL_CTL_MOD; kqueue(2), EV_DELETE.
//
// W10, fairness. Between two reports of one registration (of one direction,
// where not Merged), every other that was reportable all the time in between is
// reported. It is a must where Traits.Fair holds, a should elsewhere. The
// backend's own wake never appears in dst; it may cost one place of one batch.
// Source: epoll_wait(2), NOTES: "round robin". No such promise was found for
// kqueue or completion ports.
//
// W11, wake. A Wake makes the Wait that is blocked, or else the next one,
// return at once. Wakes coalesce and none is lost. A Wait that returns n > 0
// may have consumed it, so a caller looks at its queue after every Wait.
// Source: eventfd(2); kqueue(2), EVFILT_USER with NOTE_TRIGGER (a pipe where
// that is missing); PostQueuedCompletionStatus.
//
// W12, the set. Register of a registered handle is ErrExists, Modify or
// Deregister of an unregistered one is ErrNotFound, and neither error has
// another meaning; this holds for handles that were not closed meanwhile. Of a
// handle that is not open, Modify and Deregister say ErrNotFound and Register a
// wrapped EBADF. Two handles of one object are two registrations. Source:
// epoll_ctl(2), EEXIST, ENOENT and EBADF; epoll(7), Q1 and Q2. On kqueue adding
// twice modifies, so the backend keeps the set.
//
// W13, close. Close ends the demux: a blocked Wait and every later call return
// ErrClosed, a second Close too. When Close and the Wait that it ended have
// both returned, all of the demux's own handles are released (a Wake that is
// inside at that moment may be the last to hold them). A Wake racing Close
// returns nil or ErrClosed and touches no other handle. Registered handles stay
// the caller's. Source: close(2), "Multithreaded processes and close()":
// closing the descriptor does not end a blocked wait, so a backend marks,
// wakes, and the last one out releases.
//
// W14, a handle closed too soon. The caller deregisters a handle before it
// closes it; if it does not, what happens is the kernel's, and never that one
// registration is reported under another's token. epoll goes on to report the
// registration until the last duplicate of the handle is closed. kqueue is
// silent, and Register of the number, used again, may say ErrExists. AFD
// reports Hangup|Failed once. Deregister afterwards returns nil, ErrNotFound or
// the system's error. A judge calls it a leaked registration. Source: epoll(7),
// Q6; kqueue(2), "close"; AFD's LOCAL_CLOSE, observed.
//
// # Rules of completion
//
// O1, one event. Every operation that Submit accepted comes back in exactly one
// event with its token, also after Cancel and Deregister. If Submit fails there
// is no event. Source: GetQueuedCompletionStatusEx; io_uring(7), one completion
// a submission.
//
// O2, ownership. From Submit to that event the Op and its Buf belong to the
// demux: the caller neither reads nor writes them. A simulated kernel checks it
// with a pattern and a digest, and names the Op. Source: WSARecv, "the buffers
// must remain valid"; io_uring_enter(2).
//
// O3, cancel. Cancel is a request: the event has ErrCanceled or the result. Of
// an operation that is not in flight it says ErrNotFound. Source: CancelIoEx,
// ERROR_OPERATION_ABORTED and ERROR_NOT_FOUND; io_uring_enter(2),
// IORING_OP_ASYNC_CANCEL.
//
// O4, order. Completions come in any order. Several reads in flight on one
// stream are filled in the order of submission, and reported so, where
// Traits.ReadsOrdered holds; elsewhere the second Submit is
// errors.ErrUnsupported. There is one write in flight a stream, everywhere.
// Source: WSARecv, Remarks; io_uring(7), on the order of completions.
//
// O5, finished at once. An operation that finishes at once still completes
// through Wait, and W1 and W10 hold for it. Source: GetQueuedCompletionStatus;
// SetFileCompletionNotificationModes, which a backend does not let show.
//
// O6, results. A read with N = 0 and a nil Err is the end of a stream, and an
// empty datagram otherwise; a write's N may be short; an accept's New is the
// caller's. On a stream, a read whose Buf is empty and not nil takes nothing: it
// completes with N = 0 when there is data, the end or an error, and does not say
// which of them. A write of no bytes completes with N = 0 and sends nothing. N
// and New are valid also if a Cancel lost. The Err of a read into an empty Buf is
// nil or the stream's error, and no later read need tell that error again. What
// an empty Buf does to datagrams is the system's. Source:
// recv(2), send(2), accept(2); WSARecv, which with a buffer of no bytes waits for
// data and leaves it; recv of io_uring with a length of 0, seen on Linux 6.18.
// read(2) of no bytes returns 0 at once, so for what is no socket io_uring polls
// first.
//
// O7, close. Close of the demux cancels what is in flight and, before it (or
// the Wait that it ended) returns, the kernel has given every Buf back. Those
// operations get Err = ErrClosed and no event. Source: CancelIoEx: the buffer
// is the kernel's until the operation has completed.
//
// O8, lending. A read that is submitted with a nil Buf gets one of the demux's
// where Traits.Lends holds, and is errors.ErrUnsupported elsewhere. Op.Buf is
// the caller's until it submits that Op again or calls Cancel on it after its
// event. Multishot calls are an optimization below this rule. Source:
// io_uring_enter(2), IOSQE_BUFFER_SELECT.
//
// O9, a handle closed in flight. Closing a handle with operations in flight
// ends them where Traits.CloseCancels holds; elsewhere they live on and keep
// the object open. The portable order is: cancel, await the event, close.
// Source: closesocket, which completes them with an error; io_uring(7), where a
// request holds its file.
//
// O10, attachment. The first Submit attaches the handle to this demux for its
// life; one that is attached elsewhere is ErrAttached. Source:
// CreateIoCompletionPort, Remarks: a handle has one port.
package demux
