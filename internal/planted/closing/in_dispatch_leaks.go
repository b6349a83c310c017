package closing

import (
	"errors"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// InDispatchLeaks leaves it to the loop to close the demux when Wait returns.
// If a handler closes the loop, the loop never waits again.
//
// Seen in a similar form in goja_nodejs, whose Stop waited for a loop that was
// not running.
func InDispatchLeaks(l *loop.Loop) {
	l.Parts.Demux = &lateClosed{l.Parts.Demux, l}
}

type lateClosed struct {
	demux.Demux
	loop *loop.Loop
}

func (d *lateClosed) Close() error { return d.Wake() } // the loop closes it when it comes round

func (d *lateClosed) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	n, err := d.Demux.Wait(dst, timeout)
	if d.loop.Closed.Load() {
		return 0, errors.Join(demux.ErrClosed, d.Demux.Close())
	}
	return n, err
}
