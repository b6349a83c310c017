package realdemux

import (
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// completer is a demux.Completer over io_uring. One goroutine at a time may
// use it; Wake and Close may be called by any at any time. It panics when it
// sees a second user.
//
// Readiness is polls: each reports once, and the next Wait asks again. What a
// Wait reports is the answer to a question that it has asked itself, so it is
// complete and not of yesterday; a poll that was pending only tells that the
// question is worth asking.
type completer struct {
	frame.Completer
	uring uring
}

// uring makes the calls of a completer.
type uring struct {
	ring    *ring
	wakefd  int           // a non-blocking eventfd; a Wait polls it
	written atomic.Uint32 // how many Wakes have written to wakefd
	ended   chan struct{} // closed by the call that Close ended
	one     [8]byte       // what a Wake writes; never changes

	// What follows is the user's.
	count    [8]byte // where wakefd is read to
	batch    bool    // what is submitted waits for the next Wait
	seen     uint32  // of written: what is known to have been read
	awake    bool    // a Wake was read, and no Wait has returned since
	polled   bool    // a poll of wakefd is pending
	busy     int     // how many completions are to come
	lost     uint32  // how many are known not to come any more
	round    uint64  // the number of the last question
	requests frame.Table[request]
	orphans  []uint32 // polls that are nobody's and not canceled yet
	queue    queue    // what the Wait has to see to
	reported queue    // what the next Wait is to ask again
	byHandle map[demux.Handle]*registration
	attached map[demux.Handle]*attachment
	lend     lender

	spareRegs  frame.Spares[registration]
	spareTasks frame.Spares[task]
}

// request is the object that a completion is about: a registration, a task, or with
// neither nobody any more. Its index is in the completion.
type request struct {
	reg      *registration
	task     *task
	flow     *inflow
	sequence uint32 // of the last request with this index
	flying   bool   // its completion has not been taken
}

const (
	wakeRequest   = 0          // of the poll of wakefd
	cancelRequest = ^uint64(0) // of all cancels, whose completions tell nothing
)

var _ demux.Batcher = (*completer)(nil)

var completerTraits = demux.Traits{
	Name:         "io_uring",
	Level:        true,  // one poll a report, asked again by the next Wait
	Edge:         false, // a poll that goes on tells of more than edges
	Oneshot:      true,
	Merged:       true,                        // a poll answers with all that holds
	Unasked:      demux.Hangup | demux.Failed, // poll(2): POLLERR and POLLHUP need not be asked for
	Fair:         false,                       // nothing was found that promises it
	Resolution:   time.Nanosecond,             // io_uring_enter(2): a timespec
	ReadsOrdered: false,                       // io_uring(7): completions come in any order
	CloseCancels: false,                       // io_uring_cancelation(7), "Canceling by file descriptor"
	Lends:        false,                       // openCompleter asks the kernel
}

// OpenCompleter makes a demultiplexer over io_uring that also carries out
// operations. It returns an error that wraps errors.ErrUnsupported and names the
// reason if the kernel has no io_uring, is older than Linux 5.13, or does not let
// this process use io_uring.
//
// The demultiplexer has these limits:
//
//   - It registers a descriptor by its number. If a handle is closed without
//     Deregister, a pending poll keeps the object open and reports it. After that
//     report the registration applies to the next object that has the number,
//     until a Register or Modify of the number notices the difference (W14).
//   - A condition that another thread causes is reported an instant later, when
//     the kernel has notified the thread that submitted the poll. If the process
//     has one processor, that thread is not interrupted for it: see OpenOnThread
//     of the host that NewCompleterHost returns.
//   - It knows which handles are attached to another demultiplexer only within
//     this process (O10), and does not notice that two handles name one stream
//     (O4).
func OpenCompleter() (demux.Completer, error) {
	d, err := openCompleter(false)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// OpenOnThread is Open for a user that stays on one thread, with runtime.LockOSThread for
// example. From Linux 5.19 on, it saves an interrupt for most operations that end while the
// thread runs (IORING_SETUP_COOP_TASKRUN of io_uring_setup(2)). A user on several threads may
// have to wait for a tick of the clock, usually 10 ms at the most, until it is told of an
// operation that another of them has submitted.
func (completerHost) OpenOnThread() (demux.Demux, error) {
	d, err := openCompleter(true)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// openCompleter opens a completer. On one processor the threads of a program do not run at the
// same time: that is as good as one thread.
func openCompleter(onThread bool) (*completer, error) {
	r, err := openRing(onThread || runtime.NumCPU() == 1)
	if err != nil {
		return nil, err
	}
	wakefd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("eventfd", err), r.close())
	}
	d := &completer{uring: uring{
		ring:     r,
		wakefd:   wakefd,
		ended:    make(chan struct{}),
		byHandle: make(map[demux.Handle]*registration),
		attached: make(map[demux.Handle]*attachment),
	}}
	u := &d.uring
	binary.NativeEndian.PutUint64(u.one[:], 1)
	u.requests.Take() // wakeRequest
	u.queue.init()
	u.reported.init()
	if err := u.lend.open(r.fd); err != nil {
		return nil, errors.Join(err, u.Release())
	}
	traits := completerTraits
	traits.Lends = u.lend.ring != nil
	d.Completer = frame.NewCompleter(u, (*linuxCalls)(nil), traits)
	return d, nil
}

// Wake counts wakefd up.
func (u *uring) Wake() error {
	for {
		_, err := unix.Write(u.wakefd, u.one[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) { // the counter is full, eventfd(2): a wake is pending
			return os.NewSyscallError("write", err)
		}
		// After the write: a Wait that sees the number finds the wake in
		// wakefd, and one that does not is told by its poll.
		u.written.Add(1)
		return nil
	}
}

// look takes the Wakes that were written to wakefd. That is what tells a Wake:
// the completion of the poll may be of one that was taken long ago.
func (u *uring) look() {
	written := u.written.Load()
	for {
		_, err := unix.Read(u.wakefd, u.count[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		u.awake = u.awake || err == nil
		u.seen = written
		return
	}
}

// AwaitUser waits until the channel is closed.
func (u *uring) AwaitUser() error {
	failed := u.Wake()
	<-u.ended
	return failed
}

// UserLeft closes the channel.
func (u *uring) UserLeft() { close(u.ended) }

// Release closes the descriptors.
func (u *uring) Release() error {
	return errors.Join(u.ring.close(), u.lend.close(), closeFD(u.wakefd))
}

// add puts s into the submission queue as request i, and hands the queue over
// first if it is full.
func (u *uring) add(i uint32, s sqe) syscall.Errno {
	q := u.requests.At(i)
	q.sequence++
	s.userData = uint64(q.sequence)<<32 | uint64(i)
	e := u.push(s)
	if e == 0 {
		q.flying = true
	}
	return e
}

// cancel asks the kernel to end request i, if it has it.
func (u *uring) cancel(i uint32) syscall.Errno {
	q := u.requests.At(i)
	if !q.flying {
		return 0
	}
	return u.push(sqe{opcode: opAsyncCancel, fd: -1, addr: uint64(q.sequence)<<32 | uint64(i), userData: cancelRequest})
}

func (u *uring) push(s sqe) syscall.Errno {
	for !u.ring.add(s) {
		if e := u.flush(); e != 0 {
			return e
		}
	}
	u.busy++
	return 0
}

// flush hands the submission queue over.
func (u *uring) flush() syscall.Errno {
	for u.ring.pending() > 0 {
		e := u.ring.submit()
		if e == unix.EBUSY {
			u.collect(nil) // io_uring_enter(2): completions have to be taken first
		} else if e != 0 && e != unix.EINTR {
			return e
		}
	}
	return 0
}

// discard gives request i back. Nothing of it is in flight.
func (u *uring) discard(i uint32) {
	q := u.requests.At(i)
	q.reg, q.task, q.flow = nil, nil, nil
	u.requests.Free(i)
}
