package realdemux

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The sizes of the queues. Neither is a limit on what may be in flight: when
// the submission queue is full it is handed over early, and what does not fit
// into the completion queue waits in memory of the kernel's
// (io_uring_setup(2), IORING_FEAT_NODROP).
const (
	submissions = 1024 // requests that one call hands over
	completions = 8192 // completions that wait outside of the kernel's memory
)

// longestEnter is how long one call waits at the most. The kernel adds the
// time to its clock, and the sum is to fit into 63 bits of nanoseconds.
const longestEnter = 365 * 24 * time.Hour

// ring is an io_uring: two queues in memory that is shared with the kernel.
// One goroutine at a time uses it.
//
// It is set up with no flag that ties it to a thread, since a goroutine has
// none of its own. So the kernel finishes a request on the thread that has
// submitted it (io_uring_internals(7), "Who does the work"), and cancels it
// should that thread end.
//
// A thread that runs is interrupted for that, which costs an interrupt of a processor for
// every message that arrives. A cooperative ring leaves the thread alone: it finishes the
// requests at its next system call, or else at the next tick of the clock. That is right
// where the thread is the loop's own. Where goroutines share threads, one that computes may
// have become the thread of what another one waits for.
type ring struct {
	fd             int
	queues         []byte // the mapping of both queues
	submissionsMem []byte // the mapping of the requests

	head, tail, flags    *uint32 // of the submission queue; tail and cqHead are ours, the rest the kernel's
	cqHead, cqTail, lost *uint32 // of the completion queue
	requests             []sqe
	results              []cqe
	next                 uint32 // what tail will be when all is handed over

	arg     getEventsArg // of the enter in progress
	timeout timespec
}

// openRing sets an io_uring up, a cooperative one if that is asked for and the kernel has
// them. If it fails it leaves nothing open.
func openRing(cooperative bool) (*ring, error) {
	var p params
	setup := func(flags uint32) (uintptr, syscall.Errno) {
		p = params{flags: setupClamp | setupCQSize | flags, cqEntries: completions}
		fd, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, submissions, uintptr(unsafe.Pointer(&p)), 0)
		return fd, e
	}
	var extra uint32
	if cooperative {
		extra = setupCoop | setupFlag
	}
	fd, e := setup(extra)
	if e == unix.EINVAL && cooperative {
		fd, e = setup(0)
	}
	if e != 0 {
		return nil, refusal(e)
	}
	r := &ring{fd: int(fd)} // close-on-exec, as the kernel makes it
	if p.features&features != features {
		return nil, errors.Join(fmt.Errorf("io_uring: %w: the kernel is older than Linux 5.13 (features %#x)",
			errors.ErrUnsupported, p.features), r.close())
	}
	if err := r.mmap(&p); err != nil {
		return nil, errors.Join(os.NewSyscallError("mmap", err), r.close())
	}
	return r, nil
}

// refusal returns the error of an io_uring_setup that failed with e.
func refusal(e syscall.Errno) error {
	err := os.NewSyscallError("io_uring_setup", e)
	if e == unix.ENOSYS {
		return fmt.Errorf("io_uring: %w: %w", errors.ErrUnsupported, err)
	}
	if e != unix.EPERM && e != unix.EACCES {
		return err
	}
	// Since Linux 6.6 an administrator can switch it off. Elsewhere it is a
	// filter of system calls that says so.
	why := "a filter of system calls may be the reason"
	if b, _ := os.ReadFile("/proc/sys/kernel/io_uring_disabled"); len(b) > 0 && b[0] != '0' {
		why = "kernel.io_uring_disabled is " + strings.TrimSpace(string(b))
	}
	return fmt.Errorf("io_uring: %w: %w: %s", errors.ErrUnsupported, err, why)
}

// mmap maps the queues and finds what is in them; io_uring_setup(2).
func (r *ring) mmap(p *params) error {
	const shared, access = unix.MAP_SHARED | unix.MAP_POPULATE, unix.PROT_READ | unix.PROT_WRITE
	size := max(p.sq.array+p.sqEntries*4, p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(cqe{})))
	var err error
	if r.queues, err = unix.Mmap(r.fd, offsetRings, int(size), access, shared); err != nil {
		return err
	}
	size = p.sqEntries * uint32(unsafe.Sizeof(sqe{}))
	if r.submissionsMem, err = unix.Mmap(r.fd, offsetEntries, int(size), access, shared); err != nil {
		return err
	}
	r.head, r.tail, r.flags = r.number(p.sq.head), r.number(p.sq.tail), r.number(p.sq.flags)
	r.cqHead, r.cqTail, r.lost = r.number(p.cq.head), r.number(p.cq.tail), r.number(p.cq.overflow)
	r.requests = unsafe.Slice((*sqe)(unsafe.Pointer(unsafe.SliceData(r.submissionsMem))), p.sqEntries)
	r.results = unsafe.Slice((*cqe)(unsafe.Pointer(&r.queues[p.cq.cqes])), p.cqEntries)
	// The queue holds numbers of requests. Ours go round in step with it.
	array := unsafe.Slice(r.number(p.sq.array), p.sqEntries)
	for i := range array {
		array[i] = uint32(i)
	}
	r.next = atomic.LoadUint32(r.tail)
	return nil
}

