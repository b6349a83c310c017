package fakedemux

import (
	"reactortest/demux"
	"reactortest/demux/iocp"
)

// pollsKnown are the conditions that a poll may ask for.
const pollsKnown = iocp.PollReceive | iocp.PollExpedited | iocp.PollSend | iocp.PollDisconnect | iocp.PollAbort |
	iocp.PollLocalClose | iocp.PollConnect | iocp.PollAccept | iocp.PollConnectFail

// about adds a socket to those that a poll asks about.
func (o *operation) about(d *description, h demux.Handle, events uint32) {
	o.targets = append(o.targets, pollTarget{handle: h, on: d, asked: events})
}

// fillList writes the outcome of a poll of several sockets into l, which still has what
// the caller asked for.
func (o *operation) fillList(l *iocp.PollList) {
	if o.result.status == iocp.StatusCancelled {
		return
	}
	n := 0
	for i := range o.targets {
		if t := &o.targets[i]; t.found != 0 {
			l.Handles[n] = iocp.PollHandle{Handle: t.handle, Events: t.found}
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
func (o *operation) holds(d *description) uint32 {
	if len(o.targets) == 1 {
		return pollEvents(d.object) & o.targets[0].asked
	}
	asked := uint32(0)
	for i := range o.targets {
		if o.targets[i].on == d {
			asked |= o.targets[i].asked
		}
	}
	return pollEvents(d.object) & asked
}

// report finishes a poll with what holds for d.
func (o *operation) report(d *description, events uint32) {
	for i := range o.targets {
		t := &o.targets[i]
		if t.found = 0; t.on == d {
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
		if !d.kernel.fault(faultPolls) {
			return false
		}
		o.deaf = true
		for j := range earlier.targets {
			t := &earlier.targets[j]
			if t.found = 0; t.on == d {
				t.found = events
			}
		}
		earlier.finishPoll(0)
		return true
	}
	return false
}

// sameHandle reports whether two polls name d by the same handle.
func (o *operation) sameHandle(p *operation, d *description) bool {
	for i := range o.targets {
		for j := range p.targets {
			if t, u := &o.targets[i], &p.targets[j]; t.on == d && u.on == d && t.handle == u.handle {
				return true
			}
		}
	}
	return false
}

// closed ends the poll of a socket whose last handle was closed, asked for or not;
// observed on Wine 8.0.
func (o *operation) closed(d *description) {
	for i := range o.targets {
		t := &o.targets[i]
		if t.found = 0; t.on == d {
			t.found = iocp.PollLocalClose
		}
	}
	o.finishPoll(0)
}
