package fakedemux_test

import (
	"slices"
	"testing"

	"reactortest/fakedemux"
)

// winFact is a rule of the simulated Windows, told as calls and what they
// return.
type winFact struct {
	name, why string
	wine      string // why Wine 8.0 does otherwise, "" if it does not
	now       bool   // and it does so now and then
	lines     []string
}

var winFacts = []winFact{
	{
		name: "packets are first in, first out",
		why:  "CreateIoCompletionPort, Remarks: packets are queued in first-in-first-out order; GetQueuedCompletionStatusEx takes several",
		lines: []string{
			"port p = OK", "get p 4 = WAIT_TIMEOUT", "post p 1 10 = OK", "post p 2 20 = OK", "post p 3 30 = OK",
			"get p 2 = 1 post 10, 2 post 20", "get p 2 = 3 post 30", "get p 2 = WAIT_TIMEOUT",
		},
	},
	{
		name: "a handle has one port",
		why:  "CreateIoCompletionPort, Remarks: a handle can be associated with one port, for its life; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "port q = OK", "pair a b = OK", "associate p a 1 = OK",
			"associate p a 1 = ERROR_INVALID_PARAMETER", "associate q a 1 = ERROR_INVALID_PARAMETER",
			"associate q b 1 = OK", "associate p none 1 = ERROR_INVALID_HANDLE",
		},
	},
	{
		name: "what finishes at once has its packet",
		why:  "GetQueuedCompletionStatus: an operation that completes in the call queues a packet, too; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w abc = OK 3", "get p 4 100 = 7 w OK 3",
			"write b hello = 5", "recv a r 3 = OK 3", "data r = hel", "get p 4 100 = 7 r OK 3",
		},
	},
	{
		name: "skip on success",
		why:  "SetFileCompletionNotificationModes, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS: no packet for what succeeds in the call, one for what was pending; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK",
			"send a w abc = OK 3", "get p 4 = WAIT_TIMEOUT", "recv a r 9 = pending", "write b x = 1", "get p 4 100 = 7 r OK 1", "data r = x",
		},
	},
	{
		name: "reads are filled in the order of their calls",
		why:  "WSARecv, Remarks; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r1 2 = pending", "recv a r2 2 = pending", "recv a r3 9 = pending",
			"write b abcde = 5", "get p 1 100 = 7 r1 OK 2", "get p 1 100 = 7 r2 OK 2", "get p 1 100 = 7 r3 OK 1",
			"data r1 = ab", "data r2 = cd", "data r3 = e",
		},
	},
	{
		name: "a read in flight comes before a poll",
		why:  "AFD gives arriving data to a receive that waits; nothing is left to poll for",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "associate p a 7 = OK",
			"poll f a q RECEIVE = pending", "recv a r 9 = pending", "write b x = 1", "get p 4 100 = 7 r OK 1", "get p 4 = WAIT_TIMEOUT",
		},
	},
	{
		name: "the end of a stream is a read of 0 bytes",
		why:  "WSARecv: zero bytes and success say that the connection was closed gracefully; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "shutdown b = OK", "get p 1 100 = 7 r OK 0",
			"recv a r 9 = OK 0", "get p 1 100 = 7 r OK 0", "send a w x = OK 1",
		},
	},
	{
		name: "a reset ends what is in flight",
		why:  "observed on Wine 8.0: 0xC000020D; WSARecv, WSAECONNRESET",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "write a x = 1", "recv a r 9 = pending", "close b = OK",
			"get p 1 100 = 7 r CONNECTION_RESET 0",
		},
	},
	{
		name: "errors stay",
		why:  "WSARecv, WSAECONNRESET: the socket is no longer usable",
		wine: "it takes the error of the socket below, which Linux tells once",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "write a x = 1", "close b = OK",
			"recv a r 9 = WSAECONNRESET", "recv a r 9 = WSAECONNRESET", "read a 9 = ECONNRESET", "write a x = ECONNRESET",
		},
	},
	{
		name: "a send takes all, and its end waits for room",
		why:  "WSASend, Remarks: on a stream the call does not complete before all of the buffer is taken",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK", "send a w x 20000000 = pending", "get p 1 = WAIT_TIMEOUT",
			"shutdown a = OK", "send a v y = WSAESHUTDOWN",
		},
	},
	{
		name: "calls that fail have no packet",
		why:  "WSARecv, WSASend: an error other than WSA_IO_PENDING has no completion; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "shutdown a = OK", "send a w x = WSAESHUTDOWN", "recv none r 1 = WSAENOTSOCK",
			"recv p r 1 = WSAENOTSOCK", "stream s = OK", "recv s r 1 = WSAENOTCONN",
			"get p 4 = WAIT_TIMEOUT",
		},
	},
	{
		name: "a read without a buffer",
		why:  "WSARecv, Remarks: it completes when there is something to read, and takes nothing; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK", "recv a r 0 = pending", "write b hi = 2", "get p 1 100 = 7 r OK 0",
			"recv a r 0 = OK 0", "read a 3 = hi",
		},
	},
	{
		name: "a read goes on behind a shutdown of this end",
		why:  "shutdown with SD_SEND; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 4 = pending", "shutdown a = OK", "write b hi = 2", "get p 1 100 = 7 r OK 2",
		},
	},
	{
		name: "cancel",
		why:  "CancelIoEx, Remarks: the operation completes, with ERROR_OPERATION_ABORTED; observed on Wine 8.0: 0xC0000120, a second one ERROR_NOT_FOUND",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "cancel b r = ERROR_NOT_FOUND",
			"cancel a r = OK", "cancel a r = ERROR_NOT_FOUND", "get p 1 100 = 7 r CANCELLED 0", "cancel a r = ERROR_NOT_FOUND",
			"write b x = 1", "read a 1 = x", "cancel none r = ERROR_INVALID_HANDLE",
		},
	},
	{
		name: "a cancel that comes too late",
		why:  "CancelIoEx, Remarks: an operation that has completed is not found",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "write b x = 1",
			"cancel a r = ERROR_NOT_FOUND", "get p 1 100 = 7 r OK 1", "data r = x",
		},
	},
	{
		name: "closing a socket ends its operations",
		why:  "as callers see it, ERROR_CONNECTION_ABORTED: nim-lang/Nim pull request 4098, joyent/libuv pull request 1373, dotnet/corefx issue 24677; see closingAborted",
		wine: "the status is STATUS_HANDLES_CLOSED, 0x8000000A",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "closesocket a = OK", "get p 4 100 = 7 r CONNECTION_ABORTED 0",
			"closesocket a = WSAENOTSOCK", "closesocket p = WSAENOTSOCK",
		},
	},
	{
		name: "a duplicate keeps the operations",
		why:  "operations belong to the file object, which the last handle closes; ZwClose, Remarks",
		wine: "the operation ends with STATUS_INVALID_HANDLE: it goes by the handle",
		lines: []string{
			"port p = OK", "pair a b = OK", "dup a c = OK", "associate p a 7 = OK", "associate p c 8 = ERROR_INVALID_PARAMETER",
			"recv a r 9 = pending", "closesocket a = OK", "get p 1 = WAIT_TIMEOUT", "write b x = 1", "get p 1 100 = 7 r OK 1",
		},
	},
	{
		name: "accept",
		why:  "AcceptEx; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "socket l u = OK",
			"acceptex l s o = pending", "acceptex l s x = WSAEINVAL", "connect l c = OK", "get p 1 100 = 7 o OK 0",
			"updateaccept s l = OK", "write c x = 1", "read s 1 = x", "shutdown s = OK", "read c 1 = EOF",
			"connect l d = OK", "acceptex l u o = OK or pending", "get p 1 100 = 7 o OK 0",
			"acceptex none u o = WSAENOTSOCK",
		},
	},
	{
		name: "a connection without its context",
		why:  "ConnectEx, Remarks: shutdown and getpeername work after SO_UPDATE_CONNECT_CONTEXT, or after SO_UPDATE_ACCEPT_CONTEXT",
		wine: "its sockets need no context",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptex l s o = pending",
			"stream c = OK", "port q = OK", "associate q c 8 = OK", "connectex c l o2 = pending", "get p 1 100 = 7 o OK 0", "get q 1 100 = 8 o2 OK 0",
			"shutdown s = ENOTCONN", "shutdown c = ENOTCONN", "updateaccept s l = OK", "updateconnect c = OK", "shutdown s = OK", "shutdown c = OK",
		},
	},
	{
		name: "closing a listener ends its accepts",
		why:  "closesocket, Remarks",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptex l s o = pending", "closesocket l = OK",
			"get p 1 100 = 7 o CANCELLED 0", "closesocket s = OK",
		},
	},
	{
		name: "connect",
		why:  "ConnectEx, Remarks, SO_UPDATE_CONNECT_CONTEXT; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "stream s = OK", "associate p s 7 = OK", "connectex s l o = pending", "get p 1 100 = 7 o OK 0",
			"updateconnect s = OK", "accept l c = OK", "shutdown s = OK", "read c 1 = EOF",
			"connectex s l o = WSAEISCONN",
		},
	},
	{
		name: "a refused connect",
		why:  "observed on Wine 8.0: 0xC0000236",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "close l = OK", "stream s = OK", "associate p s 7 = OK", "connectex s l o = pending",
			"get p 1 5000 = 7 o CONNECTION_REFUSED 0",
		},
	},
	{
		name: "poll: what holds is reported at once",
		why:  "observed on Wine 8.0: CONNECT is set on every connected socket; RECEIVE with data",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK",
			"poll f a q SEND = SEND", "poll f a q CONNECT|RECEIVE = CONNECT", "poll f a q RECEIVE = pending", "cancelafd f q = OK",
			"get p 1 100 = 1 q CANCELLED", "write b x = 1", "poll f a q RECEIVE|SEND|CONNECT|DISCONNECT = RECEIVE|SEND|CONNECT", "get p 1 = WAIT_TIMEOUT",
		},
	},
	{
		name: "poll: without skip on success",
		why:  "SetFileCompletionNotificationModes; a poll is an operation like others; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q SEND = SEND", "get p 1 100 = 1 q OK SEND",
		},
	},
	{
		name: "poll: one report",
		why:  "observed on Wine 8.0: a poll finishes once, with the first of its conditions",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "poll f a q RECEIVE|DISCONNECT = pending",
			"write b x = 1", "get p 1 100 = 1 q OK RECEIVE", "write b y = 1", "shutdown b = OK", "get p 1 = WAIT_TIMEOUT",
		},
	},
	{
		name: "poll: a FIN is DISCONNECT",
		why:  "observed on Wine 8.0: RECEIVE alone does not report a FIN",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "poll f a q RECEIVE = pending",
			"poll f a d DISCONNECT = pending", "shutdown b = OK", "get p 2 100 = 1 d OK DISCONNECT", "get p 1 = WAIT_TIMEOUT",
			"poll f a d RECEIVE|DISCONNECT = DISCONNECT",
		},
	},
	{
		name: "poll: a RST is ABORT",
		why:  "observed on Wine 8.0",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "write a x = 1", "poll f a q ABORT = pending",
			"close b = OK", "get p 1 100 = 1 q OK ABORT", "poll f a q ABORT|RECEIVE|SEND|CONNECT|DISCONNECT = SEND|ABORT|CONNECT",
		},
	},
	{
		name: "poll: closing the last handle is LOCAL_CLOSE",
		why:  "observed on Wine 8.0, asked for or not",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "dup a c = OK", "poll f a q RECEIVE = pending",
			"close a = OK", "get p 1 = WAIT_TIMEOUT", "close c = OK", "get p 1 100 = 1 q OK LOCAL_CLOSE",
			"poll f a q RECEIVE = INVALID_HANDLE", "poll none b q RECEIVE = INVALID_HANDLE",
		},
	},
	{
		name: "poll: a listener",
		why:  "observed on Wine 8.0",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "listen l 4 = OK", "poll f l q ACCEPT|RECEIVE = pending",
			"connect l c = OK", "get p 1 100 = 1 q OK ACCEPT", "poll f l q ACCEPT = ACCEPT", "accept l s = OK", "poll f l q ACCEPT = pending",
		},
	},
	{
		name: "poll: a refused connect is CONNECT_FAIL",
		why:  "observed on Wine 8.0",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "listen l 4 = OK", "close l = OK", "stream s = OK", "port r = OK",
			"associate r s 1 = OK", "poll f s q CONNECT|CONNECT_FAIL = pending", "connectex s l o = pending", "get p 1 5000 = 1 q OK CONNECT_FAIL",
		},
	},
	{
		name: "poll: a timeout",
		why:  "observed on Wine 8.0: STATUS_TIMEOUT and no handle",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE 5 = pending", "get p 1 1000 = 1 q WAIT_TIMEOUT",
		},
	},
	{
		name: "poll: a timeout of 0",
		why:  "observed on Wine 8.0: success and no handle, in the call",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE 0 = nothing", "get p 1 1000 = 1 q OK",
			"modes f skip = OK", "poll f a q RECEIVE 0 = nothing", "get p 1 = WAIT_TIMEOUT", "poll f a q SEND 0 = SEND",
		},
	},
	{
		name: "poll: what it found is what was",
		why:  "observed on Wine 8.0: the packet stays, although the data has been read",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "write b x = 1", "read a 1 = x",
			"get p 1 100 = 1 q OK RECEIVE",
		},
	},
	{
		name: "poll: a FIN behind unread data",
		why:  "AFD is told of the disconnect when it arrives, read or not",
		wine: "it looks for the end by reading, and finds data",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "write b x = 1", "shutdown b = OK",
			"poll f a q RECEIVE|DISCONNECT = RECEIVE|DISCONNECT",
		},
	},
	{
		name: "poll: after a shutdown of this end",
		why:  "observed on Wine 8.0: a send would not have to wait",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "shutdown a = OK",
			"poll f a q RECEIVE|SEND|DISCONNECT|ABORT|CONNECT = SEND|CONNECT", "shutdown b = OK",
			"poll f a q RECEIVE|SEND|DISCONNECT|ABORT|CONNECT = SEND|DISCONNECT|CONNECT",
		},
	},
	{
		name: "poll: a socket that is not connected",
		why:  "observed on Wine 8.0",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "stream s = OK", "poll f s q RECEIVE|SEND|DISCONNECT|ABORT|CONNECT|CONNECT_FAIL = pending",
		},
	},
	{
		name: "poll: cancel",
		why:  "observed on Wine 8.0: STATUS_CANCELLED and no handle, a second one STATUS_NOT_FOUND",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "cancelafd f q = OK",
			"cancelafd f q = NOT_FOUND", "get p 1 100 = 1 q CANCELLED", "cancelafd f q = NOT_FOUND",
		},
	},
	{
		name: "poll: an exclusive one is ended by the next exclusive one",
		why:  "observed on Wine 8.0: with success, and no handle, whichever handles of AFD they are made through",
		lines: []string{
			"port p = OK", "afd f = OK", "afd g = OK", "associate p f 1 = OK", "associate p g 2 = OK", "pair a b = OK", "poll f a q RECEIVE exclusive = pending",
			"poll f a t RECEIVE = pending", "get p 4 = WAIT_TIMEOUT", "poll g a r RECEIVE exclusive = pending", "get p 4 100 = 1 q OK",
			"poll g a t2 RECEIVE = pending", "write b x = 1", "get p 1 100 = 1 t OK RECEIVE", "get p 1 100 = 2 r OK RECEIVE", "get p 1 100 = 2 t2 OK RECEIVE",
		},
	},
	{
		name: "closing a handle of AFD ends no poll",
		why:  "a poll belongs to the sockets that it asks about: KillSelectsForFCB, ReactOS drivers/network/afd/afd/select.c",
		wine: "the poll ends with STATUS_HANDLES_CLOSED, 0x8000000A",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "poll f a r SEND|DISCONNECT = SEND", "get p 1 = 1 r OK SEND",
			"closehandle f = OK", "closehandle f = ERROR_INVALID_HANDLE", "get p 1 100 = WAIT_TIMEOUT", "cancelafd f q = INVALID_HANDLE",
			"write b x = 1", "get p 1 100 = 1 q OK RECEIVE",
		},
	},
	{
		name: "closing a handle of AFD: its polls end with their sockets",
		why:  "KillSelectsForFCB, ReactOS drivers/network/afd/afd/select.c",
		wine: "the poll ends with STATUS_HANDLES_CLOSED, 0x8000000A",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "poll f b t RECEIVE 50 = pending",
			"closehandle f = OK", "get p 1 20 = WAIT_TIMEOUT", "closesocket a = OK", "get p 1 100 = 1 q OK LOCAL_CLOSE", "get p 1 1000 = 1 t WAIT_TIMEOUT",
		},
	},
	{
		name: "closing a socket ends no poll about another one",
		why:  "KillSelectsForFCB, ReactOS drivers/network/afd/afd/select.c",
		wine: "the poll ends with STATUS_HANDLES_CLOSED, 0x8000000A",
		lines: []string{
			"port p = OK", "pair a b = OK", "pair c d = OK", "associate p a 1 = OK", "poll a c q RECEIVE = pending", "closesocket a = OK",
			"get p 1 20 = WAIT_TIMEOUT", "write d x = 1", "get p 1 100 = 1 q OK RECEIVE",
		},
	},
	{
		name: "handles that are none",
		why:  "CreateIoCompletionPort and PostQueuedCompletionStatus, ERROR_INVALID_HANDLE",
		lines: []string{
			"port p = OK", "pair a b = OK", "base a = OK", "associate none a 1 = ERROR_INVALID_HANDLE", "post a 1 1 = ERROR_INVALID_HANDLE",
			"post none 1 1 = ERROR_INVALID_HANDLE", "get a 1 = ERROR_INVALID_HANDLE", "get none 1 = ERROR_INVALID_HANDLE",
		},
	},
	{
		name: "AFD polls see room",
		why:  "AFD_POLL_SEND: a send would not have to wait",
		wine: "buffers are larger",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "port r = OK", "pair a b = OK", "associate r a 7 = OK",
			"send a w x 4096 = OK 4096", "poll f a q SEND = pending", "read b 1 = x", "get p 1 = WAIT_TIMEOUT", "recv b r 4095 = OK 4095",
			"get p 1 100 = 1 q OK SEND",
		},
	},
}

