package fidelity

import (
	"encoding/binary"

	"reactortest/internal/sequence"
)

// option is an option of setsockopt(2) that sequences set and ask for.
type option struct {
	level, name int
	text        string
	values      []int
	told        bool // by getsockopt alone
}

// options are all of them. SO_REUSEPORT is not among them: which socket of a group
// gets something is the kernel's to choose. Nor are those with a time.
var options = []option{
	{1, 2, "SO_REUSEADDR", []int{1, 1, 1, 0, 7}, false},
	{1, 18, "SO_RCVLOWAT", []int{2, 5, 1, 0, 100}, false},
	{1, 9, "SO_KEEPALIVE", []int{1, 0, -1}, false},
	{1, 6, "SO_BROADCAST", []int{1, 0}, false},
	{1, 12, "SO_PRIORITY", []int{3, 0}, false},
	{1, 3, "SO_TYPE", []int{1}, true},
	{1, 4, "SO_ERROR", []int{1}, true},
	{1, 30, "SO_ACCEPTCONN", []int{1}, true},
	{1, 38, "SO_PROTOCOL", []int{1}, true},
	{1, 39, "SO_DOMAIN", []int{1}, true},
	{1, 177, "SO_NONE", []int{1}, false},
	{0, 1, "IP_TOS", []int{16, 3, 300}, false},
	{0, 2, "IP_TTL", []int{9, 0, -1, 256}, false},
	{6, 4, "TCP_KEEPIDLE", []int{60, 0, 40000}, false},
	{6, 6, "TCP_KEEPCNT", []int{3, 0, 128}, false},
	{6, 199, "TCP_NONE", []int{1}, false},
	{41, 26, "IPV6_V6ONLY", []int{1, 0}, false},
	{41, 16, "IPV6_UNICAST_HOPS", []int{9, -1, 256}, false},
	{99, 1, "NO_LEVEL", []int{1}, false},
}

// Numbers of commands and requests, those that there are and one that there is not.
var (
	commands = []int{3, 3, 1, 2, 4, 4, 1032, 99} // F_GETFL, F_GETFD, F_SETFD, F_SETFL, F_GETPIPE_SZ
	requests = []int{0x541b, 0x541b, 0x541b, 0x5421, 0x5450, 0x5451, 0x5410}
)

// fionread is what ioctl stores, fionbio what it reads.
const (
	fionread  = 0x541b
	fionbio   = 0x5421
	getFlags  = 3
	setFlags  = 4
	nonBlock  = 0x800
	oAppend   = 0x400
	oCreate   = 0x40
	oTruncate = 0x200
	peekFlag  = 0x2
	wholeFlag = 0x20
)

// receiveFlags are flags of recvmsg: MSG_PEEK, MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL,
// MSG_NOSIGNAL, MSG_CMSG_CLOEXEC, MSG_ERRQUEUE.
var receiveFlags = []int{0, peekFlag, peekFlag, wholeFlag, peekFlag | wholeFlag, 0x40, 0x100, 0x4000, 0x40000000, 0x2000}

// sendFlags are flags of sendmsg: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_EOR, MSG_DONTROUTE.
var sendFlags = []int{0x4000, 0x4040, 0x4080, 0x4004}

// openFlagsOf are flags of open: O_APPEND and O_TRUNC.
var openFlagsOf = []int{0, 0, oAppend, oTruncate, oAppend | oTruncate}

// opened are the flags that an open has: it makes the file.
func opened(c *Call) int { return c.N | c.Flags | oCreate }

// parts are n bytes in three vectors, one of them empty.
func parts(b []byte) [][]byte {
	return [][]byte{b[:len(b)/2], {}, b[len(b)/2:]}
}

// optionValue is what an option points to.
func optionValue(v uint64) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }

// streams and others that programs use.
var (
	sends    = of(unixStream, unixDatagram, tcpStream, udpSocket)
	anything = everyKind
	copiesTo = of(unixStream, tcpStream, pipeWriter, unixDatagram)
)

