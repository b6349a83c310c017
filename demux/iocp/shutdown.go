package iocp

import (
	"errors"

	"reactortest/demux"
)

// shutDownTries is how often a shutdown asks for the packets that are left,
// after an error.
const shutDownTries = 100

// ShutDown cancels what the kernel has, waits until it has given all of it
// back, and releases everything but the ports. No user is inside, and none
// comes. If the packets cannot be had, their memory stays the kernel's.
func (b *backend) ShutDown() error {
	for _, w := range b.requests.Rows() {
		switch {
		case w == nil:
		case w.reg != nil:
			b.recall(w.reg)
		case w.task.kernels:
			_ = b.sys.CancelIoEx(w.task.user.Handle, w.task.op)
		}
	}
	err := b.await()
	for _, w := range b.requests.Rows() {
		switch {
		case w == nil:
		case w.reg != nil && w.reg.state == idle:
			b.forget(w.reg.op)
		case w.task != nil:
			b.closeTask(w.task)
		}
	}
	return errors.Join(err, b.closeGroups())
}

// await takes packets until the kernel has nothing any more.
func (b *backend) await() error {
	for tries := 0; b.busy > 0; {
		n, e := b.sys.GetQueued(b.port, b.entries, Infinite)
		if e != 0 && e != WaitTimeout {
			if tries++; tries == shutDownTries {
				return e.Err("GetQueuedCompletionStatusEx")
			}
			continue
		}
		for i := range b.entries[:n] {
			ev := &b.entries[i]
			if ev.Key == keyWake {
				continue
			}
			b.busy--
			if w := *b.requests.At(ev.Operation.Slot); w.reg != nil {
				w.reg.state = idle
			} else {
				b.finish(w.task, Errno(ev.Operation.Overlapped.Internal))
			}
		}
	}
	return nil
}

// closeTask gives t's Op back to the caller without an event.
func (b *backend) closeTask(t *task) {
	u := t.user
	u.N, u.Err = 0, demux.ErrClosed
	if t.kernels {
		return
	}
	b.abandon(&u.New)
	b.forget(t.op)
}
