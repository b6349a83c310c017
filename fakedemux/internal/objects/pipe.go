package objects

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// Limits of a pipe; pipe(7).
const (
	PipePage  = 4096 // and PIPE_BUF: a write of no more is all or nothing
	PipePages = 16   // of a new pipe: 65536 bytes
)

// pipe is what pipe(2) makes; its two ends are descriptions of their own. It
// has pages, not bytes: a page is in use until all that was written to it has
// been read, and a write goes on in the last page only with the part of it that
// is no multiple of a page, and only if that part fits there. Seen on Linux
// 6.18 by filling a pipe and reading it in pieces (TestPipePages).
type pipe struct {
	Data           machine.Buffer
	pages          [PipePages]page
	used           int                  // pages in use, the first is read
	Reader, Writer *machine.Description // nil once closed
	Wakes          bool                 // made for a Wake: a write is no switch point
	Bsd            bsdPipe              // of a BSD
	Fifo           *Vnode               // whose pipe it is, nil of pipe(2)
	Unwritten      bool                 // of a FIFO that no writer has opened yet: it is not at its end
	Back           machine.Buffer       // what was written to the reading end, where a pipe goes both ways
	ReadEnd        PipeReader
	WriteEnd       PipeWriter
}

// page tells how far a page was written and how much of it was not read.
type page struct {
	end, left int
}

// PipeReader is the reading end.
type PipeReader struct{ P *pipe }

// PipeWriter is the writing end.
type PipeWriter struct{ P *pipe }

// NewPipe returns the two ends.
func (k *System) NewPipe() *pipe {
	p := k.pipes.Get()
	p.Data.Clear()
	p.Back.Clear()
	p.Bsd, p.Fifo, p.Unwritten = k.bsdPipe(), nil, false
	p.used, p.Reader, p.Writer, p.Wakes = 0, nil, nil, false
	p.ReadEnd.P, p.WriteEnd.P = p, p
	return p
}

func (p *pipe) Full() bool {
	if p.Bsd.Size > 0 {
		return p.Free() < PipeAtomic
	}
	return p.used == PipePages
}

// put takes what there is room for and returns how much that was. A write that has
// blocked goes on in new pages only; pipe_write, Linux 6.18.
func (p *pipe) put(b []byte, blocked bool) int {
	if p.Bsd.Size > 0 {
		return p.Bsd.put(&p.Data, &p.Bsd.Size, b)
	}
	n := 0
	if rest := len(b) % PipePage; rest > 0 && p.used > 0 && !blocked {
		if last := &p.pages[p.used-1]; last.end+rest <= PipePage {
			last.end += rest
			last.left += rest
			n = rest
		}
	}
	for n < len(b) && !p.Full() {
		size := min(len(b)-n, PipePage)
		p.pages[p.used] = page{end: size, left: size}
		p.used++
		n += size
	}
	p.Data.Put(b[:n])
	return n
}

// putPages takes pages of a file, from an offset on. Each is a page of the pipe, and no
// write goes on in it; splice_folio_into_pipe, Linux 6.18.
func (p *pipe) putPages(b []byte, at int) int {
	n := 0
	for n < len(b) && !p.Full() {
		size := min(len(b)-n, PipePage-(at+n)%PipePage)
		p.pages[p.used] = page{end: PipePage, left: size}
		p.used++
		n += size
	}
	p.Data.Put(b[:n])
	return n
}

