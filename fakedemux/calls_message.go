package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Flags of send(2) and recv(2) with an effect. MessageFlag tells about the others.
const (
	OutOfBand = 0x1        // MSG_OOB
	Peek      = 0x2        // MSG_PEEK
	WholeSize = 0x20       // MSG_TRUNC: a receive returns the size of the datagram; Recvmsg sets it if the message did not fit
	DontWait  = 0x40       // MSG_DONTWAIT
	WaitAll   = 0x100      // MSG_WAITALL
	errQueue  = 0x2000     // MSG_ERRQUEUE
	cmsgExec  = 0x40000000 // MSG_CMSG_CLOEXEC, which recvmsg(2) returns
	compat    = -1 << 31   // MSG_CMSG_COMPAT, which sendmsg(2) and recvmsg(2) refuse

	// refusedSend would do something on Linux that the simulation does not:
	// MSG_PROBE, MSG_FASTOPEN, and MSG_MORE where it joins datagrams. refusedReceive
	// is MSG_SOCK_DEVMEM.
	refusedSend    = 0x10 | 0x20000000
	more           = 0x8000
	refusedReceive = 0x2000000

	maxVectors = 1024 // UIO_MAXIOV
)

// Message is a struct msghdr.
type Message struct {
	Name    Sockaddr // of Sendmsg: the destination, the zero Sockaddr for the peer of the socket; of Recvmsg: the sender
	Vectors [][]byte
	Control []byte // Sendmsg refuses it; Recvmsg sets its length to 0
	Flags   int    // set by Recvmsg: WholeSize if the message did not fit
}

// sendto is Sendto once.
func (l Linux) sendto(fd int, b []byte, flags int, to Sockaddr) (int, epoll.Errno) {
	d, call, f := l.socket("sendto", fd, false)
	if f == ok {
		var n int
		if n, f = l.k.sendOn(d, call, b, cInt(flags), &to); f == ok {
			return n, 0
		}
	}
	return -1, f.linux()
}

// sendmsg is Sendmsg once.
func (l Linux) sendmsg(fd int, m *Message, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("sendmsg", fd, false)
	switch {
	case f != ok:
		return -1, f.linux()
	case m == nil:
		return -1, epoll.EFAULT
	case len(m.Vectors) > maxVectors:
		return -1, tooLong.linux()
	case len(m.Control) > 0 || cInt(flags)&compat != 0:
		return -1, epoll.EINVAL
	}
	b, own := k.gather(m.Vectors)
	n, f := k.sendOn(d, call, b, cInt(flags), &m.Name)
	k.giveBytes(own)
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// sendOn sends on a socket.
func (k *Kernel) sendOn(d *description, call scheduler.Call, b []byte, flags int, to *Sockaddr) (n int, f failure) {
	if s, is := d.object.(*datagram); flags&refusedSend != 0 || is && s.udp && flags&more != 0 {
		return 0, notSupported
	}
	waits := d.blocking && flags&DontWait == 0
	f = k.retryIf(d, call, waits, func() (f failure) {
		switch o := d.object.(type) {
		case *datagram:
			n, f = o.sendFlags(b, flags, to)
		case *stream:
			n, f = o.sendFlags(b, flags, to)
		case *listener:
			switch {
			case o.packets:
				return notConnected
			case o.unix():
				f = unixTakes(b, flags, to, false)
			}
			if f == ok {
				n, f = o.write(b)
			}
		}
		return f
	})
	if s, is := d.object.(*stream); is && waits && f == ok && n < len(b) && flags&OutOfBand == 0 && !s.packets {
		n, f, _ = d.writeRest(call, b, n, f) // some bytes are written: it is not restarted
	}
	return n, f
}

// sendFlags is send(2) of a stream.
func (s *stream) sendFlags(b []byte, flags int, to *Sockaddr) (int, failure) {
	switch {
	case s.packets && s.state != connected:
		return 0, notConnected
	case s.packets && flags&OutOfBand != 0:
		return 0, notSupported
	case s.packets:
		return s.writePacket(b)
	case !s.tcp:
		if f := unixTakes(b, flags, to, s.state == connected); f != ok {
			return 0, f
		}
	}
	if flags&OutOfBand != 0 {
		return s.sendUrgent(b)
	}
	return s.write(b)
}

// unixTakes reports whether a send with these arguments is possible for a stream
// socket of the unix family; unix(7).
func unixTakes(b []byte, flags int, to *Sockaddr, connected bool) failure {
	switch {
	case flags&OutOfBand != 0 && len(b) == 0:
		return notSupported
	case to.none():
		return ok
	case connected:
		return isConnected
	default:
		return notSupported
	}
}

// recvfrom is Recvfrom once.
func (l Linux) recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	d, call, f := l.socket("recvfrom", fd, false)
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	got, f := l.k.receiveOn(d, call, b, cInt(flags))
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	return got.n, got.from, 0
}