// winMistakes are arguments that are wrong, and what the documentation of each
// call says to them. Wine 8.0 is more patient with many.
var winMistakes = []winFact{
	{
		name: "ports", why: "CreateIoCompletionPort, SetFileCompletionNotificationModes, GetQueuedCompletionStatusEx",
		lines: []string{
			"port p = OK", "pair a b = OK", "afd f = OK", "associate a b 1 = ERROR_INVALID_HANDLE", "associate p p 1 = ERROR_INVALID_HANDLE",
			"modes none skip = ERROR_INVALID_HANDLE", "modes a other = ERROR_INVALID_PARAMETER", "get p 0 = ERROR_INVALID_PARAMETER",
			"get a 1 = ERROR_INVALID_HANDLE", "closehandle none = ERROR_INVALID_HANDLE", "closehandle p = OK", "post p 1 1 = ERROR_INVALID_HANDLE",
		},
	},
	{
		name: "sockets", why: "WSAIoctl, WSARecv, WSASend, AcceptEx, ConnectEx, setsockopt",
		lines: []string{
			"port p = OK", "afd f = OK", "listen l 1 = OK", "pair a b = OK", "stream s = OK", "base p = WSAENOTSOCK", "base f = WSAENOTSOCK",
			"base none = WSAENOTSOCK", "recv l r 1 = WSAENOTCONN", "send s r x = WSAENOTCONN", "send f r x = WSAENOTSOCK",
			"acceptex a s r = WSAEINVAL", "acceptex l a r = WSAEINVAL", "acceptex l l r = WSAEINVAL", "acceptex l none r = WSAENOTSOCK",
			"connectex l l r = WSAEINVAL", "connectex none l r = WSAENOTSOCK", "connectex s none r = WSAEINVAL", "socket none u = WSAENOTSOCK",
			"updateaccept s none = WSAENOTSOCK", "updateaccept s l = WSAENOTCONN", "updateaccept none l = WSAENOTSOCK",
			"updateconnect s = WSAENOTCONN", "updateconnect l = WSAENOTCONN", "updateconnect p = WSAENOTSOCK", "cancel none r = ERROR_INVALID_HANDLE",
			"read s 1 = ENOTCONN", "write s x = ENOTCONN", "shutdown s = ENOTCONN",
		},
	},
	{
		name: "polls", why: "NtDeviceIoControlFile, NtCancelIoFileEx",
		lines: []string{
			"port p = OK", "afd f = OK", "pair a b = OK", "poll p a q RECEIVE = OBJECT_TYPE_MISMATCH", "poll none a q RECEIVE = INVALID_HANDLE",
			"poll f p q RECEIVE = OBJECT_TYPE_MISMATCH", "poll f none q RECEIVE = INVALID_HANDLE", "cancelafd none q = INVALID_HANDLE",
			"cancelafd f q = NOT_FOUND", "poll a b q SEND = SEND",
		},
	},
}

func TestWindowsMistakes(t *testing.T) {
	for _, f := range winMistakes {
		t.Run(f.name, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: "iocp"})
			newWinMachine(k, k.IOCP()).play(t, f.lines)
		})
	}
}

// TestWindowsFacts plays every fact on the quiet simulation.
func TestWindowsFacts(t *testing.T) {
	for _, f := range slices.Concat(winFacts, winMoreFacts, winDatagramFacts) {
		t.Run(f.name, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: "iocp"})
			newWinMachine(k, k.IOCP()).play(t, f.lines)
			if err := k.Tasks().Err(); err != nil {
				t.Error(err)
			}
		})
	}
}
