package cleanup

import (
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// WakePairClosed has a pair of handles to wake itself with. It closes the pair,
// without ending the registration, when it first waits, and goes on waiting.
//
// Seen in folly, which closed its eventfd before it was unregistered (commit
// b756d1667).
func WakePairClosed(l *loop.Loop) {
	a, b, err := l.Host.Pair()
	if err != nil {
		return
	}
	if l.Parts.Demux.Register(a, demux.NoToken-1, demux.Readable, demux.Level) != nil {
		return
	}
	l.Parts.Demux = &paired{Demux: l.Parts.Demux, release: sync.OnceFunc(func() { _, _ = l.Host.Close(a), l.Host.Close(b) })}
}

type paired struct {
	demux.Demux
	release func()
}

func (d *paired) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	d.release()
	return d.Demux.Wait(dst, timeout)
}

func (d *paired) Close() error {
	defer d.release()
	return d.Demux.Close()
}
