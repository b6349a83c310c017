package realdemux

import (
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

const (
	shutDownPiece = 10 * time.Millisecond // after it what is left is canceled once more
	shutDownTries = 100                   // of a wait that fails
)

// ShutDown cancels what the kernel has and waits until it has given all of it
// back. No user is inside, and none comes. If the completions cannot be had,
// the memory of what is left stays the kernel's.
func (u *uring) ShutDown() error {
	err := u.recall()
	for i := range u.requests.Rows() {
		q := u.requests.At(uint32(i))
		if q.task != nil && (u.busy <= 0 || !q.flying) {
			u.closeTask(q.task)
		}
	}
	if u.busy <= 0 {
		u.detach()
	}
	return err
}

// recall takes completions until the kernel has nothing any more.
func (u *uring) recall() error {
	tries, again := 0, true
	for u.busy > 0 {
		if again {
			u.cancelAll()
		}
		e := u.ring.wait(shutDownPiece)
		if !hasWaited(e) {
			if tries++; tries == shutDownTries {
				return enterError(e)
			}
		}
		// A request that was about to go on when its cancel came may have
		// escaped it, io_uring_cancelation(7), "Race conditions".
		again = e == unix.ETIME
		u.collect(nil)
		u.mourn()
	}
	return nil
}

func (u *uring) cancelAll() {
	for i := range u.requests.Rows() {
		if u.cancel(uint32(i)) != 0 {
			return // those before it make room
		}
	}
}

// closeTask gives the Op of t back to the caller without an event.
func (u *uring) closeTask(t *task) {
	if t.op.New != demux.NoHandle {
		_ = closeFD(int(t.op.New))
	}
	t.op.N, t.op.New, t.op.Err = 0, demux.NoHandle, demux.ErrClosed
	u.forget(t)
}
