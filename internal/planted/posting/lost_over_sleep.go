package posting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// LostOverSleep takes for granted that what was queued before a Wait has run
// when the Wait returns, and drops it. A function that is posted after the loop
// has taken its queue and before the loop waits is lost.
//
// Seen in nbio, whose executor cleared its list outside of the lock and lost
// what had come in between.
func LostOverSleep(l *loop.Loop) {
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		l.Host.Yield("wait")
		l.Mu.Lock()
		before := len(l.Posted)
		l.Mu.Unlock()
		n, err := l.Parts.Demux.Wait(l.Events[:], timeout)
		l.Mu.Lock()
		l.Posted = l.Posted[before:]
		l.Mu.Unlock()
		return n, err
	}
}
