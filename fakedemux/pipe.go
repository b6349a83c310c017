package fakedemux

import "reactortest/demux/epoll"

// Limits of a pipe; pipe(7).
const (
	pipeAtomic   = 4096  // PIPE_BUF: a write of no more is all or nothing
	pipeCapacity = 65536 // of a new pipe
)

// pipe is what pipe(2) makes; its two ends are descriptions of their own.
type pipe struct {
	data           buffer
	reader, writer *description // nil once closed
}

type pipeReader struct{ p *pipe }

type pipeWriter struct{ p *pipe }

func (p *pipe) free() int { return pipeCapacity - p.data.len() }

// full: no page of the pipe is free. A pipe has pages, not bytes.
func (p *pipe) full() bool { return p.free() < pipeAtomic }

func (r *pipeReader) kind() string { return "pipe reader" }

// poll: EPOLLHUP when the last writer is gone, with or without EPOLLIN;
// poll(2), POLLHUP.
func (r *pipeReader) poll() uint32 {
	var m uint32
	if r.p.data.len() > 0 {
		m |= epoll.EPOLLIN
	}
	if r.p.writer == nil {
		m |= epoll.EPOLLHUP
	}
	return m
}

// read returns 0 bytes at the end: empty, and no writer left; pipe(7). The
// writer is told when a full pipe has room again.
func (r *pipeReader) read(b []byte) (int, failure) {
	p := r.p
	if p.data.len() == 0 && len(b) > 0 {
		if p.writer == nil {
			return 0, ok
		}
		return 0, again
	}
	wasFull := p.full()
	n := p.data.take(b)
	if wasFull && !p.full() && p.writer != nil {
		p.writer.notify(epoll.EPOLLOUT)
	}
	return n, ok
}

func (r *pipeReader) write([]byte) (int, failure) { return 0, badFile }

// release: a writer that is left gets EPIPE and is told with EPOLLERR.
func (r *pipeReader) release() {
	r.p.reader = nil
	if r.p.writer != nil {
		r.p.writer.notify(0)
	}
}

func (w *pipeWriter) kind() string { return "pipe writer" }

// poll: EPOLLERR when the last reader is gone; poll(2), POLLERR.
func (w *pipeWriter) poll() uint32 {
	var m uint32
	if !w.p.full() {
		m |= epoll.EPOLLOUT
	}
	if w.p.reader == nil {
		m |= epoll.EPOLLERR
	}
	return m
}

func (w *pipeWriter) read([]byte) (int, failure) { return 0, badFile }

// write: EPIPE without a reader; up to PIPE_BUF bytes are all or nothing,
// more may be accepted in part; pipe(7).
func (w *pipeWriter) write(b []byte) (int, failure) {
	p := w.p
	if p.reader == nil {
		return 0, brokenPipe
	}
	if len(b) == 0 {
		return 0, ok
	}
	n := len(b)
	if n > p.free() {
		if n <= pipeAtomic || p.full() {
			return 0, again
		}
		n = p.free()
	}
	p.data.put(b[:n])
	p.reader.notify(epoll.EPOLLIN)
	return n, ok
}

// release: the reader reads what is left and then the end, and is told with
// EPOLLHUP.
func (w *pipeWriter) release() {
	w.p.writer = nil
	if w.p.reader != nil {
		w.p.reader.notify(0)
	}
}
