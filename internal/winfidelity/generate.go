package winfidelity

import (
	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
	"reactortest/scheduler"
)

// What is drawn. A quiet strategy draws the first alternative of everything.
var (
	pointCall     = scheduler.NewPoint("winfidelity-call", "Which call comes next when the simulated kernel is compared with the running one. No run of a subject asks it.")
	pointArgument = scheduler.NewPoint("winfidelity-argument", "Which argument that call gets. No run of a subject asks it.")
)

// maxOpen is how many handles a sequence may have open, about.
const maxOpen = 16

// Lengths of a sequence, in calls.
const (
	shortest = 24
	longest  = 56
)

// flavor is what a sequence is about.
type flavor uint8

const (
	posts    flavor = iota // ports and packets
	streams                // receives, sends and cancels
	polls                  // polls of AFD
	servers                // listeners and connects
	messages               // UDP
	flavorCount
)

// generator makes the calls of one sequence, from what the calls before have
// returned.
type generator struct {
	sequence.Draw
	bench  *bench
	flavor flavor
}

// act is a kind of call, and how often it is drawn in each flavor.
type act struct {
	weights [flavorCount]int
	needs   kinds // most of the time one of these is open; 0 nothing is needed
	call    func(g *generator) Call
}

// acts are all of them, the quiet one first.
var acts = [...]act{
	{[...]int{14, 14, 12, 14, 14}, of(port), (*generator).get},
	{[...]int{2, 0, 0, 0, 0}, 0, func(*generator) Call { return Call{Op: opPort} }},
	{[...]int{0, 0, 2, 0, 1}, 0, func(*generator) Call { return Call{Op: opAFD} }},
	{[...]int{1, 2, 2, 1, 0}, 0, func(*generator) Call { return Call{Op: opPair} }},
	{[...]int{0, 0, 1, 3, 0}, 0, func(*generator) Call { return Call{Op: opStream} }},
	{[...]int{0, 0, 2, 2, 0}, 0, func(*generator) Call { return Call{Op: opListen, N: 16} }},
	{[...]int{0, 0, 3, 5, 0}, of(listener), (*generator).connect},
	{[...]int{0, 0, 2, 4, 0}, of(listener), func(g *generator) Call { return Call{Op: opAccept, Handle: g.ready(of(listener), iocp.PollAccept)} }},
	{[...]int{0, 0, 0, 5, 0}, of(listener), func(g *generator) Call { return Call{Op: opSocket, Handle: g.pick(of(listener))} }},
	{[...]int{7, 5, 4, 7, 6}, of(port), (*generator).associate},
	{[...]int{3, 3, 2, 1, 2}, files, (*generator).modes},
	{[...]int{14, 2, 1, 1, 1}, of(port), (*generator).post},
	{[...]int{4, 13, 3, 4, 0}, of(stream), func(g *generator) Call { return Call{Op: opRecv, Handle: g.sends(), N: g.size()} }},
	{[...]int{4, 6, 2, 3, 0}, of(stream), func(g *generator) Call { return Call{Op: opSend, Handle: g.sends(), N: g.size()} }},
	{[...]int{0, 0, 0, 8, 0}, of(listener), func(g *generator) Call {
		return Call{Op: opAcceptEx, Handle: g.pick(of(listener)), Other: g.pick(of(fresh))}
	}},
	{[...]int{0, 0, 2, 6, 0}, of(fresh), func(g *generator) Call {
		whom := fresh
		if g.OneIn(8) {
			whom = stream
		}
		return Call{Op: opConnectEx, Handle: g.pick(of(whom)), Other: g.pick(of(listener))}
	}},
	{[...]int{0, 3, 22, 5, 9}, of(afd), (*generator).poll},
	{[...]int{2, 6, 2, 3, 5}, files, (*generator).cancel},
	{[...]int{0, 0, 6, 0, 0}, of(afd), func(g *generator) Call {
		return Call{Op: opCancelAFD, Handle: g.pick(of(afd)), Oper: g.oper(opPoll, opPoll)}
	}},
	{[...]int{0, 4, 6, 3, 0}, of(stream), func(g *generator) Call {
		return Call{Op: opRead, Handle: g.ready(of(stream), iocp.PollReceive|iocp.PollDisconnect), N: max(g.size(), 1)}
	}},
	{[...]int{2, 12, 9, 4, 0}, of(stream), func(g *generator) Call { return Call{Op: opWrite, Handle: g.pick(of(stream)), N: g.size()} }},
	{[...]int{0, 2, 2, 3, 0}, of(stream), func(g *generator) Call { return Call{Op: opShutdown, Handle: g.pick(of(stream))} }},
	{[...]int{0, 0, 1, 4, 0}, of(busy), (*generator).result},
	{[...]int{1, 2, 2, 3, 2}, sockets, func(g *generator) Call { return Call{Op: opCloseSocket, Handle: g.closing(sockets)} }},
	{[...]int{1, 0, 1, 0, 0}, of(port, afd), func(g *generator) Call { return Call{Op: opCloseHandle, Handle: g.closing(of(port, afd))} }},
	{[...]int{1, 1, 0, 1, 1}, sockets, func(g *generator) Call { return Call{Op: opBase, Handle: g.pick(sockets)} }},
	{[...]int{0, 0, 0, 4, 0}, of(stream), func(g *generator) Call {
		return Call{Op: opUpdateAccepted, Handle: g.made(opAcceptEx), Other: g.pick(of(listener))}
	}},
	{[...]int{0, 0, 0, 3, 0}, of(stream), func(g *generator) Call { return Call{Op: opUpdateConnected, Handle: g.made(opConnectEx)} }},
	{[...]int{0, 0, 0, 0, 4}, 0, func(*generator) Call { return Call{Op: opUDP} }},
	{[...]int{0, 0, 0, 1, 4}, of(fresh, udp), (*generator).bind},
	{[...]int{0, 0, 0, 0, 14}, of(udp), (*generator).sendTo},
	{[...]int{0, 0, 0, 0, 14}, of(udp), func(g *generator) Call { return Call{Op: opRecvFrom, Handle: g.bound(), N: g.size()} }},
	{[...]int{0, 1, 1, 2, 0}, of(stream), func(g *generator) Call { return Call{Op: opLinger, Handle: g.pick(of(stream))} }},
	{[...]int{0, 0, 0, 3, 0}, of(listener), func(g *generator) Call {
		return Call{Op: opAcceptReceive, Handle: g.pick(of(listener)), Other: g.pick(of(fresh)), N: g.size()}
	}},
	{[...]int{0, 0, 0, 3, 0}, of(fresh), func(g *generator) Call {
		return Call{Op: opConnectSend, Handle: g.pick(of(fresh)), Other: g.pick(of(listener)), N: g.size()}
	}},
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
	g.flavor = sequence.Pick(&g.Draw, posts, streams, streams, polls, polls, servers, servers, messages)
}

