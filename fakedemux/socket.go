package fakedemux

import (
	"fmt"
	"net/netip"
	"strings"
)

// autobind returns a name that is free; unix(7), "Autobind feature".
func (k *system) autobind() string {
	for {
		k.nextName++
		name := fmt.Sprintf("%05x", k.nextName)
		if !k.nameTaken(name) {
			return name
		}
	}
}

// nameTaken reports whether a socket of any type has a name of the abstract namespace.
func (k *system) nameTaken(name string) bool {
	for _, kind := range [...]unixKind{unixStreams, unixPackets, unixDatagrams} {
		if o, _ := k.unixSocket(name, kind); o != nil {
			return true
		}
	}
	return false
}

// unixKind is a type of unix sockets: each has names of its own.
type unixKind uint8

const (
	unixStreams unixKind = iota
	unixPackets
	unixDatagrams
)

func (s *stream) unixKind() unixKind {
	if s.packets {
		return unixPackets
	}
	return unixStreams
}

func (l *listener) unixKind() unixKind {
	if l.packets {
		return unixPackets
	}
	return unixStreams
}

// unixSocket returns the socket of a type that has a name, or why there is none;
// unix_find_other, Linux 6.18.
func (k *system) unixSocket(name string, kind unixKind) (object, failure) {
	if path, is := strings.CutPrefix(name, pathMark); is {
		return k.socketAtPath(path, kind)
	}
	if kind == unixDatagrams {
		for _, s := range k.datagrams {
			if !s.udp && s.name == name {
				return s, ok
			}
		}
		return nil, connRefused
	}
	for _, l := range k.listeners {
		if l.name == name && l.unixKind() == kind {
			return l, ok
		}
	}
	for _, s := range k.bound {
		if !s.tcp && s.name == name && s.unixKind() == kind {
			return s, ok
		}
	}
	return nil, connRefused
}

// socketAtPath returns the socket that is bound to a path, or why there is none;
// unix_find_bsd, Linux 6.18.
func (k *system) socketAtPath(path string, kind unixKind) (object, failure) {
	_, _, v, f := k.findFile(path)
	switch {
	case f != ok:
		return nil, f
	case v == nil:
		return nil, notFound
	case v.kind != vnodeSocket || v.socket.refs == 0:
		return nil, connRefused
	}
	own := unixDatagrams
	switch o := v.socket.object.(type) {
	case *stream:
		own = o.unixKind()
	case *listener:
		own = o.unixKind()
	}
	if own != kind {
		return nil, wrongType
	}
	return v.socket.object, ok
}

// bindUnix gives a name to a socket of the unix family, "" for one that the kernel
// chooses. own is the name that it has. It returns the name; unix_bind, Linux 6.18.
func (k *system) bindUnix(d *description, own, name string, kind unixKind) (string, failure) {
	path, isPath := strings.CutPrefix(name, pathMark)
	switch {
	case badName(name):
		return own, invalid
	case name == "" && own != "":
		return own, ok
	case isPath:
		dir, last, there, f := k.findFile(path)
		switch {
		case f != ok:
			return own, f
		case there != nil:
			return own, addressInUse
		}
		if own != "" {
			return own, invalid
		}
		v := newVnode(vnodeSocket)
		v.socket = d
		dir.enter(last, v)
		dir.tell(changeWritten)
		return name, ok
	case own != "":
		return own, invalid
	case name == "":
		return k.autobind(), ok
	}
	if o, _ := k.unixSocket(name, kind); o != nil {
		return own, addressInUse
	}
	return name, ok
}

// backlogOf is the backlog that listen(2) makes of a number, which it takes to be
// unsigned; net.core.somaxconn.
func backlogOf(n int) int { return int(min(uint32(n), maxBacklog)) }

const maxBacklog = 4096

// unbind gives the port or the name of s back.
func (k *system) unbind(s *stream) {
	switch {
	case s.auto:
		k.freeClientPort(s)
		return
	case s.port == 0 && s.name == "":
		return
	}
	k.bound = without(k.bound, s)
}

