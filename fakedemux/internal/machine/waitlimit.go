package machine

import "time"

// idleSignal is how long a wait without a deadline has taken when a signal comes
// in the middle of it.
const idleSignal = time.Millisecond

// WaitLimit is how long a wait that blocks may take. Both moments are virtual time,
// and below 0 for never.
type WaitLimit struct {
	Deadline time.Duration // the timeout has passed
	signal   time.Duration // a signal ends the wait with EINTR
}

// WaitLimit asks whether the timeout of a wait that is about to block comes late,
// and whether a signal interrupts the wait: at once, or in the middle. A timeout
// below 0 is none.
func (k *Machine) WaitLimit(timeout time.Duration) WaitLimit {
	p := WaitLimit{Deadline: -1, signal: -1}
	middle := idleSignal
	if timeout > 0 {
		middle = timeout / 2
		if p.Deadline = k.Tasks.After(timeout); p.Deadline == Never {
			p.Deadline = -1 // 292 years
		} else if k.Fault(FaultLate) {
			p.Deadline = k.Tasks.After(timeout + Lateness)
			k.Late += Lateness
		}
	}
	if !k.Signaled {
		return p
	}
	switch k.Which(FaultInterrupt, 3) {
	case signalAtOnce:
		p.signal = k.Now()
	case SignalInTheMiddle:
		p.signal = k.Tasks.After(middle)
	}
	return p
}

// The alternatives of PointInterrupt, beside 0.
const (
	signalAtOnce      = 1
	SignalInTheMiddle = 2
)

// Over reports whether the signal has come.
func (p WaitLimit) Over(now time.Duration) bool { return p.signal >= 0 && now >= p.signal }

// End is when the wait ends if nothing happens.
func (p WaitLimit) End() time.Duration {
	if p.signal >= 0 && (p.Deadline < 0 || p.signal < p.Deadline) {
		return p.signal
	}
	return p.Deadline
}
