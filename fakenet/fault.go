//go:build linux

package fakenet

import (
	"errors"
	"net"

	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
)

// NetworkFaults is the plan of tests that name none: up to two of each kind of network
// faults in a run. Segments are late or arrive in other pieces, connects take their time,
// a write is accepted in parts, connections are reset, and timeouts are late. No call
// fails for want of descriptors or memory, and none is interrupted.
var NetworkFaults = fakedemux.Plan{Faults: 2, Off: "oifnpxyb"}

// Faults switches the faults of the plan on or off until the end of the run; they are on
// when it begins. Set-up and final checks often need a network that works. Data that is
// late already stays late.
func Faults(on bool) {
	b := current()
	b.Do("faults", -1, func() { kernel(b).Faults(on) })
}

// Reset closes c in such a way that its peer is reset: calls of the peer fail with
// ECONNRESET, or EPIPE, and it does not get data that is on its way. c is a connection of
// TCP; otherwise Reset returns an error that is errors.ErrUnsupported.
func Reset(c net.Conn) error {
	l, is := c.(interface{ SetLinger(seconds int) error })
	if !is {
		return &net.OpError{Op: "reset", Net: c.LocalAddr().Network(), Err: errors.ErrUnsupported}
	}
	if err := l.SetLinger(0); err != nil { // tcp(7), SO_LINGER
		return err
	}
	return c.Close()
}

// current returns the run that is on.
func current() *bubble.Bubble {
	b := bubble.Current()
	if b == nil {
		panic(ErrNoRun)
	}
	return b
}

// kernel returns the kernel of a run.
func kernel(b *bubble.Bubble) *fakedemux.Kernel {
	return b.Kernel().(interface{ Simulation() *fakedemux.Kernel }).Simulation()
}
