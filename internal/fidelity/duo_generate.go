package fidelity

import (
	"slices"

	"reactortest/fakedemux"
	"reactortest/internal/sequence"
)

// duoGenerator draws duos. It knows no results: a call may find its descriptor
// closed, or T still in a call.
type duoGenerator struct {
	sequence.Draw
	seq   *duoSequence
	dups  int8
	slots []int8 // that have something, with those that T's call is about first
}

// The numbers of bytes of a transfer.
var (
	duoSmall = []int{1, 8, 0, 100, 5000}
	duoPipes = []int{1, 4096, 65536, 65537, 70_000, 200_000}
)

// duoWeights are how often an object is drawn.
var duoWeights = [duoObjects]int{
	duoPipe: 4, duoPair: 4, duoUnix: 2, duoUnixListener: 3, duoTCP: 4, duoTCPListener: 2, duoDatagrams: 3, duoPackets: 2, duoUDP: 4,
	duoEventfd: 2, duoSemaphore: 1, duoTimerfd: 2, duoEpoll: 4,
}

func (g *duoGenerator) draw() *duoSequence {
	s := &duoSequence{}
	g.seq, g.dups = s, 0
	s.objects[0] = duoObject(g.Weighted(duoWeights[:]))
	if s.objects[0] == duoEpoll || g.OneIn(3) {
		s.objects[1] = duoObject(g.Weighted(duoWeights[:]))
	}
	g.slots = g.slots[:0]
	for i := range int8(duoExtra) {
		if s.role(i) != roleNone {
			g.slots = append(g.slots, i)
		}
	}
	for range g.Below(3) {
		g.add(g.act())
	}
	if s.objects[0] == duoEpoll && len(g.slots) > 1 {
		g.add(g.watch(0))
	}
	t := g.task()
	if g.needsRoom(&t) && g.OneIn(2) {
		g.add(duoAct{Op: duoFill, Slot: t.Slot, Other: -1})
	}
	g.add(t)
	for range 1 + g.Below(4) {
		g.add(g.act())
	}
	if g.OneIn(3) {
		g.add(g.task())
		for range 1 + g.Below(3) {
			g.add(g.act())
		}
	}
	g.acknowledged()
	g.reused()
	g.probes()
	if g.OneIn(4) {
		i := g.Below(len(s.acts))
		if a := &s.acts[i]; (!a.Task || a.N <= 0 || a.Op != duoWait && !a.Op.polls()) && !s.holdsLast(i) {
			a.Fast = true
		}
	}
	return s
}

// needsRoom reports whether a call of T blocks where there is no room, and hardly anywhere
// else.
func (g *duoGenerator) needsRoom(t *duoAct) bool {
	datagram := g.seq.role(t.Slot) == roleDatagram
	return t.Op == duoSendfile || datagram && (t.Op == duoWrite || t.Op == duoSend)
}

// holdsLast reports whether T's call may have the last reference to its description
// before the i-th act: it gives that up some time after it has done its work, which no
// order of two calls tells.
func (s *duoSequence) holdsLast(i int) bool {
	closed := false
	for j := i; j >= 0; j-- {
		a := &s.acts[j]
		if a.Task {
			return closed
		}
		closed = closed || a.Op == duoClose || a.Op == duoReset
	}
	return false
}

// probes changes what depends on the sizes of TCP's buffers and on its timers, if the
// sequence fills one. An end that was shut down for reading opens its window only when
// it is asked (tcp_cleanup_rbuf, Linux 6.18), and what is in the buffer of the sender
// has not reached the other end, nor has a FIN behind it.
func (g *duoGenerator) probes() {
	if !g.seq.bulky() {
		return
	}
	g.asked()
	g.chunks()
	if !g.seq.network() {
		return
	}
	p := duoProbe{writer: -1}
	for i := range g.seq.acts {
		a := &g.seq.acts[i]
		r := g.seq.role(a.Slot)
		switch {
		case !a.Task:
			p.main(a)
		case (r.stream() || r == roleNone) && (a.Op == duoWrite || a.Op == duoSend):
			p.write(a)
		}
	}
}

// duoProbe is what a sequence that fills a buffer of TCP has done.
type duoProbe struct {
	writer int8 // the slot that T fills
	read   bool // an end was shut down for reading, or reset
	shut   int  // how many were shut down for writing
}

// write changes a write of T: the first one fills the buffer, others are reads.
func (p *duoProbe) write(a *duoAct) {
	if p.writer >= 0 || p.shut > 0 {
		a.Op, a.Form, a.N = duoRead, duoPlain, 8
		return
	}
	a.N, p.writer = duoBulk, a.Slot
}

