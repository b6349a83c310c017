package iocp

import (
	"errors"

	"reactortest/demux"
)

// registration is what the Demux knows of one registration, and its poll.
type registration struct {
	work   work
	handle demux.Handle // the caller's
	base   demux.Handle // what AFD knows it by
	group  *group
	op     *Operation
	token  demux.Token
	want   demux.Ready
	mode   demux.Mode
	asked  uint32 // the conditions that the pending poll asks for
	state  state
	gone   bool // deregistered: not in byHandle, and nothing of it is reported
	closed bool // its handle was closed too soon: it is reported once more
}

// state is where the poll of a registration is.
type state uint8

const (
	idle     state = iota // the Operation is ours
	pending               // the Operation is the kernel's, and what it finds counts
	canceled              // the Operation is the kernel's, and what it finds does not
)

// group is a handle of AFD with the registrations that are polled through it.
type group struct {
	afd   demux.Handle
	users int
}

// groupSize is how many registrations share a handle of AFD. A handle that all
// share would have all polls in one list, which a cancel searches.
const groupSize = 32

// join gives r a group.
func (b *backend) join(r *registration) error {
	if len(b.roomy) == 0 {
		g, err := b.openGroup()
		if err != nil {
			return err
		}
		b.roomy = append(b.roomy, g)
	}
	g := b.roomy[len(b.roomy)-1]
	r.group = g
	if g.users++; g.users == groupSize {
		b.roomy = b.roomy[:len(b.roomy)-1]
	}
	return nil
}

// part takes r out of its group.
func (b *backend) part(r *registration) {
	if r.group.users--; r.group.users == groupSize-1 {
		b.roomy = append(b.roomy, r.group)
	}
	r.group = nil
}

func (b *backend) openGroup() (*group, error) {
	afd, e := b.sys.OpenAFD()
	if e != 0 {
		return nil, e.Err("NtCreateFile")
	}
	call := "CreateIoCompletionPort"
	if e = b.sys.Associate(b.port, afd, keyPoll); e == 0 {
		call = "SetFileCompletionNotificationModes"
		e = b.sys.SetModes(afd, SkipOnSuccess|SkipSetEvent)
	}
	if e != 0 {
		return nil, errors.Join(e.Err(call), b.sys.CloseHandle(afd).Err("CloseHandle"))
	}
	g := &group{afd: afd}
	b.groups = append(b.groups, g)
	return g, nil
}

func (b *backend) closeGroups() error {
	var failed []error
	for _, g := range b.groups {
		failed = append(failed, b.sys.CloseHandle(g.afd).Err("CloseHandle"))
	}
	b.groups, b.roomy = nil, nil
	return errors.Join(failed...)
}

// ask polls for what r wants. Afterwards the poll is pending, or it is idle and
// events are what it found, or e tells why not.
func (b *backend) ask(r *registration) (events uint32, e Errno) {
	r.asked = interest(r.want)
	r.op.Poll = PollInfo{Timeout: NoPollTimeout, NumberOfHandles: 1, Handle: r.base, Events: r.asked}
	e = b.sys.PollAFD(r.group.afd, r.op)
	if e == 0 {
		return r.found(), 0
	}
	if e == StatusPending || e == ErrorIOPending {
		r.state = pending
		b.busy++
		return 0, 0
	}
	return 0, e
}

// found returns what the poll of r, which has finished, has found.
func (r *registration) found() uint32 {
	if r.op.Poll.NumberOfHandles == 0 {
		return 0
	}
	return r.op.Poll.Events
}

// recall cancels the poll of r if it is pending. Whether that comes too late
// makes no difference: the packet comes all the same and counts no more.
func (b *backend) recall(r *registration) {
	if r.state != pending {
		return
	}
	_ = b.sys.CancelAFD(r.group.afd, r.op)
	r.state = canceled
	b.canceled++
}

// answered takes the packet of r's poll. It returns what is to be reported, 0
// for nothing; then AFD is to be asked again, unless the registration has
// ended. stale says that the packet is from before the Wait.
func (b *backend) answered(r *registration, stale bool) demux.Ready {
	counts := r.state == pending && !stale
	if r.state == canceled && !r.gone {
		b.canceled--
	}
	r.state = idle
	status, events := Errno(r.op.Overlapped.Internal), r.found()
	switch {
	case r.gone:
		if b.ghosts[r.base]--; b.ghosts[r.base] == 0 {
			delete(b.ghosts, r.base)
		}
		b.drop(r)
		return 0
	case status == 0 && events&PollLocalClose != 0, status == StatusInvalidHandle, status == StatusHandlesClosed:
		r.closed = true // and whoever has its number now is not to be asked about
		if !stale {
			return failed(r.want)
		}
	case !counts:
	case status == 0:
		if found := ready(events, r.want); found != 0 {
			return found
		}
	case status != StatusCancelled && status != StatusTimeout:
		return failed(r.want)
	}
	b.queue.push(&r.work)
	return 0
}

// report puts what was found of r into ev.
func (b *backend) report(r *registration, found demux.Ready, ev *demux.Event) {
	*ev = demux.Event{Token: r.token, Ready: found}
	switch {
	case r.closed:
		if b.byHandle[r.handle] == r {
			delete(b.byHandle, r.handle)
		}
		b.drop(r)
	case r.mode&demux.Oneshot == 0:
		b.queue.push(&r.work)
	}
}

// drop frees r, whose poll is idle.
func (b *backend) drop(r *registration) {
	b.queue.remove(&r.work)
	b.forget(r.op)
	b.part(r)
	*r = registration{}
	b.spareRegs.Give(r)
}

// acquire takes an Operation and makes w what its packets are about.
func (b *backend) acquire(w *work) *Operation {
	op := b.sys.Acquire()
	op.Slot = b.requests.Take()
	*b.requests.At(op.Slot) = w
	return op
}

// forget gives back an Operation, which is not the kernel's.
func (b *backend) forget(op *Operation) {
	*b.requests.At(op.Slot) = nil
	b.requests.Free(op.Slot)
	b.sys.Release(op)
}
