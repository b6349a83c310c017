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

// shutDown cancels what the kernel has and waits until it has given all of it
// back. No user is inside, and none comes. If the completions cannot be had,
// the memory of what is left stays the kernel's.
func (d *completer) shutDown() error {
	err := d.recall()
	for i := range d.requests {
		if t := d.requests[i].task; t != nil && (d.busy <= 0 || !d.requests[i].flying) {
			d.closeTask(t)
		}
	}
	if d.busy <= 0 {
		d.detach()
	}
	return err
}

// recall takes completions until the kernel has nothing any more.
func (d *completer) recall() error {
	tries, again := 0, true
	for d.busy > 0 {
		if again {
			d.cancelAll()
		}
		e := d.ring.wait(shutDownPiece)
		if !hasWaited(e) {
			if tries++; tries == shutDownTries {
				return enterError(e)
			}
		}
		// A request that was about to go on when its cancel came may have
		// escaped it, io_uring_cancelation(7), "Race conditions".
		again = e == unix.ETIME
		d.collect(nil)
		d.mourn()
	}
	return nil
}

func (d *completer) cancelAll() {
	for i := range d.requests {
		if d.cancel(uint32(i)) != 0 {
			return // those before it make room
		}
	}
}

// closeTask gives the Op of t back to the caller without an event.
func (d *completer) closeTask(t *task) {
	if t.op.New != demux.NoHandle {
		_ = closeFD(int(t.op.New))
	}
	t.op.N, t.op.New, t.op.Err = 0, demux.NoHandle, demux.ErrClosed
	d.forget(t)
}
