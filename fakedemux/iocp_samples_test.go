package fakedemux_test

import (
	"testing"

	"reactortest/fakedemux"
)

// winSamples are programs of several calls that the facts, which are about one call
// each, do not put together. They are played on the simulation alone.
var winSamples = []winFact{
	{
		name: "a poll for a connection that comes",
		why:  "AFD_POLL_CONNECT and AFD_POLL_SEND, src/wepoll.c of wepoll: what EPOLLOUT asks for",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "listen l 4 = OK", "stream s = OK", "port r = OK", "associate r s 1 = OK",
			"poll f s q SEND|CONNECT|CONNECT_FAIL = pending", "connectex s l o = pending", "get p 1 100 = 1 q OK SEND|CONNECT",
		},
	},
	{
		name: "cancel all",
		why:  "CancelIoEx, lpOverlapped: NULL cancels all of the handle; ERROR_NOT_FOUND if there are none",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "recv a r2 9 = pending", "cancel a all = OK",
			"get p 4 100 = 7 r CANCELLED 0, 7 r2 CANCELLED 0", "cancel a all = ERROR_NOT_FOUND", "cancel b all = ERROR_NOT_FOUND",
		},
	},
	{
		name: "cancel the first of two receives",
		why:  "CancelIoEx; WSARecv, Remarks: what arrives goes to the receive that is left",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 2 = pending", "recv a r2 2 = pending", "cancel a r = OK", "write b xy = 2",
			"get p 4 100 = 7 r CANCELLED 0, 7 r2 OK 2", "data r2 = xy",
		},
	},
	{
		name: "sends keep their order",
		why:  "WSASend, Remarks: the order of the calls is the order of the data",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w x 4096 = OK 4096", "send a v y 3 = pending", "send a u z 2 = pending",
			"get p 3 100 = 7 w OK 4096", "recv b r 4096 = OK 4096", "get p 3 100 = 7 v OK 3, 7 u OK 2", "read b 9 = yyyzz",
		},
	},
	{
		name: "a shutdown of sending comes behind the sends in flight",
		why:  "shutdown, SD_SEND: a FIN will be sent after all data is sent and acknowledged",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w x 5000 = pending", "shut a send = OK", "send a v y = WSAESHUTDOWN", "recv b r 4096 = OK 4096",
			"get p 1 100 = 7 w OK 5000", "recv b r 4096 = OK 904", "recv b r 4096 = OK 0",
		},
	},
	{
		name: "closing the socket of an accept ends the accept",
		why:  "closesocket, Remarks: overlapped operations are canceled; the listener goes on",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptex l s o = pending", "closesocket s = OK", "get p 1 100 = 7 o CANCELLED 0",
			"connect l c = OK", "accept l d = OK",
		},
	},
	{
		name: "a poll of a listener, and an accept in flight",
		why:  "AFD_POLL_ACCEPT holds while a connection waits to be accepted; an AcceptEx in flight takes the first one at once",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptex l s o = pending",
			"poll f l q ACCEPT = pending", "connect l c = OK", "get p 2 100 = 7 o OK 0", "connect l d = OK", "get p 2 100 = 1 q OK ACCEPT",
		},
	},
	{
		name: "a packet of a port that is closed is lost",
		why:  "CloseHandle of the last handle ends the port",
		lines: []string{
			"port p = OK", "post p 1 1 = OK", "closehandle p = OK", "closehandle p = ERROR_INVALID_HANDLE", "get p 1 = ERROR_INVALID_HANDLE", "post p 1 1 = ERROR_INVALID_HANDLE",
		},
	},
	{
		name: "the rest of a message is lost, and the next one is there",
		why:  "WSARecvFrom, WSAEMSGSIZE",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "sendto a b w one = OK 3", "sendto a b w two = OK 3", "recvfrom b r 2 = WSAEMSGSIZE",
			"get p 1 100 = 2 r BUFFER_OVERFLOW 2", "recvfrom b r 9 = OK 3", "data r = two",
		},
	},
	{
		name: "a disconnect is seen by a poll",
		why:  "DisconnectEx: a FIN; AFD_POLL_DISCONNECT",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK", "poll f b q DISCONNECT = pending",
			"disconnectex a o = OK 0", "get p 1 100 = 1 q OK DISCONNECT",
		},
	},
	{
		name: "polls of both ends, and of one end through two handles",
		why:  "a poll belongs to the sockets that it asks about: ReactOS drivers/network/afd/afd/select.c",
		lines: []string{
			"port p = OK", "afd f = OK", "afd g = OK", "associate p f 1 = OK", "associate p g 2 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "poll g a r RECEIVE = pending",
			"poll g b s RECEIVE = pending", "write a x = 1", "get p 4 100 = 2 s OK RECEIVE", "write b y = 1", "get p 4 100 = 1 q OK RECEIVE, 2 r OK RECEIVE",
		},
	},
	{
		name: "a poll that was armed again finds what is still there",
		why:  "AFD_POLL_RECEIVE holds while there are data: polls are level-triggered, one shot each",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "poll f a q RECEIVE|DISCONNECT = pending", "write b xy = 2",
			"get p 1 100 = 1 q OK RECEIVE", "poll f a q RECEIVE|DISCONNECT = RECEIVE", "read a 1 = x", "poll f a q RECEIVE|DISCONNECT = RECEIVE", "read a 1 = y",
			"poll f a q RECEIVE|DISCONNECT = pending", "shutdown b = OK", "get p 1 100 = 1 q OK DISCONNECT", "poll f a q RECEIVE|DISCONNECT = DISCONNECT",
		},
	},
}

func TestWindowsSamples(t *testing.T) {
	for _, f := range winSamples {
		t.Run(f.name, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: "iocp"})
			newWinMachine(k, k.IOCP()).play(t, f.lines)
			if err := k.Tasks().Err(); err != nil {
				t.Error(err)
			}
		})
	}
}
