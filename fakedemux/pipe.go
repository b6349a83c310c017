package fakedemux

import (
	"reactortest/scheduler"
)

// Limits of a pipe; pipe(7).
const (
	pipePage  = 4096 // and PIPE_BUF: a write of no more is all or nothing
	pipePages = 16   // of a new pipe: 65536 bytes
)

// pipe is what pipe(2) makes; its two ends are descriptions of their own. It
// has pages, not bytes: a page is in use until all that was written to it has
// been read, and a write goes on in the last page only with the part of it that
// is no multiple of a page, and only if that part fits there. Seen on Linux
// 6.18 by filling a pipe and reading it in pieces (TestPipePages).
type pipe struct {
	data           buffer
	pages          [pipePages]page
	used           int          // pages in use, the first is read
	reader, writer *description // nil once closed
	wakes          bool         // made for a Wake: a write is no switch point
	bsd            bsdPipe      // of a BSD
	fifo           *vnode       // whose pipe it is, nil of pipe(2)
	unwritten      bool         // of a FIFO that no writer has opened yet: it is not at its end
	back           buffer       // what was written to the reading end, where a pipe goes both ways
	readEnd        pipeReader
	writeEnd       pipeWriter
}

// page tells how far a page was written and how much of it was not read.
type page struct {
	end, left int
}

type pipeReader struct{ p *pipe }

type pipeWriter struct{ p *pipe }

// newPipe returns the two ends.
func (k *system) newPipe() *pipe {
	p := k.pipes.get()
	p.data.clear()
	p.back.clear()
	p.bsd, p.fifo, p.unwritten = k.bsdPipe(), nil, false
	p.used, p.reader, p.writer, p.wakes = 0, nil, nil, false
	p.readEnd.p, p.writeEnd.p = p, p
	return p
}

func (p *pipe) full() bool {
	if p.bsd.size > 0 {
		return p.free() < pipeAtomic
	}
	return p.used == pipePages
}

// put takes what there is room for and returns how much that was. A write that has
// blocked goes on in new pages only; pipe_write, Linux 6.18.
func (p *pipe) put(b []byte, blocked bool) int {
	if p.bsd.size > 0 {
		return p.bsd.put(&p.data, &p.bsd.size, b)
	}
	n := 0
	if rest := len(b) % pipePage; rest > 0 && p.used > 0 && !blocked {
		if last := &p.pages[p.used-1]; last.end+rest <= pipePage {
			last.end += rest
			last.left += rest
			n = rest
		}
	}
	for n < len(b) && !p.full() {
		size := min(len(b)-n, pipePage)
		p.pages[p.used] = page{end: size, left: size}
		p.used++
		n += size
	}
	p.data.put(b[:n])
	return n
}

// putPages takes pages of a file, from an offset on. Each is a page of the pipe, and no
// write goes on in it; splice_folio_into_pipe, Linux 6.18.
func (p *pipe) putPages(b []byte, at int) int {
	n := 0
	for n < len(b) && !p.full() {
		size := min(len(b)-n, pipePage-(at+n)%pipePage)
		p.pages[p.used] = page{end: pipePage, left: size}
		p.used++
		n += size
	}
	p.data.put(b[:n])
	return n
}

// take reads up to len(b) bytes.
func (p *pipe) take(b []byte) int {
	n := p.data.take(b)
	if p.bsd.size > 0 {
		return n
	}
	done := 0
	for left := n; left > 0; {
		first := &p.pages[done]
		part := min(left, first.left)
		first.left -= part
		left -= part
		if first.left == 0 {
			done++
		}
	}
	p.used = copy(p.pages[:], p.pages[done:p.used])
	return n
}

func (r *pipeReader) kind() string { return "pipe reader" }

// poll: EPOLLHUP when the last writer is gone, with or without EPOLLIN;
// poll(2), POLLHUP.
func (r *pipeReader) poll() uint32 { return r.conditions() }

