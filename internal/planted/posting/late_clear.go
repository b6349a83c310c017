package posting

import "reactortest/internal/planted/loop"

// LateClear clears the flag after it has taken the queue. A goroutine that
// posts in between finds the flag set and does not wake the loop.
//
// Seen in gnet, which did not look at the queue again after it had cleared the
// flag (commit e3152523), and in evio, which drained its eventfd after the notes
// had run.
func LateClear(l *loop.Loop) {
	l.Parts.Take = func() []func() {
		l.Mu.Lock()
		posted := l.Posted
		l.Posted = nil
		l.Mu.Unlock()
		l.Host.Yield("posted-taken")
		l.Waking.Store(false)
		return posted
	}
}
