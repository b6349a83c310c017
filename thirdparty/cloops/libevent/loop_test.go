//go:build cloops && linux

package libevent_test

import (
	"testing"

	"reactortest/thirdparty/cloops/internal/trial"
	"reactortest/thirdparty/cloops/libevent"
)

// What docs/engines/c-loops.md explains.
var known = trial.Known{
	{Loop: "epoll", Rule: "timers-not-early"}, // its clock is the coarse one
	{Loop: "epoll-changelist", Rule: "timers-not-early"},
	{Loop: "epoll-changelist", Rule: "livelock", Text: "is at epoll_wait"}, // a duplicate was closed before its change was applied
}

var knownFull = append(trial.Known{}, known...)

func TestSimulated(t *testing.T)            { trial.Run(t, libevent.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libevent.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libevent.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libevent.Subjects, known) }
