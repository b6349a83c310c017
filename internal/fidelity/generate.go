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
	family int // or the type, of the sockets that the first calls make
	last   Op  // the call before
	data   uint64
	chars  uint64
}

// flavor is what a sequence is about.
type flavor uint8

const (
	plain     flavor = iota // pipes, pairs, counters and timers
	nested                  // and epoll in epoll
	servers                 // and unix listeners
	online                  // TCP and UDP, compared as sets
	program                 // what programs do on one machine
	networked               // and with a network
	flavorCount
)

// act is a kind of call, and how often it is drawn in each flavor.
type act struct {
	weights [online + 1]int
	more    [2]int // in the flavors program and networked, beside the weights of servers and online
	needs   kinds  // most of the time one of these is open; 0 nothing is needed
	call    func(g *generator) Call
}

// acts are all of them, the quiet one first.
var acts = [...]act{
	{weights: [4]int{11, 11, 11, 12}, needs: 0, call: func(g *generator) Call { return g.wait() }},
	{weights: [4]int{2, 9, 2, 2}, needs: 0, call: func(*generator) Call { return Call{Op: opEpollCreate} }},
	{weights: [4]int{5, 2, 2, 1}, needs: 0, call: func(g *generator) Call {
		return Call{Op: opSocketpair, N: sequence.Pick(&g.Draw, typeStream, typeStream, typeDatagram)}
	}},
	{weights: [4]int{3, 1, 1, 1}, needs: 0, call: func(*generator) Call { return Call{Op: opPipe} }},
	{weights: [4]int{3, 2, 1, 1}, needs: 0, call: func(g *generator) Call {
		return Call{Op: opEventfd, Data: sequence.Pick(&g.Draw, uint64(0), 1, 3, 1<<32-1), Flags: g.Below(2)}
	}},
	{weights: [4]int{1, 1, 0, 0}, needs: 0, call: func(*generator) Call { return Call{Op: opMemfd} }},
	{weights: [4]int{3, 1, 1, 1}, needs: 0, call: func(g *generator) Call { return Call{Op: opTimerfd, N: sequence.Pick(&g.Draw, 1, 0, 7, 1, 99)} }},
	{weights: [4]int{1, 0, 5, 0}, needs: 0, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyUnix, N: typeStream} }},
	{weights: [4]int{0, 0, 0, 6}, needs: 0, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv4, N: typeStream} }},
	{weights: [4]int{0, 0, 0, 4}, needs: 0, call: func(*generator) Call { return Call{Op: opSocket, Flags: familyIPv4, N: typeDatagram} }},
	{weights: [4]int{0, 0, 6, 5}, needs: listens, call: func(g *generator) Call { return Call{Op: opAccept, FD: g.ready(listens, in)} }},
	{weights: [4]int{2, 2, 2, 2}, needs: 0, call: func(g *generator) Call { return Call{Op: opDup, FD: g.pick(everyKind)} }},
	{weights: [4]int{13, 9, 12, 12}, needs: 0, call: func(g *generator) Call { return g.ctl(opAdd) }},
	{weights: [4]int{1, 12, 1, 0}, needs: 0, call: func(g *generator) Call { return g.ctlOf(opAdd, of(epollfd)) }},
	{weights: [4]int{1, 1, 0, 0}, needs: of(file), call: func(g *generator) Call { return g.ctlOf(opAdd, of(file)) }},
	{weights: [4]int{6, 6, 6, 6}, needs: 0, call: func(g *generator) Call { return g.ctl(opMod) }},
	{weights: [4]int{3, 4, 3, 3}, needs: 0, call: func(g *generator) Call { return g.ctl(opDel) }},
	{weights: [4]int{12, 6, 9, 8}, needs: reads, call: func(g *generator) Call { return Call{Op: opRead, FD: g.ready(reads, in), N: g.size()} }},
	{weights: [4]int{12, 7, 9, 8}, needs: writes, call: func(g *generator) Call {
		g.chars++
		return Call{Op: opWrite, FD: g.ready(writes, out), N: g.size(), Data: g.chars}
	}},
	{weights: [4]int{4, 3, 1, 1}, needs: of(eventfd), call: func(g *generator) Call {
		return Call{Op: opSignal, FD: g.pick(of(eventfd)), Data: sequence.Pick(&g.Draw, uint64(1), 0, 2, 1<<64-1, 1<<64-2)}
	}},
	{weights: [4]int{3, 3, 3, 2}, needs: 0, call: func(g *generator) Call { return Call{Op: opClose, FD: g.pick(everyKind)} }},
	{weights: [4]int{1, 0, 2, 2}, needs: 0, call: func(g *generator) Call { // with bytes that nobody has read
		return Call{Op: opClose, FD: g.ready(of(unixStream, unixDatagram, tcpStream), in)}
	}},
	{weights: [4]int{3, 1, 3, 3}, needs: sockets, call: func(g *generator) Call {
		return Call{Op: opShutdown, FD: g.pick(of(unixStream, unixDatagram, unixListener, tcpStream, udpSocket)), N: sequence.Pick(&g.Draw, 1, 0, 2, 1, 3)}
	}},
	{weights: [4]int{0, 0, 3, 3}, needs: fresh, call: func(g *generator) Call { return Call{Op: opBind, FD: g.unbound()} }},
	{weights: [4]int{0, 0, 3, 3}, needs: fresh, call: func(g *generator) Call { return Call{Op: opListen, FD: g.bound(fresh), N: g.backlog()} }},
	{weights: [4]int{0, 0, 9, 9}, needs: fresh | of(udpSocket), call: func(g *generator) Call { return g.connect() }},
	{weights: [4]int{1, 0, 1, 1}, needs: sockets, call: func(g *generator) Call { return Call{Op: opError, FD: g.pick(sockets)} }},
	{weights: [4]int{0, 0, 0, 1}, needs: of(tcpStream), call: func(g *generator) Call { return Call{Op: opLinger, FD: g.pick(of(tcpStream))} }},
	{weights: [4]int{5, 2, 1, 1}, needs: of(timerfd), call: func(g *generator) Call {
		return Call{Op: opSettime, FD: g.pick(of(timerfd)), N: g.Below(timerCount), Flags: g.Below(2)}
	}},
	{weights: [4]int{3, 2, 1, 1}, needs: of(timerfd), call: func(g *generator) Call { return Call{Op: opGettime, FD: g.pick(of(timerfd))} }},
	{weights: [4]int{1, 0, 1, 5}, needs: of(unixDatagram, udpSocket), call: func(g *generator) Call { return g.sendto() }},
	{weights: [4]int{2, 1, 1, 3}, needs: of(unixDatagram, udpSocket), call: func(g *generator) Call {
		return Call{Op: opRecvfrom, FD: g.ready(of(unixDatagram, udpSocket), in), N: g.size(), Flags: sequence.Pick(&g.Draw, 0, 0x20)}
	}},
	{weights: [4]int{0, 0, 0, 7}, needs: of(tcpStream), call: func(g *generator) Call {
		g.chars++
		return Call{Op: opUrgent, FD: g.onTCP(out), Other: None, N: sequence.Pick(&g.Draw, 1, 3, 2, 0), Flags: outOfBand, Data: g.chars}
	}},
	{weights: [4]int{0, 0, 0, 3}, needs: of(tcpStream), call: func(g *generator) Call {
		return Call{Op: opRecvUrgent, FD: g.onTCP(pri), N: 1, Flags: outOfBand}
	}},
	{weights: [4]int{1, 4, 1, 0}, needs: 0, call: func(g *generator) Call { return Call{Op: opPoll, FD: g.pick(of(epollfd))} }},
}

