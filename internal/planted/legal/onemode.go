package legal

import (
	"errors"
	"fmt"

	"reactortest/demux"
)

// oneMode offers one mode and refuses the others, whatever the demux has.
type oneMode struct {
	*Loop
	mode demux.Mode
}

// LevelOnly opens a loop that offers level-triggered watches only and refuses
// the other modes with errors.ErrUnsupported: libuv has nothing else.
func LevelOnly(h demux.Host) (*Loop, error) { return openOneMode(h, demux.Level) }

// EdgeOnly opens a loop that offers edge-triggered watches only and refuses
// the other modes with errors.ErrUnsupported: Mio has nothing else.
func EdgeOnly(h demux.Host) (*Loop, error) { return openOneMode(h, demux.Edge) }

func openOneMode(h demux.Host, mode demux.Mode) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &oneMode{Loop: l, mode: mode}
	return l, nil
}

func (l *oneMode) check(mode demux.Mode) error {
	if mode != l.mode {
		return fmt.Errorf("legal: this loop is %s: %w", l.mode, errors.ErrUnsupported)
	}
	return nil
}

func (l *oneMode) register(w *Watch) error {
	if err := l.check(w.mode); err != nil {
		return err
	}
	return l.Loop.register(w)
}

func (l *oneMode) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.check(mode); err != nil {
		return err
	}
	return l.Loop.modify(w, want, mode)
}
