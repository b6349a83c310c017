package fakedemux

import "reactortest/scheduler"

// readFile is read(2), blocking if the description does.
func (k *Kernel) readFile(fd int, b []byte) (int, failure) {
	return k.readCalled(k.call("read", fd, false), b)
}

// readCalled is readFile of a caller that has made the record of the call.
func (k *Kernel) readCalled(call scheduler.Call, b []byte) (int, failure) {
	k.tasks.SwitchEntered(call)
	for {
		d := k.lookup(call.Handle)
		if d == nil {
			return 0, badFile
		}
		n, f := d.object.read(b)
		if f != again || !d.blocking {
			return n, f
		}
		n, f, restart := readBlocked(d, call, b)
		if !restart {
			return n, f
		}
	}
}

// readBlocked goes on with a read that blocks until there is something. restart says
// that it is to be made again, with its number: a handler with SA_RESTART has run.
func readBlocked(d *description, call scheduler.Call, b []byte) (n int, f failure, restart bool) {
	blocking := newBlockingCall(d, call)
	for f = again; f == again; {
		if f = blocking.wait(); f == ok {
			n, f = d.object.read(b)
		}
		if f == again {
			f = afterWait(d, call)
		}
		if f == again && looksAgain(d) {
			if blocking.caught() {
				f = interrupted
			}
			break
		}
	}
	blocking.end()
	return n, f, blocking.restart
}

// writeFile is write(2), blocking if the description does.
func (k *Kernel) writeFile(fd int, b []byte) (int, failure) {
	return k.writeCalled(k.call("write", fd, false), b)
}

// writeCalled is writeFile of a caller that has made the record of the call.
func (k *Kernel) writeCalled(call scheduler.Call, b []byte) (int, failure) {
	switch d := k.lookup(call.Handle); {
	case d == nil:
		return 0, badFile
	case wakes(d.object):
		k.switchAtWake(call)
		defer k.switchAtWake(wakeReturns)
	default:
		k.tasks.SwitchEntered(call)
	}
	d := k.lookup(call.Handle)
	if d == nil {
		return 0, badFile
	}
	return k.writeAll(d, call, b)
}

// writeAll writes everything if d blocks, and otherwise what there is room for.
func (k *Kernel) writeAll(d *description, call scheduler.Call, b []byte) (int, failure) {
	for {
		n, f := d.object.write(b)
		if !d.blocking || f == ok && n == len(b) {
			return n, f
		}
		n, f, restart := writeRest(d, call, b, n, f)
		if !restart {
			return n, f
		}
		if d = k.lookup(call.Handle); d == nil {
			return 0, badFile
		}
	}
}

// writeRest goes on with a write that blocks until everything is written. n bytes are
// written, and f says why no more are. If an error comes after some bytes, the next
// write returns it; write(2). restart means the same as in readBlocked.
func writeRest(d *description, call scheduler.Call, b []byte, n int, f failure) (written int, why failure, restart bool) {
	blocking := blockingCall{d: d, call: call}
	for f == again || f == ok && n < len(b) {
		if f == again {
			if f = blocking.wait(); f != ok {
				break
			}
		}
		var more int
		if f = writeError(d, n); f != ok {
			break
		}
		more, f = writeOn(d, b[n:])
		n += more
		if blocking.held && f == again && looksAgain(d) {
			break // before it looks for signals
		}
	}
	blocking.end()
	switch {
	case f == deadlock:
		return n, f, false
	case n > 0:
		return n, ok, false
	default:
		return 0, f, f == interrupted && blocking.restart
	}
}

// wakes reports whether a write to o is what a Wake does.
func wakes(o object) bool {
	switch o := o.(type) {
	case *eventfd:
		return true
	case *pipeWriter:
		return o.p.wakes
	default:
		return false
	}
}

// writeError returns the error of a stream that ends a write which has written n bytes.
// A unix socket loses it after a part; sock_alloc_send_pskb. On TCP it stays for the
// next call then; tcp_sendmsg_locked, do_error. Linux 6.18.
func writeError(d *description, n int) failure {
	s, isStream := d.object.(*stream)
	switch {
	case !isStream || s.pending == ok:
		return ok
	case s.tcp && n > 0:
		return s.pending
	case s.tcp:
		return ok // write takes it
	default:
		return s.takeError()
	}
}

// writeOn goes on with a write that has blocked, or has written a part.
func writeOn(d *description, b []byte) (int, failure) {
	if w, isPipe := d.object.(*pipeWriter); isPipe {
		return w.writeOn(b, true)
	}
	return d.object.write(b)
}

// looksAgain reports whether a call that was blocked finds that the description does
// not block any more. Only pipes look each time; pipe_read and pipe_write, Linux 6.18.
func looksAgain(d *description) bool {
	if d.blocking {
		return false
	}
	switch d.object.(type) {
	case *pipeReader, *pipeWriter:
		return true
	default:
		return false
	}
}

// afterWait returns the result of a call that has waited and still finds nothing. A
// shutdown ends it, whatever O_NONBLOCK says by then. Calls on a datagram socket and on a
// unix listener wait in __skb_wait_for_more_packets, Linux 6.18.
func afterWait(d *description, call scheduler.Call) failure {
	switch o := d.object.(type) {
	case *datagram:
		if o.readEnd && o.messages.len() == 0 && receives(call) {
			return ok
		}
	case *listener:
		if o.readEnd && o.unix() && call.Name == "accept" {
			return invalid
		}
	}
	return again
}