// number returns the number at offset in the mapping of the queues.
func (r *ring) number(offset uint32) *uint32 {
	return (*uint32)(unsafe.Pointer(&r.queues[offset]))
}

// close gives everything back.
func (r *ring) close() error {
	var failed []error
	for _, m := range [...][]byte{r.submissionsMem, r.queues} {
		if m != nil {
			failed = append(failed, os.NewSyscallError("munmap", unix.Munmap(m)))
		}
	}
	return errors.Join(append(failed, closeFD(r.fd))...)
}

func closeFD(fd int) error {
	err := unix.Close(fd)
	if errors.Is(err, unix.EINTR) {
		return nil // close(2): the descriptor is closed all the same
	}
	return os.NewSyscallError("close", err)
}

// pending returns how many requests the kernel has not taken yet.
func (r *ring) pending() uint32 { return r.next - atomic.LoadUint32(r.head) }

// add puts s at the end of the submission queue. It reports false if that is
// full.
func (r *ring) add(s sqe) bool {
	size := uint32(len(r.requests))
	if r.pending() == size {
		return false
	}
	r.requests[r.next%size] = s // the sizes are powers of two
	r.next++
	return true
}

// retract takes back the request that was added last, unless the kernel has
// taken it. The kernel looks at the queue in a call only, because the ring is
// not set up with IORING_SETUP_SQPOLL.
func (r *ring) retract() bool {
	if r.pending() == 0 {
		return false
	}
	r.next--
	return true
}

// first returns the oldest completion, nil if there is none. It stays where it
// is until drop.
func (r *ring) first() *cqe {
	head := atomic.LoadUint32(r.cqHead)
	if head == atomic.LoadUint32(r.cqTail) {
		return nil
	}
	return &r.results[head%uint32(len(r.results))]
}

// drop frees the place of the oldest completion.
func (r *ring) drop() { atomic.StoreUint32(r.cqHead, atomic.LoadUint32(r.cqHead)+1) }

// overflown tells whether completions wait in the kernel's memory for room.
func (r *ring) overflown() bool { return atomic.LoadUint32(r.flags)&flagOverflow != 0 }

// unfinished tells whether this thread, or another one, has requests of a cooperative ring to
// finish in its next system call.
func (r *ring) unfinished() bool { return atomic.LoadUint32(r.flags)&flagTaskRun != 0 }

// dropped returns how many completions the kernel has lost for want of memory
// to keep them in. IORING_FEAT_NODROP leaves no other reason.
func (r *ring) dropped() uint32 { return atomic.LoadUint32(r.lost) }

// submit hands over what was added, or a part of it: the kernel stops at a
// request that it refuses, io_uring_setup(2), IORING_SETUP_SUBMIT_ALL.
func (r *ring) submit() syscall.Errno { return r.enter(0, 0, nil, 0) }

// getEvents has the kernel finish requests, and put what waits in its memory into the queue.
func (r *ring) getEvents() syscall.Errno { return r.enter(0, enterGetEvents, nil, 0) }

// wait is submit, and waits until there is a completion, left at the most;
// left below 0 is forever. Whether the time was up is not told where there
// was something to submit.
func (r *ring) wait(left time.Duration) syscall.Errno {
	if left < 0 {
		return r.enter(1, enterGetEvents, nil, 0)
	}
	left = min(left, longestEnter)
	r.timeout = timespec{sec: int64(left / time.Second), nsec: int64(left % time.Second)}
	r.arg = getEventsArg{timeout: address(&r.timeout)}
	return r.enter(1, enterGetEvents|enterExtArg, unsafe.Pointer(&r.arg), unsafe.Sizeof(r.arg))
}

// hasWaited tells whether a wait that returned e is to be followed by a look at
// the completions. EBUSY says that they have to be taken first.
func hasWaited(e syscall.Errno) bool {
	return e == 0 || e == unix.ETIME || e == unix.EINTR || e == unix.EBUSY
}

func (r *ring) enter(least, flags uint32, arg unsafe.Pointer, size uintptr) syscall.Errno {
	atomic.StoreUint32(r.tail, r.next)
	_, _, e := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.pending()), uintptr(least), uintptr(flags),
		uintptr(arg), size)
	return e
}