// main changes a call of the main task.
func (p *duoProbe) main(a *duoAct) {
	instead := func() { a.Op, a.Form, a.N = duoError, duoPlain, 0 }
	switch a.Op { //nolint:exhaustive // the others are as they were
	case duoWrite, duoSend, duoClose, duoReset:
		if p.shut > 0 {
			instead()
			return
		}
		if p.writer >= 0 && a.Op == duoClose {
			p.shut++
		}
		p.read = p.read || p.writer >= 0 && a.Op == duoReset
	case duoRead, duoRecv, duoDrain:
		if p.read {
			instead()
		}
	case duoShutdown:
		if p.shut > 1 {
			instead()
			return
		}
		if a.Slot != p.writer && (p.read || a.N == fakedemux.ShutBoth) {
			a.N = fakedemux.ShutRead
		}
		p.read = p.read || a.N != fakedemux.ShutWrite
		if a.N != fakedemux.ShutRead {
			p.shut++
		}
	}
}

// acknowledged takes out closes of what T polls beside a TCP socket: an acknowledgment of
// a FIN wakes T, some time later, and only then T sees that a number is closed.
func (g *duoGenerator) acknowledged() {
	var polled [duoAllSlot]bool
	for i := range g.seq.acts {
		a := &g.seq.acts[i]
		if slices.ContainsFunc(a.Watch[:], func(w duoWatch) bool { return w.Events != 0 && g.seq.role(w.Slot) == roleTCPStream }) {
			for _, w := range a.Watch {
				polled[w.Slot] = polled[w.Slot] || w.Events != 0
			}
		}
		if (a.Op == duoClose || a.Op == duoReset) && polled[a.Slot] {
			a.Op, a.Form, a.N = duoError, duoPlain, 0
		}
	}
}

// reused takes out what fills a buffer through a number that was closed: what has the
// number by then is not what its slot says.
func (g *duoGenerator) reused() {
	var closed [duoAllSlot]bool
	for i := range g.seq.acts {
		a := &g.seq.acts[i]
		switch {
		case a.Op == duoClose || a.Op == duoReset:
			closed[a.Slot] = true
		case !closed[a.Slot]:
		case a.Op == duoFill:
			a.Op, a.Form, a.N = duoError, duoPlain, 0
		case a.Op == duoConnect && a.Task:
			a.Op, a.Form, a.N = duoRead, duoPlain, 8
		case a.Op == duoConnect:
			a.Op, a.Form, a.N = duoError, duoPlain, 0
		case a.Op == duoSend:
			a.Op, a.Form, a.N = duoWrite, duoPlain, min(a.N, 8)
		case a.N >= duoFew:
			a.N = 8
		}
	}
}

// asked takes out of what T polls for what is not compared.
func (g *duoGenerator) asked() {
	clear := g.seq.unclear()
	for i := range g.seq.acts {
		a := &g.seq.acts[i]
		if a.Op == duoAdd {
			a.N &^= int(clear)
		}
		for j := range a.Watch {
			if w := &a.Watch[j]; w.Events != 0 {
				w.Events = w.Events&^uint16(clear) | in
			}
		}
	}
}

// chunks lets the first thing in a buffer be a large one: a unix socket takes over the
// memory of a write when all of it was read, and what is large is split differently.
func (g *duoGenerator) chunks() {
	var full [duoAllSlot]bool
	for i := range g.seq.acts {
		a := &g.seq.acts[i]
		r := g.seq.role(a.Slot)
		switch {
		case r != rolePair && r != roleUnixStream && r != roleNone:
		case a.Op == duoFill || a.N >= duoFew:
			full[a.Slot] = true
		case full[a.Slot] || a.Op != duoWrite && a.Op != duoSend:
		case a.Task:
			a.N, full[a.Slot] = duoBulk, true
		default:
			a.Op, a.Form, a.N = duoError, duoPlain, 0
		}
	}
}

func (g *duoGenerator) add(a duoAct) { g.seq.acts = append(g.seq.acts, a) }

func (g *duoGenerator) number(of []int) int { return of[g.Below(len(of))] }

// slot draws a descriptor, mostly of the first object.
func (g *duoGenerator) slot() int8 {
	if g.dups > 0 && g.OneIn(6) {
		return duoExtra + int8(g.Below(int(g.dups)))
	}
	if g.OneIn(4) {
		return g.slots[g.Below(len(g.slots))]
	}
	n := 0
	for n < len(g.slots) && g.slots[n] < duoSlots {
		n++
	}
	return g.slots[g.Below(n)]
}

