package program

import (
	"fmt"
	"slices"
	"time"

	"reactortest/demux"
)

func durationOf(h demux.Handle) time.Duration { return time.Duration(h) }

// watched is a demultiplexer of the program.
type watched struct {
	demux.Demux
	*session
	opened     string         // by whom
	registered []demux.Handle // in the order of their Register
	tokens     []demux.Token  // of each
	stale      []demux.Handle // closed by the program, and still registered
	flying     int            // operations that were submitted and have not come back
}

// watch returns d with its calls told to the judge.
func (s *session) watch(d demux.Demux) demux.Demux {
	w := &watched{Demux: d, session: s, opened: "opened by the program"}
	if t := s.current(); t != nil {
		w.opened = "opened in task " + t.Name()
	}
	s.c.Lock()
	s.demuxes = append(s.demuxes, w)
	handler, isHandler := d.(demux.Handler)
	completer, carries := d.(demux.Completer)
	s.carries = s.carries || carries
	s.c.Unlock()
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
	*watched
	demux.Handler
}

// watchedCompleter is one that carries out operations.
type watchedCompleter struct {
	*watched
	completer demux.Completer
}

// watchedBoth is both.
type watchedBoth struct {
	*watchedCompleter
	demux.Handler
}

// Register starts to watch h.
func (w *watched) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	w.use()
	err := w.Demux.Register(h, tok, want, mode)
	w.c.Lock()
	defer w.c.Unlock()
	if err == nil {
		w.registered, w.tokens = append(w.registered, h), append(w.tokens, tok)
	}
	w.note(callRegister, h, 0, err, w.c.Say("%v, %v", want, mode))
	return err
}

// Modify replaces the interest in h.
func (w *watched) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	w.use()
	err := w.Demux.Modify(h, tok, want, mode)
	w.c.Lock()
	defer w.c.Unlock()
	if i := slices.Index(w.registered, h); i >= 0 && err == nil {
		w.tokens[i] = tok
	}
	w.note(callModify, h, 0, err, w.c.Say("%v, %v", want, mode))
	return err
}

// Deregister ends the registration of h, and the judge's interest in it, even if
// the call fails.
func (w *watched) Deregister(h demux.Handle) error {
	w.alive()
	err := w.Demux.Deregister(h)
	w.c.Lock()
	defer w.c.Unlock()
	w.forget(h)
	w.stale = slices.DeleteFunc(w.stale, func(s demux.Handle) bool { return s == h })
	w.note(callDeregister, h, 0, err, "")
	return err
}

// forget drops the registration of h, and reports whether there was one. The lock
// is held.
func (w *watched) forget(h demux.Handle) bool {
	i := slices.Index(w.registered, h)
	if i < 0 {
		return false
	}
	w.registered = slices.Delete(w.registered, i, i+1)
	w.tokens = slices.Delete(w.tokens, i, i+1)
	return true
}

// Wait waits.
func (w *watched) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	w.settle()
	w.use()
	w.c.Lock()
	w.c.NextRound()
	w.c.Unlock()
	n, err := w.Demux.Wait(dst, timeout)
	w.c.Lock()
	defer w.c.Unlock()
	text := ""
	for _, ev := range dst[:max(n, 0)] {
		if ev.Op != nil {
			w.flying--
			if ev.Op.Kind == demux.OpAccept && ev.Op.Err == nil {
				w.session.opened(ev.Op.New, callAccept.String())
			}
		}
		if w.c.Verbose {
			text += w.eventText(ev)
		}
	}
	w.note(callWait, demux.NoHandle, n, err, text)
	return n, err
}

// eventText tells of an event by the handle that the program registered.
func (w *watched) eventText(ev demux.Event) string {
	if ev.Op != nil {
		return fmt.Sprintf(" [%v of %d is done: %d, %v]", ev.Op.Kind, ev.Op.Handle, ev.Op.N, ev.Op.Err)
	}
	if i := slices.Index(w.tokens, ev.Token); i >= 0 {
		return fmt.Sprintf(" [%d: %v]", w.registered[i], ev.Ready)
	}
	return fmt.Sprintf(" [token %d of no registration: %v]", ev.Token, ev.Ready)
}

// Wake ends a wait.
func (w *watched) Wake() error {
	w.alive()
	return w.Demux.Wake()
}

// Close ends the demultiplexer, and with it what is registered and in flight.
func (w *watched) Close() error {
	w.alive()
	w.c.Lock()
	w.demuxes = slices.DeleteFunc(w.demuxes, func(d *watched) bool { return d == w })
	w.c.Unlock()
	err := w.Demux.Close()
	w.c.Lock()
	defer w.c.Unlock()
	w.note(callCloseDemux, demux.NoHandle, 0, err, "")
	return err
}

// Submit starts an operation.
func (w *watchedCompleter) Submit(op *demux.Op, tok demux.Token) error {
	var kind demux.OpKind
	on := demux.NoHandle
	if op != nil { // it is the demultiplexer's when the call has returned
		kind, on = op.Kind, op.Handle
	}
	err := w.completer.Submit(op, tok)
	w.c.Lock()
	defer w.c.Unlock()
	if err == nil {
		w.flying++
	}
	w.note(callSubmit, on, int(kind), err, w.c.Say("%v", kind))
	return err
}

// Cancel asks for an operation to end.
func (w *watchedCompleter) Cancel(op *demux.Op) error {
	err := w.completer.Cancel(op)
	w.c.Lock()
	defer w.c.Unlock()
	w.note(callCancel, demux.NoHandle, 0, err, "")
	return err
}

// use judges that the program may use the demultiplexer.
func (w *watched) use() {
	w.alive()
	w.c.Lock()
	defer w.c.Unlock()
	w.checkStale()
}

// checkStale reports handles that were closed and are registered. The lock is
// held.
func (w *watched) checkStale() {
	if len(w.stale) > 0 {
		w.c.Broke(ruleDeregisters, w.c.Last(), "handle %d was closed before it was deregistered", w.stale[0])
		w.stale = w.stale[:0]
	}
}

// worldDemux is a demultiplexer of the world: its calls meet no faults.
type worldDemux struct {
	demux.Demux
	host *host
}

// worldly returns d as the world's.
func worldly(h *host, d demux.Demux) demux.Demux {
	if h.kernel == nil {
		return d
	}
	w := &worldDemux{d, h}
	if c, carries := d.(demux.Completer); carries {
		return &worldCompleter{w, c}
	}
	return w
}

// Register starts to watch h.
func (w *worldDemux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	defer w.host.leave(w.host.enter())
	return w.Demux.Register(h, tok, want, mode)
}

// Modify replaces the interest in h.
func (w *worldDemux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	defer w.host.leave(w.host.enter())
	return w.Demux.Modify(h, tok, want, mode)
}

// Wait waits.
func (w *worldDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	defer w.host.leave(w.host.enter())
	return w.Demux.Wait(dst, timeout)
}

// worldCompleter is one that carries out operations.
type worldCompleter struct {
	*worldDemux
	completer demux.Completer
}

// Submit starts an operation.
func (w *worldCompleter) Submit(op *demux.Op, tok demux.Token) error {
	defer w.host.leave(w.host.enter())
	return w.completer.Submit(op, tok)
}

// Cancel asks for an operation to end.
func (w *worldCompleter) Cancel(op *demux.Op) error { return w.completer.Cancel(op) }
