// Package fidelity compares the simulated kernel with the running Linux kernel,
// call by call.
//
//	report, err := fidelity.Run(&fidelity.Options{Calls: 100_000, Seed: 1})
//
// A strategy of package scheduler draws a sequence of system calls, each call from
// the results of the calls before it. The sequence is made on the simulated
// kernel, which is faithful and quiet, on the direct runner, and on the running
// kernel. Numbers, error numbers, bytes, events, their order within a batch, and
// afterward the conditions of every descriptor must be the same. Otherwise the
// comparison ends with a disagreement: the calls that lead to it, shrunk, and
// both outcomes. It prints as a script, which [Play] makes again. Put the script
// in testdata, with the fact that it taught.
//
// # What is compared
//
// Pipes, eventfds, timerfds, files, unix sockets and epoll instances are compared
// exactly. A separate call looks at an epoll instance, because looking changes it:
// see docs/kernels.md.
//
// A sequence with TCP or UDP is compared after both sides have settled: two looks
// at the running kernel in a row find what the simulation finds, within two
// seconds. The events of a batch are then compared as a set. An EPOLLET
// registration may report once more on the running kernel than in the
// simulation, because an acknowledgment is also an edge. In such a sequence,
// batches have room for every event, and no epoll instance watches another.
//
// # What may differ
//
//   - The sizes of buffers. No sequence fills a buffer, except the counter of an
//     eventfd.
//   - Time. A timer is disarmed, due at once, or due in an hour. The comparison
//     checks whether it is armed and how often it has expired, and gives the
//     running kernel a second for a timer that is due. Package fakedemux tests
//     that a repeating timer counts the expirations that it has missed.
//   - What a write to a file does to the bytes that a sendfile has sent; sendfile(2),
//     NOTES. No sequence writes to a file after one.
//   - The values of addresses. A socket is bound to any port or to a name of its
//     own, and other sockets send to where it is bound. A port is compared as the
//     n-th port that a call has told. All loopback addresses of IPv4 are one.
//
// # What is not compared
//
//   - ENOSPC and ENOMEM from epoll_ctl, EMFILE and ENFILE: they are for limits of the
//     whole user and for memory that is used up, which no sequence reaches.
//   - The calls of three tasks or more.
//   - A TCP socket that connects to itself, and datagram sockets of the unix family
//     with a name.
//   - SO_REUSEPORT, where the kernel chooses who gets something, TCP_DEFER_ACCEPT,
//     and names in the file system. Tests of package fakedemux have their rules.
//
// # Two tasks
//
// [RunBlocked] compares sequences in which a second task makes calls that may block, on
// descriptors that do, while the first one acts with calls that do not. On the running
// kernel the second task is a thread, and /proc/self/task says when it sleeps in its
// call. Each call is followed by a look at that, and at the conditions of every
// descriptor. In some sequences the first task makes two calls at once: the kernel may
// then let the second one act in between or afterward, and both are simulated,
// accepted and counted. What depends on the sizes of buffers, or on a timer of TCP, is
// taken out of the sequences. [DuoMutations] break the rules of blocked calls.
//
// # How much is enough
//
// The table counts what the sequences have done: each call with each outcome, each
// set of events, and each kind of object that was registered, with the mode. Each
// listed cell has at least 100 hits in a million calls, or half of its share in
// fewer calls. At least 60 % of the calls succeed. The median sequence makes at
// least 20 calls while two descriptors or more are registered. If one of these
// does not hold, the report says what is missing, and the comparison proves
// little.
//
// A [Player] makes the calls that a byte string encodes; every byte string is
// valid. FuzzCalls in package fuzz lets go test -fuzz draw them, with sensible and
// other arguments. TestBadArgumentsOfLinux in package fakedemux compares the
// arguments that no sequence has, one call at a time.
//
// A comparison that finds nothing must be able to find something. [Mutations] break
// rules of the epoll dialect on purpose, by wrappers around the calls of the
// simulation. A test finds and shrinks each of them.
package fidelity
