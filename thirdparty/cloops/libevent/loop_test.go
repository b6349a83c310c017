//go:build cloops && linux

package libevent_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libevent"
)

// What docs/engines/c-loops.md explains.
var (
	known     = trial.Known{}
	knownFull = trial.Known{}
)

func TestSimulated(t *testing.T)            { trial.Run(t, libevent.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libevent.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libevent.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libevent.Subjects) }
