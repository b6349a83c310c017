package fakedemux_test

import (
	"net/netip"
	"testing"

	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// winEnds are samples about the ends of connections, and about what a socket is after
// one.
var winEnds = []winFact{
	{
		name: "a reset throws away what was not read",
		why:  "measured: dotnet/runtime issue 57186 and objeck/objeck-lang issue 669; WSARecv, WSAECONNRESET",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "associate p a 7 = OK", "write b xy = 2", "linger b = OK",
			"closesocket b = OK", "poll f a q RECEIVE|DISCONNECT|ABORT = ABORT", "recv a r 4 = WSAECONNRESET", "recv a r 0 = WSAECONNRESET", "get p 1 = WAIT_TIMEOUT",
		},
	},
	{
		name: "a receive after a reset behind a FIN",
		why:  "WSARecv, WSAECONNRESET: the virtual circuit was reset; a peer that is closed answers to data with a RST",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "closesocket b = OK", "recv a r 4 = OK 0", "get p 1 = 7 r OK 0", "send a w x = OK 1", "get p 1 = 7 w OK 1",
			"recv a r 4 = WSAECONNRESET", "send a w x = WSAECONNRESET", "get p 1 = WAIT_TIMEOUT",
		},
	},
	{
		name: "data before a FIN stay",
		why:  "WSARecv, Remarks: zero bytes say that no more bytes will ever be read",
		lines: []string{
			"pair a b = OK", "write b xy = 2", "closesocket b = OK", "recv a r 1 = OK 1", "recv a r 4 = OK 1", "recv a r 4 = OK 0", "recv a r 4 = OK 0",
		},
	},
	{
		name: "a reset ends all receives",
		why:  "WSARecv, WSAECONNRESET",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK", "recv a r 4 = pending", "recv a q 0 = pending", "linger b = OK", "closesocket b = OK",
			"get p 4 100 = 7 r CONNECTION_RESET 0, 7 q CONNECTION_RESET 0",
		},
	},
	{
		name: "a send that fails has no bytes",
		why:  "OVERLAPPED, InternalHigh: the number of bytes is set if the request is completed without errors",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w x 5000 = pending", "cancel a w = OK", "get p 1 100 = 7 w CANCELLED 0", "recv b r 4096 = OK 4096",
			"send a w x 5000 = pending", "closesocket b = OK", "get p 1 100 = 7 w CONNECTION_RESET 0",
		},
	},
	{
		name: "a FIN ends all receives",
		why:  "WSARecv, Remarks: zero bytes",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 4 = pending", "recv a q 0 = pending", "shutdown b = OK", "get p 4 100 = 7 r OK 0, 7 q OK 0",
		},
	},
	{
		name: "a shutdown after both ends have sent a FIN",
		why:  `SocketPal.Unix.cs of dotnet/runtime, Shutdown: "Ignoring the error matches Winsock behavior"`,
		lines: []string{
			"pair a b = OK", "shut a send = OK", "shut b send = OK", "shut a both = OK", "shut b both = OK", "shut b other = WSAEINVAL", "send a w x = WSAESHUTDOWN",
			"recv a r 1 = WSAESHUTDOWN",
		},
	},
	{
		name: "a shutdown after a reset",
		why:  "likewise",
		lines: []string{
			"pair a b = OK", "linger b = OK", "closesocket b = OK", "send a w x = WSAECONNRESET", "shut a both = OK", "send a w x = WSAESHUTDOWN", "recv a r 1 = WSAESHUTDOWN",
		},
	},
	{
		name: "a send after a shutdown and a reset",
		why:  "WSASend, WSAESHUTDOWN; send_socket, Wine server/sock.c, looks at the shutdown first",
		lines: []string{
			"pair a b = OK", "shut a send = OK", "linger b = OK", "closesocket b = OK", "send a w x = WSAESHUTDOWN", "recv a r 1 = WSAECONNRESET",
		},
	},
	{
		name: "a socket that AcceptEx has connected has nothing of the listener",
		why:  "AcceptEx, Remarks: it does not inherit the properties of the listener until SO_UPDATE_ACCEPT_CONTEXT is set",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "linger l = OK", "associate p l 7 = OK", "socket l s = OK", "socket l u = OK", "acceptex l s o = pending", "connect l c = OK",
			"get p 1 100 = 7 o OK 0", "closesocket s = OK", "read c 1 = EOF",
			"acceptex l u o = pending", "connect l d = OK", "get p 1 100 = 7 o OK 0", "updateaccept u l = OK", "closesocket u = OK", "read d 1 = ECONNRESET",
		},
	},
	{
		name: "a socket that was accepted, and is used again",
		why:  "AcceptEx, Remarks: it is neither bound nor connected, and can not be passed to ConnectEx",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "associate p s 8 = OK", "acceptex l s o = pending", "connect l c = OK", "get p 1 100 = 7 o OK 0",
			"shutdown c = OK", "disconnectex s d reuse = OK 0", "get p 1 100 = 8 d OK 0", "addr s = WSAEINVAL", "connectex s l x = WSAEINVAL", "acceptex l s o = pending",
		},
	},
	{
		name: "a socket that was connected, and is used again",
		why:  "ConnectEx, Remarks: it is not connected, but still bound, and can not be used with AcceptEx",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "stream s = OK", "associate p s 8 = OK", "connectex s l o = pending", "get p 1 100 = 8 o OK 0", "updateconnect s = OK", "accept l c = OK",
			"shutdown c = OK", "disconnectex s d reuse = OK 0", "get p 1 100 = 8 d OK 0", "addr s = OK", "bind s = WSAEINVAL", "acceptex l s x = WSAEINVAL",
			"connectex s l o = pending", "get p 1 100 = 8 o OK 0", "accept l e = OK", "write e x = 1", "recv s r 1 = OK 1",
		},
	},
}

