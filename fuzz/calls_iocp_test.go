package fuzz_test

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// windows makes the calls of Windows that bytes say.
type windows struct {
	input
	iocp.Winsock
	t    *testing.T
	k    *fakedemux.Kernel
	ops  []*iocp.Operation
	at   netip.AddrPort
	owed map[*iocp.Operation]int // packets that may come of it
}

// The calls, as bytes say them.
const (
	winAcquire = iota
	winRelease
	winCreatePort
	winAssociate
	winSetModes
	winPost
	winGetQueued
	winCloseHandle
	winBaseSocket
	winOpenAFD
	winPollAFD
	winCancelAFD
	winRecv
	winSend
	winAcceptEx
	winConnectEx
	winAcceptSocket
	winCloseSocket
	winUpdateAccepted
	winUpdateConnected
	winCancelIoEx
	winNow
	winPair
	winListen
	winDup
	winShutdown
	winPollMany
	winDatagramSocket
	winBind
	winLocalAddr
	winConnectDatagram
	winRecvFrom
	winSendTo
	winAcceptReceive
	winConnectSend
	winDisconnectEx
	winShut
	winLinger
	winCount
)

// winNames are those of the Syscalls, and of what else makes something happen.
var winNames = [winCount]string{
	"Acquire", "Release", "CreatePort", "Associate", "SetModes", "Post", "GetQueued", "CloseHandle", "BaseSocket", "OpenAFD", "PollAFD", "CancelAFD",
	"Recv", "Send", "AcceptEx", "ConnectEx", "AcceptSocket", "CloseSocket", "UpdateAccepted", "UpdateConnected", "CancelIoEx", "Now",
	"pair", "listen", "dup", "shutdown",
	"PollMany", "DatagramSocket", "Bind", "LocalAddr", "ConnectDatagram", "RecvFrom", "SendTo", "AcceptReceive", "ConnectSend", "DisconnectEx", "Shutdown", "Linger",
}

// iocpCorpus reaches every call.
func iocpCorpus() [][]byte {
	begin := []byte{winAcquire, winAcquire, winCreatePort, winOpenAFD} // port 0, AFD 1
	return append(winsockCorpus(begin), [][]byte{
		// a socket pair 2 and 3: a read is filled by a send, and both have packets
		slices.Concat(begin, []byte{winPair, winAssociate, 0, 2, 7, winAssociate, 0, 3, 8, winRecv, 2, 0, 9, winSend, 3, 1, 4, winGetQueued, 0, 4, 0, 0}),
		// a poll of 2 through AFD, which a close of 2 ends
		slices.Concat(begin, []byte{winPair, winAssociate, 0, 1, 7, winPollAFD, 1, 0, 2, 1, 1, 0x7f, 0, winCloseSocket, 2, winGetQueued, 0, 4, 0, 0}),
		// a listener 2, AcceptEx into 3, ConnectEx of 4
		slices.Concat(begin, []byte{
			winListen, 5, winAssociate, 0, 2, 7, winAcceptSocket, 2, winAcceptSocket, 2, winAssociate, 0, 4, 9, winAcceptEx, 2, 3, 0,
			winConnectEx, 4, 1, 0, winGetQueued, 0, 4, 0, 0, winUpdateAccepted, 3, 2, winUpdateConnected, 4, winShutdown, 4,
		}),
		// a read that is canceled, and one that is skipped on success
		slices.Concat(begin, []byte{
			winPair, winAssociate, 0, 2, 7, winRecv, 2, 0, 9, winCancelIoEx, 2, 0, winGetQueued, 0, 4, 0, 0,
			winSetModes, 2, 3, winSend, 3, 1, 4, winRecv, 2, 0, 9, winGetQueued, 0, 4, 0, 0, winRelease, 0,
		}),
		slices.Concat(begin, []byte{winPost, 0, 1, 2, winGetQueued, 0, 1, 0, 0, winPair, winPollAFD, 1, 0, 2, 1, 1, 0x7f, 0, winCancelAFD, 1, 0, winCloseHandle, 1, winDup, 2, winBaseSocket, 2, winNow}),
	}...)
}

func playIOCP(t *testing.T, data []byte) string {
	t.Helper()
	w := &windows{input: input{data: data}, t: t, owed: map[*iocp.Operation]int{}}
	w.k = fakedemux.New(&fakedemux.Options{Dialect: "iocp", Runner: scheduler.NewDirect(), Budget: budget})
	w.Winsock = w.k.IOCP()
	for range maxCalls {
		if !w.more() {
			break
		}
		call := int(w.byte()) % winCount
		w.say("%s", winNames[call])
		w.step(call)
	}
	closeAll(t, w.k, func(fd int) {
		if w.CloseSocket(demux.Handle(fd)) != 0 {
			w.CloseHandle(demux.Handle(fd))
		}
	})
	return w.log.String()
}

// handle is one of a small number, mostly.
func (w *windows) handle() demux.Handle { return demux.Handle(w.wide()) }

// op is memory that was acquired, nil where there is none.
func (w *windows) op() *iocp.Operation {
	if b := int(w.byte()); b < len(w.ops) {
		return w.ops[b]
	}
	return nil
}