// task draws a call of T that may block on its descriptor.
func (g *duoGenerator) task() duoAct {
	a := duoAct{Task: true, Slot: g.slot(), Other: -1}
	r := g.seq.role(a.Slot)
	if r == roleNone {
		a.Slot = g.slots[0]
		r = g.seq.role(a.Slot)
	}
	if r != roleEpoll && g.OneIn(5) {
		return g.poll(a)
	}
	switch {
	case r == roleReader:
		a.Op, a.N = duoRead, g.number(duoSmall)
	case r == roleWriter:
		a.Op, a.N = sequence.Pick(&g.Draw, duoWrite, duoWrite, duoSendfile), g.number(duoPipes)
	case r.stream():
		a.Op = sequence.Pick(&g.Draw, duoRead, duoRecv, duoWrite, duoSend)
		a.N = g.number(duoSmall)
		if a.N == 0 && r == roleTCPStream {
			a.N = 8 // a recv of nothing ends with whatever comes, an acknowledgment too
		}
		if a.Op >= duoWrite && a.Op != duoRecv && !g.OneIn(4) {
			a.N = duoBulk
		}
	case r.listener():
		a.Op, a.Other = duoAccept, g.made()
	case r.fresh():
		a.Op, a.Other = sequence.Pick(&g.Draw, duoConnect, duoConnect, duoConnect, duoRecv), a.Slot/duoSlots*duoSlots
		a.N = 8
	case r.datagram() || r == rolePacket:
		a.Op, a.N = sequence.Pick(&g.Draw, duoRead, duoRecv, duoWrite, duoSend), g.number(duoSmall[:4])
		if a.Op == duoSend && (r == roleUDP || r == roleUDPAlone) && g.OneIn(2) {
			a.Other = a.Slot/duoSlots*duoSlots + int8(g.Below(3))
		}
	case r == roleEventfd || r == roleSemaphore:
		a.Op = sequence.Pick(&g.Draw, duoRead, duoWrite)
		a.N = sequence.Pick(&g.Draw, 8, 1, 5000, 0)
	case r == roleEpoll:
		a.Op, a.N = duoWait, g.timeout()
		if g.OneIn(6) {
			return g.poll(a)
		}
	default:
		a.Op, a.N = duoRead, 8
	}
	g.form(&a, r)
	return a
}

// form draws the form of a transfer. A writev to an eventfd is one write for each vector,
// which is compared without a second task.
func (g *duoGenerator) form(a *duoAct, r role) {
	if a.Op > duoSend || !g.OneIn(3) || (r == roleEventfd || r == roleSemaphore || r == roleNone) && a.Op == duoWrite {
		return
	}
	switch a.Op { //nolint:exhaustive // the others have no forms
	case duoRead, duoWrite:
		a.Form = duoVectors
	case duoRecv:
		a.Form = sequence.Pick(&g.Draw, duoMessage, duoAll, duoAll)
	case duoSend:
		a.Form = duoMessage
	}
}

// made draws the slot of what a call makes.
func (g *duoGenerator) made() int8 {
	if g.dups < duoAllSlot-duoExtra {
		g.dups++
	}
	return duoExtra + g.dups - 1
}

func (g *duoGenerator) timeout() int { return sequence.Pick(&g.Draw, -1, -1, -1, -1, -1, 0, 1) }

// poll draws a poll of several descriptors.
func (g *duoGenerator) poll(a duoAct) duoAct {
	a.Op, a.N = sequence.Pick(&g.Draw, duoPoll, duoPpoll, duoSelect), g.timeout()
	for i := range 1 + g.Below(duoWatched) {
		slot := a.Slot
		if i > 0 {
			slot = g.slot()
		}
		events := sequence.Pick(&g.Draw, in, in, out, in|out, rdhup, pri, in|rdhup|pri, 0x3df|rdhup)
		a.Watch[i] = duoWatch{Slot: slot, Events: uint16(events)}
	}
	a.Slot = 0
	return a
}

// watch draws a registration at an epoll instance.
func (g *duoGenerator) watch(ep int8) duoAct {
	a := duoAct{Op: duoAdd, Slot: ep, Other: g.slots[g.Below(len(g.slots))]}
	events := sequence.Pick(&g.Draw, uint32(in), in, out, in|out|rdhup) | sequence.Pick(&g.Draw, uint32(0), 0, et, oneshot, alone)
	a.N = int(events)
	return a
}

