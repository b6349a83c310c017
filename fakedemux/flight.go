package fakedemux

import "reactortest/demux/iocp"

// try lets an operation go on and reports whether it has finished, and with
// what. It is no poll.
func (o *operation) try() (done bool, f failure) {
	if o.state == operationBusy {
		if !o.mayGoOn() {
			return false, ok
		}
		if o.kind != operationSend {
			o.inspect()
		}
	}
	_, connectionless := o.via.object.(*datagram)
	switch {
	case o.kind == operationRecv && connectionless:
		return o.receiveMessage()
	case o.kind == operationRecv:
		return o.recv()
	case o.kind == operationSend && connectionless:
		return o.sendMessage()
	case o.kind == operationSend:
		return o.send()
	case o.kind == operationAccept:
		return o.accept()
	case o.kind == operationConnect:
		return o.connect()
	case o.kind == operationDisconnect:
		return o.disconnect()
	default:
		return true, invalid
	}
}

// statusOf returns the status that the packet of o has for f. A message that
// nobody has received is a port that is unreachable; one that was cut is a warning.
func (o *operation) statusOf(f failure) iocp.Errno {
	_, connectionless := o.via.object.(*datagram)
	if connectionless && f == connReset {
		return iocp.StatusPortUnreachable
	}
	return f.status()
}

// mayGoOn reports whether a look at the memory of o is worth it.
func (o *operation) mayGoOn() bool {
	if o.accepted {
		return o.on.object.(*stream).hasInput()
	}
	switch s := o.via.object.(type) {
	case *stream:
		return o.kind != operationRecv || o.hasInput(s)
	case *listener:
		return len(s.queue) > 0
	case *datagram:
		return o.kind != operationRecv || s.messages.len() > 0 || s.pending != ok
	default:
		return false
	}
}

// hasInput reports whether o, which is a receive, does not have to wait.
func (o *operation) hasInput(s *stream) bool {
	if o.flags&iocp.MsgOutOfBand == 0 {
		return s.hasInput()
	}
	return s.hasUrgent() || s.readEnd || s.state == dead
}

// recv takes what has arrived, as soon as there is something. One without a
// buffer waits for that, and takes nothing.
func (o *operation) recv() (bool, failure) {
	s := o.via.object.(*stream)
	if !o.hasInput(s) {
		return false, ok
	}
	if o.flags&iocp.MsgOutOfBand != 0 && s.hasUrgent() {
		n, f := s.receiveUrgent(o.buf, false)
		o.count = n
		return true, f
	}
	if len(o.buf) == 0 && s.toRead() == 0 {
		return true, s.pending
	}
	n, f := s.read(o.buf)
	o.count = n
	return f != again, f
}

// send gives what there is room for. It has finished when all of it is given.
func (o *operation) send() (bool, failure) {
	s := o.via.object.(*stream)
	for {
		var n int
		var f failure
		if o.flags&iocp.MsgOutOfBand == 0 {
			n, f = s.write(o.buf[o.count:])
		} else {
			n, f = s.sendUrgent(o.buf[o.count:])
		}
		o.count += n
		switch {
		case f == again:
			return false, ok
		case f != ok || o.count == len(o.buf):
			if o.state == operationBusy {
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
func (o *operation) accept() (bool, failure) {
	if !o.accepted {
		l := o.via.object.(*listener)
		if len(l.queue) == 0 {
			return false, ok
		}
		s := l.take()
		if s.state == dead {
			s.closed = true
			return true, connReset
		}
		become(o.on, s)
		o.accepted = true
	}
	if len(o.buf) == 0 {
		return true, ok
	}
	s := o.on.object.(*stream)
	if !s.hasInput() {
		return false, ok
	}
	n, f := s.read(o.buf)
	o.count = n
	return f != again, f
}

// connect waits for the answer to a SYN, and then sends what it has to send.
func (o *operation) connect() (bool, failure) {
	s := o.via.object.(*stream)
	switch {
	case s.state == connecting:
		return false, ok
	case s.refused:
		return true, connRefused
	case s.state == dead && o.count == 0:
		return true, connReset
	}
	s.bare = true
	if len(o.buf) == 0 {
		return true, ok
	}
	return o.send()
}

// disconnect sends a FIN behind the sends in flight, and where the socket is to be
// used again it waits for the peer's; DisconnectEx, Remarks.
func (o *operation) disconnect() (bool, failure) {
	s, d := o.via.object.(*stream), o.via
	switch {
	case s.state == dead:
		return true, connReset
	case o.own().has(operationSend):
		return false, ok
	}
	if !s.finished {
		bare := s.bare
		s.bare = false
		_ = s.shutdown(false, true)
		s.bare = bare
	}
	switch {
	case !o.reuse:
		return true, ok
	case !s.readEnd:
		return false, ok
	}
	s.release()
	renewed := o.kernel.newStream(true, unconnected)
	d.object = renewed
	renewed.setDescription(d)
	d.notify(0)
	return true, ok
}
