package realdemux

import (
	"bytes"
	"syscall"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// maxPieces is how many pieces of a stream may wait for a read before the receive is stopped.
const maxPieces = 4

// inflow is what arrives on a socket whose reads borrow buffers. One request receives until it
// is stopped (IORING_RECV_MULTISHOT, Linux 6.0); what comes while no read is in flight waits
// here. So a read that follows another one needs no request of its own.
type inflow struct {
	at       *attachment
	request  uint32 // that receives, if armed
	armed    bool
	stopping bool  // its cancel was asked for
	waiting  *task // the read in flight
	pieces   []piece
}

// piece is what a completion of the receive has brought: bytes, the end of the stream or an
// error.
type piece struct {
	bytes  []byte // what of it was not read
	buffer uint16 // it is in
	lent   bool   // or a copy
	err    syscall.Errno
}

// copyOut copies the bytes of a piece, so that their buffer is free.
func (u *uring) copyOut(p *piece) {
	if p.lent {
		p.bytes, p.lent = bytes.Clone(p.bytes), false
		u.release(p.buffer)
	}
}

// flows reports whether op reads what an inflow has, or is to have.
func (u *uring) flows(op *demux.Op, at *attachment) bool {
	if op.Kind != demux.OpRead || !at.socket || u.lend.ring == nil {
		return false
	}
	return op.Buf == nil || at.flow != nil && (at.flow.armed || len(at.flow.pieces) > 0)
}

// draw has op, a read, wait for its piece of the stream.
func (u *uring) draw(op *demux.Op, tok demux.Token, at *attachment) error {
	u.lend.fill()
	t := u.prepare(op, tok, at)
	if at.flow == nil {
		at.flow = &inflow{at: at}
	}
	f := at.flow
	f.waiting, t.flow = t, f
	u.proceed(f)
	if !u.batch {
		_ = u.flush() // what fails now is tried again by the next Wait
	}
	return nil
}

// proceed serves the read that waits, or sees to it that something can come for it.
func (u *uring) proceed(f *inflow) {
	t := f.waiting
	switch {
	case t == nil:
	case len(f.pieces) > 0:
		u.serve(f)
	case f.armed:
	case t.canceled:
		f.waiting = nil
		u.queue.push(&t.work) // Wait sees that it was canceled
	default:
		if e := u.arm(f); e != 0 {
			f.waiting = nil
			t.finish(0, e)
			u.queue.push(&t.work)
		}
	}
}

// arm begins to receive.
func (u *uring) arm(f *inflow) syscall.Errno {
	s := sqe{opcode: opRecv, flags: sqeBufferSelect, fd: int32(f.waiting.op.Handle), bufferGroup: lentGroup, ioprio: recvMultishot}
	if u.lend.once {
		s.ioprio, s.length = 0, lentSize
	}
	f.request = u.requests.Take()
	u.requests.At(f.request).flow = f
	if e := u.add(f.request, s); e != 0 {
		u.discard(f.request)
		return e
	}
	f.armed, f.stopping = true, false
	return 0
}

// stop ends the receive. What has arrived by then still comes.
func (u *uring) stop(f *inflow) {
	if f.armed && !f.stopping {
		f.stopping = u.cancel(f.request) == 0
	}
}

// serve gives the read that waits its piece.
func (u *uring) serve(f *inflow) {
	t, p := f.waiting, &f.pieces[0]
	f.waiting = nil
	used := true
	switch {
	case p.err != 0 || len(p.bytes) == 0:
		t.finish(0, p.err)
	case t.op.Buf != nil:
		n := copy(t.op.Buf, p.bytes)
		t.finish(int32(n), 0)
		p.bytes = p.bytes[n:]
		used = len(p.bytes) == 0
		if used && p.lent {
			u.release(p.buffer)
		}
	default:
		t.finish(int32(len(p.bytes)), 0)
		t.op.Buf = p.bytes
		if p.lent {
			u.lend.holders[p.buffer] = t.op
			t.lent, t.buffer = true, p.buffer
		}
	}
	if used {
		copy(f.pieces, f.pieces[1:])
		f.pieces[len(f.pieces)-1] = piece{}
		f.pieces = f.pieces[:len(f.pieces)-1]
	}
	u.queue.push(&t.work)
}

// arrived takes a completion of the receive.
func (u *uring) arrived(f *inflow, c cqe, more bool) {
	if !more {
		u.discard(f.request)
		f.armed, f.stopping = false, false
	}
	number := uint16(c.flags >> cqeBufferShift)
	hasBuffer := c.flags&cqeBuffer != 0
	if hasBuffer {
		u.lend.taken++
	}
	switch e := syscall.Errno(-min(c.res, 0)); {
	case f.at.lost.Load(): // the handle was closed, and is another object's
		if hasBuffer {
			u.release(number)
		}
		u.stop(f)
		return
	case c.res > 0 && hasBuffer:
		f.pieces = append(f.pieces, piece{bytes: u.lend.bytes(number)[:c.res], buffer: number, lent: true})
	case c.res == 0:
		if hasBuffer {
			u.release(number)
		}
		f.pieces = append(f.pieces, piece{})
	case e == unix.ENOBUFS:
		if f.waiting != nil && !f.waiting.canceled {
			u.lend.starved = append(u.lend.starved, f)
			return
		}
	case e == unix.EINVAL && !u.lend.once:
		u.lend.once = true
	case e == unix.ECANCELED, e == unix.EINTR, e == unix.EAGAIN:
		// Stopped; or the thread that has submitted it is gone, and the kernel has canceled
		// what was its.
	default:
		f.pieces = append(f.pieces, piece{err: e})
	}
	if len(f.pieces) >= maxPieces {
		u.stop(f)
	}
	u.proceed(f)
	if f.waiting == nil && u.lend.taken > lentBuffers/2 { // nobody may ever read them
		for i := range f.pieces {
			u.copyOut(&f.pieces[i])
		}
	}
}

// drain drops what has arrived for a handle that is another object's by now.
func (u *uring) drain(at *attachment) {
	f := at.flow
	if f == nil {
		return
	}
	u.stop(f)
	for i := range f.pieces {
		if f.pieces[i].lent {
			u.release(f.pieces[i].buffer)
		}
	}
	f.pieces = nil
}

// cancelDraw asks that a read that waits for its piece end.
func (u *uring) cancelDraw(t *task) {
	f := t.flow
	if f.waiting != t {
		return // it has ended
	}
	if f.armed {
		u.stop(f)
		return // what comes is the read's, or nothing comes
	}
	u.proceed(f)
}
