package posting

import "reactortest/internal/planted/loop"

// FlagBeforePush sets the flag before it queues the function. A second poster
// trusts a wake that the loop has consumed before the second function was
// there.
//
// Seen in libkqueue, which signaled before it queued (commit 10a942b).
func FlagBeforePush(l *loop.Loop) {
	l.Parts.Post = func(fn func()) error {
		l.Host.Yield("post")
		waking := l.Waking.Swap(true)
		l.Host.Yield("post-flag")
		if err := l.Parts.Push(fn); err != nil {
			return err
		}
		l.Host.Yield("post-queued")
		if waking {
			return nil
		}
		return loop.IgnoreClosed(l.Parts.Demux.Wake())
	}
}
