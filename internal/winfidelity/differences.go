package winfidelity

import (
	"slices"
	"strings"

	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

// Difference is a behavior of a system that differs from the documented behavior of
// Windows.
type Difference struct {
	Name string
	Why  string

	of   aspect
	ends bool // the systems are in different states from here on, and the sequence ends
	rare bool // it need not be met in one run
	is   func(b *bench, c *Call, d *Disagreement) bool
}

// lawful are differences that the documentation allows.
var lawful = []*Difference{
	{
		Name: "an accept in no hurry", of: ofOutcome, rare: true,
		Why: "AcceptEx finishes in the call or later, whether or not a connection waits; its packet comes either way",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return accepts(c.Op) && d.Simulated == done && d.Running == pending && !b.at(c.Handle).skips
		},
	},
	{
		Name: "an accept in no hurry that skips its packet", of: ofOutcome, ends: true, rare: true,
		Why: "SetFileCompletionNotificationModes: with FILE_SKIP_COMPLETION_PORT_ON_SUCCESS there is a packet only if it finishes later",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return accepts(c.Op) && d.Simulated == done && d.Running == pending && b.at(c.Handle).skips
		},
	},
}

// Differences returns all known differences: those that the documentation allows,
// and those of Wine 8.0.
func Differences() []*Difference { return slices.Concat(lawful, wineDiffers) }

// ofWinsock are the calls that are about a socket.
var ofWinsock = []Op{opAccept, opSocket, opRecv, opSend, opAcceptEx, opAcceptReceive, opConnectEx, opConnectSend, opSendTo, opRecvFrom, opBind, opLinger, opRead, opWrite, opShutdown, opResult, opBase}

// unconnected are the sockets that neither send nor receive.
var unconnected = of(fresh, busy, listener)

