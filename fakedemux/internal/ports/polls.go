package ports

import (
	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/machine"
)

// PollsKnown are the conditions that a poll may ask for.
const PollsKnown = iocp.PollReceive | iocp.PollExpedited | iocp.PollSend | iocp.PollDisconnect | iocp.PollAbort |
	iocp.PollLocalClose | iocp.PollConnect | iocp.PollAccept | iocp.PollConnectFail

// About adds a socket to those that a poll asks about.
func (o *Operation) About(d *machine.Description, h demux.Handle, events uint32) {
	o.Targets = append(o.Targets, pollTarget{handle: h, On: d, asked: events})
}

// fillList writes the outcome of a poll of several sockets into l, which still has what
// the caller asked for.
func (o *Operation) fillList(l *iocp.PollList) {
	if o.result.status == iocp.StatusCancelled {
		return
	}
	n := 0
	for i := range o.Targets {
		if t := &o.Targets[i]; t.found != 0 {
			l.Handles[n] = iocp.PollHandle{Handle: t.handle, Events: t.found, Status: t.status()}
			n++
		}
	}
	l.NumberOfHandles = uint32(n)
}

// advancePolls finishes the polls that something holds for.
func (v *overlapped) advancePolls() {
	d := v.desc
	for i := 0; i < len(v.polls); {
		o := v.polls[i]
		events := uint32(0)
		if !o.deaf {
			events = o.holds(d)
		}
		switch {
		case events == 0:
			i++
		case v.mixesUp(i, events):
			i = 0 // an earlier one is over, and o never will be
		default:
			o.report(d, events)
		}
	}
}

// holds returns the conditions of d that o has waited for.
func (o *Operation) holds(d *machine.Description) uint32 {
	if len(o.Targets) == 1 {
		return pollEvents(d.Object) & o.Targets[0].asked
	}
	asked := uint32(0)
	for i := range o.Targets {
		if o.Targets[i].On == d {
			asked |= o.Targets[i].asked
		}
	}
	return pollEvents(d.Object) & asked
}

// report finishes a poll with what holds for d.
func (o *Operation) report(d *machine.Description, events uint32) {
	for i := range o.Targets {
		t := &o.Targets[i]
		if t.found = 0; t.On == d {
			t.found = events & t.asked
		}
	}
	o.finishPoll(0)
}

// mixesUp asks whether what the i-th poll has waited for ends an earlier poll
// that was made through the same handle of AFD. Windows may do so: with a poll for
// SEND in flight and a later one for RECEIVE, data end the one for SEND, with RECEIVE,
// and the one for RECEIVE does not end until it is canceled. Measured, with the
// output, in notes-to-self/afd-lab.py of Trio; wepoll, issue 35, and mio, pull request
// 1140, give one poll for each socket and port as the rule. Two polls through two
// handles of AFD, or of two duplicates of a socket, are not known to be mixed up.
func (v *overlapped) mixesUp(i int, events uint32) bool {
	if i == 0 {
		return false
	}
	d := v.desc
	o := v.polls[i]
	for _, earlier := range v.polls[:i] {
		if earlier.via != o.via || earlier.deaf || earlier == o || !earlier.sameHandle(o, d) {
			continue
		}
		if !d.Kernel.Fault(machine.FaultPolls) {
			return false
		}
		o.deaf = true
		for j := range earlier.Targets {
			t := &earlier.Targets[j]
			if t.found = 0; t.On == d {
				t.found = events
			}
		}
		earlier.finishPoll(0)
		return true
	}
	return false
}

// sameHandle reports whether two polls name d by the same handle.
func (o *Operation) sameHandle(p *Operation, d *machine.Description) bool {
	for i := range o.Targets {
		for j := range p.Targets {
			if t, u := &o.Targets[i], &p.Targets[j]; t.On == d && u.On == d && t.handle == u.handle {
				return true
			}
		}
	}
	return false
}

// closed ends the poll of a socket whose last handle was closed, asked for or not;
// observed on Wine 8.0.
func (o *Operation) closed(d *machine.Description) {
	for i := range o.Targets {
		t := &o.Targets[i]
		if t.found = 0; t.On == d {
			t.found = iocp.PollLocalClose
		}
	}
	o.finishPoll(0)
}