// recvmsg is Recvmsg once.
func (l Linux) recvmsg(fd int, m *Message, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("recvmsg", fd, false)
	switch {
	case f != ok:
		return -1, f.linux()
	case m == nil:
		return -1, epoll.EFAULT
	case len(m.Vectors) > maxVectors:
		return -1, tooLong.linux()
	case cInt(flags)&compat != 0:
		return -1, epoll.EINVAL
	}
	b, own := k.space(m.Vectors)
	got, f := k.receiveOn(d, call, b, cInt(flags))
	if !got.lost {
		scatter(m.Vectors, own, got.n)
	}
	k.giveBytes(own)
	if f != ok {
		return -1, f.linux()
	}
	m.Name, m.Control, m.Flags = got.from, m.Control[:0], got.flags|flags&cmsgExec
	return got.n, 0
}

// received is what a receive returns.
type received struct {
	n     int
	from  Sockaddr
	flags int
	lost  bool // the bytes were discarded
}

// receiveOn receives on a socket.
func (k *Kernel) receiveOn(d *description, call scheduler.Call, b []byte, flags int) (got received, f failure) {
	switch {
	case flags&refusedReceive != 0:
		return got, notSupported
	case flags&errQueue != 0 && familyOf(d.object) != FamilyUnix:
		return got, again
	}
	waits, tries := d.blocking && flags&DontWait == 0, 0
	f = k.retryIf(d, call, waits, func() (f failure) {
		switch o := d.object.(type) {
		case *stream:
			if tries++; flags&OutOfBand == 0 && o.waitedForNothing(b, tries) {
				return ok
			}
			f = o.receiveFlags(&got, b, flags, waits)
		case *listener:
			if o.packets {
				return notConnected
			}
			_, f = o.read(make([]byte, 1)) // it has nothing to read
		case *datagram:
			f = o.receiveFlags(&got, b, flags, waits)
		}
		return f
	})
	return got, f
}

// receiveFlags is recv(2) of a datagram socket.
func (s *datagram) receiveFlags(got *received, b []byte, flags int, waits bool) failure {
	if flags&OutOfBand != 0 && !s.udp {
		return notSupported
	}
	n, msg, f := s.receive(b, flags&Peek != 0, waits)
	got.n = n
	if n < msg.size {
		got.flags |= WholeSize
		if flags&WholeSize != 0 {
			got.n = msg.size
		}
	}
	switch {
	case s.udp && msg.from.IsValid():
		got.from = s.socketAddress(msg.from.Addr(), msg.from.Port())
	case msg.name != "":
		got.from = unixAddress(msg.name)
	}
	return f
}

