package fakedemux

import "time"

// idleSignal is how long a wait without a deadline has taken when a signal comes
// in the middle of it.
const idleSignal = time.Millisecond

// waitLimit is how long a wait that blocks may take. Both moments are virtual time,
// and below 0 for never.
type waitLimit struct {
	deadline time.Duration // the timeout has passed
	signal   time.Duration // a signal ends the wait with EINTR
}

// waitLimit asks whether the timeout of a wait that is about to block comes late,
// and whether a signal interrupts the wait: at once, or in the middle. A timeout
// below 0 is none.
func (k *machine) waitLimit(timeout time.Duration) waitLimit {
	p := waitLimit{deadline: -1, signal: -1}
	middle := idleSignal
	if timeout > 0 {
		middle = timeout / 2
		if p.deadline = k.tasks.After(timeout); p.deadline == never {
			p.deadline = -1 // 292 years
		} else if k.fault(faultLate) {
			p.deadline = k.tasks.After(timeout + lateness)
			k.late += lateness
		}
	}
	if !k.signaled {
		return p
	}
	switch k.which(faultInterrupt, 3) {
	case signalAtOnce:
		p.signal = k.now()
	case signalInTheMiddle:
		p.signal = k.tasks.After(middle)
	}
	return p
}

// The alternatives of PointInterrupt, beside 0.
const (
	signalAtOnce      = 1
	signalInTheMiddle = 2
)

// over reports whether the signal has come.
func (p waitLimit) over(now time.Duration) bool { return p.signal >= 0 && now >= p.signal }

// end is when the wait ends if nothing happens.
func (p waitLimit) end() time.Duration {
	if p.signal >= 0 && (p.deadline < 0 || p.signal < p.deadline) {
		return p.signal
	}
	return p.deadline
}