// weights of acts, of each flavor.
var weights = func() (w [flavorCount][]int) {
	for _, a := range acts {
		for f := range a.weights {
			w[f] = append(w[f], a.weights[f])
		}
		w[program] = append(w[program], a.weights[servers])
		w[networked] = append(w[networked], a.weights[online])
	}
	for _, a := range programActs {
		w[program] = append(w[program], a.more[0])
		w[networked] = append(w[networked], a.more[1])
	}
	return w
}()

// begin draws what the sequence is about.
func (g *generator) begin() {
	g.data, g.chars, g.last, g.family = 0, 'a', opCount, 0
	g.flavor = sequence.Pick(&g.Draw, plain, plain, plain, nested, nested, servers, servers, online, online, online, program, program, networked, networked)
}

// next returns the next call. The first ones make something to watch, and watch
// it.
func (g *generator) next(i int) Call {
	c := g.opening(i)
	switch {
	case c.Op != opCount:
	case g.last == opUrgent && g.OneIn(2): // who waits for it?
		c = Call{Op: opAdd, FD: g.pick(of(epollfd)), Other: g.ready(of(tcpStream), pri), Bits: everything, Data: g.newData()}
	case g.last == opDupFrom && g.OneIn(3): // has it FD_CLOEXEC?
		c = Call{Op: opFcntl, FD: Ref(len(g.bench.descriptors) - 1), N: 1}
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
		n := g.Weighted(weights[g.flavor])
		var a act
		if n < len(acts) {
			a = acts[n]
		} else {
			a = programActs[n-len(acts)]
		}
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
	family, typ := familyUnix, typeStream
	switch {
	case g.flavor == online:
		family = familyIPv4
	case g.flavor == networked:
		family = sequence.Pick(&g.Draw, familyIPv4, familyIPv6)
		if i == 5 && g.family != 0 {
			family = g.family
		}
		g.family = family
	case g.flavor == program && i == 1:
		g.family = sequence.Pick(&g.Draw, typeStream, typePacket)
		typ = g.family
	case g.flavor == program:
		typ = g.family
	}
	switch i {
	case 1, 5:
		return Call{Op: opSocket, Flags: family, N: typ}
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
	if g.OneIn(6) {
		c.Bits |= sequence.Pick[uint32](&g.Draw, epollReadNormal, epollWriteNormal, epollReadNormal|epollWriteBand, epollWriteNormal|epollWriteBand, epollReadBand)
	}
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
	if g.bench.same(c.FD, c.Other) || g.bench.sameAddress(c.FD, c.Other) {
		c.Other = NotMade // a TCP socket can connect to itself
	}
	return c
}

func (g *generator) sendto() Call {
	g.chars++
	c := Call{Op: opSendto, FD: g.pick(of(unixDatagram, udpSocket)), Other: None, N: g.size(), Data: g.chars}
	if g.OneIn(16) {
		c.FD = g.pick(everyKind)
	}
	if g.bench.kindOf(c.FD) == udpSocket && !g.OneIn(4) {
		c.Other = g.bound(of(udpSocket))
	}
	return c
}
