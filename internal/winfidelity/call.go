package winfidelity

import "reactortest/internal/sequence"

// Oper names an overlapped operation of a sequence by the order in which it was
// started, from 0.
type Oper int

// The operations that were never started.
const (
	All        Oper = -1 // no operation, which means every one
	NotStarted Oper = -2
)

// Op is a call.
type Op uint8

// The calls. Those that make handles come first.
const (
	opPort Op = iota
	opAFD
	opListen // N: backlog
	opStream
	opPair
	opConnect // Other: to whom
	opAccept
	opSocket // of the family of H
	opUDP
	opAssociate
	opModes
	opPost
	opGet
	opRecv
	opSend
	opAcceptEx
	opAcceptReceive
	opConnectEx
	opConnectSend
	opSendTo
	opRecvFrom
	opPoll
	opCancel
	opCancelAFD
	opRead
	opWrite
	opShutdown
	opResult
	opCloseSocket
	opCloseHandle
	opBase
	opUpdateAccepted
	opUpdateConnected
	opBind
	opLinger
	opCount
)

// part is an argument of a call, in the order in which a script has them.
type part uint8

const (
	partMade      part = iota // a name for what the call makes
	partStart                 // a name for the operation that it starts
	partHandle                // whom it is about
	partOther                 // the second handle
	partOper                  // an operation
	partN                     // a number
	partKey                   // Key
	partModes                 // Flags: skip, event, both or other
	partEvents                // Bits: conditions
	partWhen                  // When: a time, left out for never
	partHandles               // N: how many handles a poll is about, left out for 1
	partExclusive             // Flags
	partCount
)

// Call is one call of a sequence.
type Call struct {
	Op     Op
	Handle sequence.Ref
	Other  sequence.Ref
	Made   sequence.Ref // the first handle that it makes; the second is the next
	Start  Oper         // the operation that it starts
	Oper   Oper         // the operation that it is about
	N      int
	Key    uint32
	Bits   uint32
	Flags  uint8
	When   uint8
}

// When a GetQueued or a poll gives up. None depends on how fast a machine is.
const (
	whenNever = iota
	whenNow
	whenSoon // and the next call comes after it
	whenFar  // in an hour
	whenCount
)

// exclusive is the flag of a poll.
const exclusive = 1

// description is what is known of a call.
type description struct {
	name   string
	word   string // in a script
	makes  int    // handles
	starts bool   // an operation
	parts  []part
	do     func(m *machine, c *Call) Outcome
}

// ops describes the calls.
var ops = [opCount]description{
	opPort:   {"CreateIoCompletionPort", "port", 1, false, []part{partMade}, (*machine).port},
	opAFD:    {"open of AFD", "afd", 1, false, []part{partMade}, (*machine).openAFD},
	opListen: {"listen", "listen", 1, false, []part{partMade, partN}, (*machine).listen},
	opStream: {"socket", "stream", 1, false, []part{partMade}, (*machine).stream},
	opPair:   {"pair", "pair", 2, false, []part{partMade, partMade}, (*machine).pair},

	opConnect: {"connect", "connect", 1, false, []part{partMade, partOther}, (*machine).connect},
	opAccept:  {"accept", "accept", 1, false, []part{partMade, partHandle}, (*machine).accept},
	opSocket:  {"socket for AcceptEx", "socket", 1, false, []part{partMade, partHandle}, (*machine).acceptSocket},

	opAssociate: {"association", "associate", 0, false, []part{partHandle, partOther, partKey}, (*machine).associate},
	opModes:     {"SetFileCompletionNotificationModes", "modes", 0, false, []part{partHandle, partModes}, (*machine).modes},
	opPost:      {"PostQueuedCompletionStatus", "post", 0, false, []part{partHandle, partKey, partN}, (*machine).post},
	opGet:       {"GetQueuedCompletionStatusEx", "get", 0, false, []part{partHandle, partN, partWhen}, (*machine).get},

	opRecv:     {"WSARecv", "recv", 0, true, []part{partStart, partHandle, partN}, (*machine).recv},
	opSend:     {"WSASend", "send", 0, true, []part{partStart, partHandle, partN}, (*machine).send},
	opAcceptEx: {"AcceptEx", "acceptex", 0, true, []part{partStart, partHandle, partOther}, (*machine).acceptEx},
	opUDP:      {"UDP socket", "udp", 1, false, []part{partMade}, (*machine).udp},
	opBind:     {"bind", "bind", 0, false, []part{partHandle}, (*machine).bind},
	opLinger:   {"SO_LINGER", "linger", 0, false, []part{partHandle}, (*machine).linger},
	opAcceptReceive: {
		"AcceptEx with data", "acceptreceive", 0, true, []part{partStart, partHandle, partOther, partN}, (*machine).acceptReceive,
	},
	opConnectSend: {"ConnectEx with data", "connectsend", 0, true, []part{partStart, partHandle, partOther, partN}, (*machine).connectSend},
	opSendTo:      {"WSASendTo", "sendto", 0, true, []part{partStart, partHandle, partOther, partN}, (*machine).sendTo},
	opRecvFrom:    {"WSARecvFrom", "recvfrom", 0, true, []part{partStart, partHandle, partN}, (*machine).recvFrom},

	opConnectEx: {"ConnectEx", "connectex", 0, true, []part{partStart, partHandle, partOther}, (*machine).connectEx},
	opPoll: {
		"poll of AFD", "poll", 0, true,
		[]part{partStart, partHandle, partOther, partEvents, partWhen, partHandles, partExclusive},
		(*machine).poll,
	},
	opCancel:    {"CancelIoEx", "cancel", 0, false, []part{partHandle, partOper}, (*machine).cancel},
	opCancelAFD: {"NtCancelIoFileEx", "cancelafd", 0, false, []part{partHandle, partOper}, (*machine).cancelAFD},

	opRead:            {"read", "read", 0, false, []part{partHandle, partN}, (*machine).read},
	opWrite:           {"write", "write", 0, false, []part{partHandle, partN}, (*machine).write},
	opShutdown:        {"shutdown", "shutdown", 0, false, []part{partHandle}, (*machine).shutdown},
	opResult:          {"result of a connect", "result", 0, false, []part{partHandle}, (*machine).result},
	opCloseSocket:     {"closesocket", "closesocket", 0, false, []part{partHandle}, (*machine).closeSocket},
	opCloseHandle:     {"CloseHandle", "closehandle", 0, false, []part{partHandle}, (*machine).closeHandle},
	opBase:            {"SIO_BASE_HANDLE", "base", 0, false, []part{partHandle}, (*machine).base},
	opUpdateAccepted:  {"SO_UPDATE_ACCEPT_CONTEXT", "updateaccepted", 0, false, []part{partHandle, partOther}, (*machine).updateAccepted},
	opUpdateConnected: {"SO_UPDATE_CONNECT_CONTEXT", "updateconnected", 0, false, []part{partHandle}, (*machine).updateConnected},
}

// String returns the name of the call.
func (o Op) String() string { return ops[o].name }
