package fakedemux

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
	switch o.kind {
	case operationRecv:
		return o.recv()
	case operationSend:
		return o.send()
	case operationAccept:
		return o.accept()
	case operationConnect, operationPoll, operationKinds:
		return o.connect()
	default:
		return true, invalid
	}
}

// mayGoOn reports whether a look at the memory of o is worth it.
func (o *operation) mayGoOn() bool {
	switch s := o.via.object.(type) {
	case *stream:
		return o.kind != operationRecv || s.hasInput()
	case *listener:
		return len(s.queue) > 0
	default:
		return false
	}
}

// hasInput reports whether a read does not have to wait.
func (s *stream) hasInput() bool {
	return s.received.len() > 0 || s.readEnd || s.pending != ok || s.state == dead
}

// recv takes what has arrived, as soon as there is something. One without a
// buffer waits for that, and takes nothing.
func (o *operation) recv() (bool, failure) {
	s := o.via.object.(*stream)
	if !s.hasInput() {
		return false, ok
	}
	if len(o.buf) == 0 && s.received.len() == 0 {
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
		n, f := s.write(o.buf[o.count:])
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

// accept takes the connection that has waited longest.
func (o *operation) accept() (bool, failure) {
	l := o.via.object.(*listener)
	if len(l.queue) == 0 {
		return false, ok
	}
	o.on.become(l.take())
	return true, ok
}

// become makes the socket of d, which is not connected, a connection. Until
// SO_UPDATE_ACCEPT_CONTEXT it has no properties; AcceptEx, Remarks.
func (d *description) become(s *stream) {
	d.object.(*stream).closed = true
	d.object = s
	s.setDescription(d)
	s.bare = true
	d.notify(0)
}

// connect waits for the answer to a SYN.
func (o *operation) connect() (bool, failure) {
	s := o.via.object.(*stream)
	switch {
	case s.state == connecting:
		return false, ok
	case s.refused:
		return true, connRefused
	case s.state == dead:
		return true, connReset
	default:
		s.bare = true
		return true, ok
	}
}
