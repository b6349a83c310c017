package realdemux

import (
	"time"

	"reactortest/demux/epoll"
)

// spinner is a Demux over Linux's calls that can be told to spin.
type spinner struct {
	*epoll.Demux
	calls *linuxCalls
}

// SetSpin makes each Wait that finds nothing poll again and again, for at most d,
// before it sleeps. Between two polls, other goroutines get a turn. The time counts
// toward the timeout of the Wait. 0, the default, means that a Wait does not spin.
// Only the goroutine that uses the Demux may call SetSpin.
func (s *spinner) SetSpin(d time.Duration) { s.calls.habit.spin = d }
