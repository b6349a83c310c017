// Package winfidelity compares the simulated Windows with the running one, call by
// call. Under Wine the running one is Wine.
//
// A strategy of package scheduler draws a sequence of calls of I/O completion
// ports, of AFD and of Winsock, each call from the results of the calls before it.
// The sequence is made on the simulated kernel, which is faithful and quiet, on
// the direct runner, and on the running system. Every visible result must be the
// same. Otherwise the comparison ends with a disagreement: the calls that lead to
// it, shrunk, and both outcomes. It prints as a script, which [Play] makes again.
// Put the script in testdata, with the fact that it taught.
//
// # What is compared
//
//   - The result of each call: success, pending, or which error; the bytes; and the
//     conditions of a poll that finishes at once.
//   - After each call: the conditions of every socket, which a poll with timeout 0
//     returns; how many bytes have arrived at each; which operations have ended,
//     with which status, how many bytes, which bytes and which conditions; and how
//     many packets wait at each port.
//   - The packets that are taken: their keys, operations, numbers and order. Packets
//     of different calls are in the order of the calls. Packets of one call may come
//     in any order, because WSARecv and WSASend promise an order of the bytes, not
//     of the completions.
//
// On the running system, the network may take time. The comparison looks again
// until the running system is in the state of the simulation, for up to five
// seconds.
//
// # What may differ
//
//   - What the documentation leaves open, and what Wine 8.0 is known to do
//     differently. Both are lists of type [Difference], each entry with a reason. A
//     difference that puts the systems in different states ends the sequence. The
//     table says how often each was met, and one that is never met is an error.
//   - Handles. A handle that was closed has the same name as one that was never
//     open, because its number may belong to another object.
//   - Time. A wait or a poll gives up at once, or so soon that the next call comes
//     after it, or in an hour.
//
// # What is not compared
//
//   - Full buffers, because sizes differ: a send of a few bytes finishes at once.
//   - Blocked calls and several threads. A sequence waits forever only if there is a
//     packet.
//   - Duplicates of sockets, CloseHandle of a socket, urgent data, polls of several
//     sockets, shutdown of receiving, DisconnectEx (which Wine 8.0 does not have), and
//     messages to nobody.
//   - EMFILE and lack of memory.
//
// Their rules are among the facts in the tests of package fakedemux.
//
// # How much is enough
//
// The table counts each call with each outcome, each operation that was pending
// with each result, sets of conditions, and sizes of batches. Each listed cell has
// at least 200 hits in a million calls, or half of its share in fewer calls. At
// least 60 % of the calls succeed. The median sequence makes at least 20 calls. If
// one of these does not hold, the report says what is missing, and the comparison
// proves little.
//
// [Mutations] break rules of the simulation on purpose, by wrappers around its
// calls. A test compares each with the simulation itself, finds it and shrinks it.
package winfidelity
