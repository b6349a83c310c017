package fakedemux_test

import (
	"math"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// iocpWorld is what bad calls of Windows are made in.
type iocpWorld struct {
	iocp.Winsock
	port, afd, gone    demux.Handle
	fresh, connected   demux.Handle
	listener, associee demux.Handle
	at                 netip.AddrPort
	op                 *iocp.Operation
}

func newIOCPWorld(t *testing.T) *iocpWorld {
	t.Helper()
	k := direct(fakedemux.Options{Dialect: "iocp", Budget: scheduler.Budget{Time: math.MaxInt64}})
	w := &iocpWorld{Winsock: k.IOCP()}
	w.port, _ = w.CreatePort()
	w.afd, _ = w.OpenAFD()
	w.fresh = must(k.Stream(netip.Addr{}))(t)
	w.connected, w.associee = newStream(t, k, false)
	var err error
	if w.listener, w.at, err = k.Listen("127.0.0.1:0", 1); err != nil {
		t.Fatal(err)
	}
	w.Associate(w.port, w.associee, 1)
	w.op = w.Acquire()
	w.gone, _ = w.CreatePort()
	w.CloseHandle(w.gone)
	return w
}

// poll asks about h through afd.
func (w *iocpWorld) poll(afd, h demux.Handle, handles uint32, timeout int64) iocp.Errno {
	w.op.Poll = iocp.PollInfo{Timeout: timeout, NumberOfHandles: handles, Handle: h, Events: iocp.PollReceive}
	return w.PollAFD(afd, w.op)
}

// polled is how a poll ends, which was begun with a timeout.
func (w *iocpWorld) polled(timeout int64) iocp.Errno {
	w.Associate(w.port, w.afd, 1)
	if e := w.poll(w.afd, w.connected, 1, timeout); e != iocp.StatusPending {
		return e
	}
	if _, e := w.GetQueued(w.port, make([]iocp.Entry, 1), iocp.Infinite); e != 0 {
		return e
	}
	return iocp.Errno(w.op.Overlapped.Internal)
}

func (w *iocpWorld) wait(port demux.Handle, entries []iocp.Entry, msec uint32) iocp.Errno {
	_, e := w.GetQueued(port, entries, msec)
	return e
}

func panics(f func()) (e iocp.Errno) {
	defer func() {
		if recover() == nil {
			e = 1
		}
	}()
	f()
	return 0
}

// possibleDeadlock is ERROR_POSSIBLE_DEADLOCK, which the direct runner has for a
// wait that nothing ends.
const possibleDeadlock iocp.Errno = 1131

// iocpCall is a call, and what it returns.
type iocpCall struct {
	method, why string
	want        iocp.Errno
	call        func(w *iocpWorld) iocp.Errno
}

// badIOCP are bad arguments of every call. What is not in a document is what the
// types say that the call is given.
var badIOCP = []iocpCall{
	{"Now", "it takes nothing", 0, func(w *iocpWorld) iocp.Errno { w.Now(); return 0 }},
	{"Acquire", "it takes nothing, and does not fail", 0, func(w *iocpWorld) iocp.Errno { w.Acquire(); return 0 }},
	{"Release", "memory that Acquire has not returned: the mistake of a program, a panic", 0, func(w *iocpWorld) iocp.Errno { return panics(func() { w.Release(new(iocp.Operation)) }) }},
	{"Release", "twice: likewise", 0, func(w *iocpWorld) iocp.Errno { w.Release(w.op); return panics(func() { w.Release(w.op) }) }},
	{"CreatePort", "it takes nothing", 0, func(w *iocpWorld) iocp.Errno { _, e := w.CreatePort(); return e }},
	{"OpenAFD", "it takes nothing", 0, func(w *iocpWorld) iocp.Errno { _, e := w.OpenAFD(); return e }},

	{"Associate", "CreateIoCompletionPort, ExistingCompletionPort: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Associate(w.gone, w.connected, 0) }},
	{"Associate", "CreateIoCompletionPort, ExistingCompletionPort: no port", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Associate(w.afd, w.connected, 0) }},
	{"Associate", "CreateIoCompletionPort, FileHandle: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Associate(w.port, w.gone, 0) }},
	{"Associate", "CreateIoCompletionPort, FileHandle: not one that supports overlapped I/O", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Associate(w.port, w.port, 0) }},
	{"Associate", "CreateIoCompletionPort, FileHandle: NoHandle", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Associate(w.port, demux.NoHandle, 0) }},
	{"Associate", "CreateIoCompletionPort, Remarks: a handle has one port", iocp.ErrorInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.Associate(w.port, w.associee, math.MaxUint32) }},

	{"SetModes", "SetFileCompletionNotificationModes, FileHandle: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.SetModes(w.gone, iocp.SkipOnSuccess) }},
	{"SetModes", "SetFileCompletionNotificationModes, FileHandle: NoHandle", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.SetModes(demux.NoHandle, 0) }},
	{"SetModes", "SetFileCompletionNotificationModes, Flags: there are two", iocp.ErrorInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.SetModes(w.connected, 0xff) }},
	{"SetModes", "SetFileCompletionNotificationModes, Flags: none is not wrong", 0, func(w *iocpWorld) iocp.Errno { return w.SetModes(w.connected, 0) }},

	{"Post", "PostQueuedCompletionStatus, CompletionPort: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Post(w.gone, 0, 0) }},
	{"Post", "PostQueuedCompletionStatus, CompletionPort: no port", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.Post(w.connected, 0, 0) }},
	{"Post", "PostQueuedCompletionStatus, Remarks: the values are not looked at", 0, func(w *iocpWorld) iocp.Errno { return w.Post(w.port, math.MaxUint32, math.MaxUint32) }},

	{"GetQueued", "GetQueuedCompletionStatusEx, CompletionPort: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.wait(w.gone, make([]iocp.Entry, 1), iocp.Infinite) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, CompletionPort: no port", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.wait(w.afd, make([]iocp.Entry, 1), 0) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, CompletionPort: NoHandle", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.wait(demux.NoHandle, make([]iocp.Entry, 1), 0) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, ulCount: no room, nil", iocp.ErrorInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.wait(w.port, nil, iocp.Infinite) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, ulCount: no room, empty", iocp.ErrorInvalidParameter, func(w *iocpWorld) iocp.Errno { w.Post(w.port, 1, 1); return w.wait(w.port, []iocp.Entry{}, 0) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, dwMilliseconds: the longest time ends", iocp.WaitTimeout, func(w *iocpWorld) iocp.Errno { return w.wait(w.port, make([]iocp.Entry, 1), iocp.Infinite-1) }},
	{"GetQueued", "GetQueuedCompletionStatusEx, dwMilliseconds: INFINITE does not", possibleDeadlock, func(w *iocpWorld) iocp.Errno { return w.wait(w.port, make([]iocp.Entry, 1), iocp.Infinite) }},

	{"CloseHandle", "CloseHandle: twice", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.CloseHandle(w.gone) }},
	{"CloseHandle", "CloseHandle: never opened", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.CloseHandle(1 << 30) }},

	{"BaseSocket", "WSAIoctl, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.BaseSocket(w.gone); return e }},
	{"BaseSocket", "WSAIoctl, WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.BaseSocket(w.port); return e }},
	{"BaseSocket", "WSAIoctl, WSAENOTSOCK: NoHandle, INVALID_SOCKET", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.BaseSocket(demux.NoHandle); return e }},

	{"PollAFD", "no memory", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.PollAFD(w.afd, nil) }},
	{"PollAFD", "NtDeviceIoControlFile, FileHandle: closed", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.poll(w.gone, w.connected, 1, 0) }},
	{"PollAFD", "NtDeviceIoControlFile, FileHandle: NoHandle", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.poll(demux.NoHandle, w.connected, 1, 0) }},
	{"PollAFD", "NtDeviceIoControlFile, FileHandle: no file", iocp.StatusObjectTypeMismatch, func(w *iocpWorld) iocp.Errno { return w.poll(w.port, w.connected, 1, 0) }},
	{"PollAFD", "AFD_POLL_INFO: no handle", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, w.connected, 0, 0) }},
	{"PollAFD", "AFD_POLL_INFO: more handles than there are", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, w.connected, math.MaxUint32, 0) }},
	{"PollAFD", "AFD_POLL_INFO: a closed handle", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, w.gone, 1, 0) }},
	{"PollAFD", "AFD_POLL_INFO: NoHandle", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, demux.NoHandle, 1, 0) }},
	{"PollAFD", "AFD_POLL_INFO: no socket", iocp.StatusObjectTypeMismatch, func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, w.port, 1, 0) }},
	{"PollAFD", "AFD_POLL_INFO, Timeout: the largest does not end", possibleDeadlock, func(w *iocpWorld) iocp.Errno { return w.polled(iocp.NoPollTimeout) }},
	{"PollAFD", "AFD_POLL_INFO, Timeout: 2^63 units from now, 29 000 years", possibleDeadlock, func(w *iocpWorld) iocp.Errno { return w.polled(math.MinInt64) }},
	{"PollAFD", "AFD_POLL_INFO, Timeout: a moment long ago", iocp.StatusTimeout, func(w *iocpWorld) iocp.Errno { return w.polled(1) }},
	{"PollAFD", "memory that is the kernel's: no call may be given it", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno {
		w.poll(w.afd, w.connected, 1, -1)
		return w.PollAFD(w.afd, w.op)
	}},

	{"CancelAFD", "NtCancelIoFileEx, FileHandle: closed", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.CancelAFD(w.gone, w.op) }},
	{"CancelAFD", "NtCancelIoFileEx: nothing was started", iocp.StatusNotFound, func(w *iocpWorld) iocp.Errno { return w.CancelAFD(w.afd, w.op) }},
	{"CancelAFD", "NtCancelIoFileEx: no memory, and nothing was started", iocp.StatusNotFound, func(w *iocpWorld) iocp.Errno { return w.CancelAFD(w.afd, nil) }},
	{"CancelAFD", "NtCancelIoFileEx: through another handle", iocp.StatusNotFound, func(w *iocpWorld) iocp.Errno {
		other, _ := w.OpenAFD()
		w.poll(w.afd, w.connected, 1, iocp.NoPollTimeout)
		return w.CancelAFD(other, w.op)
	}},

	{"Recv", "WSARecv, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Recv(w.gone, w.op, make([]byte, 1)) }},
	{"Recv", "WSARecv, WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Recv(w.port, w.op, nil) }},
	{"Recv", "WSARecv, WSAENOTSOCK: INVALID_SOCKET", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Recv(demux.NoHandle, nil, nil) }},
	{"Recv", "WSARecv, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Recv(w.fresh, w.op, make([]byte, 1)) }},
	{"Recv", "WSARecv, WSAENOTCONN: a listener", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Recv(w.listener, w.op, make([]byte, 1)) }},
	{"Recv", "WSARecv, WSAEFAULT: memory that Acquire has not returned", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno {
		return w.Recv(w.connected, new(iocp.Operation), make([]byte, 1))
	}},
	{"Recv", "WSARecv, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.Recv(w.connected, nil, make([]byte, 1)) }},
	{"Recv", "WSARecv, Remarks: a buffer of nothing waits for data", iocp.ErrorIOPending, func(w *iocpWorld) iocp.Errno { return w.Recv(w.connected, w.op, nil) }},

	{"Send", "WSASend, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Send(w.gone, w.op, make([]byte, 1)) }},
	{"Send", "WSASend, WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Send(w.afd, w.op, nil) }},
	{"Send", "WSASend, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Send(w.fresh, w.op, make([]byte, 1)) }},
	{"Send", "WSASend, WSAENOTCONN: a listener", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Send(w.listener, w.op, nil) }},
	{"Send", "WSASend, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.Send(w.connected, nil, make([]byte, 1)) }},
	{"Send", "WSASend, Remarks: a buffer of nothing is sent", 0, func(w *iocpWorld) iocp.Errno { return w.Send(w.connected, w.op, nil) }},

	{"AcceptEx", "AcceptEx, WSAENOTSOCK: the listener is closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.gone, w.fresh, w.op) }},
	{"AcceptEx", "AcceptEx, WSAENOTSOCK: the socket is closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.listener, w.gone, w.op) }},
	{"AcceptEx", "AcceptEx, sListenSocket: not one that listens", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.connected, w.fresh, w.op) }},
	{"AcceptEx", "AcceptEx, sAcceptSocket: must not be bound or connected", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.listener, w.connected, w.op) }},
	{"AcceptEx", "AcceptEx, sAcceptSocket: the listener itself", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.listener, w.listener, w.op) }},
	{"AcceptEx", "AcceptEx, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.listener, w.fresh, nil) }},

	{"ConnectEx", "ConnectEx, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.gone, w.op, w.at) }},
	{"ConnectEx", "ConnectEx, WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.port, w.op, w.at) }},
	{"ConnectEx", "ConnectEx, WSAEISCONN", iocp.WSAEISCONN, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.connected, w.op, w.at) }},
	{"ConnectEx", "ConnectEx, WSAEINVAL: it listens", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.listener, w.op, w.at) }},
	{"ConnectEx", "ConnectEx, WSAEINVAL: no address", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.fresh, w.op, netip.AddrPort{}) }},
	{"ConnectEx", "ConnectEx, WSAEADDRNOTAVAIL: port 0", iocp.WSAEADDRNOTAVAIL, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.fresh, w.op, netip.AddrPortFrom(w.at.Addr(), 0)) }},
	{"ConnectEx", "ConnectEx, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.fresh, nil, w.at) }},

	{"AcceptSocket", "WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.AcceptSocket(w.gone); return e }},
	{"AcceptSocket", "WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.AcceptSocket(w.port); return e }},
	{"CloseSocket", "closesocket, WSAENOTSOCK: twice", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { w.CloseSocket(w.fresh); return w.CloseSocket(w.fresh) }},
	{"CloseSocket", "closesocket, WSAENOTSOCK: no socket", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.CloseSocket(w.port) }},
	{"CloseSocket", "closesocket, WSAENOTSOCK: INVALID_SOCKET", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.CloseSocket(demux.NoHandle) }},
	{"UpdateAccepted", "setsockopt, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.UpdateAccepted(w.gone, w.listener) }},
	{"UpdateAccepted", "SOL_SOCKET Socket Options, SO_UPDATE_ACCEPT_CONTEXT: the listener is closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.UpdateAccepted(w.connected, w.gone) }},
	{"UpdateAccepted", "setsockopt, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.UpdateAccepted(w.fresh, w.listener) }},
	{"UpdateConnected", "setsockopt, WSAENOTSOCK: closed", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.UpdateConnected(w.gone) }},
	{"UpdateConnected", "setsockopt, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.UpdateConnected(w.fresh) }},
	{"CancelIoEx", "CancelIoEx, hFile: closed", iocp.ErrorInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.CancelIoEx(w.gone, w.op) }},
	{"CancelIoEx", "CancelIoEx, Return value: nothing was started", iocp.ErrorNotFound, func(w *iocpWorld) iocp.Errno { return w.CancelIoEx(w.connected, w.op) }},
	{"CancelIoEx", "CancelIoEx, Return value: no memory, and nothing was started", iocp.ErrorNotFound, func(w *iocpWorld) iocp.Errno { return w.CancelIoEx(w.connected, nil) }},
	{"CancelIoEx", "CancelIoEx, Return value: memory that Acquire has not returned", iocp.ErrorNotFound, func(w *iocpWorld) iocp.Errno { return w.CancelIoEx(w.connected, new(iocp.Operation)) }},
	{"CancelIoEx", "CancelIoEx, Return value: it was started on another handle", iocp.ErrorNotFound, func(w *iocpWorld) iocp.Errno {
		w.Recv(w.connected, w.op, make([]byte, 1))
		return w.CancelIoEx(w.fresh, w.op)
	}},
}

func TestBadArgumentsOfIOCP(t *testing.T) {
	tried := map[string]bool{}
	for _, row := range slices.Concat(badIOCP, badWinsock) {
		tried[row.method] = true
		w := newIOCPWorld(t)
		if got := row.call(w); got != row.want {
			t.Errorf("%s: %s: %#x, want %#x", row.method, row.why, got, row.want)
		}
	}
	everyMethod(t, reflect.TypeFor[iocp.Winsock](), tried)
}

// TestBadArgumentsOfHosts makes every call of a Host with handles that name
// nothing: each is an error, in every dialect, and nothing else.
func TestBadArgumentsOfHosts(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			k := direct(fakedemux.Options{Dialect: dialect})
			closed, other := newStream(t, k, false)
			k.Close(closed)
			tried := map[string]bool{"Open": true, "Now": true, "Go": true, "Yield": true, "Pair": true, "Pipe": true}
			one := func(name string, err error) {
				t.Helper()
				if tried[name] = true; err == nil {
					t.Errorf("%s succeeded", name)
				}
			}
			for _, h := range []demux.Handle{closed, demux.NoHandle, 12345, math.MaxInt32, math.MaxInt32 + 1, 1<<31 | other} {
				_, err := k.Accept(h)
				one("Accept", err)
				one("ConnectResult", k.ConnectResult(h))
				_, err = k.Read(h, nil)
				one("Read", err)
				_, err = k.Write(h, nil)
				one("Write", err)
				one("CloseWrite", k.CloseWrite(h))
				_, err = k.Dup(h)
				one("Dup", err)
				one("Close", k.Close(h))
				if k.Ready(h) != 0 || k.Unread(h) != 0 || k.Registrations(int(h)) != 0 {
					t.Errorf("something is known of %d", h)
				}
			}
			for _, addr := range []string{"", "127.0.0.1", "nowhere", "127.0.0.1:65536", "127.0.0.1:-1"} {
				_, _, err := k.Listen(addr, -1)
				one("Listen", err)
			}
			h, err := k.Connect(netip.AddrPort{})
			if err == nil { // the refusal comes by ConnectResult
				err = k.ConnectResult(h)
				k.Close(h)
			}
			one("Connect", err)
			everyMethod(t, reflect.TypeFor[demux.Host](), tried)
			k.Close(other)
			if leaks := k.Leaks(); len(leaks) > 0 {
				t.Errorf("left open: %v", leaks)
			}
			d := must(k.Open())(t)
			defer d.Close()
			for _, h := range []demux.Handle{closed + 1000, demux.NoHandle} {
				if d.Register(h, 1, demux.Readable, demux.Level) == nil || d.Modify(h, 1, demux.Readable, demux.Level) == nil || d.Deregister(h) == nil {
					t.Errorf("handle %d was taken", h)
				}
			}
			for _, timeout := range []time.Duration{math.MinInt64, -1, math.MaxInt64} {
				if err := d.Wake(); err != nil {
					t.Error(err)
				}
				if _, err := d.Wait(make([]demux.Event, 1), timeout); err != nil {
					t.Errorf("a wait of %v: %v", timeout, err)
				}
			}
		})
	}
}