// next returns the next call. The first ones make something to work with.
func (g *generator) next(i int) Call {
	c := g.opening(i)
	if c.Op == opCount {
		c = g.act().call(g)
	}
	if ops[c.Op].makes > 0 && g.open() >= maxOpen {
		c = g.get()
	}
	c.Made, c.Start = sequence.Ref(len(g.bench.handles)), Oper(len(g.bench.flights))
	return c
}

// tries is how often an act that is not possible is drawn before it is made.
const tries = 3

func (g *generator) act() act {
	for try := 0; ; try++ {
		a := acts[g.Weighted(weights[g.flavor])]
		if a.needs == 0 || try == tries || g.has(a.needs) {
			return a
		}
	}
}

func (g *generator) has(kinds kinds) bool {
	for i := range g.bench.handles {
		if kinds.has(g.bench.handles[i].kind) && g.bench.handles[i].kind != gone {
			return true
		}
	}
	return false
}

func (g *generator) open() int {
	n := 0
	for i := range g.bench.handles {
		if g.bench.handles[i].kind != gone {
			n++
		}
	}
	return n
}

// opening returns the i-th of the first calls, opCount when they are over.
func (g *generator) opening(i int) Call {
	first := [flavorCount][]Op{
		posts:    {opPort, opPort, opPair, opAssociate},
		streams:  {opPort, opPair, opAssociate, opAssociate},
		polls:    {opPort, opAFD, opPair, opAssociate},
		servers:  {opPort, opListen, opAssociate, opStream, opAssociate, opSocket},
		messages: {opPort, opUDP, opBind, opAssociate, opUDP, opAssociate, opAFD},
	}[g.flavor]
	if i >= len(first) {
		return Call{Op: opCount}
	}
	switch c := (Call{Op: first[i], N: 16}); c.Op { //nolint:exhaustive // the others need nothing
	case opAssociate:
		return g.associate()
	case opSocket:
		c.Handle = g.pick(of(listener))
		return c
	case opBind:
		c.Handle = g.pick(of(udp))
		return c
	default:
		return c
	}
}

