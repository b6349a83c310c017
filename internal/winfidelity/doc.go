// Package winfidelity holds the simulated Windows against the running one, call by
// call. Under Wine the running one is Wine.
//
// A sequence of calls of I/O completion ports, of AFD and of Winsock is drawn by a
// strategy of package scheduler, each call from what the calls before it have
// returned. It is made on the simulated kernel, which is faithful and quiet, on the
// direct runner, and on the running system. What can be seen is the same, or the
// comparison ends with a disagreement: the calls that lead to it, shrunk, and both
// outcomes. They are printed as a script, which [Play] makes again: put it in
// testdata, with what was learned from it.
//
// # What is compared
//
//   - What a call returns: success, pending, or which error; bytes; and of a poll
//     that finishes at once the conditions.
//   - After each call, the conditions of every socket, which a poll with timeout 0
//     tells, and how many bytes have arrived there; which operations are over, and
//     with which status, how many bytes, which bytes, and which conditions; and how
//     many packets wait at each port.
//   - The packets that are taken: their keys, operations and numbers, and their order.
//     Packets that different calls have queued are in the order of the calls. Those that
//     one call has queued may come in any order; WSARecv and WSASend promise an order of
//     the bytes, not of the completions.
//
// What comes over the network may take its time on the running system: it is looked
// at again until it is as in the simulation, for up to five seconds.
//
// # What may differ
//
//   - What the documentation leaves open, and what Wine 8.0 is known to do otherwise:
//     both are lists of type [Difference], with a reason each. One that puts the
//     systems in different states ends the sequence. How often each was met is in the
//     table, and one that is never met is an error.
//   - Handles. One that was closed is named like one that was never open, because its
//     number may be another's.
//   - Time. A wait or a poll gives up at once, or so soon that the next call comes
//     after it, or in an hour.
//   - Which number a packet of a poll has.
//
// # What is not compared
//
//   - Full buffers, because sizes differ: a send of a few bytes finishes at once.
//   - Blocked calls and several threads. A wait for ever is made when there is a packet.
//   - Duplicates of sockets, CloseHandle of a socket, urgent data, datagrams.
//   - EMFILE and want of memory.
//
// Their rules are among the facts of package fakedemux.
//
// # How much is enough
//
// The table counts each call with each outcome, each operation that was pending with
// each result, sets of conditions, and sizes of batches. Each listed cell has at least
// 200 hits in a million calls, or half of its share in fewer; at least 60 % of the
// calls succeed; and the median sequence makes at least 20 calls. Otherwise the report
// says what is missing, and the comparison says little.
//
// # Mutations
//
// [Mutations] are rules of the simulation that are broken on purpose, by wrappers
// around its calls; each is found, by comparing it with the simulation itself, and
// shrunk.
package winfidelity
