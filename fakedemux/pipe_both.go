package fakedemux

// pipeAtomic is PIPE_BUF of the BSDs: a write of no more is all or nothing, and a
// pipe with less room cannot be written; sys/syslimits.h.
const pipeAtomic = 512

// bsdPipe is the state that only a pipe of a BSD has: it counts bytes instead of pages. A
// size of 0 stands for a pipe of Linux.
type bsdPipe struct {
	pipeTraits
	backSize int // of the buffer of the other direction, 0 until it is made
	first    int // the size of a new buffer
}

// bsdPipe returns what a new pipe is like.
func (k *system) bsdPipe() bsdPipe {
	return bsdPipe{pipeTraits: k.traits.pipe, first: k.traits.pipe.size}
}

// free returns the room of the pipe.
func (p *pipe) free() int {
	if p.bsd.size > 0 {
		return p.bsd.size - p.data.len()
	}
	return (pipePages - p.used) * pipePage
}

// freeBack returns the room of the other direction. FreeBSD makes that buffer with
// the first write, and until then reports PIPE_BUF; filt_pipewrite.
func (p *pipe) freeBack() int {
	if p.bsd.backSize == 0 {
		return pipeAtomic
	}
	return p.bsd.backSize - p.back.len()
}

// put takes what there is room for, in a buffer of *size bytes that may grow.
func (b *bsdPipe) put(to *buffer, size *int, bytes []byte) int {
	switch b.grows {
	case doubles:
		for to.len()+len(bytes) > *size && *size < b.most {
			*size *= 2
		}
	case growsIfIdle:
		if len(bytes) > b.first && to.len() == 0 {
			*size = b.most
		}
	}
	n := min(len(bytes), *size-to.len())
	if n < len(bytes) && len(bytes) <= pipeAtomic {
		return 0
	}
	to.put(bytes[:n])
	return n
}

// hasRead tells that n bytes were read. It is an event for the knotes of the reader
// too where pipeselwakeup tells all that watch the buffer; pipe_read.
func (p *pipe) hasRead(n int) {
	if p.writer == nil || p.free() < pipeAtomic || n == 0 {
		return
	}
	p.writer.notify(writable)
	if p.bsd.together && p.reader != nil {
		p.reader.notifyLists(readable)
	}
}

// hasWritten tells that n bytes were written, 0 if there was no room.
func (p *pipe) hasWritten(n int) (int, failure) {
	if n == 0 {
		return 0, again
	}
	p.reader.notify(readable)
	if p.bsd.together && p.writer != nil {
		p.writer.notifyLists(writable)
	}
	return n, ok
}

// writeBack is a write to the reading end of a pipe that goes both ways.
func (p *pipe) writeBack(b []byte) (int, failure) {
	switch {
	case len(b) == 0:
		return 0, ok
	case p.writer == nil:
		return 0, brokenPipe
	case p.bsd.backSize == 0:
		p.bsd.backSize = p.bsd.first
	}
	n := p.bsd.put(&p.back, &p.bsd.backSize, b)
	if n == 0 {
		return 0, again
	}
	p.writer.notify(readable)
	if p.bsd.together {
		p.reader.notifyLists(writable)
	}
	return n, ok
}

// readBack is a read from the writing end of a pipe that goes both ways.
func (p *pipe) readBack(b []byte) (int, failure) {
	if p.back.len() == 0 && len(b) > 0 {
		if p.reader == nil {
			return 0, ok
		}
		return 0, again
	}
	n := p.back.take(b)
	if n > 0 && p.reader != nil && p.freeBack() >= pipeAtomic {
		p.reader.notify(writable)
		if p.bsd.together {
			p.writer.notifyLists(readable)
		}
	}
	return n, ok
}

// leaves tells the FIFO, if p is the pipe of one, that an end is closed.
func (p *pipe) leaves(d *description, wrote bool) {
	if p.fifo == nil {
		return
	}
	p.fifo.forget(d)
	p.fifo.tell(closedBy(wrote))
}