// wineDiffers are those of Wine 8.0. Each must be met, or it is there in vain.
var wineDiffers = []*Difference{
	{
		Name: "a batch without room", of: ofOutcome,
		Why: "GetQueuedCompletionStatusEx fails with ERROR_INVALID_PARAMETER for no entries; Wine 8.0 looks at neither, and says that there is one",
		is:  func(_ *bench, c *Call, _ *Disagreement) bool { return c.Op == opGet && c.N == 0 },
	},
	{
		Name: "contexts are not looked at", of: ofOutcome,
		Why: "SO_UPDATE_ACCEPT_CONTEXT and SO_UPDATE_CONNECT_CONTEXT fail for what is no socket, or not connected; on Wine 8.0 they do nothing, with success",
		is: func(_ *bench, c *Call, d *Disagreement) bool {
			return (c.Op == opUpdateAccepted || c.Op == opUpdateConnected) && d.Running == done
		},
	},
	{
		Name: "unknown modes", of: ofOutcome,
		Why: "SetFileCompletionNotificationModes knows two; Wine 8.0 takes all",
		is: func(_ *bench, c *Call, d *Disagreement) bool {
			return c.Op == opModes && c.Flags == 4 && d.Running == done
		},
	},
	{
		Name: "nothing to cancel", of: ofOutcome,
		Why: "CancelIoEx: ERROR_NOT_FOUND if there is no request to cancel; Wine 8.0 says so only if it is asked for one",
		is: func(_ *bench, c *Call, d *Disagreement) bool {
			return (c.Op == opCancel || c.Op == opCancelAFD) && c.Oper == All && d.Running == done
		},
	},
	{
		Name: "a cancel of a port", of: ofOutcome,
		Why: "CancelIoEx and NtCancelIoFileEx fail for what is no file, as NtCancelIoFile of ReactOS does; Wine 8.0 finds nothing to cancel",
		is: func(b *bench, c *Call, _ *Disagreement) bool {
			return (c.Op == opCancel || c.Op == opCancelAFD) && b.kindOf(c.Handle) == port
		},
	},
	{
		Name: "the base of anything", of: ofOutcome,
		Why: "SIO_BASE_HANDLE fails for what is no socket; Wine 8.0 gives back what it is given",
		is:  func(_ *bench, c *Call, d *Disagreement) bool { return c.Op == opBase && d.Running == done },
	},
	{
		Name: "a status of its own for what is closed", of: ofResult,
		Why: "closesocket aborts or cancels what is in flight: STATUS_CONNECTION_ABORTED or STATUS_CANCELLED; Wine 8.0 has STATUS_HANDLES_CLOSED",
		is: func(_ *bench, c *Call, d *Disagreement) bool {
			return c.Op == opCloseSocket && (d.Simulated == "CANCELLED" || d.Simulated == "CONNECTION_ABORTED") && d.Running == "HANDLES_CLOSED"
		},
	},
	{
		Name: "a closed handle takes its polls along", of: ofFlight, ends: true,
		Why: "a poll belongs to the sockets that it asks about; Wine 8.0 ends it, with STATUS_HANDLES_CLOSED, when the handle is closed that it was made through",
		is: func(_ *bench, c *Call, d *Disagreement) bool {
			return (c.Op == opCloseHandle || c.Op == opCloseSocket) && d.Running == "over: HANDLES_CLOSED"
		},
	},
	{
		Name: "a handle of AFD is nearly a socket", of: ofOutcome,
		Why: "Winsock knows the sockets that it has made, and has WSAENOTSOCK for all else; Wine 8.0 asks the driver, which has WSAEINVAL or WSAENOTCONN",
		is: func(b *bench, c *Call, _ *Disagreement) bool {
			return b.kindOf(c.Handle) == afd && slices.Contains(ofWinsock, c.Op)
		},
	},
	{
		Name: "a poll of AFD itself", of: ofCall,
		Why: "NtDeviceIoControlFile fails for a handle that is no socket; Wine 8.0 does not return",
		is:  func(b *bench, c *Call, _ *Disagreement) bool { return c.Op == opPoll && b.kindOf(c.Other) == afd },
	},
	{
		Name: "an accept into a socket that is polled through", of: ofCall, ends: true, rare: true,
		Why: "AcceptEx makes a connection of its socket, whatever goes on there; on Wine 8.0 the next call on that socket does not return",
		is: func(b *bench, c *Call, _ *Disagreement) bool {
			return c.Op == opPoll && b.kindOf(c.Handle) == busy || accepts(c.Op) && b.polledThrough(c.Other)
		},
	},
	{
		Name: "the number of an old socket", of: ofOutcome, ends: true, rare: true,
		Why: "closesocket: WSAENOTSOCK for what is no socket; Wine 8.0 goes by numbers, and keeps that of a socket that CloseHandle has closed, as the one is by which x/sys looks for ConnectEx",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return c.Op == opCloseSocket && of(port, afd).has(b.kindOf(c.Handle)) && d.Running == done
		},
	},
	{
		Name: "data that a reset leaves", of: ofUnread,
		Why: "a RST discards on Windows what was not read: dotnet/runtime issue 57186; the socket below Wine 8.0 is Linux's, which keeps it",
		is:  func(b *bench, _ *Call, d *Disagreement) bool { return b.failed(d.handle) && d.Simulated == "0" },
	},
	{
		Name: "writes on what is not connected", of: ofOutcome,
		Why: "send and WSASend: WSAENOTCONN; Wine 8.0 has WSAECONNRESET for the EPIPE of the socket below",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return (c.Op == opWrite || c.Op == opSend || c.Op == opSendTo) && unconnected.has(b.kindOf(c.Handle)) && strings.HasSuffix(d.Running, "ECONNRESET")
		},
	},
	{
		Name: "operations on what is not connected", of: ofOutcome, ends: true,
		Why: "WSARecv and WSASend: WSAENOTCONN; on Wine 8.0 they wait, and go on waiting when the socket is closed",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return (c.Op == opRecv || c.Op == opSend || c.Op == opRecvFrom || c.Op == opSendTo) && unconnected.has(b.kindOf(c.Handle)) && d.Running == pending
		},
	},
	{
		Name: "a receive without an address", of: ofOutcome, ends: true, rare: true,
		Why: "WSARecvFrom: WSAEINVAL for a socket that is not bound; on Wine 8.0 it waits",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return c.Op == opRecvFrom && b.kindOf(c.Handle) == udp && d.Running == pending
		},
	},
	{
		Name: "a socket that accepts while it connects", of: ofOutcome, ends: true,
		Why: "AcceptEx: its socket must not be connected, and no other operation may use it; Wine 8.0 looks when a connection has come",
		is:  func(_ *bench, c *Call, d *Disagreement) bool { return accepts(c.Op) && d.Running == pending },
	},
	{
		Name: "two accepts and one connection", of: ofFlight, ends: true, rare: true,
		Why: "AcceptEx waits until a connection has come; Wine 8.0 wakes both now and then, and the second ends with STATUS_DEVICE_NOT_READY",
		is: func(b *bench, _ *Call, d *Disagreement) bool {
			return accepts(b.flights[d.oper].call.Op) && d.Running == "over: STATUS_DEVICE_NOT_READY"
		},
	},
	{
		Name: "something to receive from nobody", of: ofResult, rare: true,
		Why: "a connect that has failed is CONNECT_FAIL; Wine 8.0 adds RECEIVE now and then, for the HUP of the socket below",
		is: func(_ *bench, _ *Call, d *Disagreement) bool {
			return d.Simulated == "OK CONNECT_FAIL" && d.Running == "OK RECEIVE|CONNECT_FAIL"
		},
	},
	{
		Name: "a poll for something to receive from nobody", of: ofFlight, ends: true, rare: true,
		Why: "likewise",
		is: func(b *bench, _ *Call, d *Disagreement) bool {
			f := &b.flights[d.oper].call
			return f.Op == opPoll && b.failed(f.Other) && d.Running == "over: OK RECEIVE"
		},
	},
	{
		Name: "an accept and a poll that wait for the same", of: ofFlight, ends: true, rare: true,
		Why: "whether a poll for ACCEPT hears of a connection that an AcceptEx has waited for is not documented; Wine 8.0 tells it",
		is: func(b *bench, _ *Call, d *Disagreement) bool {
			f := &b.flights[d.oper].call
			return f.Op == opPoll && b.kindOf(f.Other) == listener && d.Running == "over: OK ACCEPT"
		},
	},
	{
		Name: "another attempt to connect", of: ofOutcome, rare: true,
		Why: "ConnectEx may be called again after a refusal; Wine 8.0 asks the socket below, which has an error",
		is: func(b *bench, c *Call, d *Disagreement) bool {
			return connects(c.Op) && b.failed(c.Handle) && d.Running != pending
		},
	},
	{
		Name: "the result of another attempt", of: ofResult, ends: true, rare: true,
		Why: "likewise",
		is:  func(b *bench, _ *Call, d *Disagreement) bool { return b.triedAgain(d.oper) },
	},
	{
		Name: "another attempt that goes on", of: ofFlight, ends: true, rare: true,
		Why: "likewise",
		is:  func(b *bench, _ *Call, d *Disagreement) bool { return b.triedAgain(d.oper) },
	},
	{
		Name: "the conditions after another attempt", of: ofConditions, ends: true, rare: true,
		Why: "likewise",
		is:  func(b *bench, _ *Call, d *Disagreement) bool { return b.attempts(d.handle) > 1 },
	},
	{
		Name: "a shutdown without a context", of: ofOutcome, ends: true,
		Why: "ConnectEx and AcceptEx, Remarks: shutdown works after SO_UPDATE_CONNECT_CONTEXT or SO_UPDATE_ACCEPT_CONTEXT; sockets of Wine 8.0 need none",
		is:  func(b *bench, c *Call, _ *Disagreement) bool { return c.Op == opShutdown && b.at(c.Handle).bare },
	},
	{
		Name: "a peer without a context", of: ofOutcome,
		Why: "ConnectEx and AcceptEx, Remarks: likewise getpeername, which tells a Host that a connect has finished",
		is:  func(b *bench, c *Call, _ *Disagreement) bool { return c.Op == opResult && b.at(c.Handle).bare },
	},
	{
		Name: "errors that are told once", of: ofOutcome,
		Why: lost,
		is: func(b *bench, c *Call, _ *Disagreement) bool {
			return b.failed(c.Handle) && (c.Op == opRead || c.Op == opWrite || c.Op == opResult || c.Op == opShutdown)
		},
	},
	{
		Name: "errors that an operation does not find", of: ofOutcome, ends: true,
		Why: lost,
		is: func(b *bench, c *Call, _ *Disagreement) bool {
			return b.failed(c.Handle) && (c.Op == opRecv || c.Op == opSend)
		},
	},
	{
		Name: "a FIN behind unread data", of: ofConditions,
		Why: behind,
		is: func(_ *bench, _ *Call, d *Disagreement) bool {
			return d.held&^d.holds == iocp.PollDisconnect && d.holds&^d.held == 0 && d.holds&iocp.PollReceive != 0
		},
	},
	{
		Name: "a poll of a FIN behind unread data", of: ofOutcome, ends: true,
		Why: behind,
		is:  func(b *bench, c *Call, _ *Disagreement) bool { return c.Op == opPoll && b.behind(c.Other) },
	},
	{
		Name: "a poll that waits for a FIN behind unread data", of: ofFlight, ends: true, rare: true,
		Why: behind,
		is: func(b *bench, _ *Call, d *Disagreement) bool {
			return b.flights[d.oper].call.Op == opPoll && b.behind(b.flights[d.oper].call.Other)
		},
	},
}

