package realdemux

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
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
	life    demux.Life
	ring    *ring
	wakefd  int           // a non-blocking eventfd; a Wait polls it
	written atomic.Uint32 // how many Wakes have written to wakefd
	ended   chan struct{} // closed by the call that Close ended
	one     [8]byte       // what a Wake writes; never changes

	// What follows is the user's.
	count    [8]byte // where wakefd is read to
	seen     uint32  // of written: what is known to have been read
	awake    bool    // a Wake was read, and no Wait has returned since
	polled   bool    // a poll of wakefd is pending
	busy     int     // how many completions are to come
	lost     uint32  // how many are known not to come any more
	round    uint64  // the number of the last question
	requests []request
	free     []uint32
	orphans  []uint32 // polls that are nobody's and not canceled yet
	queue    queue    // what the Wait has to see to
	reported queue    // what the next Wait is to ask again
	byHandle map[demux.Handle]*registration
	attached map[demux.Handle]*attachment

	spareRegs  []*registration
	spareTasks []*task
}

// request is whom a completion is about: a registration, a task, or with
// neither nobody any more. Its index is in the completion.
type request struct {
	reg      *registration
	task     *task
	sequence uint32 // of the last request with this index
	flying   bool   // its completion has not been taken
}

const (
	wakeRequest   = 0                            // of the poll of wakefd
	cancelRequest = ^uint64(0)                   // of all cancels, whose completions tell nothing
	forEver       = time.Duration(math.MaxInt64) // the last instant that a Duration can name
)

var _ demux.Completer = (*completer)(nil)

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
	Lends:        false,
}

// OpenCompleter makes a demultiplexer that also carries out operations, of
// io_uring. Where the kernel has none, is older than Linux 5.13 or does not let
// this process have one, it returns an error that is errors.ErrUnsupported and
// tells the reason.
//
// A registration of it is of a number: when a handle is closed without
// Deregister, a poll that is pending keeps the object open and reports it, and
// after that the registration is of whatever has the number, until the next
// Register or Modify of it, which see the difference (W14). What one thread
// makes ready shows when the kernel has told the thread that submitted the
// poll, an instant later. Which handles are attached elsewhere is known within
// this process; two handles of one stream are not known to be one (O4, O10).
func OpenCompleter() (demux.Completer, error) {
	d, err := openCompleter()
	if err != nil {
		return nil, err
	}
	return d, nil
}

func openCompleter() (*completer, error) {
	r, err := openRing()
	if err != nil {
		return nil, err
	}
	wakefd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("eventfd", err), r.close())
	}
	d := &completer{
		ring:     r,
		wakefd:   wakefd,
		ended:    make(chan struct{}),
		requests: make([]request, wakeRequest+1),
		byHandle: make(map[demux.Handle]*registration),
		attached: make(map[demux.Handle]*attachment),
	}
	binary.NativeEndian.PutUint64(d.one[:], 1)
	d.queue.init()
	d.reported.init()
	return d, nil
}

// Traits tells what io_uring offers.
func (d *completer) Traits() demux.Traits { return completerTraits }

// Wake makes the Wait that is blocked, or else the next one, return at once.
func (d *completer) Wake() error {
	if !d.life.Enter(demux.Anybody) {
		return demux.ErrClosed
	}
	err := d.wake()
	if _, last := d.life.Leave(demux.Anybody); last {
		_ = d.release() // Close has returned; there is nobody left to tell
	}
	return err
}

func (d *completer) wake() error {
	for {
		_, err := unix.Write(d.wakefd, d.one[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil && !errors.Is(err, unix.EAGAIN) { // the counter is full, eventfd(2): a wake is pending
			return os.NewSyscallError("write", err)
		}
		// After the write: a Wait that sees the number finds the wake in
		// wakefd, and one that does not is told by its poll.
		d.written.Add(1)
		return nil
	}
}

// look takes the Wakes that were written to wakefd. That is what tells a Wake:
// the completion of the poll may be of one that was taken long ago.
func (d *completer) look() {
	written := d.written.Load()
	for {
		_, err := unix.Read(d.wakefd, d.count[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		d.awake = d.awake || err == nil
		d.seen = written
		return
	}
}

// Close ends d: a blocked Wait and every later call return demux.ErrClosed,
// what is in flight is canceled and given back by the kernel, with
// demux.ErrClosed as its result. Close returns after a call that it ended is
// out; the descriptors are closed when the last call is, a concurrent Wake
// included. Registered and attached handles stay the caller's.
func (d *completer) Close() error {
	first, user := d.life.Close()
	if !first {
		return demux.ErrClosed
	}
	var failed error
	if user {
		// Closing the descriptor does not end a wait on it. The user is
		// inside until it has closed the channel.
		failed = d.wake()
		<-d.ended
	} else {
		failed = d.shutDown()
	}
	if _, last := d.life.Leave(demux.Anybody); last {
		return errors.Join(failed, d.release())
	}
	return failed
}

// enter lets the user in, and reports false if d is closed.
func (d *completer) enter() bool { return d.life.Enter(demux.TheUser) }

// leave lets the user out and returns err, or demux.ErrClosed if a Close waits
// for it. It is the last that the user's call does with d.
func (d *completer) leave(err error) error {
	if closed, _ := d.life.Leave(demux.TheUser); !closed {
		return err
	}
	_ = d.shutDown()
	close(d.ended)
	return demux.ErrClosed
}

// release closes the descriptors of d.
func (d *completer) release() error {
	return errors.Join(d.ring.close(), closeFD(d.wakefd))
}

// add puts s into the submission queue as request i, and hands the queue over
// first if it is full.
func (d *completer) add(i uint32, s sqe) syscall.Errno {
	q := &d.requests[i]
	q.sequence++
	s.userData = uint64(q.sequence)<<32 | uint64(i)
	e := d.push(s)
	if e == 0 {
		q.flying = true
	}
	return e
}

// cancel asks the kernel to end request i, if it has it.
func (d *completer) cancel(i uint32) syscall.Errno {
	q := &d.requests[i]
	if !q.flying {
		return 0
	}
	return d.push(sqe{opcode: opAsyncCancel, fd: -1, addr: uint64(q.sequence)<<32 | uint64(i), userData: cancelRequest})
}

func (d *completer) push(s sqe) syscall.Errno {
	for !d.ring.add(s) {
		if e := d.flush(); e != 0 {
			return e
		}
	}
	d.busy++
	return 0
}

// flush hands the submission queue over.
func (d *completer) flush() syscall.Errno {
	for d.ring.pending() > 0 {
		e := d.ring.submit()
		if e == unix.EBUSY {
			d.collect(nil) // io_uring_enter(2): completions have to be taken first
		} else if e != 0 && e != unix.EINTR {
			return e
		}
	}
	return 0
}

// acquire returns a request that is not in use.
func (d *completer) acquire() uint32 {
	if n := len(d.free); n > 0 {
		i := d.free[n-1]
		d.free = d.free[:n-1]
		return i
	}
	d.requests = append(d.requests, request{})
	return uint32(len(d.requests) - 1)
}

// discard gives request i back. Nothing of it is in flight.
func (d *completer) discard(i uint32) {
	q := &d.requests[i]
	q.reg, q.task = nil, nil
	d.free = append(d.free, i)
}
