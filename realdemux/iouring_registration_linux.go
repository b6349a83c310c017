package realdemux

import (
	"math"
	"syscall"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// registration is what the completer knows of one registration.
type registration struct {
	work    work
	handle  demux.Handle
	object  identity
	token   demux.Token
	want    demux.Ready
	mode    demux.Mode
	asked   uint32 // the conditions that its poll asks for
	request uint32 // its poll, while pending
	round   uint64 // which question its poll is
	pending bool   // its poll is
	lasting bool   // its next poll is to go on after an answer
}

// identity tells one open object from another that has its number later. Some
// objects have one in common, eventfds for instance.
type identity struct {
	dev, ino uint64
}

// identify returns what h is now, and its kind: an S_IF constant. It fails
// with EBADF if h is not open. The kernel's descriptors are C ints: a larger
// handle would be cut to the number of another one, so it is not open.
func identify(h demux.Handle) (identity, uint32, error) {
	var st unix.Stat_t
	err := error(unix.EBADF)
	if h <= math.MaxInt32 {
		err = unix.Fstat(int(h), &st)
	}
	if err != nil {
		return identity{}, 0, demux.SyscallError("fstat", err)
	}
	return identity{uint64(st.Dev), st.Ino}, st.Mode & unix.S_IFMT, nil //nolint:unconvert // 32 bits on MIPS
}

// Register puts a registration into the queue of the next Wait.
func (u *uring) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	object, _, err := identify(h)
	if err != nil {
		return err
	}
	if old := u.byHandle[h]; old != nil {
		if old.object == object {
			return demux.ErrExists
		}
		// The caller has closed that handle without Deregister, and the
		// number came back (W14).
		u.drop(old)
	}
	r := u.spareRegs.Take()
	*r = registration{handle: h, object: object, token: tok, want: want, mode: mode}
	r.work.reg = r
	u.byHandle[h] = r
	u.queue.push(&r.work) // the next Wait asks; nothing can fail here
	return nil
}

// Modify changes what the next Wait asks about h.
func (u *uring) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	r := u.byHandle[h]
	if r == nil {
		return demux.ErrNotFound
	}
	if object, _, err := identify(h); err != nil || object != r.object {
		u.drop(r) // it was closed without Deregister
		return demux.ErrNotFound
	}
	if r.pending && pollEvents(want) != r.asked {
		u.abandon(r)
	}
	r.token, r.want, r.mode = tok, want, mode
	if !r.pending {
		u.queue.push(&r.work)
	}
	return nil
}

// Deregister ends the poll of h.
func (u *uring) Deregister(h demux.Handle) error {
	r := u.byHandle[h]
	if r == nil {
		return demux.ErrNotFound
	}
	u.drop(r)
	if len(u.orphans) > 0 {
		// Now, because the caller is about to close h and the poll keeps the
		// object open. What the kernel does not take now it gets with the
		// next call.
		u.cancelOrphans()
		_ = u.flush()
	}
	return nil
}

// drop ends r and frees it.
func (u *uring) drop(r *registration) {
	u.abandon(r)
	r.work.remove()
	delete(u.byHandle, r.handle)
	*r = registration{}
	u.spareRegs.Give(r)
}

// abandon leaves the poll of r, if it is pending, to itself: its completions
// are nobody's (W9). It is canceled too, but nothing depends on that.
func (u *uring) abandon(r *registration) {
	if r.pending {
		r.pending = false
		u.requests.At(r.request).reg = nil
		u.orphans = append(u.orphans, r.request)
	}
}

// cancelOrphans adds the cancels of polls that are nobody's to the submission
// queue.
func (u *uring) cancelOrphans() {
	for _, i := range u.orphans {
		if q := u.requests.At(i); q.reg == nil && q.task == nil {
			_ = u.cancel(i)
		}
	}
	u.orphans = u.orphans[:0]
}

// ask adds a poll of what r wants to the submission queue.
func (u *uring) ask(r *registration) syscall.Errno {
	s := sqe{opcode: opPollAdd, fd: int32(r.handle), opFlags: pollMask(pollEvents(r.want))}
	if r.lasting {
		s.length = pollMulti
	}
	i := u.requests.Take()
	if e := u.add(i, s); e != 0 {
		u.discard(i)
		return e
	}
	u.requests.At(i).reg = r
	r.asked, r.request, r.round, r.pending = pollEvents(r.want), i, u.round, true
	return 0
}

// answered takes a completion of r's poll, more of which may come. It returns
// what is to be reported, 0 for nothing.
func (u *uring) answered(r *registration, res int32, more bool) demux.Ready {
	if !more {
		u.discard(r.request)
		r.pending = false
	}
	switch {
	case res == -int32(unix.EBADF):
		u.drop(r) // the caller has closed the handle without Deregister (W14)
		return 0
	case more && pollReady(uint32(res), r.want) == 0:
		return 0
	case res == -int32(unix.ECANCELED), r.round != u.round:
		// The thread that has asked is gone, or the answer is to an older
		// question: it may hold no more, and it names no more than what
		// came first.
		r.lasting = false
		u.abandon(r)
		u.queue.push(&r.work)
		return 0
	case res < 0:
		return demux.Hangup | demux.Failed | r.want // the call that is made next tells why
	}
	found := pollReady(uint32(res), r.want)
	// The kernel answers POLLRDHUP unasked, at once and each time: observed,
	// Linux 6.18. Where that is all and nobody wants it, a poll that goes on
	// waits for more.
	r.lasting = found == 0
	u.abandon(r)
	if r.lasting {
		u.queue.push(&r.work)
	}
	return found
}

// report puts what was found of r into ev.
func (u *uring) report(r *registration, found demux.Ready, ev *demux.Event) {
	*ev = demux.Event{Token: r.token, Ready: found}
	if r.mode&demux.Oneshot == 0 {
		u.reported.push(&r.work)
	}
}

// pollEvents returns the conditions to ask for.
func pollEvents(want demux.Ready) uint32 {
	var events uint32
	if want&demux.Readable != 0 {
		// Without POLLRDHUP a half-close looks like data.
		events |= unix.POLLIN | unix.POLLRDHUP
	}
	if want&demux.Writable != 0 {
		events |= unix.POLLOUT
	}
	return events
}

// pollReady returns what the conditions found say to a registration with the
// given interest. Hangup and Failed bring the wanted directions along: the
// next Read or Write tells what happened (W8).
func pollReady(events uint32, want demux.Ready) demux.Ready {
	var r demux.Ready
	if events&unix.POLLIN != 0 {
		r |= demux.Readable
	}
	if events&unix.POLLOUT != 0 {
		r |= demux.Writable
	}
	if events&unix.POLLHUP != 0 || events&unix.POLLRDHUP != 0 && want&demux.Readable != 0 {
		r |= demux.Hangup | want
	}
	if events&^(unix.POLLIN|unix.POLLOUT|unix.POLLHUP|unix.POLLRDHUP) != 0 {
		r |= demux.Failed | want
	}
	return r
}
