package iocp

import (
	"errors"

	"reactortest/demux"
)

// shutDownTries is how often a shutdown asks for the packets that are left,
// after an error.
const shutDownTries = 100

// shutDown cancels what the kernel has, waits until it has given all of it
// back, and releases everything but the ports. No user is inside, and none
// comes. If the packets cannot be had, their memory stays the kernel's.
func (d *Demux) shutDown() error {
	for _, w := range d.requests {
		switch {
		case w == nil:
		case w.reg != nil:
			d.recall(w.reg)
		case w.task.kernels:
			_ = d.sys.CancelIoEx(w.task.user.Handle, w.task.op)
		}
	}
	err := d.await()
	for _, w := range d.requests {
		switch {
		case w == nil:
		case w.reg != nil && w.reg.state == idle:
			d.forget(w.reg.op)
		case w.task != nil:
			d.closeTask(w.task)
		}
	}
	return errors.Join(err, d.closeGroups())
}

// await takes packets until the kernel has nothing any more.
func (d *Demux) await() error {
	for tries := 0; d.busy > 0; {
		n, e := d.sys.GetQueued(d.port, d.entries, Infinite)
		if e != 0 && e != WaitTimeout {
			if tries++; tries == shutDownTries {
				return e.Err("GetQueuedCompletionStatusEx")
			}
			continue
		}
		for i := range d.entries[:n] {
			ev := &d.entries[i]
			if ev.Key == keyWake {
				continue
			}
			d.busy--
			if w := d.requests[ev.Operation.Slot]; w.reg != nil {
				w.reg.state = idle
			} else {
				d.finish(w.task, Errno(ev.Operation.Overlapped.Internal))
			}
		}
	}
	return nil
}

// closeTask gives t's Op back to the caller without an event.
func (d *Demux) closeTask(t *task) {
	u := t.user
	u.N, u.Err = 0, demux.ErrClosed
	if t.kernels {
		return
	}
	d.abandon(&u.New)
	d.forget(t.op)
}
