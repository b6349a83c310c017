package fidelity

import (
	"slices"

	"reactortest/demux/epoll"
	"reactortest/internal/sequence"
)

// Cell is a row of the table: something that the sequences must have done, and
// how often they have.
type Cell = sequence.Cell

// Groups of cells.
const (
	groupCall = "call"
	groupMask = "mask"
	groupKind = "kind"
	groupMode = "mode"
)

// coverage counts what the sequences have done.
type coverage struct {
	calls [opCount]map[epoll.Errno]int
	masks map[uint32]int
	kinds [kindCount]int // events of registrations of that kind
	modes map[uint32]int // events of registrations of that mode
}

func newCoverage() *coverage {
	c := &coverage{masks: map[uint32]int{}, modes: map[uint32]int{}}
	for i := range c.calls {
		c.calls[i] = map[epoll.Errno]int{}
	}
	return c
}

// add counts a call and what the simulation returned.
func (c *coverage) add(b *bench, call *Call, o *Outcome) {
	c.calls[call.Op][o.Errno]++
	if call.Op != opWait {
		return
	}
	for _, ev := range o.Events {
		r, known := b.registered[ev.Data]
		if !known {
			continue
		}
		c.masks[ev.Events&^bandEvents]++
		c.kinds[r.kind]++
		c.modes[r.mode]++
	}
}

// bandEvents come with EPOLLIN and EPOLLOUT, and are not told apart in the table.
const bandEvents = epollReadNormal | epollReadBand | epollWriteNormal | epollWriteBand

// listedErrnos are the errors of each call that must have been seen.
var listedErrnos = []struct {
	op     Op
	errnos []epoll.Errno
}{
	{opAdd, []epoll.Errno{0, epoll.EBADF, epoll.EEXIST, epoll.EPERM, epoll.EINVAL, epoll.ELOOP}},
	{opMod, []epoll.Errno{0, epoll.EBADF, epoll.ENOENT, epoll.EPERM, epoll.EINVAL}},
	{opDel, []epoll.Errno{0, epoll.EBADF, epoll.ENOENT, epoll.EPERM, epoll.EINVAL}},
	{opWait, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opRead, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN, epoll.EINVAL, epoll.ECONNRESET, epoll.ECONNREFUSED, 107}},
	{opWrite, []epoll.Errno{0, epoll.EBADF, epoll.EPIPE, epoll.EINVAL, epoll.ECONNREFUSED, 89, 107}},
	{opSignal, []epoll.Errno{0, epoll.EAGAIN, epoll.EINVAL}},
	{opClose, []epoll.Errno{0, epoll.EBADF}},
	{opDup, []epoll.Errno{0, epoll.EBADF}},
	{opShutdown, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 88, 107}},
	{opBind, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 88}},
	{opListen, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 88, 95}},
	{opConnect, []epoll.Errno{0, epoll.EBADF, epoll.ECONNREFUSED, 88, 106, inProgress}},
	{opAccept, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN, epoll.EINVAL, 88, 95}},
	{opError, []epoll.Errno{0, epoll.EBADF, 88}},
	{opSettime, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opGettime, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opSendto, []epoll.Errno{0, epoll.EBADF, epoll.ECONNREFUSED, epoll.EPIPE, 88, 89, 107}},
	{opRecvfrom, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN, epoll.ECONNREFUSED, 88, 107}},
	{opUrgent, []epoll.Errno{0, epoll.EBADF, epoll.EPIPE}},
	{opRecvUrgent, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opTimerfd, []epoll.Errno{0, epoll.EINVAL}},
	{opEpollCreate, []epoll.Errno{0}},
	{opSocketpair, []epoll.Errno{0}},
	{opPipe, []epoll.Errno{0}},
	{opEventfd, []epoll.Errno{0}},
	{opMemfd, []epoll.Errno{0}},
	{opSocket, []epoll.Errno{0}},
	{opPoll, []epoll.Errno{0}},
	{opLinger, []epoll.Errno{0}},
	{opGetsockname, []epoll.Errno{0, epoll.EBADF}},
	{opGetpeername, []epoll.Errno{0, epoll.EBADF, 107}},
	{opAcceptFrom, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN, epoll.EINVAL}},
	{opBindAs, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 98}},
	{opSetsockopt, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 92, 95}},
	{opGetsockopt, []epoll.Errno{0, epoll.EBADF, 92, 95}},
	{opFcntl, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opDupFrom, []epoll.Errno{0, epoll.EBADF}},
	{opIoctl, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 25}},
	{opReadv, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN}},
	{opWritev, []epoll.Errno{0, epoll.EBADF, epoll.EPIPE, epoll.EINVAL}},
	{opSendmsg, []epoll.Errno{0, epoll.EBADF, epoll.EPIPE, 89, 107}},
	{opRecvmsg, []epoll.Errno{0, epoll.EBADF, epoll.EAGAIN, epoll.ECONNRESET, 107}},
	{opSendfile, []epoll.Errno{0, epoll.EBADF}},
	{opDup2, []epoll.Errno{0, epoll.EBADF}},
	{opDup3, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL}},
	{opLseek, []epoll.Errno{0, epoll.EBADF, epoll.EINVAL, 29}},
	{opDirectory, []epoll.Errno{0}},
	{opOpen, []epoll.Errno{0}},
}