// started notes what a call has returned that starts an operation.
func (w *windows) started(name string, h demux.Handle, op *iocp.Operation, e iocp.Errno) {
	w.say("%s %d = %#x", name, h, e)
	if e == 0 || e == iocp.ErrorIOPending || e == iocp.StatusPending || e == iocp.WSAEMSGSIZE && strings.HasPrefix(name, "recv") {
		if op == nil {
			w.t.Errorf("%s without memory was started", name)
		}
		w.owed[op]++
	}
}

func (w *windows) made(name string, h demux.Handle, e iocp.Errno) {
	w.say("%s = %d %#x", name, h, e)
	if (e == 0) == (h == demux.NoHandle) {
		w.t.Errorf("%s returned handle %d and %#x", name, h, e)
	}
}

func (w *windows) step(call int) {
	switch call {
	case winAcquire:
		if len(w.ops) < 8 {
			w.ops = append(w.ops, w.Acquire())
		}
	case winRelease:
		if i := int(w.byte()); i < len(w.ops) {
			w.Release(w.ops[i])
			w.ops = slices.Delete(w.ops, i, i+1)
		}
	case winPollAFD, winRecv, winSend, winAcceptEx, winConnectEx:
		w.start(call)
	case winPollMany, winRecvFrom, winSendTo, winAcceptReceive, winConnectSend, winDisconnectEx:
		w.startMore(call)
	case winDatagramSocket, winBind, winLocalAddr, winConnectDatagram, winShut, winLinger:
		w.winsock(call)
	case winGetQueued:
		w.getQueued()
	case winCreatePort:
		h, e := w.CreatePort()
		w.made("port", h, e)
	case winOpenAFD:
		h, e := w.OpenAFD()
		w.made("afd", h, e)
	case winAcceptSocket:
		h, e := w.AcceptSocket(w.handle())
		w.made("socket", h, e)
	case winBaseSocket:
		h, e := w.BaseSocket(w.handle())
		w.made("base", h, e)
	case winNow:
		w.say("now = %v", w.Now())
	case winPair, winListen, winDup, winShutdown:
		w.host(call)
	default:
		w.simple(call)
	}
}

// simple makes the calls that return an error number and nothing else.
func (w *windows) simple(call int) {
	h := w.handle()
	var e iocp.Errno
	switch call {
	case winAssociate:
		e = w.Associate(h, w.handle(), uintptr(w.wide()))
	case winSetModes:
		e = w.SetModes(h, w.byte())
	case winPost:
		e = w.Post(h, uintptr(w.wide()), uint32(w.wide()))
	case winCloseHandle:
		e = w.CloseHandle(h)
	case winCloseSocket:
		e = w.CloseSocket(h)
	case winCancelAFD:
		e = w.CancelAFD(h, w.op())
	case winCancelIoEx:
		e = w.CancelIoEx(h, w.op())
	case winUpdateAccepted:
		e = w.UpdateAccepted(h, w.handle())
	case winUpdateConnected:
		e = w.UpdateConnected(h)
	}
	w.say("  %d = %#x", h, e)
}

// start makes the calls that start an operation.
func (w *windows) start(call int) {
	h := w.handle()
	op := w.op()
	switch call {
	case winPollAFD:
		info := iocp.PollInfo{Handle: w.handle(), NumberOfHandles: uint32(w.byte()), Exclusive: uint32(w.byte()), Events: uint32(w.wide()), Timeout: int64(w.wide())}
		if op != nil && w.owed[op] == 0 { // else it is the kernel's
			op.Poll = info
		}
		w.started("poll", h, op, w.PollAFD(h, op))
	case winRecv:
		w.started("recv", h, op, w.Recv(h, op, w.buffer()))
	case winSend:
		w.started("send", h, op, w.Send(h, op, w.buffer()))
	case winAcceptEx:
		w.started("accept", h, op, w.AcceptEx(h, w.handle(), op))
	case winConnectEx:
		to := w.at
		if w.byte() == math.MaxUint8 {
			to = netip.AddrPort{}
		}
		w.started("connect", h, op, w.ConnectEx(h, op, to))
	}
}

func (w *windows) getQueued() {
	port, entries := w.handle(), make([]iocp.Entry, w.byte()%6)
	msec := uint32(w.wide())
	if w.byte()&1 == 0 {
		msec = 0
	}
	n, e := w.GetQueued(port, entries, msec)
	w.say("packets of %d = %d %#x", port, n, e)
	if n > len(entries) || n < 0 || (n > 0) != (e == 0) {
		w.t.Fatalf("GetQueued with room for %d packets returned %d, %#x", len(entries), n, e)
	}
	for _, entry := range entries[:n] {
		w.say("  key %d, %d bytes, operation %v", entry.Key, entry.Transferred, entry.Operation != nil)
		if entry.Operation == nil {
			continue
		}
		if w.owed[entry.Operation] == 0 {
			w.t.Errorf("a packet of an operation that was not started, or that has had its packet")
		}
		w.owed[entry.Operation] = 0
	}
}

// host makes what the calls are about, as a Host does.
func (w *windows) host(call int) {
	var x, y demux.Handle
	var err error
	switch call {
	case winPair:
		x, y, err = w.k.Pair()
	case winListen:
		x, w.at, err = w.k.Listen("127.0.0.1:0", int(w.byte()))
	case winDup:
		x, err = w.k.Dup(w.handle())
	case winShutdown:
		err = w.k.CloseWrite(w.handle())
	}
	w.say("  %d %d %v", x, y, err)
}