// pick draws a handle, rather one of the given kinds, now and then one that is
// not open.
func (g *generator) pick(kinds kinds) sequence.Ref {
	return g.pickIf(func(h *handle) bool { return kinds.has(h.kind) })
}

// ready is pick, mostly of those that a condition holds for.
func (g *generator) ready(kinds kinds, condition uint32) sequence.Ref {
	if g.OneIn(4) {
		return g.pick(kinds)
	}
	return g.pickIf(func(h *handle) bool { return kinds.has(h.kind) && h.conditions&condition != 0 })
}

// made draws a socket that an operation has connected which was not told so.
func (g *generator) made(op Op) sequence.Ref {
	return g.pickIf(func(h *handle) bool {
		return h.kind == stream && h.bare && h.asked >= 0 && g.bench.flights[h.asked].call.Op == op
	})
}

func (g *generator) pickIf(fits func(*handle) bool) sequence.Ref {
	var good, open []sequence.Ref
	for i := range g.bench.handles {
		if h := &g.bench.handles[i]; h.kind != gone && (h.kind != udp || fits(h)) {
			open = append(open, sequence.Ref(i))
			if fits(h) {
				good = append(good, sequence.Ref(i))
			}
		}
	}
	switch how := g.Below(48); {
	case how >= 46:
		return sequence.NotMade
	case how == 45 && len(g.bench.handles) > 0:
		return sequence.Ref(g.Below(len(g.bench.handles)))
	case how < 44 && len(good) > 0:
		return sequence.Pick(&g.Draw, good...)
	case len(open) > 0:
		return sequence.Pick(&g.Draw, open...)
	default:
		return sequence.NotMade
	}
}

// closing draws a handle to close. CloseHandle of a socket is a mistake that
// Winsock does not see, and what comes of it is not compared.
func (g *generator) closing(kinds kinds) sequence.Ref {
	r := g.pick(kinds)
	if kinds != sockets && sockets.has(g.bench.kindOf(r)) {
		return sequence.NotMade
	}
	return r
}

// connect now and then finds nobody.
func (g *generator) connect() Call {
	if g.OneIn(5) {
		return Call{Op: opConnect, Other: sequence.NotMade}
	}
	return Call{Op: opConnect, Other: g.pick(of(listener))}
}

// sends draws a stream, now and then a socket that is none.
func (g *generator) sends() sequence.Ref {
	if g.OneIn(12) {
		return g.pick(unconnected)
	}
	return g.pick(of(stream))
}

// result asks about a connect. What a Host says of another socket, and of one whose
// connection has ended, is its own.
func (g *generator) result() Call {
	c := Call{Op: opResult, Handle: g.pick(of(busy, stream))}
	if h := g.bench.at(c.Handle); sockets.has(h.kind) && (h.kind != busy || h.asked != All) && (h.kind != stream || h.conditions&(iocp.PollDisconnect|iocp.PollAbort) != 0) {
		c.Handle = sequence.NotMade
	}
	return c
}

func (g *generator) size() int { return sequence.Pick(&g.Draw, 8, 1, 3, 16, 2, 0, 7, 9) }

func (g *generator) get() Call {
	c := Call{Op: opGet, Handle: g.pick(of(port)), N: sequence.Pick(&g.Draw, 4, 1, 2, 3, maxEntries, 1, 4, 0), When: whenNow}
	if g.OneIn(6) {
		c.When = sequence.Pick[uint8](&g.Draw, whenSoon, whenFar, whenNever)
	}
	return c
}

func (g *generator) post() Call {
	return Call{Op: opPost, Handle: g.pick(of(port)), Key: uint32(g.Below(100)), N: g.Below(200)}
}

