package realdemux

import (
	"encoding/binary"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// Limits of the buffers that reads without one borrow (O8).
const (
	lentBuffers = 64       // of a completer; a power of two. The kernel takes them in turn: more fit no cache
	lentSize    = 16 << 10 // bytes of each
	lentGroup   = 0        // what the kernel knows them by
)

// lentMark is in the Slot of an Op whose Buf is lent. The rest is the buffer's number.
const lentMark = 1 << 31

// lender has the buffers that reads without one borrow. The kernel takes one for bytes that
// have arrived, so a connection on which nothing arrives needs none; io_uring_register(2),
// IORING_REGISTER_PBUF_RING. It works from Linux 5.19 on.
type lender struct {
	ring    []byte // the mapping of the ring of those that the kernel may take; nil: it lends none
	memory  []byte // of all; nil before the first is needed
	entries []bufferEntry
	first   uint16 // the number in the first entry, which shares a word with the tail
	tail    uint16
	holders [lentBuffers]*demux.Op // whose Buf each is
	taken   int                    // how many the kernel has filled, as far as is known
	starved []*inflow              // which have found no buffer
	once    bool                   // Linux before 6.0: a receive ends with the first bytes
}

// open registers the ring, if the kernel can. It stays empty until a buffer is needed.
func (l *lender) open(fd int) error {
	const access, private = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	ring, err := unix.Mmap(-1, 0, lentBuffers*int(unsafe.Sizeof(bufferEntry{})), access, private)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r := bufferRegistration{ring: address(&ring[0]), entries: lentBuffers, group: lentGroup}
	_, _, e := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(fd), registerBuffers, uintptr(unsafe.Pointer(&r)), 1, 0, 0)
	if e != 0 {
		return os.NewSyscallError("munmap", unix.Munmap(ring))
	}
	l.ring = ring
	l.entries = unsafe.Slice((*bufferEntry)(unsafe.Pointer(&ring[0])), lentBuffers)
	return nil
}

// fill makes the buffers.
func (l *lender) fill() {
	if l.memory != nil {
		return
	}
	l.memory = make([]byte, lentBuffers*lentSize)
	for i := range lentBuffers {
		l.offer(uint16(i))
	}
}

// close gives the mapping back. The ring of the completer is closed.
func (l *lender) close() error {
	if l.ring == nil {
		return nil
	}
	return os.NewSyscallError("munmap", unix.Munmap(l.ring))
}

// bytes returns a buffer.
func (l *lender) bytes(i uint16) []byte { return l.memory[int(i)*lentSize:][:lentSize:lentSize] }

// offer lets the kernel take a buffer.
func (l *lender) offer(i uint16) {
	l.holders[i] = nil
	place := int(l.tail) % lentBuffers
	e := &l.entries[place]
	e.addr, e.length = address(unsafe.SliceData(l.bytes(i))), lentSize
	if place == 0 {
		l.first = i
	} else {
		e.number = i
	}
	l.tail++
	// The tail of the ring lies over the last bytes of the first entry, behind the number
	// of its buffer; struct io_uring_buf_ring of linux/io_uring.h.
	var word [4]byte
	binary.NativeEndian.PutUint16(word[:2], l.first)
	binary.NativeEndian.PutUint16(word[2:], l.tail)
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&l.ring[unsafe.Offsetof(e.number)])), binary.NativeEndian.Uint32(word[:]))
}

// held returns the buffer that is the Buf of op. op may have been written over by the caller.
func (l *lender) held(op *demux.Op) (uint16, bool) {
	if i := op.Slot &^ lentMark; op.Slot&lentMark != 0 && i < lentBuffers && l.holders[i] == op {
		return uint16(i), true
	}
	for i := range l.holders {
		if l.holders[i] == op {
			return uint16(i), true
		}
	}
	return 0, false
}

// release offers a buffer again.
func (u *uring) release(i uint16) {
	u.lend.taken--
	u.lend.offer(i)
}

// feed starts receives that have found no buffer, as many as there are buffers now. One that
// has nothing to receive takes none, so others may follow: feed reports whether it started
// any, and is called again then.
func (u *uring) feed() bool {
	l := &u.lend
	n := min(len(l.starved), lentBuffers-l.taken)
	for _, f := range l.starved[:n] {
		u.proceed(f)
	}
	l.starved = append(l.starved[:0], l.starved[n:]...)
	return n > 0
}

// feedAll feeds until there is no buffer, or no receive that has found none.
func (u *uring) feedAll() syscall.Errno {
	for u.feed() {
		if e := u.flush(); e != 0 {
			return e
		}
		u.collect(nil)
	}
	return 0
}

// takeBack takes the buffer of op back, if it has one.
func (u *uring) takeBack(op *demux.Op) {
	if u.lend.memory == nil {
		return
	}
	if i, has := u.lend.held(op); has {
		u.release(i)
	}
}

// GiveBack takes the buffer of op back, for a Cancel of an op that is not in flight. The caller
// may be about to close the handle: nothing more is received on it until a next read, and that
// looks at what the handle is then.
func (u *uring) GiveBack(op *demux.Op) {
	u.takeBack(op)
	at := u.attached[op.Handle]
	if op.Kind != demux.OpRead || at == nil || at.flow == nil {
		return
	}
	at.doubted = true
	u.stop(at.flow)
	for i := range at.flow.pieces {
		u.copyOut(&at.flow.pieces[i])
	}
	if !u.batch {
		_ = u.flush() // what fails now is tried again by the next Wait
	}
}
