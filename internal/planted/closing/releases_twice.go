package closing

import (
	"errors"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// ReleasesTwice looks whether the loop is closed before it marks it as closed.
// Two threads that close it at once both release its handles: the second close
// may hit a stranger with the same number.
//
// Seen in netpoll, where the user's close and the poller's both detached a
// connection, and in Seastar, where stop released its blocks twice (commit
// 510f31487).
func ReleasesTwice(l *loop.Loop) {
	a, b, err := l.Host.Pair() // as a loop has that wakes itself by a pair
	if err != nil {
		return
	}
	l.Parts.Close = func() error {
		if l.Closed.Load() {
			return demux.ErrClosed
		}
		l.Host.Yield("close")
		l.Closed.Store(true)
		return errors.Join(loop.IgnoreClosed(l.Parts.Demux.Close()), l.Host.Close(a), l.Host.Close(b))
	}
}
