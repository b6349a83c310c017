package objects

import "reactortest/fakedemux/internal/machine"

// More conditions of poll(2), which come with readable and writable.
const (
	PollReadNormal  = 0x40  // POLLRDNORM
	PollReadBand    = 0x80  // POLLRDBAND, which no object of the simulation reports
	PollWriteNormal = 0x100 // POLLWRNORM
	PollWriteBand   = 0x200 // POLLWRBAND
)

// NormallyRead is an object of a dialect that reports POLLRDNORM with POLLIN.
type normallyRead interface {
	NormallyRead()
}

// Bands returns the conditions that come with EPOLLIN and EPOLLOUT; the poll methods
// in fs/pipe.c, net/unix/af_unix.c, net/ipv4/tcp.c, net/core/datagram.c,
// fs/eventpoll.c and fs/select.c, Linux 6.18.
func Bands(o machine.Object, m uint32) uint32 {
	var read, write uint32
	switch o := o.(type) {
	case *PipeReader, *PipeWriter, *OpenFile:
		read, write = PollReadNormal, PollWriteNormal
	case *Stream:
		read, write = PollReadNormal, PollWriteNormal|PollWriteBand
		if o.TCP {
			write = PollWriteNormal
		}
	case *Datagram:
		read, write = PollReadNormal, PollWriteNormal|PollWriteBand
	case *Listener, normallyRead:
		read = PollReadNormal
	}
	var with uint32
	if m&machine.Readable != 0 {
		with |= read
	}
	if m&machine.Writable != 0 {
		with |= write
	}
	return with
}
