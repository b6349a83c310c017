package fidelity

import (
	"reactortest/demux/epoll"
	"reactortest/internal/sequence"
)

// maxOpen is how many descriptors a sequence may have open, about.
const maxOpen = 24

// Lengths of a sequence, in calls.
const (
	shortest = 36
	longest  = 72
)

// generator makes the calls of one sequence, from what the calls before have
// returned.
type generator struct {
	sequence.Draw
	bench  *bench
	flavor flavor
	last   Op // the call before
	data   uint64
	chars  uint64
}

// flavor is what a sequence is about.
type flavor uint8

const (
	plain   flavor = iota // pipes, pairs, counters and timers
	nested                // and epoll in epoll
	servers               // and unix listeners
	online                // TCP and UDP, compared as sets
	flavorCount
)

// act is a kind of call, and how often it is drawn in each flavor.
type act struct {
	weights [flavorCount]int
	needs   kinds // most of the time one of these is open; 0 nothing is needed
	call    func(g *generator) Call
}

// acts are all of them, the quiet one first.
var acts = [...]act{
	{[...]int{11, 11, 11, 12}, 0, func(g *generator) Call { return g.wait() }},
	{[...]int{2, 9, 2, 2}, 0, func(*generator) Call { return Call{Op: opEpollCreate} }},
	{[...]int{5, 2, 2, 1}, 0, func(g *generator) Call {
		return Call{Op: opSocketpair, N: sequence.Pick(&g.Draw, typeStream, typeStream, typeDatagram)}
	}},
	{[...]int{3, 1, 1, 1}, 0, func(*generator) Call { return Call{Op: opPipe} }},
	{[...]int{3, 2, 1, 1}, 0, func(g *generator) Call {
		return Call{Op: opEventfd, Data: sequence.Pick(&g.Draw, uint64(0), 1, 3, 1<<32-1), Flags: g.Below(2)}
	}},
	{[...]int{1, 1, 0, 0}, 0, func(*generator) Call { return Call{Op: opMemfd} }},
	{[...]int{3, 1, 1, 1}, 0, func(g *generator) Call { return Call{Op: opTimerfd, N: sequence.Pick(&g.Draw, 1, 0, 7, 1, 99)} }},
	{[...]int{1, 0, 5, 0}, 0, func(*generator) Call { return Call{Op: opSocket, Flags: familyUnix, N: typeStream} }},
	{[...]int{0, 0, 0, 6}, 0, func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv4, N: typeStream} }},
	{[...]int{0, 0, 0, 4}, 0, func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv4, N: typeDatagram} }},
	{[...]int{0, 0, 6, 5}, listens, func(g *generator) Call { return Call{Op: opAccept, FD: g.ready(listens, in)} }},
	{[...]int{2, 2, 2, 2}, 0, func(g *generator) Call { return Call{Op: opDup, FD: g.pick(everyKind)} }},
	{[...]int{13, 9, 12, 12}, 0, func(g *generator) Call { return g.ctl(opAdd) }},
	{[...]int{1, 12, 1, 0}, 0, func(g *generator) Call { return g.ctlOf(opAdd, of(epollfd)) }},
	{[...]int{1, 1, 0, 0}, of(file), func(g *generator) Call { return g.ctlOf(opAdd, of(file)) }},
	{[...]int{6, 6, 6, 6}, 0, func(g *generator) Call { return g.ctl(opMod) }},
	{[...]int{3, 4, 3, 3}, 0, func(g *generator) Call { return g.ctl(opDel) }},
	{[...]int{12, 6, 9, 8}, reads, func(g *generator) Call { return Call{Op: opRead, FD: g.ready(reads, in), N: g.size()} }},
	{[...]int{12, 7, 9, 8}, writes, func(g *generator) Call {
		g.chars++
		return Call{Op: opWrite, FD: g.ready(writes, out), N: g.size(), Data: g.chars}
	}},
	{[...]int{4, 3, 1, 1}, of(eventfd), func(g *generator) Call {
		return Call{Op: opSignal, FD: g.pick(of(eventfd)), Data: sequence.Pick(&g.Draw, uint64(1), 0, 2, 1<<64-1, 1<<64-2)}
	}},
	{[...]int{3, 3, 3, 2}, 0, func(g *generator) Call { return Call{Op: opClose, FD: g.pick(everyKind)} }},
	{[...]int{1, 0, 2, 2}, 0, func(g *generator) Call { // with bytes that nobody has read
		return Call{Op: opClose, FD: g.ready(of(unixStream, unixDatagram, tcpStream), in)}
	}},
	{[...]int{3, 1, 3, 3}, sockets, func(g *generator) Call {
		return Call{Op: opShutdown, FD: g.pick(of(unixStream, unixDatagram, unixListener, tcpStream, udpSocket)), N: sequence.Pick(&g.Draw, 1, 0, 2, 1, 3)}
	}},
	{[...]int{0, 0, 3, 3}, fresh, func(g *generator) Call { return Call{Op: opBind, FD: g.unbound()} }},
	{[...]int{0, 0, 3, 3}, fresh, func(g *generator) Call { return Call{Op: opListen, FD: g.bound(fresh), N: g.backlog()} }},
	{[...]int{0, 0, 9, 9}, fresh | of(udpSocket), func(g *generator) Call { return g.connect() }},
	{[...]int{1, 0, 1, 1}, sockets, func(g *generator) Call { return Call{Op: opError, FD: g.pick(sockets)} }},
	{[...]int{0, 0, 0, 1}, of(tcpStream), func(g *generator) Call { return Call{Op: opLinger, FD: g.pick(of(tcpStream))} }},
	{[...]int{5, 2, 1, 1}, of(timerfd), func(g *generator) Call {
		return Call{Op: opSettime, FD: g.pick(of(timerfd)), N: g.Below(timerCount), Flags: g.Below(2)}
	}},
	{[...]int{3, 2, 1, 1}, of(timerfd), func(g *generator) Call { return Call{Op: opGettime, FD: g.pick(of(timerfd))} }},
	{[...]int{1, 0, 1, 5}, of(unixDatagram, udpSocket), func(g *generator) Call { return g.sendto() }},
	{[...]int{2, 1, 1, 3}, of(unixDatagram, udpSocket), func(g *generator) Call {
		return Call{Op: opRecvfrom, FD: g.ready(of(unixDatagram, udpSocket), in), N: g.size(), Flags: sequence.Pick(&g.Draw, 0, 0x20)}
	}},
	{[...]int{0, 0, 0, 4}, of(tcpStream), func(g *generator) Call {
		g.chars++
		return Call{Op: opUrgent, FD: g.onTCP(out), Other: None, N: sequence.Pick(&g.Draw, 1, 3, 2, 0), Flags: outOfBand, Data: g.chars}
	}},
	{[...]int{0, 0, 0, 3}, of(tcpStream), func(g *generator) Call {
		return Call{Op: opRecvUrgent, FD: g.onTCP(pri), N: 1, Flags: outOfBand}
	}},
	{[...]int{1, 4, 1, 0}, 0, func(g *generator) Call { return Call{Op: opPoll, FD: g.pick(of(epollfd))} }},
}

