package fakedemux

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// readFile is read(2), blocking if the description does.
func (k *Kernel) readFile(fd int, b []byte) (int, errno.Failure) {
	for d := k.system.Step("read", fd, false); d != nil; d = k.system.Lookup(fd) {
		n, f := d.Object.Read(b)
		if f != errno.Again || !d.Blocking {
			return n, f
		}
		n, f, restart := readBlocked(d, callOn("read", fd, d), b)
		if !restart {
			return n, f
		}
	}
	return 0, errno.BadFile
}

// callOn is the record of a call that goes on with d.
func callOn(name string, fd int, d *machine.Description) scheduler.Call {
	return scheduler.Call{Name: name, Handle: fd, Object: d.ID}
}

// readBlocked goes on with a read that blocks until there is something. restart says
// that it is to be made again, with its number: a handler with SA_RESTART has run.
func readBlocked(d *machine.Description, call scheduler.Call, b []byte) (n int, f errno.Failure, restart bool) {
	blocking := objects.NewBlockingCall(d, call, objects.ToReceive)
	for f = errno.Again; f == errno.Again; {
		if f = blocking.Wait(); f == errno.OK {
			n, f = d.Object.Read(b)
		}
		if f == errno.Again {
			f = afterWait(d, objects.ToReceive)
		}
	}
	blocking.End()
	return n, f, blocking.Restart
}

// writeFile is write(2), blocking if the description does.
func (k *Kernel) writeFile(fd int, b []byte) (int, errno.Failure) {
	d := k.system.Lookup(fd)
	if d == nil {
		k.system.Tasks.Enter(scheduler.Call{Name: "write", Handle: fd})
		return 0, errno.BadFile
	}
	if wakes(d.Object) {
		return k.writeWake(d, fd, b)
	}
	if k.system.Tasks.Step("write", fd, d.ID, false) {
		if d = k.system.Lookup(fd); d == nil {
			return 0, errno.BadFile
		}
	}
	if !d.Blocking {
		return d.Object.Write(b)
	}
	return k.writeAll(d, fd, b)
}

// writeWake is writeFile to what a Wake writes to.
func (k *Kernel) writeWake(d *machine.Description, fd int, b []byte) (int, errno.Failure) {
	call := callOn("write", fd, d)
	k.system.Tasks.Enter(call)
	k.switchAtWake(call)
	defer k.switchAtWake(wakeReturns)
	return k.writeAll(k.system.Lookup(fd), fd, b)
}

// writeAll writes everything if d blocks, and otherwise what there is room for.
func (k *Kernel) writeAll(d *machine.Description, fd int, b []byte) (int, errno.Failure) {
	for ; d != nil; d = k.system.Lookup(fd) {
		n, f := d.Object.Write(b)
		if !d.Blocking || f == errno.OK && n == len(b) {
			return n, f
		}
		n, f, restart := writeRest(d, callOn("write", fd, d), b, n, f)
		if !restart {
			return n, f
		}
	}
	return 0, errno.BadFile
}

// writeRest goes on with a write that blocks until everything is written. n bytes are
// written, and f says why no more are. If an error comes after some bytes, the next
// write returns it; write(2). restart means the same as in readBlocked.
func writeRest(d *machine.Description, call scheduler.Call, b []byte, n int, f errno.Failure) (written int, why errno.Failure, restart bool) {
	blocking := machine.BlockingCall{D: d, Call: call}
	begun := n
	for f == errno.Again || f == errno.OK && n < len(b) {
		if f == errno.Again {
			if f = blocking.Wait(); f != errno.OK {
				break
			}
			begun = n
		}
		var more int
		if f = writeError(d, n); f != errno.OK {
			break
		}
		more, f = writeOn(d, b[n:])
		n += more
		if blocking.Held && f == errno.Again && looksAgain(d) && (n > begun || blocking.Caught()) {
			break // before it looks for signals
		}
	}
	blocking.End()
	switch {
	case f == errno.Deadlock:
		return n, f, false
	case n > 0:
		return n, errno.OK, false
	default:
		return 0, f, f == errno.Interrupted && blocking.Restart
	}
}

// wakes reports whether a write to o is what a Wake does.
func wakes(o machine.Object) bool {
	switch o := o.(type) {
	case *objects.Eventfd:
		return true
	case *objects.PipeWriter:
		return o.P.Wakes
	default:
		return false
	}
}

// writeError returns the error of a stream that ends a write which has written n bytes.
// A unix socket loses it after a part; sock_alloc_send_pskb. On TCP it stays for the
// next call then; tcp_sendmsg_locked, do_error. Linux 6.18.
func writeError(d *machine.Description, n int) errno.Failure {
	s, isStream := d.Object.(*objects.Stream)
	switch {
	case !isStream || s.Pending == errno.OK:
		return errno.OK
	case s.TCP && n > 0:
		return s.Pending
	case s.TCP:
		return errno.OK // write takes it
	default:
		return s.TakeError()
	}
}

// WriteOn goes on with a write that has blocked, or has written a part.
func writeOn(d *machine.Description, b []byte) (int, errno.Failure) {
	if w, isPipe := d.Object.(*objects.PipeWriter); isPipe {
		return w.WriteOn(b, true)
	}
	return d.Object.Write(b)
}

// looksAgain reports whether a call that was blocked finds that the description does
// not block any more. Only a write to a pipe looks, after it has written a part and after
// a signal. A call that wakes up and finds nothing sleeps on, and does not look; pipe_read and
// pipe_write, wait_event_interruptible_exclusive, Linux 6.18.
func looksAgain(d *machine.Description) bool {
	if d.Blocking {
		return false
	}
	switch d.Object.(type) {
	case *objects.PipeWriter:
		return true
	default:
		return false
	}
}

// afterWait returns the result of a call that has waited and still finds nothing. A
// shutdown ends it, whatever O_NONBLOCK says by then. Calls on a datagram socket and on a
// unix listener wait in __skb_wait_for_more_packets, Linux 6.18.
func afterWait(d *machine.Description, purpose objects.Purpose) errno.Failure {
	switch o := d.Object.(type) {
	case *objects.Datagram:
		if o.ReadEnd && o.Messages.Len() == 0 && purpose == objects.ToReceive {
			return errno.OK
		}
	case *objects.Listener:
		if o.ReadEnd && o.Unix() && purpose == objects.ToAccept {
			return errno.Invalid
		}
	}
	return errno.Again
}
