package fakedemux

import "reactortest/demux/epoll"

// pipeAtomic is PIPE_BUF of the BSDs: a write of no more is all or nothing, and a
// pipe with less room cannot be written; sys/syslimits.h.
const pipeAtomic = 512

// bsdPipe is the state that only a pipe of a BSD has: it counts bytes instead of pages. A
// size of 0 stands for a pipe of Linux.
type bsdPipe struct {
	size, backSize int    // of the buffers; backSize is 0 until that buffer is made
	first, most    int    // the sizes of a new buffer, and of the largest
	grows          answer // cellPipeGrows
	both           bool   // it goes both ways
	together       bool   // the knotes of both ends are in one list
}

// bsdPipe returns what a new pipe is like in the dialect.
func (k *Kernel) bsdPipe() bsdPipe {
	if k.dialect.family != kqueueFamily {
		return bsdPipe{}
	}
	p := k.dialect.kqueue
	rules := rulesOf(p)
	return bsdPipe{
		size: p.PipeSize, first: p.PipeSize, most: p.PipeMost,
		grows: rules[cellPipeGrows], both: rules[cellPipeBothWays] == answerYes, together: rules[cellPipeEdges] == answerBoth,
	}
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
	case answerDoubles: // pipe_write and pipespace of FreeBSD, choose_pipespace of Darwin
		for to.len()+len(bytes) > *size && *size < b.most {
			*size *= 2
		}
	case answerIfEmpty: // pipe_write of NetBSD and OpenBSD
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
	p.writer.notify(epoll.EPOLLOUT)
	if p.bsd.together && p.reader != nil {
		p.reader.notifyKnotes(epoll.EPOLLIN)
	}
}

// hasWritten tells that n bytes were written, 0 if there was no room.
func (p *pipe) hasWritten(n int) (int, failure) {
	if n == 0 {
		return 0, again
	}
	p.reader.notify(epoll.EPOLLIN)
	if p.bsd.together && p.writer != nil {
		p.writer.notifyKnotes(epoll.EPOLLOUT)
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
	p.writer.notify(epoll.EPOLLIN)
	if p.bsd.together {
		p.reader.notifyKnotes(epoll.EPOLLOUT)
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
		p.reader.notify(epoll.EPOLLOUT)
		if p.bsd.together {
			p.writer.notifyKnotes(epoll.EPOLLIN)
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
	p.fifo.tell(noteClose(wrote))
}
