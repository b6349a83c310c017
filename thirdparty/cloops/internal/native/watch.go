package native

import (
	"errors"

	"reactortest/demux"
	"reactortest/proptest"
)

// watch is a watcher of the library. Libraries have no oneshot mode: the reactor stops
// the watcher before it calls the function.
type watch struct {
	r      *reactor
	native Watcher
	fn     func(demux.Event)
	mode   demux.Mode
	closed bool
}

func (r *reactor) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	if !r.features.offers(mode) {
		return nil, errors.ErrUnsupported
	}
	if !r.enter() {
		return nil, demux.ErrClosed
	}
	defer r.leave()
	w := &watch{r: r, fn: fn, mode: mode}
	native, err := r.loop.Watch(int(h), w.fire)
	if err != nil {
		return nil, err
	}
	w.native = native
	if err := native.Start(want, mode&demux.Edge != 0); err != nil {
		native.Free()
		return nil, err
	}
	r.objects = append(r.objects, w)
	r.watches++
	return w, nil
}

func (w *watch) fire(got demux.Ready) {
	w.r.guard(func() {
		if w.mode&demux.Oneshot != 0 {
			w.native.Stop()
		}
		w.fn(demux.Event{Ready: got})
	})
}

// Modify replaces interest and mode.
func (w *watch) Modify(want demux.Ready, mode demux.Mode) error {
	if !w.r.features.offers(mode) {
		return errors.ErrUnsupported
	}
	if w.closed || !w.r.enter() {
		return demux.ErrClosed
	}
	defer w.r.leave()
	w.mode = mode
	return w.native.Start(want, mode&demux.Edge != 0)
}

// Close ends the watch.
func (w *watch) Close() error {
	if w.closed || !w.r.enter() {
		return nil
	}
	defer w.r.leave()
	w.r.forget(w)
	w.r.watches--
	w.free()
	return nil
}

func (w *watch) free() {
	w.closed = true
	w.native.Free()
}