// weights of acts, of each flavor.
var weights = func() (w [flavorCount][]int) {
	for _, a := range acts {
		for f := range w {
			w[f] = append(w[f], a.weights[f])
		}
	}
	return w
}()

// begin draws what the sequence is about.
func (g *generator) begin() {
	g.data, g.chars, g.last = 0, 'a', opCount
	g.flavor = sequence.Pick(&g.Draw, plain, plain, plain, nested, servers, servers, online, online, online)
}

// next returns the next call. The first ones make something to watch, and watch
// it.
func (g *generator) next(i int) Call {
	c := g.opening(i)
	switch {
	case c.Op != opCount:
	case g.last == opUrgent && g.OneIn(2): // who waits for it?
		c = Call{Op: opAdd, FD: g.pick(of(epollfd)), Other: g.ready(of(tcpStream), pri), Bits: everything, Data: g.newData()}
	case g.last == opAdd && g.OneIn(8):
		c = g.wait()
	default:
		c = g.act().call(g)
	}
	g.last = c.Op
	if ops[c.Op].makes > 0 && g.bench.open() >= maxOpen {
		c = g.wait()
	}
	c.Made = Ref(len(g.bench.descriptors))
	return c
}

// act draws an act.
func (g *generator) act() act {
	for try := 0; ; try++ {
		a := acts[g.Weighted(weights[g.flavor])]
		if a.needs == 0 || try == tries || g.has(a.needs) {
			return a
		}
	}
}

