package legal

import (
	"errors"

	"reactortest/demux"
)

// duplicates registers a duplicate of each handle, so that nobody else's
// registration of the handle gets in its way. The duplicates are its own.
type duplicates struct {
	*Loop
	owner owner
}

// Duplicates opens a loop that registers a duplicate of each handle, which it
// owns, as AnyEvent does for backends that take a handle once.
func Duplicates(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &duplicates{Loop: l}
	return l, nil
}

func (l *duplicates) register(w *Watch) error {
	h, err := l.host.Dup(w.handle)
	if err != nil {
		return err
	}
	if err := l.demux.Register(h, w.token, w.want, w.mode); err != nil {
		return errors.Join(err, l.host.Close(h))
	}
	w.duplicate = h
	return nil
}

func (l *duplicates) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.demux.Modify(w.duplicate, w.token, want, mode); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return nil
}

func (l *duplicates) deregister(w *Watch) error {
	h := w.duplicate
	if h == demux.NoHandle {
		return nil // the loop is closed
	}
	w.duplicate = demux.NoHandle
	return errors.Join(ignoreClosed(l.demux.Deregister(h)), l.host.Close(h))
}

func (l *duplicates) enter() error {
	if !l.owner.enter() {
		return demux.ErrClosed
	}
	return nil
}

func (l *duplicates) leave() error {
	if l.owner.leave() {
		return l.release()
	}
	return nil
}

func (l *duplicates) close() error {
	if l.owner.close() {
		return l.release()
	}
	return ignoreClosed(l.demux.Wake())
}

// release closes what is the loop's.
func (l *duplicates) release() error {
	err := l.demux.Close()
	for _, w := range l.table.slots {
		if w != nil {
			err = errors.Join(err, l.deregister(w))
		}
	}
	return err
}
