package fakedemux

import (
	"fmt"

	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// portFree reports whether no TCP socket is bound to port.
func (k *Kernel) portFree(port uint16) bool {
	for _, s := range k.bound {
		if s.port == port {
			return false
		}
	}
	return k.listenerAt(port) == nil
}

// named returns who has a name of the abstract namespace: a listener, or a
// stream that does not listen. Both are nil if nobody has.
func (k *Kernel) named(name string) (*listener, *stream) {
	for _, l := range k.listeners {
		if l.name == name {
			return l, nil
		}
	}
	for _, s := range k.bound {
		if s.name == name {
			return nil, s
		}
	}
	return nil, nil
}

// maxName is the longest name of the abstract namespace; unix(7), sun_path.
const maxName = 107

// autobind returns a name that nobody has; unix(7), "Autobind feature".
func (k *Kernel) autobind() string {
	for {
		k.nextName++
		name := fmt.Sprintf("%05x", k.nextName)
		if l, s := k.named(name); l == nil && s == nil && k.datagramNamed(name) == nil {
			return name
		}
	}
}

// unixTakes reports whether a send with these arguments is possible for a stream
// socket of the unix family; unix(7).
func unixTakes(b []byte, flags int, to Sockaddr, connected bool) failure {
	switch {
	case flags&OutOfBand != 0 && len(b) == 0:
		return notSupported
	case to == Sockaddr{}:
		return ok
	case connected:
		return isConnected
	default:
		return notSupported
	}
}

// backlogOf is the backlog that listen(2) makes of a number, which it takes to be
// unsigned; net.core.somaxconn.
func backlogOf(n int) int { return int(min(uint32(n), maxBacklog)) }

const maxBacklog = 4096

// unbind gives the port or the name of s back.
func (k *Kernel) unbind(s *stream) {
	if s.port == 0 && s.name == "" {
		return
	}
	for i, other := range k.bound {
		if other == s {
			k.bound = append(k.bound[:i], k.bound[i+1:]...)
			return
		}
	}
}

// bindStream is bind(2) of a stream socket. A port that the kernel has chosen is
// free again when the connection is over; seen on Linux 6.18.
func (k *Kernel) bindStream(s *stream, at Sockaddr) failure {
	if s.tcp && s.over() {
		s.freePort()
	}
	switch {
	case s.tcp && (s.port != 0 || s.state != fresh && !s.over()), !s.tcp && s.name != "" && at.Name != "":
		return invalid
	case !s.tcp && len(at.Name) > maxName:
		return invalid
	case !s.tcp && at.Name == "":
		if s.name != "" {
			return ok
		}
		s.name = k.autobind()
	case !s.tcp:
		if l, other := k.named(at.Name); l != nil || other != nil {
			return addressInUse
		}
		s.name = at.Name
	default:
		if s.fixed = at.Port != 0; !s.fixed {
			at.Port = k.choosePort()
		}
		if at.Port == 0 || !k.portFree(at.Port) {
			return addressInUse
		}
		s.port = at.Port
	}
	k.bound = append(k.bound, s)
	return ok
}

// listen turns a stream socket into a listener.
func (k *Kernel) listen(d *description, s *stream, backlog int) failure {
	switch {
	case s.state != fresh, s.attempt != notTried, !s.tcp && s.name == "":
		return invalid
	case s.tcp && s.port == 0:
		if f := k.bindStream(s, Sockaddr{}); f != ok {
			return f
		}
	}
	k.unbind(s)
	l := &listener{kernel: k, desc: d, port: s.port, name: s.name, fixed: s.fixed, linger: s.linger, backlog: backlog}
	// On TCP the connections inherit this, and begin with a FIN; seen on Linux 6.18.
	l.readEnd, l.writeEnd = s.readEnd || s.readShut, s.writeEnd
	d.object = l
	k.listeners = append(k.listeners, l)
	return ok
}

// acceptor returns the unix listener of a name, if a connection to it may wait
// there now; again says that it has no room.
func (k *Kernel) acceptor(name string) (*listener, failure) {
	l, _ := k.named(name)
	switch {
	case name == "" || len(name) > maxName:
		return nil, invalid
	case l == nil || l.readEnd:
		return nil, connRefused
	case len(l.queue) > l.backlog:
		return l, again
	default:
		return l, ok
	}
}

// connectUnix is connect(2) of a unix stream socket: it finishes at once, or
// would block while the backlog is full. Whom it goes to is looked at before the
// socket itself; seen on Linux 6.18.
func (k *Kernel) connectUnix(s *stream, name string) failure {
	l, f := k.acceptor(name)
	switch {
	case f == again && s.desc.blocking:
		l.waiting = append(l.waiting, s.desc)
		return again
	case f != ok:
		return f
	case s.state != fresh:
		return isConnected
	}
	server := k.newStream(false, connected)
	server.setDescription(k.newDescription(server, "accept"))
	s.state, s.peer, server.peer, server.name = connected, server, s, l.name
	l.queue = append(l.queue, server)
	l.desc.notify(dataReady)
	return ok
}

// connectListener is connect(2) of a unix listener, which finds out what it is after
// it has waited for room; seen on Linux 6.18.
func (k *Kernel) connectListener(d *description, name string) failure {
	l, f := k.acceptor(name)
	switch {
	case f == again && d.blocking:
		l.waiting = append(l.waiting, d)
		return again
	case f != ok:
		return f
	default:
		return invalid
	}
}

// connectTCP is connect(2) of a TCP socket. The first one after the connection
// is there returns 0, those after that EISCONN; connect(2), EINPROGRESS. One
// that tells of a failure makes the socket a new one.
func (k *Kernel) connectTCP(s *stream, port uint16) failure {
	switch {
	case s.attempt == givenUp:
		return invalid
	case s.attempt == told:
		return isConnected
	case s.state == fresh:
		s.state, s.attempt, s.unbound, s.pending = connecting, trying, false, ok
		k.connect(s, port)
		return inProgress
	case s.state == connecting:
		return alreadyConnecting
	case s.over():
		f := s.takeError()
		if f == ok {
			f = aborted
		}
		s.disconnect()
		return f
	default:
		s.attempt = told
		return ok
	}
}

// freePort gives back the port that the kernel chose for a connection that is
// over.
func (s *stream) freePort() {
	if s.fixed || s.unbound {
		return
	}
	s.kernel.unbind(s)
	s.port, s.unbound = 0, true
}

// disconnect makes a TCP socket whose connect has failed a fresh one.
func (s *stream) disconnect() {
	s.freePort()
	s.state, s.attempt, s.pending = fresh, notTried, ok
	s.readEnd, s.fin, s.writeEnd, s.readShut, s.finished = false, false, false, false, false
	s.received.clear()
	s.urgent = mark{}
	if p := s.peer; p != nil {
		s.peer, p.peer = nil, nil
	}
	s.desc.notify(epoll.EPOLLERR)
}

// shutdown is shutdown(2) of a listener. TCP stops to listen if it is to read no
// more; for a unix socket it is a mark.
func (l *listener) shutdown(read, write bool) failure {
	d := l.desc
	switch {
	case l.unix():
		// A connect that waits for room is not woken: unix_shutdown, Linux 6.18.
		l.readEnd, l.writeEnd = l.readEnd || read, l.writeEnd || write
	case read:
		port := l.port
		l.release()
		s := l.kernel.newStream(true, fresh)
		s.setDescription(d)
		d.object, s.linger = s, l.linger
		if s.fixed = l.fixed; s.fixed {
			s.port = port
			l.kernel.bound = append(l.kernel.bound, s)
		}
	}
	d.notify(0)
	return ok
}

// retry makes attempts at a call until it does not fail with EAGAIN, or at once
// if the description does not block. It looks at that when the call begins.
func (k *Kernel) retry(d *description, call scheduler.Call, attempt func() failure) failure {
	fresh := newBlockingCall(d, call)
	blocking, blocks := fresh, d.blocking
	for {
		f := attempt()
		if f == again && blocking.held {
			f = d.afterWait(call)
		}
		if f == again && blocks {
			if f = blocking.wait(); f == ok {
				continue
			}
		}
		blocking.end()
		if f != interrupted || !blocking.restart {
			return f
		}
		switch other := k.lookup(call.Handle); {
		case other == nil: // the call is made again, with the number
			return badFile
		case call.Name == "connect", other != d && restarts(call.Name):
			return restarted
		}
		blocking, blocks = fresh, d.blocking
	}
}
