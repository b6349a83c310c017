// Package fidelity holds the simulated kernel against the running Linux kernel,
// call by call.
//
// A sequence of system calls is drawn by a strategy of package scheduler, each
// call from what the calls before it have returned. It is made on the simulated
// kernel, which is faithful and quiet, on the direct runner, and on the running
// one. Numbers, error numbers, bytes, events, their order within a batch, and
// the conditions of every descriptor afterwards are the same, or the comparison
// ends with a disagreement: the calls that lead to it, shrunk, and both outcomes.
// They are printed as a script, which [Play] makes again: put it in testdata, with
// what was learned from it.
//
// # What is compared
//
// Pipes, eventfds, timerfds, files, unix sockets and epoll instances are compared
// exactly. epoll instances are looked at by a call of its own: to look is to
// change, see package fakedemux.
//
// A sequence with TCP or UDP is compared after both sides have settled: two looks
// at the running kernel, one after the other, find what the simulation finds, and
// that within two seconds. The events of a batch are then compared as a set, and
// an EPOLLET registration may report once more on the running kernel than in the
// simulation: an acknowledgment is an edge too. Batches have room for everything
// there, and no epoll instance watches another.
//
// # What may differ
//
//   - The sizes of buffers. No sequence fills one but a counter's.
//   - Time. A timer is disarmed, or due at once, or due in an hour: what is
//     compared is whether it is armed, and how often it has expired. The running
//     kernel is given a second for a timer that is due. That a timer which repeats
//     counts what it has missed is tested in package fakedemux.
//   - What addresses are: a socket is bound to any port, or to a name of its own,
//     and others are sent to where it is bound.
//
// # What is not compared
//
//   - ENOSPC and ENOMEM from epoll_ctl: the running kernel has them for limits of
//     the whole user, or for memory that is used up. Nothing here uses that up.
//   - EMFILE and ENFILE, for the same reason.
//   - Blocked calls and several threads; their rules are in package fakedemux.
//   - A TCP socket that connects to itself, and datagram sockets of the unix family
//     with a name.
//
// # How much is enough
//
// The table counts what the sequences have done: each call with each outcome, each
// set of events, the kind of what was registered, and its mode. Each listed cell
// has at least 100 hits in a million calls, or half of its share in fewer; at least
// 60 % of the calls succeed; and the median sequence makes at least 20 calls while
// two descriptors or more are registered. Otherwise the report says what is missing,
// and the comparison says little.
//
// # Bytes
//
// A [Player] makes the calls that a byte string says, whatever the bytes are: FuzzCalls
// in package fuzz lets go test -fuzz draw them. They have any arguments that can be
// compared, sensible or not. Arguments that no sequence has are compared one call at a
// time, by TestBadArgumentsOfLinux in package fakedemux.
//
// # Mutations
//
// A comparison that finds nothing must be able to find something. [Mutations] are
// rules of the epoll dialect that are broken on purpose, by wrappers around the
// calls of the simulation; each is found, and shrunk.
package fidelity
