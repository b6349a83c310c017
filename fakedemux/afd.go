package fakedemux

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// pollEvents returns the conditions of an object as a poll of AFD has them.
// Observed on Wine 8.0: see PollReceive and the constants behind it.
func pollEvents(o object) uint32 {
	switch o := o.(type) {
	case *stream:
		return streamEvents(o)
	case *listener:
		if len(o.queue) > 0 {
			return iocp.PollAccept
		}
	case *datagram:
		return datagramEvents(o)
	}
	return 0
}

func streamEvents(s *stream) uint32 {
	switch {
	case s.state == unconnected || s.state == connecting:
		return 0
	case s.refused:
		return iocp.PollConnectFail
	}
	m := uint32(iocp.PollConnect)
	if s.state == dead { // what has arrived is readable, and not polled for
		return m | iocp.PollAbort | iocp.PollSend
	}
	if s.received.len() > 0 && !s.readShut {
		if s.toRead() > 0 {
			m |= iocp.PollReceive
		}
		if s.hasUrgent() {
			m |= iocp.PollExpedited
		}
	}
	if s.readEnd {
		m |= iocp.PollDisconnect
	}
	if s.writable() || s.tcp && s.writeEnd {
		m |= iocp.PollSend
	} else if s.tcp { // as poll notes it
		s.noRoom = true
	}
	return m
}

// pollTarget is one socket that a poll asks about.
type pollTarget struct {
	handle demux.Handle
	on     *description
	asked  uint32
	found  uint32 // once it has ended
}

// poll begins a poll of AFD about the sockets in o.targets, and returns what the
// call does. An exclusive one ends the first poll of each of them, if that is
// exclusive too: the one that was made when there was no first poll. Observed on
// Wine 8.0.
func (o *operation) poll() iocp.Errno {
	o.asked = o.user.Poll
	if o.exclusive {
		o.endFirst()
	}
	n := 0
	for i := range o.targets {
		t := &o.targets[i]
		if t.found = pollEvents(t.on.object) & t.asked; t.found != 0 {
			n++
		}
	}
	if n > 0 || o.timeout == 0 {
		o.found(0)
		return o.atOnce()
	}
	for i := range o.targets {
		v := o.ports.of(o.targets[i].on)
		v.polls = append(v.polls, o)
		if v.firstPoll == nil {
			v.firstPoll = o
		}
	}
	o.pend()
	o.arm()
	return iocp.StatusPending
}

// endFirst ends the first poll of each socket, if it is exclusive.
func (o *operation) endFirst() {
	for i := range o.targets {
		if first := o.ports.of(o.targets[i].on).firstPoll; first != nil && first.exclusive {
			first.finishPoll(0)
		}
	}
}

// leavePolls takes a poll off the lists of its sockets.
func (o *operation) leavePolls() {
	if o.kind != operationPoll {
		return
	}
	for i := range o.targets {
		v := o.ports.of(o.targets[i].on)
		v.polls = without(v.polls, o)
		if v.firstPoll == o {
			v.firstPoll = nil
		}
	}
}

// arm sets the timeout of a poll: below 0 it is relative, above 0 a moment of
// the system's time, which is virtual time here; NtDeviceIoControlFile counts in
// 100 ns.
func (o *operation) arm() {
	const tick = 100 * time.Nanosecond
	timeout := o.timeout
	if timeout >= int64(never/tick) {
		return
	}
	tasks := o.kernel.tasks
	at := time.Duration(timeout) * tick
	if timeout < 0 {
		if timeout < -int64(never/tick) {
			return
		}
		at = tasks.After(-at)
	}
	if o.timer == nil {
		o.timer = tasks.NewTimer(func() { o.finishPoll(iocp.StatusTimeout) })
	}
	tasks.Arm(o.timer, at)
}

// Sizes in an AFD_POLL_INFO; src/afd.h of wepoll.
const (
	pollHeader    = 16
	pollHandleLen = 16
)

// found notes the outcome of a poll: the sockets whose found is not 0. Where there
// is none, what the caller asked for is still there, and where the poll was canceled
// so is the number of handles; observed on Wine 8.0. The number of bytes is that of
// the header and of the handles that are reported: fill_poll_output, Wine
// dlls/ntdll/unix/socket.c; SignalSocket of ReactOS, drivers/network/afd/afd/select.c,
// counts the handles that were asked about. A canceled poll returns no bytes; observed
// on Wine 8.0, where ReactOS counts here too.
func (o *operation) found(status iocp.Errno) {
	r := &o.result
	r.poll = o.asked
	n := 0
	for i := range o.targets {
		if t := &o.targets[i]; t.found != 0 {
			if n++; n == 1 {
				r.poll.Handle, r.poll.Events, r.poll.Status = t.handle, t.found, 0
			}
		}
	}
	if status == iocp.StatusCancelled {
		o.ends(status, 0)
		return
	}
	r.poll.NumberOfHandles = uint32(n)
	o.ends(status, pollHeader+n*pollHandleLen)
}

// finishPoll ends a poll that was in flight.
func (o *operation) finishPoll(status iocp.Errno) {
	o.inspect()
	o.leave()
	o.found(status)
	o.queue()
}