// bindStream is bind(2) of a stream socket. A port that the kernel has chosen is
// free again when the connection is over; seen on Linux 6.18.
func (k *system) bindStream(s *stream, at *sockaddr) failure {
	if !s.tcp {
		had := s.name
		var f failure
		if s.name, f = k.bindUnix(s.desc, s.name, at.unixName(), s.unixKind()); had == "" && s.name != "" {
			k.bound = append(k.bound, s)
		}
		return f
	}
	addr, f := s.bindable(at.Addr)
	switch {
	case f != ok:
		return f
	case s.over():
		s.freePort()
	}
	if s.port != 0 || s.state != fresh && !s.over() {
		return invalid
	}
	s.addr, s.bound = addr, addr
	if f := k.bindPort(s, at.Port); f != ok {
		s.addr, s.bound = netip.Addr{}, netip.Addr{}
		return f
	}
	s.boundTo(addr)
	return ok
}

// bindPort gives a TCP socket a port, 0 for one that the kernel chooses.
func (k *system) bindPort(s *stream, port uint16) failure {
	if s.fixed = port != 0; !s.fixed {
		port = k.choosePort()
	}
	if port == 0 || s.fixed && k.bindConflict(&s.inet, s, port) {
		s.fixed = false
		return addressInUse
	}
	s.port = port
	k.bound = append(k.bound, s)
	return ok
}

// listen turns a stream socket into a listener.
func (k *system) listen(d *description, s *stream, backlog int) failure {
	switch {
	case s.state != fresh, s.attempt != notTried, !s.tcp && s.name == "":
		return invalid
	case s.tcp && s.port == 0:
		if f := k.bindPort(s, 0); f != ok {
			return f
		}
	case s.tcp && k.listens(s):
		return addressInUse
	}
	k.unbind(s)
	l := &listener{kernel: k, desc: d, port: s.port, name: s.name, fixed: s.fixed, linger: s.linger, backlog: backlog}
	l.packets, l.settings, l.inet = s.packets, s.settings, s.inet
	// On TCP the connections inherit this, and begin with a FIN; seen on Linux 6.18.
	l.readEnd, l.writeEnd = s.readEnd || s.readShut, s.writeEnd
	d.object = l
	k.listeners = append(k.listeners, l)
	return ok
}

// listens reports whether another socket listens where s is bound, and they are no
// group of SO_REUSEPORT: what SO_REUSEADDR lets two sockets bind, one can listen at.
func (k *system) listens(s *stream) bool {
	for _, l := range k.listeners {
		if group := l.reusePort && s.reusePort; !l.unix() && l.port == s.port && l.overlaps(&s.inet) && !group {
			return true
		}
	}
	return false
}

// acceptor returns the unix listener of a name, if a connection to it may wait
// there now; again says that it has no room.
func (k *system) acceptor(name string, kind unixKind) (*listener, failure) {
	if name == "" || badName(name) {
		return nil, invalid
	}
	o, f := k.unixSocket(name, kind)
	if f != ok {
		return nil, f
	}
	switch l, listens := o.(*listener); {
	case !listens || l.readEnd:
		return nil, connRefused
	case len(l.queue) > l.backlog:
		return l, again
	default:
		return l, ok
	}
}

// connectUnix is connect(2) of a unix stream socket. It finishes at once, or would block
// while the backlog is full. The kernel checks the destination before the socket itself;
// seen on Linux 6.18.
func (k *system) connectUnix(s *stream, name string) failure {
	l, f := k.acceptor(name, s.unixKind())
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
	server.packets = s.packets
	l.queue = append(l.queue, server)
	l.desc.notify(dataReady)
	return ok
}

