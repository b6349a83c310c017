//go:build linux

package sim

import (
	"sync/atomic"

	"reactortest/scheduler/bubble"
)

// initially is "simulated" if the linker has set it: then no call ever reaches the
// operating system.
var initially string

var simulated atomic.Bool

func init() { simulated.Store(initially == "simulated") }

// Simulate sets what happens to calls that are made while no bubble is on: with true
// they fail with EBADF, with false they go to the operating system. It returns the
// previous setting.
func Simulate(on bool) (was bool) { return simulated.Swap(on) }

// Real reports whether a call that is made now goes to the operating system.
func Real() bool { return !simulated.Load() && bubble.Current() == nil }
