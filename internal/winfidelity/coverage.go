package winfidelity

import (
	"maps"
	"slices"

	"reactortest/internal/sequence"
)

// Groups of cells.
const (
	groupCall   = "call"
	groupResult = "result" // of an operation that was pending
	groupEvents = "events" // of a poll
	groupBatch  = "batch"  // packets of one GetQueued
	groupKnown  = "difference"
)

// coverage counts what the sequences have done, by group and name.
type coverage map[string]map[string]int

func newCoverage() coverage {
	return coverage{groupCall: {}, groupResult: {}, groupEvents: {}, groupBatch: {}}
}

// add counts a call, what the simulation returned, and the operations that were
// over then.
func (c coverage) add(b *bench, call *Call, o *Outcome) {
	c[groupCall][call.Op.String()+" "+o.Word]++
	if call.Op == opPoll && o.Events != 0 {
		c[groupEvents][conditionNames.Text(o.Events)]++
	}
	if n := len(o.Packets); n > 0 {
		c[groupBatch][[...]string{"1 packet", "2 packets", "3 packets or more"}[min(n, 3)-1]]++
	}
	for i := range b.flights {
		f := &b.flights[i]
		if n := Oper(i); f.began && !f.counted && !b.simulated.inFlight(n) {
			f.counted = true
			r := b.simulated.outcome(n)
			c[groupResult][f.call.Op.String()+" "+r.Word]++
			if r.Events != 0 {
				c[groupEvents][conditionNames.Text(r.Events)]++
			}
		}
	}
}

// listed are the cells that must have hits: of each call its outcomes, of each
// operation that was pending its results, and so on.
var listed = []struct {
	group string
	op    Op // of calls and results
	names []string
}{
	{groupCall, opPort, []string{done}},
	{groupCall, opAFD, []string{done}},
	{groupCall, opListen, []string{done}},
	{groupCall, opStream, []string{done}},
	{groupCall, opPair, []string{done}},
	{groupCall, opConnect, []string{done}},
	{groupCall, opAccept, []string{done, "EAGAIN"}},
	{groupCall, opSocket, []string{done, "WSAENOTSOCK"}},
	{groupCall, opAssociate, []string{done, "ERROR_INVALID_HANDLE", "ERROR_INVALID_PARAMETER"}},
	{groupCall, opModes, []string{done, "ERROR_INVALID_HANDLE", "ERROR_INVALID_PARAMETER"}},
	{groupCall, opPost, []string{done, "ERROR_INVALID_HANDLE"}},
	{groupCall, opGet, []string{done, timeout, "ERROR_INVALID_HANDLE", "ERROR_INVALID_PARAMETER"}},
	{groupCall, opRecv, []string{done, pending, "WSAENOTSOCK", "WSAENOTCONN", "WSAECONNRESET"}},
	{groupCall, opSend, []string{done, "WSAENOTSOCK", "WSAENOTCONN", "WSAESHUTDOWN"}},
	{groupCall, opAcceptEx, []string{pending, "WSAENOTSOCK", "WSAEINVAL"}},
	{groupCall, opAcceptReceive, []string{pending, "WSAENOTSOCK"}},
	{groupCall, opConnectSend, []string{pending, "WSAENOTSOCK"}},
	{groupCall, opUDP, []string{done}},
	{groupCall, opBind, []string{done, "WSAEINVAL"}},
	{groupCall, opLinger, []string{done, "WSAENOTSOCK"}},
	{groupCall, opSendTo, []string{done, "WSAEDESTADDRREQ"}},
	{groupCall, opRecvFrom, []string{done, pending}},
	{groupCall, opConnectEx, []string{pending, "WSAENOTSOCK", "WSAEINVAL", "WSAEISCONN"}},
	{groupCall, opPoll, []string{done, pending, nothing, "INVALID_HANDLE", "OBJECT_TYPE_MISMATCH", "STATUS_INVALID_PARAMETER"}},
	{groupCall, opCancel, []string{done, "ERROR_NOT_FOUND", "ERROR_INVALID_HANDLE"}},
	{groupCall, opCancelAFD, []string{done, "NOT_FOUND", "INVALID_HANDLE"}},
	{groupCall, opRead, []string{done, "EAGAIN", "EOF", "ENOTSOCK"}},
	{groupCall, opWrite, []string{done, "EPIPE", "ENOTSOCK"}},
	{groupCall, opShutdown, []string{done, "ENOTSOCK"}},
	{groupCall, opResult, []string{done, "ECONNREFUSED"}},
	{groupCall, opCloseSocket, []string{done, "WSAENOTSOCK"}},
	{groupCall, opCloseHandle, []string{done, "ERROR_INVALID_HANDLE"}},
	{groupCall, opBase, []string{done, "WSAENOTSOCK"}},
	{groupCall, opUpdateAccepted, []string{done, "WSAENOTSOCK"}},
	{groupCall, opUpdateConnected, []string{done, "WSAENOTSOCK"}},

	{groupResult, opRecv, []string{done, "CANCELLED", "CONNECTION_RESET"}},
	{groupResult, opAcceptReceive, []string{done}},
	{groupResult, opConnectSend, []string{done}},
	{groupResult, opRecvFrom, []string{done, "CANCELLED", "BUFFER_OVERFLOW"}},
	{groupResult, opAcceptEx, []string{done, "CANCELLED"}},
	{groupResult, opConnectEx, []string{done, "CONNECTION_REFUSED"}},
	{groupResult, opPoll, []string{done, nothing, "CANCELLED", timeout}},

	{groupEvents, opCount, []string{
		"RECEIVE", "SEND", "DISCONNECT", "ABORT", "LOCAL_CLOSE", "CONNECT", "ACCEPT", "CONNECT_FAIL", "RECEIVE|SEND",
		"SEND|CONNECT", "RECEIVE|SEND|CONNECT", "SEND|ABORT|CONNECT", "SEND|DISCONNECT|CONNECT",
	}},
	{groupBatch, opCount, []string{"1 packet", "2 packets", "3 packets or more"}},
}

// cells returns the table: what must have been done, and what else was.
func (c coverage) cells() []sequence.Cell {
	var all []sequence.Cell
	known := map[[2]string]bool{}
	for _, l := range listed {
		for _, name := range l.names {
			if l.op != opCount {
				name = l.op.String() + " " + name
			}
			known[[2]string{l.group, name}] = true
			all = append(all, sequence.Cell{Group: l.group, Name: name, Hits: c[l.group][name], Listed: true})
		}
	}
	for _, group := range slices.Sorted(maps.Keys(c)) {
		for _, name := range slices.Sorted(maps.Keys(c[group])) {
			if !known[[2]string{group, name}] {
				all = append(all, sequence.Cell{Group: group, Name: name, Hits: c[group][name]})
			}
		}
	}
	return all
}
