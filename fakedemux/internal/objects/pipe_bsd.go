package objects

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// PipeAtomic is PIPE_BUF of the BSDs: a write of no more is all or nothing, and a
// pipe with less room cannot be written; sys/syslimits.h.
const PipeAtomic = 512

// bsdPipe is the state that only a pipe of a BSD has: it counts bytes instead of pages. A
// size of 0 stands for a pipe of Linux.
type bsdPipe struct {
	PipeTraits
	backSize int // of the buffer of the other direction
}

// bsdPipe returns what a new pipe is like.
func (k *System) bsdPipe() bsdPipe {
	return bsdPipe{PipeTraits: k.Traits.Pipe, backSize: k.Traits.Pipe.Back}
}

// NewFifo returns the two ends of a FIFO.
func (k *System) NewFifo(v *Vnode) *pipe {
	p := k.NewPipe()
	p.Bsd.PipeTraits = k.Traits.Fifo
	p.Fifo, p.Unwritten = v, true
	return p
}

// Free returns the room of the pipe.
func (p *pipe) Free() int {
	if p.Bsd.Size > 0 {
		return p.Bsd.free(p.Bsd.Size, p.Data.Len())
	}
	return (PipePages - p.used) * PipePage
}

// FreeBack returns the room of the other direction.
func (p *pipe) FreeBack() int { return p.Bsd.backSize - p.Back.Len() }

// free returns the room in a buffer of size bytes.
func (b *bsdPipe) free(size, used int) int {
	switch {
	case !b.Stops:
		return size - used
	case used < size:
		return size
	default:
		return 0
	}
}

// put takes what there is room for, in a buffer of *size bytes that may grow.
func (b *bsdPipe) put(to *machine.Buffer, size *int, bytes []byte) int {
	switch b.Grows {
	case neverGrows:
	case Doubles:
		for to.Len()+len(bytes) > *size && *size < b.Most {
			*size *= 2
		}
	case GrowsIfIdle:
		if len(bytes) > b.Size && to.Len() == 0 {
			*size = b.Most
		}
	}
	n := min(len(bytes), b.free(*size, to.Len()))
	if n < len(bytes) && (len(bytes) <= PipeAtomic || n < b.Low) {
		return 0
	}
	to.Put(bytes[:n])
	return n
}

// hasRead tells that n bytes were read. It is an event for the knotes of the reader
// too where pipeselwakeup tells all that watch the buffer, also after the writer has
// gone; pipe_read.
func (p *pipe) hasRead(n int) {
	if p.Free() < p.Bsd.Room || n == 0 && !p.Bsd.Always {
		return
	}
	if p.Writer != nil && n > 0 {
		p.Writer.Notify(machine.Writable)
	} else if p.Writer != nil {
		p.Writer.NotifyLists(machine.Writable)
	}
	if p.Bsd.Together && p.Reader != nil {
		p.Reader.NotifyLists(machine.Readable)
	}
	if p.Bsd.Sockets && p.Reader != nil {
		p.Reader.NotifyLists(machine.Writable)
	}
}

// hasWritten tells that n bytes were written, 0 if there was no room.
func (p *pipe) hasWritten(n int) (int, errno.Failure) {
	if n == 0 {
		return 0, errno.Again
	}
	p.Reader.Notify(machine.Readable)
	switch {
	case p.Bsd.Vnode:
		p.Fifo.Tell(ChangeWritten)
	case p.Bsd.Sockets && p.Writer != nil:
		p.Writer.NotifyLists(machine.Readable)
	case p.Bsd.Together && p.Writer != nil:
		p.Writer.NotifyLists(machine.Writable)
	}
	return n, errno.OK
}

// closedTo returns the conditions whose watchers hear that the other end of the pipe is
// closed: lists is what of them there is to tell where each buffer has watchers.
func (p *pipe) closedTo(lists uint32) uint32 {
	switch {
	case p.Bsd.Vnode:
		return machine.PeerHungUp // no knote has asked for that
	case p.Bsd.Sockets:
		return lists
	default:
		return 0
	}
}

// writeBack is a write to the reading end of a pipe that goes both ways.
func (p *pipe) writeBack(b []byte) (int, errno.Failure) {
	switch {
	case len(b) == 0:
		return 0, errno.OK
	case p.Writer == nil:
		return 0, errno.BrokenPipe
	}
	n := p.Bsd.put(&p.Back, &p.Bsd.backSize, b)
	if n == 0 {
		return 0, errno.Again
	}
	p.Writer.Notify(machine.Readable)
	if p.Bsd.Together {
		p.Reader.NotifyLists(machine.Writable)
	}
	return n, errno.OK
}

// readBack is a read from the writing end of a pipe that goes both ways.
func (p *pipe) readBack(b []byte) (int, errno.Failure) {
	if p.Back.Len() == 0 && len(b) > 0 {
		if p.Reader == nil {
			return 0, errno.OK
		}
		return 0, errno.Again
	}
	n := p.Back.Take(b)
	if n == 0 || p.FreeBack() < PipeAtomic {
		return n, errno.OK
	}
	if p.Reader != nil {
		p.Reader.Notify(machine.Writable)
	}
	if p.Bsd.Together {
		p.Writer.NotifyLists(machine.Readable)
	}
	return n, errno.OK
}

// leaves tells the FIFO, if p is the pipe of one, that an end is closed.
func (p *pipe) leaves(d *machine.Description, wrote bool) {
	if p.Fifo == nil {
		return
	}
	p.Fifo.forget(d)
	p.Fifo.Tell(closedBy(wrote))
}
