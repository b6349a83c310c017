package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Flags of send(2) and recv(2) with an effect. MessageFlag tells about the others.
const (
	OutOfBand = messageOutOfBand // MSG_OOB
	Peek      = messagePeek      // MSG_PEEK
	WholeSize = messageWholeSize // MSG_TRUNC: a receive returns the size of the datagram; Recvmsg sets it if the message did not fit
	DontWait  = 0x40             // MSG_DONTWAIT
	WaitAll   = messageWaitAll   // MSG_WAITALL
	errQueue  = 0x2000           // MSG_ERRQUEUE
	cmsgExec  = 0x40000000       // MSG_CMSG_CLOEXEC, which recvmsg(2) returns
	compat    = -1 << 31         // MSG_CMSG_COMPAT, which sendmsg(2) and recvmsg(2) refuse

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
		if n, f = l.k.sendOn(d, call, b, cInt(flags), (*sockaddr)(&to)); f == ok {
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
	n, f := k.sendOn(d, call, b, cInt(flags), (*sockaddr)(&m.Name))
	k.giveBytes(own)
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// sendOn sends on a socket.
func (k *Kernel) sendOn(d *description, call scheduler.Call, b []byte, flags int, to *sockaddr) (n int, f failure) {
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
		n, f, _ = writeRest(d, call, b, n, f) // some bytes are written: it is not restarted
	}
	return n, f
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
	return got.n, Sockaddr(got.from), 0
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
	m.Name, m.Control, m.Flags = Sockaddr(got.from), m.Control[:0], got.flags|flags&cmsgExec
	return got.n, 0
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
			f = afterWait(d, call)
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
