//go:build cloops && linux

package libuv_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libuv"
)

// What docs/engines/c-loops.md explains.
var known = trial.Known{
	{Loop: "timers-as-asked", Rule: "timers-not-early"}, // it cuts the fraction of a millisecond off the time
}

var knownFull = append(trial.Known{
	{Rule: "panic", Text: "the library ends the process: abort"}, // when epoll_ctl fails
}, known...)

func TestSimulated(t *testing.T)            { trial.Run(t, libuv.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libuv.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libuv.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libuv.Subjects, known) }