// associate draws mostly what has no port.
func (g *generator) associate() Call {
	c := Call{Op: opAssociate, Handle: g.pick(of(port)), Key: uint32(g.Below(100))}
	if g.OneIn(6) {
		c.Other = g.pick(files)
	} else {
		c.Other = g.pickIf(func(h *handle) bool { return files.has(h.kind) && h.port == sequence.None })
	}
	return c
}

func (g *generator) modes() Call {
	return Call{
		Op: opModes, Handle: g.pick(files),
		Flags: sequence.Pick[uint8](&g.Draw, iocp.SkipOnSuccess, iocp.SkipOnSuccess|iocp.SkipSetEvent, iocp.SkipSetEvent, iocp.SkipOnSuccess, 4),
	}
}

func (g *generator) poll() Call {
	c := Call{
		Op: opPoll, Handle: g.pick(of(afd)), Other: g.pick(sockets), N: 1,
		Bits: sequence.Pick[uint32](&g.Draw, iocp.PollReceive, iocp.PollReceive|iocp.PollDisconnect|iocp.PollAbort, iocp.PollSend, everything,
			iocp.PollDisconnect, iocp.PollAccept, iocp.PollReceive|iocp.PollAccept|iocp.PollConnectFail, iocp.PollAbort, iocp.PollConnect|iocp.PollConnectFail,
			iocp.PollReceive|iocp.PollSend, 0),
	}
	if g.OneIn(4) {
		c.Other = g.ready(sockets, iocp.PollDisconnect|iocp.PollAbort|iocp.PollAccept|iocp.PollConnectFail)
	}
	if g.bench.kindOf(c.Other) == listener && !g.OneIn(3) {
		c.Bits |= iocp.PollAccept
	}
	if g.OneIn(5) {
		c.When = sequence.Pick[uint8](&g.Draw, whenNow, whenSoon, whenFar)
	}
	if g.OneIn(3) {
		c.Flags = exclusive
	}
	if g.OneIn(40) {
		c.N = sequence.Pick(&g.Draw, 0, 2)
	}
	return c
}

// oper draws an operation of some kinds, mostly one that is going on.
func (g *generator) oper(from, to Op) Oper {
	var going, all []Oper
	for i := range g.bench.flights {
		f := &g.bench.flights[i]
		if f.call.Op < from || f.call.Op > to {
			continue
		}
		all = append(all, Oper(i))
		if !f.compared {
			going = append(going, Oper(i))
		}
	}
	switch how := g.Below(12); {
	case how == 11:
		return NotStarted
	case how >= 9:
		return All
	case how < 7 && len(going) > 0:
		return sequence.Pick(&g.Draw, going...)
	case len(all) > 0:
		return sequence.Pick(&g.Draw, all...)
	default:
		return NotStarted
	}
}

// cancel draws an operation, and mostly the handle that it is on.
func (g *generator) cancel() Call {
	c := Call{Op: opCancel, Handle: g.pick(files), Oper: g.oper(opRecv, opPoll)}
	if c.Oper >= 0 && !g.OneIn(6) {
		c.Handle = g.bench.flights[c.Oper].call.Handle
	}
	return c
}

// bound draws a UDP socket, rather one that has an address.
func (g *generator) bound() sequence.Ref {
	if g.OneIn(10) {
		return g.pick(of(udp))
	}
	return g.pickIf(func(h *handle) bool { return h.kind == udp && h.bound })
}

// bind draws what has no address yet, now and then something else.
func (g *generator) bind() Call {
	kinds := of(fresh)
	if g.flavor == messages {
		kinds = of(udp)
	}
	if g.OneIn(4) {
		return Call{Op: opBind, Handle: g.pick(kinds)}
	}
	return Call{Op: opBind, Handle: g.pickIf(func(h *handle) bool { return kinds.has(h.kind) && !h.bound })}
}

// sendTo sends to a UDP socket that hears. What comes of a message to nobody is among
// the facts of package fakedemux: Linux tells it in its own way.
func (g *generator) sendTo() Call {
	c := Call{Op: opSendTo, Handle: g.pick(of(udp)), Other: g.bound(), N: g.size()}
	if h := g.bench.at(c.Other); h.kind != udp || !h.bound {
		c.Other = sequence.NotMade
	}
	return c
}