// connectListener is connect(2) of a unix listener, which finds out what it is after
// it has waited for room; seen on Linux 6.18.
func (k *system) connectListener(d *description, name string, kind unixKind) failure {
	l, f := k.acceptor(name, kind)
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

// connectTCP is connect(2) of a TCP socket. The first call after the connection is made
// returns 0, and later calls return EISCONN; connect(2), EINPROGRESS. A call that
// returns a failure makes the socket a fresh one.
func (k *system) connectTCP(s *stream, at *sockaddr) failure {
	switch {
	case s.attempt == givenUp:
		return invalid
	case s.attempt == told:
		return isConnected
	case s.state == fresh:
		if f := familyError(s.family(), at); f != ok {
			return f
		}
		to, f := s.destination(at.Addr)
		if f != ok {
			return f
		}
		s.state, s.attempt, s.unbound, s.pending = connecting, trying, false, ok
		k.connect(s, netip.AddrPortFrom(to, at.Port))
		return inProgress
	case s.state == connecting:
		return alreadyConnecting
	case s.over():
		return s.connectFailed()
	default:
		s.attempt = told
		return ok
	}
}

// connectFailed returns why an attempt to connect has failed, and makes the socket a
// fresh one.
func (s *stream) connectFailed() failure {
	f := s.takeError()
	if f == ok {
		f = aborted
	}
	s.disconnect()
	return f
}

// freePort gives back the port that the kernel chose for a connection that is
// over.
func (s *stream) freePort() {
	if s.fixed || s.unbound {
		return
	}
	s.kernel.unbind(s)
	s.was = s.port
	s.port, s.unbound = 0, true
}

// disconnect makes a TCP socket whose connect has failed a fresh one.
func (s *stream) disconnect() {
	s.freePort()
	s.addr, s.to = s.bound, netip.AddrPort{}
	s.state, s.attempt, s.pending = fresh, notTried, ok
	s.readEnd, s.fin, s.writeEnd, s.readShut, s.finished = false, false, false, false, false
	s.received.clear()
	s.urgent = mark{}
	if p := s.peer; p != nil {
		s.peer, p.peer = nil, nil
	}
	s.desc.notify(failed)
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
		s.settings, s.inet, s.bound = l.settings, l.inet, l.addr
		s.was = port
		if s.fixed = l.fixed; s.fixed {
			s.port = port
			l.kernel.bound = append(l.kernel.bound, s)
		}
	}
	d.notify(0)
	return ok
}

// connectEnd returns how a connect that blocked has ended, again if it has not.
func (s *stream) connectEnd() failure {
	switch s.state { //nolint:exhaustive // the others are connected
	case connecting:
		return again
	case dead, fresh:
		return s.connectFailed()
	default:
		s.attempt = told
		return ok
	}
}

// hasPeer reports whether getpeername(2) has an answer: a unix socket keeps its peer
// after it was closed; unix_getname and inet_getname, Linux 6.18.
func (s *stream) hasPeer() bool {
	if !s.tcp {
		return s.state == connected
	}
	return s.to.Port() != 0 && s.state != fresh && s.state != connecting && !s.over()
}

// peerAddress is the address of the other end.
func (s *stream) peerAddress() sockaddr {
	switch {
	case s.tcp:
		return s.socketAddress(s.to.Addr(), s.to.Port())
	case s.peer != nil:
		return unixAddress(s.peer.name)
	default:
		return unixAddress(s.gone)
	}
}

// tryAgain makes a socket whose attempt to connect was refused as it was before;
// ConnectEx, Remarks: after WSAECONNREFUSED the application can call ConnectEx again
// on the same socket.
func (s *stream) tryAgain() {
	if !s.refused {
		return
	}
	s.refused, s.pending, s.readEnd, s.writeEnd, s.fin, s.finished = false, ok, false, false, false, false
}

// become makes the socket of d, which is not connected, a connection. Until
// SO_UPDATE_ACCEPT_CONTEXT it has no properties; AcceptEx, Remarks.
func become(d *description, s *stream) {
	d.object.(*stream).closed = true
	d.object = s
	s.setDescription(d)
	s.bare = true
	d.notify(0)
}