// tries is how often an act that is not possible is drawn before it is made.
const tries = 3

func (g *generator) has(kinds kinds) bool {
	for i := range g.bench.descriptors {
		if d := &g.bench.descriptors[i]; d.kind != gone && kinds.has(d.kind) {
			return true
		}
	}
	return false
}

// opening returns the i-th of the first calls, opCount when they are over.
func (g *generator) opening(i int) Call {
	if i == 0 {
		return Call{Op: opEpollCreate}
	}
	if g.flavor >= servers {
		return g.connecting(i)
	}
	switch i {
	case 1, 2:
		return sequence.Pick(&g.Draw, Call{Op: opSocketpair, N: typeStream}, Call{Op: opSocketpair, N: typeDatagram},
			Call{Op: opPipe}, Call{Op: opEventfd}, Call{Op: opTimerfd, N: 1})
	case 3, 4, 5, 6:
		return g.ctl(opAdd)
	default:
		return Call{Op: opCount}
	}
}

// connecting returns the i-th of the first calls in a sequence with a server.
func (g *generator) connecting(i int) Call {
	family := familyUnix
	if g.flavor == online {
		family = familyIPv4
	}
	switch i {
	case 1, 5:
		return Call{Op: opSocket, Flags: family, N: typeStream}
	case 2:
		return Call{Op: opBind, FD: g.unbound()}
	case 3:
		return Call{Op: opListen, FD: g.bound(fresh), N: g.backlog()}
	case 4, 8, 9:
		return g.ctl(opAdd)
	case 6:
		return g.connect()
	case 7:
		return Call{Op: opAccept, FD: g.ready(listens, in)}
	default:
		return Call{Op: opCount}
	}
}

// pick draws a descriptor, rather one of the given kinds, now and then one that
// is not open.
func (g *generator) pick(kinds kinds) Ref {
	return g.pickIf(func(d *descriptor) bool { return kinds.has(d.kind) })
}

// ready is pick, mostly of those that a condition holds for.
func (g *generator) ready(kinds kinds, condition uint32) Ref {
	if g.OneIn(4) {
		return g.pick(kinds)
	}
	return g.pickIf(func(d *descriptor) bool { return kinds.has(d.kind) && d.conditions&condition != 0 })
}

func (g *generator) pickIf(fits func(*descriptor) bool) Ref {
	var good, open []Ref
	for i := range g.bench.descriptors {
		if d := &g.bench.descriptors[i]; d.kind != gone {
			open = append(open, Ref(i))
			if fits(d) {
				good = append(good, Ref(i))
			}
		}
	}
	switch how := g.Below(48); {
	case how >= 46:
		return sequence.Pick(&g.Draw, None, NotMade)
	case how == 45 && len(g.bench.descriptors) > 0:
		return Ref(g.Below(len(g.bench.descriptors)))
	case how < 44 && len(good) > 0:
		return sequence.Pick(&g.Draw, good...)
	case len(open) > 0:
		return sequence.Pick(&g.Draw, open...)
	default:
		return None
	}
}

func (g *generator) size() int { return sequence.Pick(&g.Draw, 8, 1, 3, 16, 2, 0, 7, 9) }

func (g *generator) backlog() int { return sequence.Pick(&g.Draw, 16, 16, 16, 8) }

