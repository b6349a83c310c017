package serve

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/proptest/server"
)

// backlog is how many connections may wait to be accepted.
const backlog = 128

var (
	// ErrStopped ends the connections that are open when the engine stops.
	ErrStopped = errors.New("the engine has stopped")
	// ErrUnsent ends a connection with bytes that were accepted and not sent.
	ErrUnsent = errors.New("accepted bytes were not sent")
	// ErrEnded is what calls on an ended connection return.
	ErrEnded = errors.New("the connection has ended")
)

// Engine is a server. Any goroutine may call its methods.
type Engine struct {
	Host    demux.Host
	Parts   Parts
	Main    *Loop // it has the listener and the timers
	Handler server.Handler
	Addr    netip.AddrPort

	declared server.Declared
	gate     demux.Demux // where Stop waits for the end
	mu       sync.Mutex
	ended    bool // under mu
}

// newEngine makes an engine of an architecture.
func newEngine(h demux.Host, parts Parts) *Engine {
	e := &Engine{Host: h, Parts: parts}
	e.Main = NewLoop(e, nil)
	return e
}

// Serve is server.Engine's.
func (e *Engine) Serve(addr string, h server.Handler) error {
	e.Handler = h
	if err := e.open(addr); err != nil {
		return err
	}
	for _, w := range e.Main.Workers {
		w.Go("worker")
	}
	h.Ready()
	e.Main.run()
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	e.Host.Yield("ended")
	_ = e.gate.Wake()
	return e.Main.Err
}

// open opens the loops and the listener.
func (e *Engine) open(addr string) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, e.abandon())
		}
	}()
	if e.gate, err = e.Host.Open(); err != nil {
		return err
	}
	d, err := e.Host.Open()
	if err != nil {
		return err
	}
	e.Main.use(d)
	if err = e.Parts.Start(e); err != nil {
		return err
	}
	if e.Main.Listener, e.Addr, err = e.Host.Listen(addr, backlog); err != nil {
		return err
	}
	return e.Parts.Listen(e.Main)
}

// abandon closes what open has opened.
func (e *Engine) abandon() error {
	var all []error
	if e.Main.Listener != demux.NoHandle {
		all = append(all, e.Host.Close(e.Main.Listener))
	}
	for _, l := range append(e.Main.Workers, e.Main) {
		if l.Demux != nil {
			all = append(all, l.Demux.Close())
		}
	}
	if e.gate != nil {
		all = append(all, e.gate.Close())
	}
	return errors.Join(all...)
}

// Stop is server.Engine's.
func (e *Engine) Stop() error {
	e.Parts.Stop(e)
	events := make([]demux.Event, 1)
	for !e.hasEnded() {
		e.Host.Yield("gate")
		if _, err := e.gate.Wait(events, -1); err != nil {
			return err
		}
	}
	return e.gate.Close()
}

// stop is the part Stop.
func (e *Engine) stop() {
	_ = e.Parts.Post(e.Main, func() { e.Parts.StopLoop(e.Main) })
}

func (e *Engine) hasEnded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended
}

// AfterFunc is server.Timers'.
func (e *Engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	t := e.Parts.AfterFunc(e.Main, d, f)
	return func() bool { return e.Parts.StopTimer(t) }
}

// Declare is server.Declarer's.
func (e *Engine) Declare() server.Declared { return e.declared }
