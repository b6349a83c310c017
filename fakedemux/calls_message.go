package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Flags of send(2) and recv(2) with an effect. MessageFlag tells about the others.
const (
	OutOfBand = objects.MessageOutOfBand // MSG_OOB
	Peek      = objects.MessagePeek      // MSG_PEEK
	WholeSize = objects.MessageWholeSize // MSG_TRUNC: a receive returns the size of the datagram; Recvmsg sets it if the message did not fit
	DontWait  = 0x40                     // MSG_DONTWAIT
	WaitAll   = objects.MessageWaitAll   // MSG_WAITALL
	errQueue  = 0x2000                   // MSG_ERRQUEUE
	cmsgExec  = 0x40000000               // MSG_CMSG_CLOEXEC, which recvmsg(2) returns
	compat    = -1 << 31                 // MSG_CMSG_COMPAT, which sendmsg(2) and recvmsg(2) refuse

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
	if f == errno.OK {
		var n int
		if n, f = l.k.sendOn(d, call, b, machine.CInt(flags), (*objects.Sockaddr)(&to)); f == errno.OK {
			return n, 0
		}
	}
	return -1, f.Linux()
}

// sendmsg is Sendmsg once.
func (l Linux) sendmsg(fd int, m *Message, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("sendmsg", fd, false)
	switch {
	case f != errno.OK:
		return -1, f.Linux()
	case m == nil:
		return -1, epoll.EFAULT
	case len(m.Vectors) > maxVectors:
		return -1, errno.TooLong.Linux()
	case len(m.Control) > 0 || machine.CInt(flags)&compat != 0:
		return -1, epoll.EINVAL
	}
	b, own := k.gather(m.Vectors)
	n, f := k.sendOn(d, call, b, machine.CInt(flags), (*objects.Sockaddr)(&m.Name))
	k.system.GiveBytes(own)
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// sendOn sends on a socket.
func (k *Kernel) sendOn(d *machine.Description, call scheduler.Call, b []byte, flags int, to *objects.Sockaddr) (n int, f errno.Failure) {
	if s, is := d.Object.(*objects.Datagram); flags&refusedSend != 0 || is && s.UDP && flags&more != 0 {
		return 0, errno.NotSupported
	}
	waits := d.Blocking && flags&DontWait == 0
	if waits { // until all is sent, whoever closes its descriptor meanwhile
		d.Refs++
		defer d.Drop()
	}
	f = k.retryIf(d, call, objects.ToSend, waits, func() (f errno.Failure) {
		switch o := d.Object.(type) {
		case *objects.Datagram:
			n, f = o.SendFlags(b, flags, to)
		case *objects.Stream:
			n, f = o.SendFlags(b, flags, to)
		case *objects.Listener:
			switch {
			case o.Packets:
				return errno.NotConnected
			case o.Unix():
				f = objects.UnixTakes(b, flags, to, false)
			}
			if f == errno.OK {
				n, f = o.Write(b)
			}
		}
		return f
	}, nil)
	if s, is := d.Object.(*objects.Stream); is && waits && f == errno.OK && n < len(b) && flags&OutOfBand == 0 && !s.Packets {
		n, f, _ = writeRest(d, call, b, n, f) // some bytes are written: it is not restarted
	}
	return n, f
}

// recvfrom is Recvfrom once.
func (l Linux) recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	d, call, f := l.socket("recvfrom", fd, false)
	if f != errno.OK {
		return -1, Sockaddr{}, f.Linux()
	}
	got, f := l.k.receiveOn(d, call, b, machine.CInt(flags))
	if f != errno.OK {
		return -1, Sockaddr{}, f.Linux()
	}
	return got.N, Sockaddr(got.From), 0
}