// Reasons of several.
const (
	lost   = "WSARecv and WSASend: after WSAECONNRESET the socket is no longer usable; Wine 8.0 takes the error of the socket below, which Linux tells once"
	behind = "AFD is told of a disconnect when it arrives; Wine 8.0 looks for it by reading, and finds data"
)

// polledThrough reports whether a poll is in flight that was made through r.
func (b *bench) polledThrough(r sequence.Ref) bool {
	return slices.ContainsFunc(b.flights, func(f flight) bool {
		return f.began && !f.compared && f.call.Op == opPoll && f.call.Handle == r
	})
}

// failed reports whether a connection was reset, or never made.
func (b *bench) failed(r sequence.Ref) bool {
	return b.at(r).conditions&(iocp.PollAbort|iocp.PollConnectFail) != 0
}

// behind reports whether there is unread data, and a FIN has arrived behind it.
func (b *bench) behind(r sequence.Ref) bool {
	const both = iocp.PollReceive | iocp.PollDisconnect
	return b.at(r).conditions&both == both
}

// attempts returns how many ConnectEx of a handle went on.
func (b *bench) attempts(r sequence.Ref) int {
	n := 0
	for i := range b.flights {
		if f := &b.flights[i]; connects(f.call.Op) && f.call.Handle == r && f.began {
			n++
		}
	}
	return n
}

// triedAgain reports whether an operation is about a socket with another attempt.
func (b *bench) triedAgain(n Oper) bool {
	c := &b.flights[n].call
	return b.attempts(c.Handle) > 1 || c.Op == opPoll && b.attempts(c.Other) > 1
}
