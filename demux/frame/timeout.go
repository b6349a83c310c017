package frame

import (
	"math"
	"time"
)

// forEver is the last instant that a Duration can name.
const forEver = time.Duration(math.MaxInt64)

// Timeout is how long a Wait may block.
type Timeout struct {
	length   time.Duration
	deadline time.Duration // where length > 0: when it is over, by the Frame's clock
}

// begin returns a timeout that begins now.
func (f *Frame) begin(length time.Duration) Timeout {
	if now := f.clock.Now(); length < forEver-now {
		return Timeout{length, now + length}
	}
	return Timeout{length, forEver}
}

// Length returns the timeout as the caller of Wait gave it: how long the first
// call of the kernel may block. A negative value means forever, 0 means a poll.
func (t Timeout) Length() time.Duration { return t.length }

// Left returns how long the next call of the kernel may block, in the same form.
// If there is a deadline, it reads clock, which must be the clock of the Frame.
func (t Timeout) Left(clock Clock) time.Duration {
	if t.length <= 0 {
		return t.length
	}
	return max(t.deadline-clock.Now(), 0)
}