func (g *generator) wait() Call {
	n := sequence.Pick(&g.Draw, 4, 1, 2, 3, 64, 0)
	if g.bench.settled && n > 0 {
		n = maxEvents
	}
	c := Call{Op: opWait, FD: g.pick(of(epollfd)), N: n}
	if g.OneIn(48) {
		c.Data = 1000
	}
	return c
}

// newData returns the data of a registration.
func (g *generator) newData() uint64 {
	g.data++
	return userData(g.data)
}

func (g *generator) ctl(op Op) Call {
	switch {
	case op == opAdd && g.OneIn(3):
		return g.ctlOf(op, of(unixStream, tcpStream)) // they have the most conditions
	case op == opAdd:
		return g.ctlOf(op, watched)
	}
	return g.ctlOf(op, everyKind)
}

func (g *generator) ctlOf(op Op, kinds kinds) Call {
	c := Call{Op: op, FD: g.pick(of(epollfd)), Other: g.pick(kinds), Data: g.newData()}
	if op == opDel {
		return c
	}
	c.Bits = sequence.Pick[uint32](&g.Draw, everything, rdhup, in|rdhup, in|out, everything, epoll.EPOLLIN, epoll.EPOLLOUT, epoll.EPOLLIN|epoll.EPOLLOUT, epoll.EPOLLIN|epoll.EPOLLRDHUP,
		0, epoll.EPOLLRDHUP, everything, epoll.EPOLLPRI) |
		sequence.Pick[uint32](&g.Draw, 0, epoll.EPOLLET, epoll.EPOLLONESHOT, epoll.EPOLLET|epoll.EPOLLONESHOT, epollExclusive, epollExclusive|epoll.EPOLLET)
	if c.Bits&alone != 0 && !g.OneIn(4) {
		c.Bits &= in | out | alone | et
	}
	if g.bench.kindOf(c.Other) == epollfd && !g.OneIn(4) {
		c.Bits |= in
	}
	if g.bench.settled && g.bench.kindOf(c.Other) == epollfd {
		c.Other = NotMade // an edge more of the network below would show as readiness above
	}
	return c
}

// unbound draws a socket that may be bound.
func (g *generator) unbound() Ref {
	r := g.pickIf(func(d *descriptor) bool { return !d.bound && (fresh | of(udpSocket)).has(d.kind) })
	if g.bench.kindOf(r) == unixDatagram {
		return NotMade // those of a socketpair have no names here
	}
	return r
}

// onTCP draws a socket of TCP: others have out-of-band data of their own, or none.
func (g *generator) onTCP(condition uint32) Ref {
	r := g.ready(of(tcpStream), condition)
	if !of(tcpStream, tcpFresh, tcpListener).has(g.bench.kindOf(r)) {
		return NotMade
	}
	return r
}

// bound draws a socket of the given kinds that is bound.
func (g *generator) bound(kinds kinds) Ref {
	return g.pickIf(func(d *descriptor) bool { return d.bound && kinds.has(d.kind) })
}

// connect draws a socket, and a place in its family.
func (g *generator) connect() Call {
	c := Call{Op: opConnect, FD: g.pick(fresh | of(udpSocket))}
	switch g.bench.kindOf(c.FD) { //nolint:exhaustive // the others have no place
	case udpSocket:
		c.Other = g.bound(of(udpSocket))
	case unixDatagram:
		c.FD = NotMade // those of a socketpair have no names here
	case tcpFresh, tcpListener, tcpStream:
		c.Other = g.bound(of(tcpListener))
	default:
		c.Other = g.bound(of(unixListener))
	}
	if g.bench.same(c.FD, c.Other) {
		c.Other = NotMade // a TCP socket can connect to itself
	}
	return c
}

func (g *generator) sendto() Call {
	g.chars++
	c := Call{Op: opSendto, FD: g.pick(of(unixDatagram, udpSocket)), Other: None, N: g.size(), Data: g.chars}
	if g.bench.kindOf(c.FD) == udpSocket && !g.OneIn(4) {
		c.Other = g.bound(of(udpSocket))
	}
	return c
}
