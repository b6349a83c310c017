package fakedemux

import (
	"fmt"

	"reactortest/demux/iocp"
)

// notSimulated refuses what Windows has and the simulation has not. It notes what
// that was.
func (k *Kernel) notSimulated(what string) iocp.Errno {
	k.refusals = append(k.refusals, what)
	return iocp.NotSimulated
}

// NotSimulated returns what the calls of this run were refused because the simulation
// does not have it, in the order of the calls: "AFD_POLL_QOS", "MSG_PEEK". It is not a
// call of a task.
func (k *Kernel) NotSimulated() []string { return k.refusals }

// pollNames are the conditions that the simulation does not have; src/afd.h of wepoll,
// and Windows' afd.h.
var pollNames = [...]struct {
	bit  uint32
	name string
}{
	{iocp.PollQOS, "AFD_POLL_QOS"},
	{iocp.PollGroupQOS, "AFD_POLL_GROUP_QOS"},
	{iocp.PollRoutingChange, "AFD_POLL_ROUTING_IF_CHANGE"},
	{iocp.PollAddressChange, "AFD_POLL_ADDRESS_LIST_CHANGE"},
}

// pollText names the lowest condition in m.
func pollText(m uint32) string {
	for _, n := range pollNames {
		if m&n.bit != 0 {
			return n.name
		}
	}
	return fmt.Sprintf("condition %#x of a poll of AFD", m&-m)
}

// messageFlags are the flags of WSARecv, WSASend, WSARecvFrom and WSASendTo;
// winsock2.h. Those that do nothing on the loopback network are taken without effect.
var messageFlags = [...]struct {
	bit         uint32
	name        string
	kinds       [2]bool // of a receive, of a send
	simulated   bool
	withoutDoes bool // taken, and it does nothing
}{
	{iocp.MsgOutOfBand, "MSG_OOB", [2]bool{true, true}, true, false},
	{iocp.MsgPeek, "MSG_PEEK", [2]bool{true, false}, false, false},
	{iocp.MsgDontRoute, "MSG_DONTROUTE", [2]bool{false, true}, false, true},
	{iocp.MsgWaitAll, "MSG_WAITALL", [2]bool{true, false}, false, false},
	{iocp.MsgPushImmediate, "MSG_PUSH_IMMEDIATE", [2]bool{true, false}, false, true},
	{iocp.MsgPartial, "MSG_PARTIAL", [2]bool{true, true}, false, false},
}

// refuses says why an operation with these arguments can not be started, 0 if it can.
// An hEvent would be signaled, and with its lowest bit set it keeps the packet back
// (GetQueuedCompletionStatus, lpOverlapped): the simulation has no events.
func (w windowsCalls) refuses(op *iocp.Operation, kind operationKind) iocp.Errno {
	if op == nil {
		return 0
	}
	if op.Overlapped.Event != 0 {
		return w.k.notSimulated("hEvent of an OVERLAPPED")
	}
	which := 0
	switch kind {
	case operationRecv:
	case operationSend:
		which = 1
	case operationPoll, operationAccept, operationConnect, operationDisconnect, operationKinds:
		return 0 // they have no flags
	}
	unknown := op.Flags
	for _, f := range messageFlags {
		switch {
		case op.Flags&f.bit == 0:
		case !f.kinds[which]: // WSARecv and WSASend, WSAEOPNOTSUPP
			return iocp.WSAEOPNOTSUPP
		case !f.simulated && !f.withoutDoes:
			return w.k.notSimulated(f.name)
		}
		unknown &^= f.bit
	}
	if unknown != 0 {
		return w.k.notSimulated(fmt.Sprintf("flag %#x of a message", unknown&-unknown))
	}
	return 0
}
