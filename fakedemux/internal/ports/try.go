package ports

import (
	"net/netip"

	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
)

// Try lets an operation go on and reports whether it has finished, and with
// what. It is no poll.
func (o *Operation) Try() (done bool, f errno.Failure) {
	if o.State == OperationBusy {
		if !o.mayGoOn() {
			return false, errno.OK
		}
		if o.Kind != OperationSend {
			o.inspect()
		}
	}
	_, connectionless := o.via.Object.(*objects.Datagram)
	switch {
	case o.Kind == OperationRecv && connectionless:
		return o.receiveMessage()
	case o.Kind == OperationRecv:
		return o.recv()
	case o.Kind == OperationSend && connectionless:
		return o.sendMessage()
	case o.Kind == OperationSend:
		return o.send()
	case o.Kind == OperationAccept:
		return o.accept()
	case o.Kind == OperationConnect:
		return o.connect()
	case o.Kind == OperationDisconnect:
		return o.disconnect()
	default:
		return true, errno.Invalid
	}
}

// statusOf returns the status that the packet of o has for f. A message that
// nobody has received is a port that is unreachable; one that was cut is a warning.
func (o *Operation) statusOf(f errno.Failure) iocp.Errno {
	_, connectionless := o.via.Object.(*objects.Datagram)
	if connectionless && f == errno.ConnReset {
		return iocp.StatusPortUnreachable
	}
	return f.Status()
}

// mayGoOn reports whether a look at the memory of o is worth it.
func (o *Operation) mayGoOn() bool {
	if o.accepted {
		return o.On.Object.(*objects.Stream).HasInput()
	}
	switch s := o.via.Object.(type) {
	case *objects.Stream:
		return o.Kind != OperationRecv || o.hasInput(s)
	case *objects.Listener:
		return len(s.Queue) > 0
	case *objects.Datagram:
		return o.Kind != OperationRecv || s.Messages.Len() > 0 || s.Pending != errno.OK
	default:
		return false
	}
}

// HasInput reports whether o, which is a receive, does not have to wait.
func (o *Operation) hasInput(s *objects.Stream) bool {
	if o.Flags&iocp.MsgOutOfBand == 0 {
		return s.HasInput()
	}
	return s.HasUrgent() || s.ReadEnd || s.State == objects.Dead
}

// recv takes what has arrived, as soon as there is something. One without a
// buffer waits for that, and takes nothing.
func (o *Operation) recv() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Stream)
	if !o.hasInput(s) {
		return false, errno.OK
	}
	if o.Flags&iocp.MsgOutOfBand != 0 && s.HasUrgent() {
		n, f := s.ReceiveUrgent(o.Buf, false)
		o.count = n
		return true, f
	}
	if len(o.Buf) == 0 && s.ToRead() == 0 {
		return true, s.Pending
	}
	n, f := s.Read(o.Buf)
	o.count = n
	return f != errno.Again, f
}

// send gives what there is room for. It has finished when all of it is given.
func (o *Operation) send() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Stream)
	for {
		var n int
		var f errno.Failure
		if o.Flags&iocp.MsgOutOfBand == 0 {
			n, f = s.Write(o.Buf[o.count:])
		} else {
			n, f = s.SendUrgent(o.Buf[o.count:])
		}
		o.count += n
		switch {
		case f == errno.Again:
			return false, errno.OK
		case f != errno.OK || o.count == len(o.Buf):
			if o.State == OperationBusy {
				o.inspect()
			}
			return true, f
		}
	}
}

// accept takes the connection that has waited longest, and then the first data,
// if there is room for any. A connection that was reset while it waited is an
// error; AcceptEx, WSAECONNRESET, and FD.Accept of Go's internal/poll,
// fd_windows.go.
func (o *Operation) accept() (bool, errno.Failure) {
	if !o.accepted {
		l := o.via.Object.(*objects.Listener)
		if len(l.Queue) == 0 {
			return false, errno.OK
		}
		s := l.Take()
		if s.State == objects.Dead {
			s.Closed = true
			return true, errno.ConnReset
		}
		objects.Become(o.On, s)
		o.accepted = true
		o.local, o.From = netip.AddrPortFrom(objects.Loopback4, s.Port), netip.AddrPortFrom(objects.Loopback4, s.To.Port())
	}
	if len(o.Buf) == 0 {
		return true, errno.OK
	}
	s := o.On.Object.(*objects.Stream)
	if !s.HasInput() {
		return false, errno.OK
	}
	n, f := s.Read(o.Buf)
	o.count = n
	return f != errno.Again, f
}

// connect waits for the answer to a SYN, and then sends what it has to send.
func (o *Operation) connect() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Stream)
	switch {
	case s.State == objects.Connecting:
		return false, errno.OK
	case s.Refused:
		return true, errno.ConnRefused
	case s.State == objects.Dead && o.count == 0:
		return true, errno.ConnReset
	}
	s.Bare = true
	if len(o.Buf) == 0 {
		return true, errno.OK
	}
	return o.send()
}

// disconnect sends a FIN behind the sends in flight, and where the socket is to be
// used again it waits for the peer's; DisconnectEx, Remarks.
func (o *Operation) disconnect() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Stream)
	switch {
	case s.State == objects.Dead:
		return true, errno.ConnReset
	case o.Own().Has(OperationSend):
		return false, errno.OK
	}
	if !s.Finished {
		bare := s.Bare
		s.Bare = false
		_ = s.Shutdown(false, true)
		s.Bare = bare
	}
	switch {
	case !o.Reuse:
		return true, errno.OK
	case !s.ReadEnd:
		return false, errno.OK
	}
	o.kernel.Renew(s)
	return true, errno.OK
}
