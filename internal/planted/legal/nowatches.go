package legal

import (
	"errors"

	"reactortest/demux"
)

// noWatches has timers and posted functions only, as the loops of JavaScript
// runtimes that are written in Go have.
type noWatches struct{ *Loop }

// NoWatches opens a loop that has timers and posted functions only, as loops
// of JavaScript runtimes have, and refuses to watch in every mode with
// errors.ErrUnsupported.
func NoWatches(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &noWatches{l}
	return l, nil
}

func (l *noWatches) register(*Watch) error { return errors.ErrUnsupported }
