package eventloop

import (
	"time"

	"reactortest/demux"
)

// Phase is a part of an iteration.
type Phase uint8

// The phases, in the order of an iteration.
const (
	PhaseTimers Phase = iota + 1
	PhasePosted
	PhasePoll
	PhaseDispatch
	PhaseClosing
)

// String returns the phase's name, "dispatch".
func (p Phase) String() string {
	switch p {
	case PhaseTimers:
		return "timers"
	case PhasePosted:
		return "posted"
	case PhasePoll:
		return "poll"
	case PhaseDispatch:
		return "dispatch"
	case PhaseClosing:
		return "closing"
	default:
		return "no phase"
	}
}

// Step is what an observer sees: a function about to be called, a Wait that
// has returned, or an event that is dropped. Events is valid during the call
// only. A Step is a value; it is safe to keep the rest of it.
type Step struct {
	Iteration uint64 // from 1
	Phase     Phase

	Deadline time.Duration // PhaseTimers: when the timer was due, in host time

	Timeout time.Duration // PhasePoll: what Wait was given
	Events  []demux.Event // PhasePoll: what it returned

	Token    demux.Token // PhaseDispatch: see Registration.Token
	Ready    demux.Ready // PhaseDispatch: what the handler gets; of a dropped event, what was reported
	Stale    bool        // PhaseDispatch: dropped, the registration was closed
	Unwanted bool        // PhaseDispatch: dropped, the interest was modified
}