// winHandles are samples about handles, and about UDP.
var winHandles = []winFact{
	{
		name: "a port has nothing to cancel",
		why:  "CancelIoEx and NtCancelIoFileEx take files: the status STATUS_OBJECT_TYPE_MISMATCH is ERROR_INVALID_HANDLE",
		lines: []string{
			"port p = OK", "pair a b = OK", "recv a r 1 = pending", "cancel p r = ERROR_INVALID_HANDLE", "cancel p all = ERROR_INVALID_HANDLE", "cancelafd p r = OBJECT_TYPE_MISMATCH",
			"cancelafd none r = INVALID_HANDLE",
		},
	},
	{
		name: "a cancel by a duplicate",
		why:  "NtCancelIoFileEx: the operations are those of the file object",
		lines: []string{
			"port p = OK", "pair a b = OK", "dup a c = OK", "associate p a 7 = OK", "recv a r 1 = pending", "cancel c r = OK", "get p 1 100 = 7 r CANCELLED 0",
		},
	},
	{
		name: "cancel all polls of a handle of AFD",
		why:  "NtCancelIoFileEx: without a block it is about all operations of the file",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "poll f b r RECEIVE = pending", "cancel a q = ERROR_NOT_FOUND",
			"cancelafd f all = OK", "get p 4 100 = 1 q CANCELLED, 1 r CANCELLED", "cancelafd f all = NOT_FOUND",
		},
	},
	{
		name: "posts and completions are in one queue",
		why:  "CreateIoCompletionPort, Remarks: first in, first out",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 0 = OK", "post p 1 1 = OK", "send a w x = OK 1", "post p 0 0 = OK", "get p 8 = 1 post 1, 0 w OK 1, 0 post 0",
		},
	},
	{
		name: "a handle belongs to its port also when that is closed",
		why:  "CreateIoCompletionPort, Remarks: the handle remains associated until it is closed",
		lines: []string{
			"port p = OK", "port q = OK", "pair a b = OK", "associate p a 1 = OK", "closehandle p = OK", "associate q a 1 = ERROR_INVALID_PARAMETER", "associate p b 1 = ERROR_INVALID_HANDLE",
			"associate q b 1 = OK",
		},
	},
	{
		name: "another WSAConnect discards what waits",
		why:  `WSAConnect, Remarks: "Any datagrams queued for receipt are discarded if name is different from the previous WSAConnect"`,
		lines: []string{
			"udp a = OK", "udp b = OK", "udp c = OK", "bind a = OK", "bind b = OK", "bind c = OK", "connectudp b a = OK", "sendto a b w yes = OK 3", "connectudp b a = OK",
			"recvfrom b r 9 = OK 3", "sendto a b w no = OK 2", "connectudp b c = OK", "recvfrom b r 9 = pending",
		},
	},
	{
		name: "the first WSAConnect keeps what the peer has sent",
		why:  "WSARecv, Remarks: the function returns messages from the remote address of the connection only",
		lines: []string{
			"udp a = OK", "udp b = OK", "udp c = OK", "bind a = OK", "bind b = OK", "bind c = OK", "sendto c b w no = OK 2", "sendto a b w yes = OK 3", "sendto c b w no = OK 2",
			"connectudp b a = OK", "recvfrom b r 9 = OK 3", "data r = yes", "recvfrom b r 9 = pending",
		},
	},
	{
		name: "the error of a message is told once, to a receive",
		why:  "WSARecvFrom, WSAECONNRESET",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind a = OK", "bind b = OK", "associate p a 1 = OK", "closesocket b = OK", "recvfrom a r 1 = pending", "recvfrom a q 1 = pending",
			"sendto a b w x = OK 1", "get p 4 100 = 1 w OK 1, 1 r PORT_UNREACHABLE 0",
		},
	},
}

func TestWindowsEnds(t *testing.T) { playSamples(t, winEnds) }

func TestWindowsHandles(t *testing.T) { playSamples(t, winHandles) }