// receiveFlags is recv(2) of a stream.
func (s *stream) receiveFlags(got *received, b []byte, flags int, waits bool) (f failure) {
	had := got.n
	b = b[min(had, len(b)):]
	got.lost = s.tcp && flags&WholeSize != 0 && flags&OutOfBand == 0
	least := 1
	switch {
	case flags&WaitAll != 0 && waits:
		least = len(b)
	case waits:
		least = s.least(len(b))
	}
	switch {
	case s.packets:
		return s.receivePacketFlags(got, b, flags)
	case flags&OutOfBand != 0:
		got.n, f = s.receiveUrgent(b, flags&Peek != 0)
		if f == ok && got.n > 0 {
			got.flags |= OutOfBand
		}
		return f
	case flags&Peek != 0:
		got.n, f = s.peek(b, least, got.lost)
	case got.lost: // the bytes are discarded; tcp(7), MSG_TRUNC
		own := s.kernel.takeBytes(len(b))
		got.n, f = s.receiveFrom(own, least)
		s.kernel.giveBytes(own)
	default:
		f = s.receiveAll(got, b, least, flags&WaitAll != 0 && waits)
		if flags&WaitAll != 0 && !waits {
			s.loseError(got.n, len(b))
		}
		return f
	}
	if f == ok && !s.tcp && s.received.len() > 0 { // a peek
		got.from = s.messageFrom()
	}
	return f
}

// receiveAll receives; with all it goes on until b is full, or the stream ends.
func (s *stream) receiveAll(got *received, b []byte, least int, all bool) failure {
	had, waits := got.n, s.received.len() > 0
	if all {
		if had > 0 && (s.pending != ok || len(b) == 0) {
			s.loseError(had, had+len(b)) // that of TCP stays for the next call
			return ok
		}
		if had > 0 && s.urgentIsNext() {
			return ok // before the mark; tcp_recvmsg_locked, Linux 6.18
		}
		least = 1
	}
	n, f := s.receiveFrom(b, least)
	got.n += n
	if f == ok && !s.tcp && waits {
		got.from = s.messageFrom()
	}
	switch {
	case all && f == ok && n > 0 && n < len(b): // is that the end?
		return s.receiveAll(got, b[n:], least, all)
	case f == ok || f == again || had == 0:
		return f
	default:
		return ok
	}
}

// messageFrom is the address that the data of a unix stream came from, nothing for a
// socket without a name.
func (s *stream) messageFrom() Sockaddr {
	if at := s.peerAddress(); at.Name != "" || at.Path != "" {
		return at
	}
	return Sockaddr{}
}

func (s *stream) receivePacketFlags(got *received, b []byte, flags int) failure {
	if s.state == connected && flags&OutOfBand != 0 {
		return notSupported
	}
	waits := s.messages.len() > 0
	n, size, f := s.receivePacket(b, flags&Peek != 0)
	got.n = n
	if n < size {
		got.flags |= WholeSize
		if flags&WholeSize != 0 {
			got.n = size
		}
	}
	if f == ok && waits {
		got.from = s.messageFrom()
	}
	return f
}

// peek is recv(2) with MSG_PEEK: what has arrived stays. With discard it copies
// nothing.
func (s *stream) peek(b []byte, least int, discard bool) (int, failure) {
	skip, most := 0, s.received.len()
	switch {
	case len(b) > 0 && s.urgentIsNext():
		skip = 1
	case s.urgent.at > 0:
		most = min(most, s.urgent.at-1)
	}
	if s.received.len()-skip == 0 {
		return 0, s.nothing()
	}
	if len(b) > 0 && s.toRead() < least && !s.readEnd && !s.readShut && s.pending == ok {
		return 0, again
	}
	n := min(len(b), most-skip)
	if !discard {
		copy(b[:n], s.received.front()[skip:])
	}
	return n, ok
}

// retry makes attempts at a call until one does not fail with EAGAIN. If the description
// does not block when the call begins, it makes one attempt.
func (k *Kernel) retry(d *description, call scheduler.Call, attempt func() failure) failure {
	return k.retryIf(d, call, d.blocking, attempt)
}

// retryIf is retry of a call that waits if waits is set, whether the description blocks
// or not.
func (k *Kernel) retryIf(d *description, call scheduler.Call, waits bool, attempt func() failure) failure {
	fresh := newBlockingCall(d, call)
	blocking, blocks := fresh, waits
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
		blocking, blocks = fresh, waits && d.blocking
	}
}
