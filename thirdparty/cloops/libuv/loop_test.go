//go:build cloops && linux

package libuv_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libuv"
)

// What docs/engines/c-loops.md explains.
var (
	known     = trial.Known{}
	knownFull = trial.Known{}
)

func TestSimulated(t *testing.T)            { trial.Run(t, libuv.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libuv.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libuv.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libuv.Subjects) }
