package fidelity

import (
	"slices"

	"reactortest/demux/epoll"
)

// changing changes what calls of one kind are asked.
func changing(op Op, change func(m *simulated, c *Call)) func(*simulated, *Call) {
	return func(m *simulated, c *Call) {
		if c.Op == op {
			change(m, c)
		}
	}
}

// returning changes what calls of some kinds return that succeed.
func returning(change func(c *Call, o *Outcome), ops ...Op) func(*Call, *Outcome) {
	return func(c *Call, o *Outcome) {
		if o.Errno == 0 && slices.Contains(ops, c.Op) {
			change(c, o)
		}
	}
}

// ofPrograms are mutations of the calls that programs make beside those of epoll.
var ofPrograms = []Mutation{
	{Name: "peek-takes", Rule: "MSG_PEEK leaves the data; recv(2)", call: changing(opRecvmsg, func(_ *simulated, c *Call) { c.Flags &^= peekFlag })},
	{Name: "trunc-is-short", Rule: "MSG_TRUNC returns the size of the datagram; recv(2)", call: changing(opRecvmsg, func(_ *simulated, c *Call) {
		if c.Flags&peekFlag == 0 {
			c.Flags &^= wholeFlag
		}
	})},
	{Name: "error-queue-has-data", Rule: "MSG_ERRQUEUE receives from the error queue; recv(2)", call: changing(opRecvmsg, func(_ *simulated, c *Call) { c.Flags &^= 0x2000 })},
	{Name: "packets-are-a-stream", Rule: "SOCK_SEQPACKET keeps the boundaries of messages; unix(7)", call: changing(opSocketpair, func(_ *simulated, c *Call) {
		if c.N == typePacket {
			c.N = typeStream
		}
	})},
	{Name: "lowat-is-ignored", Rule: "SO_RCVLOWAT says when TCP is readable; socket(7)", call: changing(opSetsockopt, func(_ *simulated, c *Call) {
		if options[c.N].text == "SO_RCVLOWAT" {
			c.N = 2 // SO_KEEPALIVE
		}
	})},
	{Name: "reuse-is-ignored", Rule: "SO_REUSEADDR lets sockets share a port; socket(7)", call: changing(opSetsockopt, func(_ *simulated, c *Call) {
		if options[c.N].text == "SO_REUSEADDR" {
			c.Data = 0
		}
	})},
	{Name: "append-is-ignored", Rule: "O_APPEND writes at the end; fcntl(2)", call: changing(opFcntl, func(_ *simulated, c *Call) {
		if c.N == setFlags {
			c.Flags &^= oAppend
		}
	})},
	{Name: "close-on-exec-is-shared", Rule: "FD_CLOEXEC belongs to the number; fcntl(2)", call: changing(opDupFrom, func(_ *simulated, c *Call) { c.Flags = 1 })},
	{Name: "dup2-takes-the-lowest", Rule: "dup2 takes the number that it is given; dup2(2)", call: changing(opDup2, func(m *simulated, c *Call) {
		if m.number(c.FD) != m.number(c.Other) {
			c.Op = opDup
		}
	})},
	{Name: "sendfile-moves-both", Rule: "with an offset, that of the file does not move; sendfile(2)", call: changing(opSendfile, func(m *simulated, c *Call) {
		if c.Flags == 1 {
			m.linux.Lseek(m.number(c.Other), 1, 0)
			c.Flags = 0
		}
	})},
	{Name: "writev-splits", Rule: "writev writes one message; writev(2)", call: changing(opWritev, func(m *simulated, c *Call) {
		if half := c.N / 2; half > 0 && m.linux.Poll(m.number(c.FD), epoll.EPOLLOUT) == epoll.EPOLLOUT {
			first := *c
			first.N = half
			m.linux.Write(m.number(c.FD), payload(m.buffer, &first))
		}
	})},
	{Name: "port-stays-unknown", Rule: "getsockname tells the port; getsockname(2)", outcome: returning(func(_ *Call, o *Outcome) { o.Data = "" }, opGetsockname)},
	{Name: "peer-stays-unknown", Rule: "accept tells the address of the peer; accept(2)", outcome: returning(func(_ *Call, o *Outcome) { o.Data = "" }, opAcceptFrom)},
	{Name: "unread-is-rounded", Rule: "FIONREAD tells the bytes that wait; tcp(7)", outcome: returning(func(c *Call, o *Outcome) {
		if c.N == fionread {
			o.N &^= 1
		}
	}, opIoctl)},
	{Name: "everything-is-blocking", Rule: "F_GETFL has O_NONBLOCK; fcntl(2)", outcome: returning(func(c *Call, o *Outcome) {
		if c.N == getFlags {
			o.N &^= nonBlock
		}
	}, opFcntl)},
	{Name: "a-directory-is-empty", Rule: "EISDIR; read(2)", outcome: func(c *Call, o *Outcome) {
		if c.Op == opRead && o.Errno == 21 {
			*o = Outcome{}
		}
	}},
}