func (r *pipeReader) conditions() uint32 {
	var m uint32
	if r.p.data.len() > 0 {
		m |= readable
	}
	if r.p.writer == nil {
		m |= hungUp
	}
	if r.p.bsd.both && r.p.freeBack() >= pipeAtomic {
		m |= writable
	}
	return m
}

// read returns 0 bytes at the end: empty, and no writer left; pipe(7). The
// writer is told when a full pipe has a free page again.
func (r *pipeReader) read(b []byte) (int, failure) {
	p := r.p
	if p.data.len() == 0 && len(b) > 0 {
		if p.writer == nil {
			return 0, ok
		}
		return 0, again
	}
	wasFull := p.full()
	n := p.take(b)
	if p.bsd.size > 0 {
		p.hasRead(n)
		return n, ok
	}
	if p.writer == nil || p.full() {
		return n, ok
	}
	if wasFull {
		p.writer.notify(writable)
	} else {
		p.writer.notifyLists(writable) // a kqueue hears of all room
	}
	return n, ok
}

func (r *pipeReader) write(b []byte) (int, failure) {
	if r.p.bsd.both {
		return r.p.writeBack(b)
	}
	return 0, badFile
}

// release: a writer that is left gets EPIPE and is told with EPOLLERR.
func (r *pipeReader) release() {
	r.p.leaves(r.p.reader, false)
	r.p.reader = nil
	if r.p.writer != nil {
		r.p.writer.notify(0)
	}
}

func (w *pipeWriter) kind() string { return "pipe writer" }

// poll: EPOLLERR when the last reader is gone; poll(2), POLLERR.
func (w *pipeWriter) poll() uint32 { return w.conditions() }

func (w *pipeWriter) conditions() uint32 {
	var m uint32
	if !w.p.full() {
		m |= writable
	}
	if w.p.reader == nil {
		m |= failed
	}
	if w.p.bsd.both && w.p.back.len() > 0 {
		m |= readable
	}
	return m
}

func (w *pipeWriter) read(b []byte) (int, failure) {
	if w.p.bsd.both {
		return w.p.readBack(b)
	}
	return 0, badFile
}

// write: nothing to write is no error, reader or not; EPIPE without a reader;
// up to PIPE_BUF bytes are all or nothing, more may be accepted in part;
// pipe(7). The reader is told each time, by a write to a full pipe too.
func (w *pipeWriter) write(b []byte) (int, failure) { return w.writeOn(b, false) }

// writeOn is write, or goes on with one that has blocked.
func (w *pipeWriter) writeOn(b []byte, blocked bool) (int, failure) {
	p := w.p
	if len(b) == 0 {
		return 0, ok
	}
	if p.reader == nil {
		return 0, brokenPipe
	}
	n := p.put(b, blocked)
	if p.bsd.size > 0 {
		return p.hasWritten(n)
	}
	p.reader.notify(readable)
	if n == 0 {
		return 0, again
	}
	return n, ok
}

// splice is sendfile(2) to a pipe: it waits for a free page, and then takes what there is
// room for; splice_file_to_pipe, Linux 6.18. restart is as of readBlocked.
func (w *pipeWriter) splice(d *description, call scheduler.Call, from *vnode, at, count int) (n int, f failure, restart bool) {
	p := w.p
	blocking := newBlockingCall(d, call)
	for f == ok && p.reader != nil && p.full() {
		f = blocking.wait()
	}
	switch {
	case f != ok:
	case p.reader == nil:
		f = brokenPipe
	default:
		if n = p.putPages(from.from(at, count), at); n > 0 {
			p.reader.notify(readable)
		}
	}
	blocking.end()
	return n, f, f == interrupted && blocking.restart
}

// release: the reader reads what is left and then the end, and is told with
// EPOLLHUP.
func (w *pipeWriter) release() {
	w.p.leaves(w.p.writer, true)
	w.p.writer = nil
	if w.p.reader != nil {
		w.p.reader.notify(0)
	}
}

// unread returns how many bytes the reader can read.
func (p *pipe) unread() int { return p.data.len() }
