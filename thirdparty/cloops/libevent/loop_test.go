//go:build cloops && linux

package libevent_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libevent"
)

var known = trial.Known{}

func TestSimulated(t *testing.T) { trial.Run(t, libevent.Subjects, known) }
func TestTwice(t *testing.T)     { trial.Twice(t, libevent.Subjects) }
func TestReal(t *testing.T)      { trial.Real(t, libevent.Subjects) }
