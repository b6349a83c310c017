package objects

import (
	"fmt"
	"net/netip"
	"strings"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// autobind returns a name that is free; unix(7), "Autobind feature".
func (k *System) autobind() string {
	for {
		k.nextName++
		name := fmt.Sprintf("%05x", k.nextName)
		if !k.nameTaken(name) {
			return name
		}
	}
}

// nameTaken reports whether a socket of any type has a name of the abstract namespace.
func (k *System) nameTaken(name string) bool {
	for _, kind := range [...]UnixKind{unixStreams, unixPackets, unixDatagrams} {
		if o, _ := k.unixSocket(name, kind); o != nil {
			return true
		}
	}
	return false
}

// UnixKind is a type of unix sockets: each has names of its own.
type UnixKind uint8

const (
	unixStreams UnixKind = iota
	unixPackets
	unixDatagrams
)

func (s *Stream) unixKind() UnixKind {
	if s.Packets {
		return unixPackets
	}
	return unixStreams
}

// UnixKind returns the type of the socket, which is of the unix family.
func (l *Listener) UnixKind() UnixKind {
	if l.Packets {
		return unixPackets
	}
	return unixStreams
}

// unixSocket returns the socket of a type that has a name, or why there is none;
// unix_find_other, Linux 6.18.
func (k *System) unixSocket(name string, kind UnixKind) (machine.Object, errno.Failure) {
	if path, is := strings.CutPrefix(name, pathMark); is {
		return k.socketAtPath(path, kind)
	}
	if kind == unixDatagrams {
		for _, s := range k.datagrams {
			if !s.UDP && s.Name == name {
				return s, errno.OK
			}
		}
		return nil, errno.ConnRefused
	}
	for _, l := range k.Listeners {
		if l.Name == name && l.UnixKind() == kind {
			return l, errno.OK
		}
	}
	for _, s := range k.bound {
		if !s.TCP && s.Name == name && s.unixKind() == kind {
			return s, errno.OK
		}
	}
	return nil, errno.ConnRefused
}

// socketAtPath returns the socket that is bound to a path, or why there is none;
// unix_find_bsd, Linux 6.18.
func (k *System) socketAtPath(path string, kind UnixKind) (machine.Object, errno.Failure) {
	_, _, v, f := k.FindFile(path)
	switch {
	case f != errno.OK:
		return nil, f
	case v == nil:
		return nil, errno.NotFound
	case v.Kind != VnodeSocket && k.Traits.BSD: // unp_connectat
		return nil, errno.NotSocket
	case v.Kind != VnodeSocket || v.socket.Refs == 0:
		return nil, errno.ConnRefused
	}
	own := unixDatagrams
	switch o := v.socket.Object.(type) {
	case *Stream:
		own = o.unixKind()
	case *Listener:
		own = o.UnixKind()
	}
	if own != kind {
		return nil, errno.WrongType
	}
	return v.socket.Object, errno.OK
}

// BindUnix gives a name to a socket of the unix family, "" for one that the kernel
// chooses. own is the name that it has. It returns the name; unix_bind, Linux 6.18.
func (k *System) BindUnix(d *machine.Description, own, name string, kind UnixKind) (string, errno.Failure) {
	path, isPath := strings.CutPrefix(name, pathMark)
	switch {
	case badName(name):
		return own, errno.Invalid
	case name == "" && own != "":
		return own, errno.OK
	case isPath:
		dir, last, there, f := k.FindFile(path)
		switch {
		case f != errno.OK:
			return own, f
		case there != nil:
			return own, errno.AddressInUse
		}
		if own != "" {
			return own, errno.Invalid
		}
		v := NewVnode(VnodeSocket)
		v.socket = d
		dir.Enter(last, v)
		dir.Tell(ChangeWritten)
		return name, errno.OK
	case own != "":
		return own, errno.Invalid
	case name == "":
		return k.autobind(), errno.OK
	}
	if o, _ := k.unixSocket(name, kind); o != nil {
		return own, errno.AddressInUse
	}
	return name, errno.OK
}

// BacklogOf is the backlog that listen(2) makes of a number, which it takes to be
// unsigned; net.core.somaxconn.
func BacklogOf(n int) int { return int(min(uint32(n), maxBacklog)) }

const maxBacklog = 4096

// unbind gives the port or the name of s back.
func (k *System) unbind(s *Stream) {
	switch {
	case s.auto:
		k.freeClientPort(s)
		return
	case s.Port == 0 && s.Name == "":
		return
	}
	k.bound = machine.Without(k.bound, s)
}

// BindStream is bind(2) of a stream socket. A port that the kernel has chosen is
// free again when the connection is over; seen on Linux 6.18.
func (k *System) BindStream(s *Stream, at *Sockaddr) errno.Failure {
	if !s.TCP {
		had := s.Name
		var f errno.Failure
		if s.Name, f = k.BindUnix(s.Desc, s.Name, at.UnixName(), s.unixKind()); had == "" && s.Name != "" {
			k.bound = append(k.bound, s)
		}
		return f
	}
	addr, f := s.Bindable(at.Addr)
	switch {
	case f != errno.OK:
		return f
	case s.Over():
		s.freePort()
	}
	if s.Port != 0 || s.State != Fresh && !s.Over() {
		return errno.Invalid
	}
	s.Addr, s.bound = addr, addr
	if f := k.BindPort(s, at.Port); f != errno.OK {
		s.Addr, s.bound = netip.Addr{}, netip.Addr{}
		return f
	}
	s.boundTo(addr)
	return errno.OK
}

// BindPort gives a TCP socket a port, 0 for one that the kernel chooses.
func (k *System) BindPort(s *Stream, port uint16) errno.Failure {
	if s.fixed = port != 0; !s.fixed {
		port = k.ChoosePort()
	}
	if port == 0 || s.fixed && k.BindConflict(&s.Inet, s, port) {
		s.fixed = false
		return errno.AddressInUse
	}
	s.Port = port
	k.bound = append(k.bound, s)
	return errno.OK
}

// Listen turns a stream socket into a listener.
func (k *System) Listen(d *machine.Description, s *Stream, backlog int) errno.Failure {
	switch {
	case s.State != Fresh, s.Attempt != notTried, !s.TCP && s.Name == "":
		return errno.Invalid
	case s.TCP && s.Port == 0:
		if f := k.BindPort(s, 0); f != errno.OK {
			return f
		}
	case s.TCP && k.listens(s):
		return errno.AddressInUse
	}
	k.unbind(s)
	l := &Listener{Kernel: k, Desc: d, Port: s.Port, Name: s.Name, fixed: s.fixed, Linger: s.Linger, Backlog: backlog}
	l.Packets, l.settings, l.Inet = s.Packets, s.settings, s.Inet
	// On TCP the connections inherit this, and begin with a FIN; seen on Linux 6.18.
	l.ReadEnd, l.writeEnd = s.ReadEnd || s.ReadShut, s.WriteEnd
	d.Object = l
	k.Listeners = append(k.Listeners, l)
	return errno.OK
}

// listens reports whether another socket listens where s is bound, and they are no
// group of SO_REUSEPORT: what SO_REUSEADDR lets two sockets bind, one can listen at.
func (k *System) listens(s *Stream) bool {
	for _, l := range k.Listeners {
		if group := l.ReusePort && s.ReusePort; !l.Unix() && l.Port == s.Port && l.overlaps(&s.Inet) && !group {
			return true
		}
	}
	return false
}

// acceptor returns the unix listener of a name, if a connection to it may wait
// there now; again says that it has no room.
func (k *System) acceptor(name string, kind UnixKind) (*Listener, errno.Failure) {
	if name == "" || badName(name) {
		return nil, errno.Invalid
	}
	o, f := k.unixSocket(name, kind)
	if f != errno.OK {
		return nil, f
	}
	switch l, listens := o.(*Listener); {
	case !listens || l.ReadEnd:
		return nil, errno.ConnRefused
	case len(l.Queue) > l.Backlog:
		return l, errno.Again
	default:
		return l, errno.OK
	}
}

// ConnectUnix is connect(2) of a unix stream socket. It finishes at once, or would block
// while the backlog is full. The kernel checks the destination before the socket itself;
// seen on Linux 6.18.
func (k *System) ConnectUnix(s *Stream, name string) errno.Failure {
	l, f := k.acceptor(name, s.unixKind())
	switch {
	case f == errno.Again && s.Desc.Blocking:
		l.waiting = append(l.waiting, s.Desc)
		return errno.Again
	case f != errno.OK:
		return f
	case s.State != Fresh:
		return errno.IsConnected
	}
	server := k.NewStream(false, Connected)
	server.SetDescription(k.NewDescription(server, "accept"))
	s.State, s.Peer, server.Peer, server.Name = Connected, server, s, l.Name
	server.Packets = s.Packets
	l.Queue = append(l.Queue, server)
	l.Desc.Notify(machine.DataReady)
	return errno.OK
}

// ConnectListener is connect(2) of a unix listener, which finds out what it is after
// it has waited for room; seen on Linux 6.18.
func (k *System) ConnectListener(d *machine.Description, name string, kind UnixKind) errno.Failure {
	l, f := k.acceptor(name, kind)
	switch {
	case f == errno.Again && d.Blocking:
		l.waiting = append(l.waiting, d)
		return errno.Again
	case f != errno.OK:
		return f
	default:
		return errno.Invalid
	}
}

// ConnectTCP is connect(2) of a TCP socket. The first call after the connection is made
// returns 0, and later calls return EISCONN; connect(2), EINPROGRESS. A call that
// returns a failure makes the socket a fresh one.
func (k *System) ConnectTCP(s *Stream, at *Sockaddr) errno.Failure {
	switch {
	case s.Attempt == givenUp:
		return errno.Invalid
	case s.Attempt == told:
		return errno.IsConnected
	case s.State == Fresh:
		if f := FamilyError(s.family(), at); f != errno.OK {
			return f
		}
		to, f := s.destination(at.Addr)
		if f != errno.OK {
			return f
		}
		s.State, s.Attempt, s.unbound, s.Pending = Connecting, Trying, false, errno.OK
		k.Connect(s, netip.AddrPortFrom(to, at.Port))
		return errno.InProgress
	case s.State == Connecting:
		return errno.AlreadyConnecting
	case s.Over():
		return s.connectFailed()
	default:
		s.Attempt = told
		return errno.OK
	}
}

// connectFailed returns why an attempt to connect has failed, and makes the socket a
// fresh one.
func (s *Stream) connectFailed() errno.Failure {
	f := s.TakeError()
	if f == errno.OK {
		f = errno.Aborted
	}
	s.disconnect()
	return f
}

// freePort gives back the port that the kernel chose for a connection that is
// over.
func (s *Stream) freePort() {
	if s.fixed || s.unbound {
		return
	}
	s.Kernel.unbind(s)
	s.Was = s.Port
	s.Port, s.unbound = 0, true
}

// disconnect makes a TCP socket whose connect has failed a fresh one.
func (s *Stream) disconnect() {
	s.freePort()
	s.Addr, s.To = s.bound, netip.AddrPort{}
	s.State, s.Attempt, s.Pending = Fresh, notTried, errno.OK
	s.ReadEnd, s.fin, s.WriteEnd, s.ReadShut, s.Finished = false, false, false, false, false
	s.Received.Clear()
	s.urgent = mark{}
	if p := s.Peer; p != nil {
		s.Peer, p.Peer = nil, nil
	}
	s.Desc.Notify(machine.Failed)
}

// Shutdown is shutdown(2) of a listener. TCP stops to listen if it is to read no
// more; for a unix socket it is a mark.
func (l *Listener) Shutdown(read, write bool) errno.Failure {
	d := l.Desc
	switch {
	case l.Unix():
		// A connect that waits for room is not woken: unix_shutdown, Linux 6.18.
		l.ReadEnd, l.writeEnd = l.ReadEnd || read, l.writeEnd || write
	case read:
		port := l.Port
		l.Release()
		s := l.Kernel.NewStream(true, Fresh)
		s.SetDescription(d)
		d.Object, s.Linger = s, l.Linger
		s.settings, s.Inet, s.bound = l.settings, l.Inet, l.Addr
		s.Was = port
		if s.fixed = l.fixed; s.fixed {
			s.Port = port
			l.Kernel.bound = append(l.Kernel.bound, s)
		}
	}
	d.Notify(0)
	return errno.OK
}

// ConnectEnd returns how a connect that blocked has ended, again if it has not.
func (s *Stream) ConnectEnd() errno.Failure {
	switch s.State { //nolint:exhaustive // the others are connected
	case Connecting:
		return errno.Again
	case Dead, Fresh:
		return s.connectFailed()
	default:
		s.Attempt = told
		return errno.OK
	}
}

// HasPeer reports whether getpeername(2) has an answer: a unix socket keeps its peer
// after it was closed; unix_getname and inet_getname, Linux 6.18.
func (s *Stream) HasPeer() bool {
	if !s.TCP {
		return s.State == Connected
	}
	return s.To.Port() != 0 && s.State != Fresh && s.State != Connecting && !s.Over()
}

// PeerAddress is the address of the other end.
func (s *Stream) PeerAddress() Sockaddr {
	switch {
	case s.TCP:
		return s.SocketAddress(s.To.Addr(), s.To.Port())
	case s.Peer != nil:
		return UnixAddress(s.Peer.Name)
	default:
		return UnixAddress(s.gone)
	}
}

// TryAgain makes a socket whose attempt to connect was refused as it was before;
// ConnectEx, Remarks: after WSAECONNREFUSED the application can call ConnectEx again
// on the same socket.
func (s *Stream) TryAgain() {
	if !s.Refused {
		return
	}
	s.Refused, s.Pending, s.ReadEnd, s.WriteEnd, s.fin, s.Finished = false, errno.OK, false, false, false, false
}

// Become makes the socket of d, which is not connected, a connection. Until
// SO_UPDATE_ACCEPT_CONTEXT it has nothing of the listener; AcceptEx, Remarks.
func Become(d *machine.Description, s *Stream) {
	own := d.Object.(*Stream)
	own.Closed = true
	s.Linger = own.Linger
	d.Object = s
	s.SetDescription(d)
	s.Bare = true
	d.Notify(0)
}

// Renew ends the connection of s and makes its socket a new one. A socket that was
// accepted is neither bound nor connected, and AcceptEx takes it. Any other is still
// bound, and ConnectEx takes it; AcceptEx and ConnectEx, Remarks.
func (k *System) Renew(s *Stream) {
	d := s.Desc
	port := s.Port
	s.Release()
	renewed := k.NewStream(true, Unconnected)
	renewed.Linger, renewed.WasAccepted = s.Linger, s.Accepted
	d.Object = renewed
	renewed.SetDescription(d)
	if !s.Accepted {
		_ = k.BindPort(renewed, port)
	}
	d.Notify(0)
}
