package eventloop

import (
	"errors"
	"os"
	"slices"
	"sync/atomic"

	"reactortest/demux"
)

// SignalWatch is a set of signals that the loop is told of. Only the loop's
// goroutine may call its methods.
type SignalWatch struct {
	loop   *Loop
	fn     func(os.Signal)
	closed bool
	stops  []func()
}

// Signal calls fn in the posted phase after a signal in sigs has arrived. Signals
// of one number that arrive before fn is called may come as one call. At least
// one call of fn begins after the last arrival, however many other signals
// arrive. While a signal is watched it has no other effect on the process: an
// os.Interrupt does not end it. Windows has os.Interrupt and syscall.SIGTERM
// alone (package os/signal, "Windows"), and no system delivers os.Kill.
//
// The watch counts as open work for RunWhileAlive until it is closed. Close of
// the loop ends it too. Signal returns demux.ErrClosed once the loop is closed,
// and errors.ErrUnsupported if the host is not a demux.SignalHost: simulated
// hosts are not. It panics if fn is nil, or without a signal. Only the loop's
// goroutine may call Signal.
func (l *Loop) Signal(fn func(os.Signal), sigs ...os.Signal) (*SignalWatch, error) {
	if fn == nil || len(sigs) == 0 {
		panic("eventloop: Signal without a function or without a signal")
	}
	h, ok := l.host.(demux.SignalHost)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	if l.closed.Load() {
		return nil, demux.ErrClosed
	}
	s := &SignalWatch{loop: l, fn: fn}
	for i, sig := range sigs {
		if slices.Contains(sigs[:i], sig) {
			continue
		}
		stop, err := h.NotifySignal(sig, s.notify(sig))
		if err != nil {
			s.end()
			return nil, err
		}
		s.stops = append(s.stops, stop)
	}
	if !l.other.watch(s) {
		s.end()
		return nil, demux.ErrClosed
	}
	return s, nil
}

// notify returns what the host calls when sig has arrived. At most one call of fn
// is in the posted queue for each signal: a storm does not fill it.
func (s *SignalWatch) notify(sig os.Signal) func() {
	l := s.loop
	var posted atomic.Bool
	deliver := func() {
		posted.Store(false) // before fn: a signal that arrives now is told again
		l.host.Yield("loop-signal-told")
		if !s.closed {
			s.fn(sig)
		}
	}
	return func() {
		was := posted.Swap(true)
		l.host.Yield("loop-signal")
		if !was {
			_ = l.Post(deliver) // ErrClosed: nobody is left to be told
		}
	}
}

// Close ends the watch: fn is not called any more, not even for a signal that has
// arrived. Unless somebody else watches it, a signal has its former effect again.
// Close returns demux.ErrNotFound if the watch or the loop is already closed.
func (s *SignalWatch) Close() error {
	if s.closed || !s.loop.other.unwatch(s) {
		return demux.ErrNotFound
	}
	s.closed = true
	s.end()
	return nil
}

func (s *SignalWatch) end() {
	for _, stop := range s.stops {
		stop()
	}
}

// watch adds s, and returns false if the loop is closed.
func (o *other) watch(s *SignalWatch) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.signals = append(o.signals, s)
	o.alive.Add(1)
	return true
}

// unwatch removes s, and returns false if Close has done so.
func (o *other) unwatch(s *SignalWatch) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.Index(o.signals, s)
	if i < 0 {
		return false
	}
	o.signals = slices.Delete(o.signals, i, i+1)
	o.alive.Add(-1)
	return true
}
