package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
)

// pollEvents returns the conditions of an object as a poll of AFD has them.
// Observed on Wine 8.0: see PollReceive and the constants behind it.
func pollEvents(o object) uint32 {
	switch o := o.(type) {
	case *stream:
		return o.pollEvents()
	case *listener:
		if len(o.queue) > 0 {
			return iocp.PollAccept
		}
	}
	return 0
}

func (s *stream) pollEvents() uint32 {
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
	if s.received.len() > 0 {
		m |= iocp.PollReceive
	}
	if s.readEnd {
		m |= iocp.PollDisconnect
	}
	if s.poll()&epoll.EPOLLOUT != 0 {
		m |= iocp.PollSend
	}
	return m
}

// poll begins a poll of AFD about d, and returns what the call does. An exclusive
// one ends the first poll, if that is exclusive too: the one that was made when
// there was no first poll. Observed on Wine 8.0.
func (o *operation) poll(d *description) iocp.Errno {
	o.asked = o.user.Poll
	v := &d.overlapped
	if first := v.firstPoll; o.asked.Exclusive != 0 && first != nil && first.asked.Exclusive != 0 {
		first.finishPoll(0, 0)
	}
	if events := pollEvents(d.object) & o.asked.Events; events != 0 {
		o.found(0, events)
		return o.atOnce()
	}
	if o.asked.Timeout == 0 {
		o.found(0, 0)
		return o.atOnce()
	}
	o.on = d
	v.polls = append(v.polls, o)
	if v.firstPoll == nil {
		v.firstPoll = o
	}
	o.pend()
	o.arm()
	return iocp.StatusPending
}

// arm sets the timeout of a poll: below 0 it is relative, above 0 a moment of
// the system's time, which is virtual time here; NtDeviceIoControlFile counts in
// 100 ns.
func (o *operation) arm() {
	const tick = 100 * time.Nanosecond
	timeout := o.asked.Timeout
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
		o.timer = tasks.NewTimer(func() { o.finishPoll(iocp.StatusTimeout, 0) })
	}
	tasks.Arm(o.timer, at)
}

// found writes the outcome of a poll. Where there is none, what the caller asked
// for is still there, and where the poll was canceled so is the number of
// handles; observed on Wine 8.0.
func (o *operation) found(status iocp.Errno, events uint32) {
	o.user.Overlapped.Internal, o.user.Overlapped.InternalHigh = uintptr(status), 0
	p := &o.user.Poll
	switch {
	case status == iocp.StatusCancelled:
	case events == 0:
		p.NumberOfHandles = 0
	default:
		p.Events, p.Status, p.NumberOfHandles = events, 0, 1
	}
}

// finishPoll ends a poll that was in flight.
func (o *operation) finishPoll(status iocp.Errno, events uint32) {
	o.inspect()
	o.leave()
	o.found(status, events)
	o.queue()
}