// take reads up to len(b) bytes.
func (p *pipe) take(b []byte) int {
	n := p.Data.Take(b)
	if p.Bsd.Size > 0 {
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

// Kind returns "pipe reader".
func (r *PipeReader) Kind() string { return "pipe reader" }

// Poll returns Conditions.
func (r *PipeReader) Poll() uint32 { return r.Conditions() }

// Conditions returns what holds: EPOLLHUP when the last writer is gone, with or without EPOLLIN;
// poll(2), POLLHUP.
func (r *PipeReader) Conditions() uint32 {
	var m uint32
	if r.P.Data.Len() > 0 {
		m |= machine.Readable
	}
	if r.P.Writer == nil {
		m |= machine.HungUp
	}
	if r.P.Bsd.Both && r.P.FreeBack() >= PipeAtomic {
		m |= machine.Writable
	}
	return m
}

// Read returns 0 bytes at the end: empty, and no writer left; pipe(7). The
// writer is told when a full pipe has a free page again.
func (r *PipeReader) Read(b []byte) (int, errno.Failure) {
	p := r.P
	if p.Data.Len() == 0 && len(b) > 0 {
		if p.Bsd.Size > 0 {
			p.hasRead(0)
		}
		if p.Writer == nil {
			p.Unwritten = p.Unwritten || p.Bsd.Forgets
			return 0, errno.OK
		}
		return 0, errno.Again
	}
	wasFull := p.Full()
	n := p.take(b)
	if p.Bsd.Size > 0 {
		p.hasRead(n)
		return n, errno.OK
	}
	if p.Writer == nil || p.Full() {
		return n, errno.OK
	}
	if wasFull {
		p.Writer.Notify(machine.Writable)
	} else {
		p.Writer.NotifyLists(machine.Writable) // a kqueue hears of all room
	}
	return n, errno.OK
}

func (r *PipeReader) Write(b []byte) (int, errno.Failure) {
	if r.P.Bsd.Both {
		return r.P.writeBack(b)
	}
	return 0, errno.BadFile
}

// Release closes the end: a writer that is left gets EPIPE and is told with EPOLLERR.
func (r *PipeReader) Release() {
	r.P.leaves(r.P.Reader, false)
	r.P.Reader = nil
	if r.P.Writer != nil {
		r.P.Writer.NotifyAs(0, r.P.closedTo(machine.Writable))
	}
}

// Kind returns "pipe writer".
func (w *PipeWriter) Kind() string { return "pipe writer" }

// Poll returns Conditions.
func (w *PipeWriter) Poll() uint32 { return w.Conditions() }

// Conditions returns what holds: EPOLLERR when the last reader is gone; poll(2), POLLERR.
func (w *PipeWriter) Conditions() uint32 {
	var m uint32
	if !w.P.Full() {
		m |= machine.Writable
	}
	if w.P.Reader == nil {
		m |= machine.Failed
	}
	if w.P.Bsd.Both && w.P.Back.Len() > 0 {
		m |= machine.Readable
	}
	return m
}

func (w *PipeWriter) Read(b []byte) (int, errno.Failure) {
	if w.P.Bsd.Both {
		return w.P.readBack(b)
	}
	return 0, errno.BadFile
}

// Write: nothing to write is no error, reader or not; EPIPE without a reader;
// up to PIPE_BUF bytes are all or nothing, more may be accepted in part;
// pipe(7). The reader is told each time, by a write to a full pipe too.
func (w *PipeWriter) Write(b []byte) (int, errno.Failure) { return w.WriteOn(b, false) }

// WriteOn is write, or goes on with one that has blocked.
func (w *PipeWriter) WriteOn(b []byte, blocked bool) (int, errno.Failure) {
	p := w.P
	if len(b) == 0 {
		return 0, errno.OK
	}
	if p.Reader == nil {
		return 0, errno.BrokenPipe
	}
	n := p.put(b, blocked)
	if p.Bsd.Size > 0 {
		return p.hasWritten(n)
	}
	p.Reader.Notify(machine.Readable)
	if n == 0 {
		return 0, errno.Again
	}
	return n, errno.OK
}

// Splice is sendfile(2) to a pipe: it waits for a free page, and then takes what there is
// room for; splice_file_to_pipe, Linux 6.18. restart is as of readBlocked.
func (w *PipeWriter) Splice(d *machine.Description, call scheduler.Call, from *Vnode, at, count int) (n int, f errno.Failure, restart bool) {
	p := w.P
	blocking := NewBlockingCall(d, call, ToCopy)
	for f == errno.OK && p.Reader != nil && p.Full() {
		f = blocking.Wait()
	}
	switch {
	case f != errno.OK:
	case p.Reader == nil:
		f = errno.BrokenPipe
	default:
		if n = p.putPages(from.From(at, count), at); n > 0 {
			p.Reader.Notify(machine.Readable)
		}
	}
	blocking.End()
	return n, f, f == errno.Interrupted && blocking.Restart
}

// Release closes the end: the reader reads what is left and then the end, and is told with
// EPOLLHUP.
func (w *PipeWriter) Release() {
	w.P.leaves(w.P.Writer, true)
	w.P.Writer = nil
	if w.P.Reader != nil {
		w.P.Reader.NotifyAs(0, w.P.closedTo(machine.DataReady))
	}
}

// Unread returns how many bytes the reader can read.
func (p *pipe) Unread() int { return p.Data.Len() }
