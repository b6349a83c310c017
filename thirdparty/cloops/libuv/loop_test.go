//go:build cloops && linux

package libuv_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libuv"
)

var known = trial.Known{}

func TestSimulated(t *testing.T) { trial.Run(t, libuv.Subjects, known) }
func TestTwice(t *testing.T)     { trial.Twice(t, libuv.Subjects) }
func TestReal(t *testing.T)      { trial.Real(t, libuv.Subjects) }
