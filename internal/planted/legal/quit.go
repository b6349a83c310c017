package legal

import (
	"time"

	"reactortest/demux"
)

// quit is closed by a flag and a wake: the demux is closed by the goroutine
// that runs the loop, when Run returns, after what was posted before has run.
type quit struct {
	*Loop
	owner owner
}

// QuitFlag opens a loop that is closed by a flag and a wake. Its own goroutine
// runs what was posted before and closes the demux, as in loops with a stop
// flag (libuv, Qt).
func QuitFlag(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &quit{Loop: l}
	return l, nil
}

func (l *quit) enter() error {
	if !l.owner.enter() {
		return demux.ErrClosed
	}
	return nil
}

func (l *quit) leave() error {
	l.runAll()
	if l.owner.leave() {
		return l.demux.Close()
	}
	return nil
}

func (l *quit) close() error {
	if l.owner.close() {
		return l.demux.Close()
	}
	return ignoreClosed(l.demux.Wake())
}

// runAll runs what is posted, although the loop may be closed.
func (l *quit) runAll() (n int) {
	for _, fn := range l.posted.take(all) {
		fn()
		n++
	}
	return n
}

func (l *quit) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runAll()
	l.host.Yield("wait")
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