// programActs are calls that programs make beside those of acts, each with how often
// it is drawn without and with a network.
var programActs = []act{
	{more: [2]int{4, 5}, needs: sockets, call: func(g *generator) Call { return Call{Op: opGetsockname, FD: g.pick(sockets)} }},
	{more: [2]int{4, 5}, needs: sockets, call: func(g *generator) Call { return Call{Op: opGetpeername, FD: g.pick(sockets)} }},
	{more: [2]int{5, 6}, needs: listens, call: func(g *generator) Call {
		return Call{Op: opAcceptFrom, FD: g.ready(listens, in), Flags: g.Below(2)}
	}},
	{more: [2]int{3, 4}, needs: fresh | of(udpSocket), call: func(g *generator) Call { return g.bindAs() }},
	{more: [2]int{5, 8}, needs: sockets, call: func(g *generator) Call { return g.option(opSetsockopt) }},
	{more: [2]int{4, 5}, needs: sockets, call: func(g *generator) Call { return g.option(opGetsockopt) }},
	{more: [2]int{1, 1}, call: func(g *generator) Call { return Call{Op: opError, FD: g.pick(anything)} }},
	{more: [2]int{6, 4}, call: func(g *generator) Call { return g.fcntl() }},
	{more: [2]int{3, 2}, call: func(g *generator) Call { return Call{Op: opDupFrom, FD: g.pick(anything), Flags: g.Below(2)} }},
	{more: [2]int{6, 5}, call: func(g *generator) Call {
		return Call{Op: opIoctl, FD: g.pick(anything), N: sequence.Pick(&g.Draw, requests...), Flags: 1}
	}},
	{more: [2]int{6, 5}, needs: reads, call: func(g *generator) Call { return Call{Op: opReadv, FD: g.ready(reads|of(file), in), N: g.size()} }},
	{more: [2]int{6, 5}, needs: writes, call: func(g *generator) Call {
		g.chars++
		return g.bench.noLateWrite(Call{Op: opWritev, FD: g.ready(writes|of(file, eventfd), out), N: g.size(), Data: g.chars})
	}},
	{more: [2]int{2, 1}, needs: of(eventfd), call: func(g *generator) Call { return Call{Op: opWritev, FD: g.pick(of(eventfd)), N: g.size()} }},
	{more: [2]int{0, 2}, needs: of(udpSocket), call: func(g *generator) Call {
		return Call{Op: opRecvfrom, FD: g.ready(of(udpSocket), bad), N: g.size()}
	}},
	{more: [2]int{6, 7}, needs: sends, call: func(g *generator) Call { return g.sendmsg() }},
	{more: [2]int{10, 10}, needs: sends, call: func(g *generator) Call {
		return Call{Op: opRecvmsg, FD: g.ready(sends, in), N: g.size(), Flags: sequence.Pick(&g.Draw, receiveFlags...)}
	}},
	{more: [2]int{5, 4}, needs: of(file), call: func(g *generator) Call {
		return g.bench.noCopyToFile(Call{Op: opSendfile, FD: g.pick(copiesTo), Other: g.pick(of(file)), N: g.size(), Flags: g.Below(2)})
	}},
	{more: [2]int{4, 2}, needs: of(file), call: func(g *generator) Call {
		g.chars++
		return g.bench.noLateWrite(Call{Op: opWrite, FD: g.pick(of(file)), N: g.size(), Data: g.chars})
	}},
	{more: [2]int{4, 2}, needs: of(file), call: func(g *generator) Call {
		return Call{Op: opFcntl, FD: g.pick(of(file)), N: setFlags, Flags: nonBlock | oAppend}
	}},
	{more: [2]int{3, 2}, needs: of(file), call: func(g *generator) Call { return Call{Op: opRead, FD: g.pick(of(file)), N: g.size()} }},
	{more: [2]int{4, 3}, needs: of(file), call: func(g *generator) Call {
		c := Call{Op: opLseek, FD: g.pick(of(file)), N: sequence.Pick(&g.Draw, 0, 0, 1, 3), Flags: sequence.Pick(&g.Draw, 0, 0, 1, 2, 9)}
		return g.bench.noEndOfDirectory(c)
	}},
	{more: [2]int{1, 1}, call: func(g *generator) Call { return Call{Op: opLseek, FD: g.pick(watched), Flags: g.Below(2)} }},
	{more: [2]int{3, 2}, call: func(g *generator) Call { return g.dupTo(opDup2) }},
	{more: [2]int{3, 2}, call: func(g *generator) Call { return g.dupTo(opDup3) }},
	{more: [2]int{1, 1}, call: func(*generator) Call { return Call{Op: opDirectory} }},
	{more: [2]int{5, 2}, call: func(g *generator) Call {
		return Call{Op: opOpen, N: sequence.Pick(&g.Draw, 0, 1, 0, 1, 2, 3), Flags: sequence.Pick(&g.Draw, openFlagsOf...)}
	}},
	{more: [2]int{1, 1}, needs: of(folder), call: func(g *generator) Call { return Call{Op: opRead, FD: g.pick(of(folder)), N: 8} }},
	{more: [2]int{1, 1}, needs: of(folder), call: func(g *generator) Call { return g.ctlOf(opAdd, of(folder)) }},
	{more: [2]int{3, 1}, call: func(*generator) Call { return Call{Op: opMemfd} }},
	{more: [2]int{4, 0}, call: func(*generator) Call { return Call{Op: opSocketpair, N: typePacket} }},
	{more: [2]int{3, 0}, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyUnix, N: typePacket} }},
	{more: [2]int{0, 3}, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv6, N: typeStream} }},
	{more: [2]int{0, 2}, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv6, N: typeDatagram} }},
}