// playSamples plays samples on the quiet simulation.
func playSamples(t *testing.T, samples []winFact) {
	t.Helper()
	for _, f := range samples {
		t.Run(f.name, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: "iocp"})
			newWinMachine(k, k.IOCP()).play(t, f.lines)
			if err := k.Tasks().Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestConnectInFlight: a second ConnectEx fails, before the first has ended and after it;
// ConnectEx, WSAEALREADY and WSAEISCONN.
func TestConnectInFlight(t *testing.T) {
	f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: onlyClasses(fakedemux.PointConnect)}})
	_, at, err := f.k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	s := must(f.k.Stream(at.Addr()))(t)
	f.sys.Associate(f.port, s, 9)
	first := f.sys.Acquire()
	f.k.Recorder().Begin(scheduler.NewReplay("1", false))
	if e := f.sys.ConnectEx(s, first, at); e != iocp.ErrorIOPending {
		t.Fatal(e)
	}
	f.k.Recorder().Begin(nil)
	if e := f.sys.ConnectEx(s, f.sys.Acquire(), at); e != iocp.WSAEALREADY {
		t.Errorf("in flight: %v", e)
	}
	if got := f.get(t); got != first || got.Overlapped.Internal != 0 {
		t.Errorf("the first has ended with %v", iocp.Errno(got.Overlapped.Internal))
	}
	if e := f.sys.ConnectEx(s, f.sys.Acquire(), at); e != iocp.WSAEISCONN {
		t.Errorf("afterward: %v", e)
	}
}

// TestUnspecifiedAddresses: nobody is at 0.0.0.0; ConnectEx, WSAConnect and WSASendTo,
// WSAEADDRNOTAVAIL: "not a valid address (such as ADDR_ANY)".
func TestUnspecifiedAddresses(t *testing.T) {
	w := newIOCPWorld(t)
	at := netip.AddrPortFrom(netip.IPv4Unspecified(), w.at.Port())
	for call, e := range map[string]iocp.Errno{
		"ConnectEx":  w.ConnectEx(w.fresh, w.op, at),
		"WSAConnect": w.ConnectDatagram(w.udp(true), at),
		"WSASendTo":  w.SendTo(w.udp(true), w.op, []byte("x"), at),
	} {
		if e != iocp.WSAEADDRNOTAVAIL {
			t.Errorf("%s: %v", call, e)
		}
	}
}

// TestStatusOfAPoll: beside CONNECT_FAIL a poll has why the attempt has failed;
// complete_async_polls, Wine server/sock.c.
func TestStatusOfAPoll(t *testing.T) {
	f := newFlight(t, fakedemux.Options{})
	l, at, err := f.k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	f.k.Close(l)
	s := must(f.k.Stream(at.Addr()))(t)
	op := f.polled(t, f.afd(t), s, iocp.PollConnect|iocp.PollConnectFail)
	f.sys.ConnectEx(s, f.sys.Acquire(), at)
	if got := f.get(t); got != op || op.Poll.Events != iocp.PollConnectFail || op.Poll.Status != iocp.StatusConnectionRefused {
		t.Errorf("got %#x and %v", op.Poll.Events, op.Poll.Status)
	}
	list := &iocp.PollList{NumberOfHandles: 2, Handles: [iocp.MaxPollHandles]iocp.PollHandle{{Handle: f.a, Events: iocp.PollSend}, {Handle: s, Events: iocp.PollConnectFail}}}
	if e := f.sys.PollMany(f.afd(t), f.sys.Acquire(), list); e != 0 {
		t.Fatal(e)
	}
	if a, b := list.Handles[0].Status, list.Handles[1].Status; a != 0 || b != iocp.StatusConnectionRefused {
		t.Errorf("got %v and %v", a, b)
	}
}

// TestAddressesOfAnAccept: AcceptEx writes the local address into the first half of the
// room, and the remote one into the second; AcceptEx, lpOutputBuffer.
func TestAddressesOfAnAccept(t *testing.T) {
	for _, data := range []bool{false, true} {
		f := newFlight(t, fakedemux.Options{})
		l, at, err := f.k.Listen("127.0.0.1:0", 1)
		if err != nil {
			t.Fatal(err)
		}
		f.sys.Associate(f.port, l, 9)
		s, _ := f.sys.AcceptSocket(l)
		op, buf := f.sys.Acquire(), make([]byte, 2+iocp.AcceptRoom)
		room := op.Addresses[:]
		if data {
			room = buf[2:]
			f.sys.AcceptReceive(l, s, op, buf)
		} else {
			f.sys.AcceptEx(l, s, op)
		}
		c := must(f.k.Connect(at))(t)
		f.k.Write(c, []byte("hi"))
		if f.get(t) != op || data && string(buf[:2]) != "hi" {
			t.Fatalf("got %q", buf[:2])
		}
		client, _ := f.sys.LocalAddr(c)
		for i, want := range []netip.AddrPort{at, client} {
			a := room[i*len(room)/2:]
			if got := netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[4:8])), uint16(a[2])<<8|uint16(a[3])); a[0] != 2 || got != want {
				t.Errorf("address %d is %v, want %v", i, got, want)
			}
		}
	}
}
