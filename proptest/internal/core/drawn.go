package core

import (
	"hash/fnv"

	"reactortest/scheduler"
)

// drawn draws schedules from the input of a fuzzing engine. Every other one begins with
// the decisions of the input's tape, so that what the engine has learned counts.
type drawn struct {
	seed uint64
	tape *scheduler.Replay
	rest scheduler.Strategy
	left int // decisions that the tape has yet to answer
}

// newDrawn returns the strategy whose runs depend on the two byte strings alone.
func newDrawn(load, tape []byte) *drawn {
	h := fnv.New64a()
	_, _ = h.Write(load)
	_, _ = h.Write([]byte{'/'})
	_, _ = h.Write(tape)
	seed := h.Sum64()
	return &drawn{seed: seed, tape: scheduler.NewReplayBytes(tape), rest: scheduler.NewSearch(seed)}
}

// begin starts a run; asked is how many decisions the run of the tape has.
func (d *drawn) begin(run, asked int) {
	d.tape.Begin(0)
	d.rest.Begin(run)
	if d.left = 0; run%2 == 1 {
		d.left = int(spread(d.seed+uint64(run)) % uint64(asked))
	}
}

// Begin is not called: begin is.
func (d *drawn) Begin(int) bool { return true }

// Choose takes the tape's answer, or draws.
func (d *drawn) Choose(c *scheduler.Choice) int {
	if d.left > 0 {
		d.left--
		return d.tape.Choose(c)
	}
	return d.rest.Choose(c)
}

// End does nothing: one run teaches the next nothing.
func (d *drawn) End(scheduler.Result) {}
