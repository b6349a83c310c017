package fuzz_test

import (
	"net/netip"
	"slices"

	"reactortest/demux/iocp"
)

// winsockCorpus reaches the calls that the backend does not make. begin makes a port 0
// and a handle of AFD 1.
func winsockCorpus(begin []byte) [][]byte {
	return [][]byte{
		// UDP sockets 2 and 3: a message, a receive that waits, and one that is cut
		slices.Concat(begin, []byte{
			winDatagramSocket, winDatagramSocket, winBind, 2, 0, winLocalAddr, 2, winAssociate, 0, 2, 7, winConnectDatagram, 3, 0, winRecvFrom, 2, 0, 2, 0,
			winSendTo, 3, 1, 5, 0, winGetQueued, 0, 4, 0, 0, winShut, 2, 0,
		}),
		// a listener 2, an accept of 3 that waits for data, a connect of 4 that sends some
		slices.Concat(begin, []byte{
			winListen, 5, winAssociate, 0, 2, 7, winAcceptSocket, 2, winAcceptSocket, 2, winAcceptReceive, 2, 3, 0, 9, winConnectSend, 4, 1, 4, winGetQueued, 0, 4, 0, 0,
			winLinger, 4, 0, winCloseSocket, 4,
		}),
		// a poll of 2 and 3, which are a pair, and the end of 2
		slices.Concat(begin, []byte{
			winPair, winAssociate, 0, 1, 7, winPollMany, 1, 0, 2, 2, 1, 3, 1, 0x7f, winAssociate, 0, 2, 8, winDisconnectEx, 2, 1, 2, winGetQueued, 0, 4, 0, 0,
		}),
	}
}

// address is where a UDP socket hears, or a listener, or nobody.
func (w *windows) address() netip.AddrPort {
	h := w.handle()
	if at, e := w.LocalAddr(h); e == 0 {
		return at
	}
	return w.at
}

// flagged gives memory that is ours the flags of a message.
func (w *windows) flagged(op *iocp.Operation) *iocp.Operation {
	if op != nil && w.owed[op] == 0 {
		op.Flags = 0
		if b := w.byte(); b >= 0xf0 {
			op.Flags = uint32(b & 0xf)
		}
	}
	return op
}

// startMore makes the calls that start an operation.
func (w *windows) startMore(call int) {
	h := w.handle()
	switch call {
	case winPollMany:
		op, l := w.op(), &iocp.PollList{}
		l.NumberOfHandles = uint32(w.byte() % (iocp.MaxPollHandles + 2))
		for i := range l.Handles[:min(l.NumberOfHandles, iocp.MaxPollHandles)] {
			l.Handles[i] = iocp.PollHandle{Handle: w.handle(), Events: uint32(w.wide())}
		}
		l.Timeout = int64(w.wide())
		w.started("polls", h, op, w.PollMany(h, op, l))
	case winRecvFrom:
		op, buf := w.op(), w.buffer()
		w.started("recvfrom", h, op, w.RecvFrom(h, w.flagged(op), buf))
	case winSendTo:
		op, buf := w.op(), w.buffer()
		w.started("sendto", h, op, w.SendTo(h, op, buf, w.address()))
	case winAcceptReceive:
		s, op := w.handle(), w.op()
		w.started("accept", h, op, w.AcceptReceive(h, s, op, make([]byte, iocp.AcceptRoom+int(w.byte())-1)))
	case winConnectSend:
		op, buf := w.op(), w.buffer()
		w.started("connect", h, op, w.ConnectSend(h, op, w.at, buf))
	case winDisconnectEx:
		op := w.op()
		w.started("disconnect", h, op, w.DisconnectEx(h, op, uint32(w.byte())))
	}
}

// winsock makes the others.
func (w *windows) winsock(call int) {
	if call == winDatagramSocket {
		h, e := w.DatagramSocket(netip.Addr{})
		w.made("udp", h, e)
		return
	}
	h := w.handle()
	var e iocp.Errno
	switch call {
	case winBind:
		port := uint16(w.wide())
		e = w.Bind(h, netip.AddrPortFrom(netip.IPv4Unspecified(), port))
	case winLocalAddr:
		_, e = w.LocalAddr(h)
	case winConnectDatagram:
		e = w.ConnectDatagram(h, w.address())
	case winShut:
		e = w.Shutdown(h, int(w.byte()%4))
	case winLinger:
		e = w.Linger(h, true, uint16(w.byte()))
	}
	w.say("  %d = %v", h, e)
}
