//go:build cloops && linux

package libev_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libev"
)

// What docs/engines/c-loops.md explains.
var known = trial.Known{
	{Rule: "livelock", Text: "waits in "}, // it wakes up every minute, and the timer is days away
}

var knownFull = append(trial.Known{}, known...)

func TestSimulated(t *testing.T)            { trial.Run(t, libev.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libev.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libev.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libev.Subjects) }
