package ports

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// pollEvents returns the conditions of an object as a poll of AFD has them.
// Observed on Wine 8.0: see PollReceive and the constants behind it.
func pollEvents(o machine.Object) uint32 {
	switch o := o.(type) {
	case *objects.Stream:
		return streamEvents(o)
	case *objects.Listener:
		if len(o.Queue) > 0 {
			return iocp.PollAccept
		}
	case *objects.Datagram:
		return datagramEvents(o)
	}
	return 0
}

func streamEvents(s *objects.Stream) uint32 {
	switch {
	case s.State == objects.Unconnected || s.State == objects.Connecting:
		return 0
	case s.Refused:
		return iocp.PollConnectFail
	}
	m := uint32(iocp.PollConnect)
	if s.State == objects.Dead { // what has arrived is readable, and not polled for
		return m | iocp.PollAbort | iocp.PollSend
	}
	if s.Received.Len() > 0 && !s.ReadShut {
		if s.ToRead() > 0 {
			m |= iocp.PollReceive
		}
		if s.HasUrgent() {
			m |= iocp.PollExpedited
		}
	}
	if s.ReadEnd {
		m |= iocp.PollDisconnect
	}
	if s.Writable() || s.TCP && s.WriteEnd {
		m |= iocp.PollSend
	} else if s.TCP { // as poll notes it
		s.NoRoom = true
	}
	return m
}

// pollTarget is one socket that a poll asks about.
type pollTarget struct {
	handle demux.Handle
	On     *machine.Description
	asked  uint32
	found  uint32 // once it has ended
}

// status is the status of one socket in the outcome of a poll: why the attempt to
// connect has failed, beside CONNECT_FAIL; complete_async_polls, Wine server/sock.c.
func (t *pollTarget) status() iocp.Errno {
	if t.found&iocp.PollConnectFail != 0 {
		return iocp.StatusConnectionRefused
	}
	return 0
}

// Poll begins a poll of AFD about the sockets in o.targets, and returns what the
// call does. An exclusive one ends the first poll of each of them, if that is
// exclusive too: the one that was made when there was no first poll. Observed on
// Wine 8.0.
func (o *Operation) Poll() iocp.Errno {
	o.asked = o.User.Poll
	if o.Exclusive {
		o.endFirst()
	}
	n := 0
	for i := range o.Targets {
		t := &o.Targets[i]
		if t.found = pollEvents(t.On.Object) & t.asked; t.found != 0 {
			n++
		}
	}
	if n > 0 || o.Timeout == 0 {
		o.found(0)
		return o.AtOnce()
	}
	for i := range o.Targets {
		v := o.ports.Of(o.Targets[i].On)
		v.polls = append(v.polls, o)
		if v.firstPoll == nil {
			v.firstPoll = o
		}
	}
	o.Pend()
	o.arm()
	return iocp.StatusPending
}

// endFirst ends the first poll of each socket, if it is exclusive.
func (o *Operation) endFirst() {
	for i := range o.Targets {
		if first := o.ports.Of(o.Targets[i].On).firstPoll; first != nil && first.Exclusive {
			first.finishPoll(0)
		}
	}
}

// leavePolls takes a poll off the lists of its sockets.
func (o *Operation) leavePolls() {
	if o.Kind != OperationPoll {
		return
	}
	for i := range o.Targets {
		v := o.ports.Of(o.Targets[i].On)
		v.polls = machine.Without(v.polls, o)
		if v.firstPoll == o {
			v.firstPoll = nil
		}
	}
}

// arm sets the timeout of a poll: below 0 it is relative, above 0 a moment of
// the system's time, which is virtual time here; NtDeviceIoControlFile counts in
// 100 ns.
func (o *Operation) arm() {
	const tick = 100 * time.Nanosecond
	timeout := o.Timeout
	if timeout >= int64(machine.Never/tick) {
		return
	}
	tasks := o.kernel.Tasks
	at := time.Duration(timeout) * tick
	if timeout < 0 {
		if timeout < -int64(machine.Never/tick) {
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
func (o *Operation) found(status iocp.Errno) {
	r := &o.result
	r.poll = o.asked
	n := 0
	for i := range o.Targets {
		if t := &o.Targets[i]; t.found != 0 {
			if n++; n == 1 {
				r.poll.Handle, r.poll.Events, r.poll.Status = t.handle, t.found, t.status()
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
func (o *Operation) finishPoll(status iocp.Errno) {
	o.inspect()
	o.leave()
	o.found(status)
	o.queue()
}