const (
	in, pri, out       = epoll.EPOLLIN, epoll.EPOLLPRI, epoll.EPOLLOUT
	bad, hup, rdhup    = epoll.EPOLLERR, epoll.EPOLLHUP, epoll.EPOLLRDHUP
	et, oneshot, alone = epoll.EPOLLET, epoll.EPOLLONESHOT, epollExclusive
)

// listedMasks are the events that must have been reported.
var listedMasks = []uint32{
	in, out, in | out, pri | out, in | pri | out, rdhup, in | rdhup, in | out | rdhup, hup, in | hup, out | hup, in | out | hup, rdhup | hup,
	in | rdhup | hup, in | out | rdhup | hup, bad, out | bad,
	bad | hup, in | bad | hup, in | out | bad | hup, in | out | rdhup | bad | hup,
}

// listedKinds are the kinds of registrations that must have had events.
var listedKinds = []kind{
	unixStream, unixFresh, unixListener, unixDatagram, pipeReader, pipeWriter, eventfd, timerfd, epollfd,
	tcpFresh, tcpListener, tcpStream, udpSocket,
}

// listedModes are the modes of registrations that must have had events.
var listedModes = []struct {
	bits uint32
	name string
}{
	{0, "LT"},
	{et, "ET"},
	{oneshot, "LT|ONESHOT"},
	{et | oneshot, "ET|ONESHOT"},
	{alone, "LT|EXCLUSIVE"},
	{et | alone, "ET|EXCLUSIVE"},
}

func outcomeName(e epoll.Errno) string {
	if e == 0 {
		return "ok"
	}
	return errnoName(e)
}

// cells returns the table: what must have been done, and what else was.
func (c *coverage) cells() []Cell {
	var all []Cell
	for _, l := range listedErrnos {
		for _, e := range l.errnos {
			all = append(all, Cell{Group: groupCall, Name: l.op.String() + " " + outcomeName(e), Hits: c.calls[l.op][e], Listed: true})
		}
		all = append(all, c.others(l.op, l.errnos)...)
	}
	for _, m := range listedMasks {
		all = append(all, Cell{Group: groupMask, Name: bits(m), Hits: c.masks[m], Listed: true})
	}
	all = append(all, c.otherMasks()...)
	for _, k := range listedKinds {
		all = append(all, Cell{Group: groupKind, Name: k.String(), Hits: c.kinds[k], Listed: true})
	}
	for _, m := range listedModes {
		all = append(all, Cell{Group: groupMode, Name: m.name, Hits: c.modes[m.bits], Listed: true})
	}
	return all
}

func (c *coverage) others(op Op, listed []epoll.Errno) []Cell {
	var all []Cell
	for e, n := range c.calls[op] {
		if !slices.Contains(listed, e) {
			all = append(all, Cell{Group: groupCall, Name: op.String() + " " + outcomeName(e), Hits: n, Listed: false})
		}
	}
	return sequence.ByName(all)
}

func (c *coverage) otherMasks() []Cell {
	var all []Cell
	for m, n := range c.masks {
		if !slices.Contains(listedMasks, m) {
			all = append(all, Cell{Group: groupMask, Name: bits(m), Hits: n, Listed: false})
		}
	}
	return sequence.ByName(all)
}
