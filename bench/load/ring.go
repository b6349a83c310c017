//go:build linux

package main

import (
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The numbers of io_uring, which x/sys does not have; linux/io_uring.h.
const (
	setupCQSize       = 1 << 3
	setupSingleIssuer = 1 << 12 // Linux 6.0
	setupDeferTaskrun = 1 << 13 // Linux 6.1

	offsetRings   = 0
	offsetEntries = 0x10000000

	enterGetEvents  = 1 << 0
	registerPbufRng = 22 // Linux 5.19

	opSend = 26
	opRecv = 27

	sqeBufferSelect = 1 << 5
	sqeSkipSuccess  = 1 << 6 // no completion of what has succeeded

	recvPollFirst = 1 << 0
	recvMultishot = 1 << 1

	cqeBuffer = 1 << 0
	cqeMore   = 1 << 1
)

const (
	submissions = 4096
	completions = 16384
)

// ringParams is struct io_uring_params.
type ringParams struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFD uint32

	_  [3]uint32
	sq struct {
		head, tail, ringMask, ringEntries, flags, dropped, array uint32

		_ uint32
		_ uint64
	}
	cq struct {
		head, tail, ringMask, ringEntries, overflow, cqes, flags uint32

		_ uint32
		_ uint64
	}
}

// sqe is struct io_uring_sqe, a request.
type sqe struct {
	opcode, flags uint8
	ioprio        uint16
	fd            int32
	off, addr     uint64
	length        uint32
	opFlags       uint32
	userData      uint64
	group         uint16

	_ [22]byte
}

// cqe is struct io_uring_cqe, a completion.
type cqe struct {
	userData uint64
	res      int32
	flags    uint32
}

// pbuf is struct io_uring_buf. The tail of the ring of buffers is the last field of the first.
type pbuf struct {
	addr   uint64
	length uint32
	id     uint16
	tail   uint16
}

// pbufRegistration is struct io_uring_buf_reg.
type pbufRegistration struct {
	addr    uint64
	entries uint32
	group   uint16
	flags   uint16

	_ [3]uint64
}

// The sizes are those of the header.
var (
	_ = [1]byte{unsafe.Sizeof(ringParams{}) - 120: 0}
	_ = [1]byte{unsafe.Sizeof(sqe{}) - 64: 0}
	_ = [1]byte{unsafe.Sizeof(cqe{}) - 16: 0}
	_ = [1]byte{unsafe.Sizeof(pbuf{}) - 16: 0}
	_ = [1]byte{unsafe.Sizeof(pbufRegistration{}) - 40: 0}
)

// ring is an io_uring whose completions are made when this thread asks for them, and a ring of
// buffers that the kernel receives into.
type ring struct {
	fd int

	head, tail, cqHead, cqTail *uint32
	requests                   []sqe
	results                    []cqe
	next                       uint32 // what tail will be when all is handed over
	taken                      uint32 // what cqHead is

	buffers []pbuf
	memory  []byte // of the buffers
	size    int    // of one
	given   uint16 // the tail of buffers
}

// openRing makes a ring with count buffers of size bytes; count is a power of 2. The goroutine
// stays on its thread, the only one that may use the ring.
func openRing(count, size int) (*ring, error) {
	runtime.LockOSThread()
	p := ringParams{flags: setupCQSize | setupSingleIssuer | setupDeferTaskrun, cqEntries: completions}
	fd, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, submissions, uintptr(unsafe.Pointer(&p)), 0)
	if e != 0 {
		return nil, os.NewSyscallError("io_uring_setup", e)
	}
	r := &ring{fd: int(fd), size: size}
	if err := errors.Join(r.mapQueues(&p), r.addBuffers(count)); err != nil {
		_ = unix.Close(r.fd)
		return nil, err
	}
	return r, nil
}

func (r *ring) mapQueues(p *ringParams) error {
	const shared, access = unix.MAP_SHARED | unix.MAP_POPULATE, unix.PROT_READ | unix.PROT_WRITE
	size := max(p.sq.array+p.sqEntries*4, p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(cqe{})))
	queues, err := unix.Mmap(r.fd, offsetRings, int(size), access, shared)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	requests, err := unix.Mmap(r.fd, offsetEntries, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), access, shared)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&queues[offset])) }
	r.head, r.tail, r.cqHead, r.cqTail = at(p.sq.head), at(p.sq.tail), at(p.cq.head), at(p.cq.tail)
	r.requests = unsafe.Slice((*sqe)(unsafe.Pointer(unsafe.SliceData(requests))), p.sqEntries)
	r.results = unsafe.Slice((*cqe)(unsafe.Pointer(&queues[p.cq.cqes])), p.cqEntries)
	for i, array := 0, unsafe.Slice(at(p.sq.array), p.sqEntries); i < len(array); i++ {
		array[i] = uint32(i)
	}
	return nil
}

func (r *ring) addBuffers(count int) error {
	const access, private = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_POPULATE
	m, err := unix.Mmap(-1, 0, count*int(unsafe.Sizeof(pbuf{})), access, private)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	if r.memory, err = unix.Mmap(-1, 0, count*r.size, access, private); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	r.buffers = unsafe.Slice((*pbuf)(unsafe.Pointer(unsafe.SliceData(m))), count)
	reg := pbufRegistration{addr: address(&r.buffers[0]), entries: uint32(count)}
	if _, _, e := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), registerPbufRng, uintptr(unsafe.Pointer(&reg)), 1, 0, 0); e != 0 {
		return os.NewSyscallError("io_uring_register", e)
	}
	for i := range count {
		r.giveBack(uint16(i))
	}
	r.publish()
	return nil
}

func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

// buffer returns what the kernel has received into a buffer.
func (r *ring) buffer(id uint16, n int) []byte {
	return r.memory[int(id)*r.size:][:n]
}

// giveBack lets the kernel have a buffer again, after the next publish.
func (r *ring) giveBack(id uint16) {
	b := &r.buffers[int(r.given)&(len(r.buffers)-1)]
	b.addr, b.length, b.id = address(&r.memory[int(id)*r.size]), uint32(r.size), id
	r.given++
}

// publish shows the kernel which buffers it has. The tail is 16 bits wide, and sync/atomic has
// no store of that size: the kernel runs in this thread when it reads it.
func (r *ring) publish() { r.buffers[0].tail = r.given }

// add returns the next request to be filled in. The caller hands it over by enter.
func (r *ring) add() (*sqe, error) {
	if r.next-atomic.LoadUint32(r.head) == uint32(len(r.requests)) {
		if err := r.enter(); err != nil {
			return nil, err
		}
	}
	s := &r.requests[r.next&uint32(len(r.requests)-1)]
	*s = sqe{}
	r.next++
	return s, nil
}

// enter hands requests over and lets the kernel make completions. It does not wait.
func (r *ring) enter() error {
	atomic.StoreUint32(r.tail, r.next)
	n := r.next - atomic.LoadUint32(r.head)
	_, _, e := unix.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(n), 0, enterGetEvents, 0, 0)
	if e != 0 && e != unix.EINTR && e != unix.EAGAIN && e != unix.EBUSY {
		return os.NewSyscallError("io_uring_enter", e)
	}
	return nil
}

// completions calls f for every completion that is there, and returns how many there were.
func (r *ring) completions(f func(c *cqe) error) (n int, err error) {
	end := atomic.LoadUint32(r.cqTail)
	for ; r.taken != end && err == nil; r.taken++ {
		err = f(&r.results[r.taken&uint32(len(r.results)-1)])
		n++
	}
	atomic.StoreUint32(r.cqHead, r.taken)
	r.publish()
	return n, err
}