// recvmsg is Recvmsg once.
func (l Linux) recvmsg(fd int, m *Message, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("recvmsg", fd, false)
	switch {
	case f != errno.OK:
		return -1, f.Linux()
	case m == nil:
		return -1, epoll.EFAULT
	case len(m.Vectors) > maxVectors:
		return -1, errno.TooLong.Linux()
	case machine.CInt(flags)&compat != 0:
		return -1, epoll.EINVAL
	}
	b, own := k.space(m.Vectors)
	got, f := k.receiveOn(d, call, b, machine.CInt(flags))
	if !got.Lost {
		scatter(m.Vectors, own, got.N)
	}
	k.system.GiveBytes(own)
	if f != errno.OK {
		return -1, f.Linux()
	}
	m.Name, m.Control, m.Flags = Sockaddr(got.From), m.Control[:0], got.Flags|flags&cmsgExec
	return got.N, 0
}

// receiveOn receives on a socket.
func (k *Kernel) receiveOn(d *machine.Description, call scheduler.Call, b []byte, flags int) (got objects.Received, f errno.Failure) {
	switch {
	case flags&refusedReceive != 0:
		return got, errno.NotSupported
	case flags&errQueue != 0 && objects.FamilyOf(d.Object) != FamilyUnix:
		return got, errno.Again
	}
	waits, tries := d.Blocking && flags&DontWait == 0, 0
	f = k.retryIf(d, call, objects.ToReceive, waits, func() (f errno.Failure) {
		switch o := d.Object.(type) {
		case *objects.Stream:
			if tries++; flags&OutOfBand == 0 && o.WaitedForNothing(b, tries) {
				return errno.OK
			}
			f = o.ReceiveFlags(&got, b, flags, waits)
		case *objects.Listener:
			if o.Packets {
				return errno.NotConnected
			}
			_, f = o.Read(make([]byte, 1)) // it has nothing to read
		case *objects.Datagram:
			f = o.ReceiveFlags(&got, b, flags, waits)
		}
		return f
	}, func() bool { return got.N > 0 })
	return got, f
}

// retry makes attempts at a call until one does not fail with EAGAIN. If the description
// does not block when the call begins, it makes one attempt.
func (k *Kernel) retry(d *machine.Description, call scheduler.Call, purpose objects.Purpose, attempt func() errno.Failure) errno.Failure {
	return k.retryIf(d, call, purpose, d.Blocking, attempt, nil)
}

// retryIf is retry of a call that waits if waits is set, whether the description blocks
// or not. part, if it is not nil, reports whether the call has done a part: then a signal
// ends it with that, and the call is not made again; tcp_recvmsg_locked,
// unix_stream_read_generic, Linux 6.18.
func (k *Kernel) retryIf(d *machine.Description, call scheduler.Call, purpose objects.Purpose, waits bool, attempt func() errno.Failure, part func() bool) errno.Failure {
	fresh := objects.NewBlockingCall(d, call, purpose)
	blocking, blocks := fresh, waits
	for {
		f := try(&blocking, purpose, attempt)
		if f == errno.Again && blocks {
			if f = blocking.Wait(); f == errno.OK {
				continue
			}
		}
		blocking.End()
		if f == errno.Interrupted && part != nil && part() {
			return errno.OK
		}
		if f != errno.Interrupted || !blocking.Restart {
			return f
		}
		switch other := k.system.Lookup(call.Handle); {
		case other == nil: // the call is made again, with the number
			return errno.BadFile
		case purpose == objects.ToConnect, other != d:
			return errno.Restarted
		}
		blocking, blocks = fresh, waits && d.Blocking
	}
}

// try makes an attempt at a call. After a wait, a send looks for an error of the socket
// first.
func try(b *machine.BlockingCall, purpose objects.Purpose, attempt func() errno.Failure) errno.Failure {
	if !b.Held {
		return attempt()
	}
	if purpose == objects.ToSend {
		if f := writeError(b.D, 0); f != errno.OK {
			return f
		}
	}
	f := attempt()
	if f == errno.Again {
		return afterWait(b.D, purpose)
	}
	return f
}
