package ports

import (
	"fmt"

	"reactortest/demux/iocp"
)

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

// PollText names the lowest condition in m.
func PollText(m uint32) string {
	for _, n := range pollNames {
		if m&n.bit != 0 {
			return n.name
		}
	}
	return fmt.Sprintf("condition %#x of a poll of AFD", m&-m)
}

// WinsockFlags are the flags of WSARecv, WSASend, WSARecvFrom and WSASendTo;
// winsock2.h. Those that do nothing on the loopback network are accepted without effect.
var WinsockFlags = [...]struct {
	Bit        uint32
	Name       string
	Recv, Send bool // which calls have it
	Taken      bool // it is simulated, or accepted without effect
}{
	{iocp.MsgOutOfBand, "MSG_OOB", true, true, true},
	{iocp.MsgPeek, "MSG_PEEK", true, false, false},
	{iocp.MsgDontRoute, "MSG_DONTROUTE", false, true, true},
	{iocp.MsgWaitAll, "MSG_WAITALL", true, false, false},
	{iocp.MsgPushImmediate, "MSG_PUSH_IMMEDIATE", true, false, true},
	{iocp.MsgPartial, "MSG_PARTIAL", true, true, false},
}

// WindowsWithoutEffect is what the Windows calls accept without effect, each with the
// reason.
var WindowsWithoutEffect = []string{
	"FILE_SKIP_SET_EVENT_ON_HANDLE: a program can not wait for a handle of the simulation",
	"MSG_DONTROUTE: the loopback network has no routes; WSASend lets a provider ignore it",
	"MSG_PUSH_IMMEDIATE: a receive never waits for more than the first bytes; WSARecv calls it a hint",
	"Offset and OffsetHigh of an OVERLAPPED: a socket has no offsets",
	"Status of a socket in an AFD_POLL_INFO: the driver writes it",
	"the family and the address of a UDP socket, and the address of bind: there is one network",
}