// act draws a call of the main task.
func (g *duoGenerator) act() duoAct {
	a := duoAct{Slot: g.slot(), Other: -1}
	r := g.seq.role(a.Slot)
	switch g.Below(32) {
	case 5, 6:
		a.Op, a.N = duoNonblock, sequence.Pick(&g.Draw, 1, 1, 0)
	case 0, 1, 8, 9:
		a.Op = duoClose
	case 2, 10:
		a.Op, a.Other = duoDup, g.made()
	case 3, 4, 11, 12:
		a.Op, a.N = duoSignal, g.Below(2)
	default:
		g.ofRole(&a, r)
	}
	return a
}

// ofRole draws a call that fits what the descriptor is.
func (g *duoGenerator) ofRole(a *duoAct, r role) {
	if r == roleEpoll {
		*a = g.watch(a.Slot)
		if g.OneIn(4) {
			a.Op = duoDel
		}
		return
	}
	a.Op = g.move(r)
	switch a.Op { //nolint:exhaustive // the others have no more arguments
	case duoRead:
		a.N = sequence.Pick(&g.Draw, 8, 8, 1, 5000)
		if r.socket() && g.OneIn(4) {
			a.Op = duoRecv
		}
	case duoWrite:
		a.N = sequence.Pick(&g.Draw, 8, 8, 1, 5000)
		if r.datagram() && g.OneIn(3) {
			a.Op = duoSend
			if r != roleDatagram {
				a.Other = a.Slot/duoSlots*duoSlots + int8(g.Below(3))
			}
		}
	case duoShutdown:
		a.N = g.Below(3)
	case duoSettime:
		a.N = sequence.Pick(&g.Draw, timerSoon, timerFar, timerOff, timerPast)
	case duoAccept:
		a.Other = g.made()
	case duoConnect:
		a.Other = a.Slot / duoSlots * duoSlots
	}
	g.form(a, r)
}

// duoMoves are how often each call is drawn for a role.
var duoMoves = [roleCount][duoOps]int{
	roleNone:         {duoRead: 3, duoWrite: 5, duoDrain: 2, duoShutdown: 1},
	roleReader:       {duoRead: 3, duoDrain: 3},
	roleWriter:       {duoWrite: 4, duoFill: 2},
	rolePair:         {duoRead: 3, duoWrite: 4, duoDrain: 3, duoFill: 1, duoShutdown: 6, duoReset: 2, duoError: 1},
	roleUnixStream:   {duoRead: 3, duoWrite: 4, duoDrain: 3, duoFill: 1, duoShutdown: 6, duoReset: 2, duoError: 1},
	roleUnixListener: {duoShutdown: 3, duoReset: 1, duoError: 1, duoAccept: 4},
	roleUnixFresh:    {duoWrite: 1, duoShutdown: 2, duoReset: 1, duoError: 1, duoConnect: 7},
	// What a full buffer of TCP has room for is its own affair.
	roleTCPStream:   {duoRead: 3, duoWrite: 4, duoDrain: 3, duoShutdown: 6, duoReset: 2, duoError: 1},
	roleTCPListener: {duoShutdown: 3, duoReset: 1, duoError: 1, duoAccept: 4},
	roleTCPFresh:    {duoWrite: 1, duoShutdown: 2, duoReset: 1, duoError: 1, duoConnect: 7},
	roleDatagram:    {duoRead: 3, duoWrite: 5, duoDrain: 2, duoFill: 1, duoShutdown: 3, duoError: 1},
	rolePacket:      {duoRead: 3, duoWrite: 5, duoDrain: 2, duoShutdown: 5, duoReset: 1, duoError: 1},
	roleUDP:         {duoRead: 3, duoWrite: 5, duoDrain: 3, duoShutdown: 3, duoError: 1}, // it drops what does not fit
	roleUDPAlone:    {duoRead: 3, duoWrite: 5, duoDrain: 3, duoShutdown: 3, duoError: 1},
	roleEventfd:     {duoRead: 3, duoWrite: 5, duoDrain: 1, duoFill: 1, duoShutdown: 1},
	roleSemaphore:   {duoRead: 3, duoWrite: 5, duoDrain: 1, duoFill: 1, duoShutdown: 1},
	roleTimerfd:     {duoSettime: 2, duoRead: 1},
}

func (g *duoGenerator) move(r role) duoOp { return duoOp(g.Weighted(duoMoves[r][:])) }
