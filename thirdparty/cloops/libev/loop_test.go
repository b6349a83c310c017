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

// The watcher of the eventfd is stopped for good when its epoll_ctl fails.
var knownFull = append(trial.Known{
	{Loop: "epoll", Rule: "no-lost-wakeup"},
	{Loop: "epoll", Rule: "posted-runs-once"},
	{Loop: "epoll", Rule: "stop-completes"},
	{Loop: "epoll", Rule: "alive-while-work"},
	{Loop: "epoll", Rule: "timers-not-early"},
	{Loop: "epoll", Rule: "panic", Text: "pipe_w not active"},
	{Loop: "epoll", Rule: "ready-is-served"}, // it sleeps before it reports that a watcher was stopped
}, known...)

func TestSimulated(t *testing.T)            { trial.Run(t, libev.Subjects, known) }
func TestFailingRegistrations(t *testing.T) { trial.RunFull(t, libev.Subjects, knownFull) }
func TestTwice(t *testing.T)                { trial.Twice(t, libev.Subjects) }
func TestReal(t *testing.T)                 { trial.Real(t, libev.Subjects, known) }
