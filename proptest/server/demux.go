package server

import (
	"slices"
	"time"

	"reactortest/demux"
)

// watchedDemux is a demultiplexer of an engine that is written against package demux.
type watchedDemux struct {
	demux.Demux
	*session
	registered []demux.Handle
	stale      []demux.Handle // closed, and still registered
}

// watch returns d with its calls told to the session.
func (s *session) watch(d demux.Demux) demux.Demux {
	w := &watchedDemux{Demux: d, session: s}
	s.c.Lock()
	s.demuxes = append(s.demuxes, w)
	s.c.Unlock()
	handler, isHandler := d.(demux.Handler)
	completer, carries := d.(demux.Completer)
	switch {
	case isHandler && carries:
		return &watchedBoth{&watchedCompleter{w, completer}, handler}
	case carries:
		return &watchedCompleter{w, completer}
	case isHandler:
		return &watchedHandler{w, handler}
	default:
		return w
	}
}

// watchedHandler is one that another demultiplexer can watch.
type watchedHandler struct {
	*watchedDemux
	demux.Handler
}

// watchedCompleter is one that carries out operations.
type watchedCompleter struct {
	*watchedDemux
	completer demux.Completer
}

// watchedBoth is both.
type watchedBoth struct {
	*watchedCompleter
	demux.Handler
}

func (w *watchedDemux) told(call string, h demux.Handle, err error) {
	n := 0
	if err != nil {
		n = -1
	}
	handle := -1
	if h != demux.NoHandle {
		handle = int(h)
	}
	w.Called(call, handle, n, number(err))
}

// closing says that the engine closes h. The lock is held.
func (w *watchedDemux) closing(h demux.Handle) {
	if i := slices.Index(w.registered, h); i >= 0 {
		w.registered = slices.Delete(w.registered, i, i+1)
		w.stale = append(w.stale, h)
	}
}

// Register starts to watch h.
func (w *watchedDemux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	err := w.Demux.Register(h, tok, want, mode)
	if err == nil {
		w.c.Lock()
		w.registered = append(w.registered, h)
		w.c.Unlock()
	}
	w.told("register", h, err)
	return err
}

// Modify replaces the interest in h.
func (w *watchedDemux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	err := w.Demux.Modify(h, tok, want, mode)
	w.told("modify", h, err)
	return err
}

// Deregister ends the registration of h.
func (w *watchedDemux) Deregister(h demux.Handle) error {
	err := w.Demux.Deregister(h)
	w.c.Lock()
	same := func(x demux.Handle) bool { return x == h }
	w.registered = slices.DeleteFunc(w.registered, same)
	w.stale = slices.DeleteFunc(w.stale, same)
	w.c.Unlock()
	w.told("deregister", h, err)
	return err
}

// Wait waits.
func (w *watchedDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	w.c.Lock()
	if !w.c.Holds(ruleNoLeakedRegistration, len(w.stale) == 0) {
		w.c.Fail(ruleNoLeakedRegistration, w.c.Last(), "handle %d was closed while it was registered, and the engine goes on to wait", w.stale[0])
	}
	began := w.c.Clock()
	w.c.Unlock()
	n, err := w.Demux.Wait(dst, timeout)
	if timeout == 0 {
		w.Polled(w.c.Clock() - began)
	}
	w.c.Lock()
	for _, ev := range dst[:min(max(n, 0), len(dst))] {
		if ev.Op != nil && ev.Op.Kind == demux.OpAccept && ev.Op.Err == nil {
			w.handles[ev.Op.New] = callAccept
		}
	}
	w.c.Unlock()
	w.Called(callWait, -1, n, number(err))
	return n, err
}

// Close ends the demultiplexer.
func (w *watchedDemux) Close() error {
	w.c.Lock()
	w.demuxes = slices.DeleteFunc(w.demuxes, func(d *watchedDemux) bool { return d == w })
	w.c.Unlock()
	return w.Demux.Close()
}

// Submit starts an operation.
func (w *watchedCompleter) Submit(op *demux.Op, tok demux.Token) error {
	on := demux.NoHandle
	if op != nil { // it is the demultiplexer's when the call has returned
		on = op.Handle
	}
	err := w.completer.Submit(op, tok)
	w.told(callSubmit, on, err)
	return err
}

// Cancel asks for an operation to end.
func (w *watchedCompleter) Cancel(op *demux.Op) error {
	err := w.completer.Cancel(op)
	w.told("cancel", demux.NoHandle, err)
	return err
}