// noCopyToFile returns a sendfile that does not write to a file, which could be the one
// that it reads. To a pipe it would splice whatever there is.
func (b *bench) noCopyToFile(c Call) Call {
	if to := b.kindOf(c.FD); to == file || to == pipeWriter && b.kindOf(c.Other) != file {
		c.FD = NotMade
	}
	return c
}

// noLateWrite returns a write that does not change a file after a sendfile: what has not
// been read yet could change with it; sendfile(2), NOTES.
func (b *bench) noLateWrite(c Call) Call {
	if b.copied && b.kindOf(c.FD) == file {
		c.FD = NotMade
	}
	return c
}

// noEndOfDirectory returns an lseek that does not ask where a directory ends, which depends
// on the file system.
func (b *bench) noEndOfDirectory(c Call) Call {
	if c.Flags == 2 && b.kindOf(c.FD) == folder {
		c.FD = NotMade
	}
	return c
}

// bindAs draws a socket, and one whose address it is to have.
func (g *generator) bindAs() Call {
	c := Call{Op: opBindAs, FD: g.unbound(), Other: g.bound(fresh | of(udpSocket, unixListener, tcpListener))}
	return g.bench.heldAddress(c)
}

// heldAddress returns a bindas to an address that a socket still has: a port that is
// free again could be another process's by now.
func (b *bench) heldAddress(c Call) Call {
	if b.kindOf(c.FD) == unixDatagram {
		c.FD = NotMade
	}
	if d := b.named(c.Other); d == nil || !d.bound || d.kind == tcpStream {
		c.Other = NotMade
	}
	return c
}

func (g *generator) option(op Op) Call {
	c := Call{Op: op, FD: g.pick(sockets), N: g.Below(len(options))}
	if g.OneIn(2) {
		c.N = g.Below(2)
	}
	if op == opSetsockopt {
		c.Data = uint64(uint32(sequence.Pick(&g.Draw, options[c.N].values...)))
	}
	return c
}

func (g *generator) fcntl() Call {
	c := Call{Op: opFcntl, FD: g.pick(anything), N: sequence.Pick(&g.Draw, commands...)}
	switch c.N {
	case setFlags: // nothing blocks
		c.Flags = nonBlock | sequence.Pick(&g.Draw, 0, oAppend, 2)
	case 2:
		c.Flags = g.Below(2)
	}
	return c
}

func (g *generator) sendmsg() Call {
	g.chars++
	c := Call{Op: opSendmsg, FD: g.ready(sends, out), Other: None, N: g.size(), Flags: sequence.Pick(&g.Draw, sendFlags...), Data: g.chars}
	if g.OneIn(12) {
		c.FD = g.pick(fresh)
	}
	if g.bench.kindOf(c.FD) == udpSocket && !g.OneIn(4) {
		c.Other = g.bound(of(udpSocket))
	}
	return c
}

func (g *generator) dupTo(op Op) Call {
	c := Call{Op: op, FD: g.pick(anything), Other: g.pick(anything)}
	if op == opDup3 {
		c.Flags = sequence.Pick(&g.Draw, 0, 0x80000, 1)
	}
	if c.Other == NotMade {
		c.Other = None
	}
	return c
}

// sameAddress reports whether two sockets are bound to the same address: connected to
// each other, one would be connected to itself.
func (b *bench) sameAddress(r, s Ref) bool {
	x, e := b.simulated.linux.Getsockname(b.simulated.number(r))
	y, f := b.simulated.linux.Getsockname(b.simulated.number(s))
	return e == 0 && f == 0 && x.Port != 0 && x == y
}
