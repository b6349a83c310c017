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

// String returns the phase's name, such as "dispatch".
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

// Step is one observation: a function that is about to be called, a Wait that
// has returned, or an event that is dropped. Events is valid only during the
// call; it is safe to keep the other fields.
type Step struct {
	Iteration uint64 // from 1
	Phase     Phase

	Deadline time.Duration // PhaseTimers: when the timer was due, in host time

	Timeout time.Duration // PhasePoll: the timeout given to Wait
	Events  []demux.Event // PhasePoll: the batch that Wait returned

	Token    demux.Token // PhaseDispatch: see Registration.Token
	Ready    demux.Ready // PhaseDispatch: the conditions that the handler gets; of a dropped event, those reported
	Stale    bool        // PhaseDispatch: dropped, because the registration was closed
	Unwanted bool        // PhaseDispatch: dropped, because the interest was modified
}
