//go:build cloops && linux

package libev_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libev"
)

var known = trial.Known{}

func TestSimulated(t *testing.T) { trial.Run(t, libev.Subjects, known) }
func TestTwice(t *testing.T)     { trial.Twice(t, libev.Subjects) }
func TestReal(t *testing.T)      { trial.Real(t, libev.Subjects) }
