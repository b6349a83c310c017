package mine_test

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

type hasty struct{ proptest.Reactor } // counts in milliseconds, and rounds down

func (h hasty) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	return h.Reactor.AfterFunc(d.Truncate(time.Millisecond), fn)
}

func TestHasty(t *testing.T) {
	proptest.TestReactor(t, func(t testing.TB, h demux.Host) proptest.Reactor {
		return hasty{proptest.EventLoop(t, h)}
	})
}
