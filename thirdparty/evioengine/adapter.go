// Package evioengine has evio as an engine of the judge.
package evioengine

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidwall/evio"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged.
var Subjects = []judge.Subject{
	{Name: "1-loop", New: with(1), Real: replaces},
	{Name: "2-loops", New: with(2), Real: replaces},
}

// replaces has what breaks when a Wake, which the adapter's Async needs, comes while output
// is pending: see docs/engines/evio.
var replaces = map[string]string{
	"bytes-intact":             "what a Wake sends replaces output that is pending",
	"close-runs-once":          "what a Wake sends replaces a Close that is pending",
	"half-close-answers":       "what a Wake sends replaces output that is pending",
	"no-lost-wakeup":           "what a Wake sends replaces output that is pending",
	"write-completes-or-fails": "what a Wake sends replaces output that is pending",
}

const (
	tick        = 100 * time.Millisecond // how often evio asks whether to stop: it has no call for that
	stopTimeout = 10 * time.Second
)

type engine struct {
	loops   int
	h       server.Handler
	stopped atomic.Bool
	done    chan struct{}
}

func with(loops int) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine { return &engine{loops: loops, done: make(chan struct{})} }
}

// Serve runs evio.
func (e *engine) Serve(addr string, h server.Handler) error {
	defer close(e.done)
	e.h = h
	return evio.Serve(evio.Events{
		NumLoops: e.loops,
		Serving:  func(evio.Server) evio.Action { h.Ready(); return evio.None },
		Opened:   e.opened,
		Data:     e.data,
		Closed:   e.closed,
		Tick:     e.tick,
	}, "tcp://"+addr)
}

// Stop has the next tick stop evio.
func (e *engine) Stop() error {
	e.stopped.Store(true)
	select {
	case <-e.done:
		return nil
	case <-time.After(stopTimeout):
		return errors.New("evioengine: Serve has not returned")
	}
}

func (e *engine) tick() (time.Duration, evio.Action) {
	if e.stopped.Load() {
		return 0, evio.Shutdown
	}
	return tick, evio.None
}

func (e *engine) opened(c evio.Conn) (out []byte, o evio.Options, a evio.Action) {
	x := &conn{c: c}
	c.SetContext(x)
	return e.h.Open(x), o, evio.None
}

// data is called when bytes have arrived, and without any after a Wake.
func (e *engine) data(c evio.Conn, in []byte) (out []byte, action evio.Action) {
	x := c.Context().(*conn)
	out, woken, closes := x.take()
	if woken {
		if w, ok := e.h.(server.WakeHandler); ok {
			w.Woken(x)
		}
	}
	if len(in) > 0 && e.h.Data(x, in) {
		closes = true
	}
	out = append(out, x.now...)
	x.now = nil
	if closes {
		return out, evio.Close
	}
	return out, evio.None
}

func (e *engine) closed(c evio.Conn, err error) evio.Action {
	x, _ := c.Context().(*conn)
	e.h.Closed(x, err)
	return evio.None
}

// conn is a connection. evio sends what a callback returns, so bytes wait here for the
// callback that they are written in, or for one that a Wake causes.
type conn struct {
	c   evio.Conn
	now []byte // of Write, in a callback

	mu     sync.Mutex
	later  []byte // of Async
	woken  bool
	closes bool
}

func (c *conn) take() (out []byte, woken, closes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out, woken, closes = c.later, c.woken, c.closes
	c.later, c.woken = nil, false
	return out, woken, closes
}

// Write sends b.
func (c *conn) Write(b []byte) error {
	c.now = append(c.now, b...)
	return nil
}

// Async sends b from any goroutine.
func (c *conn) Async(b []byte) error {
	c.mu.Lock()
	c.later = append(c.later, b...)
	c.mu.Unlock()
	c.c.Wake()
	return nil
}

// Wake has the engine call Woken.
func (c *conn) Wake() error {
	c.mu.Lock()
	c.woken = true
	c.mu.Unlock()
	c.c.Wake()
	return nil
}

// Close has the next callback close the connection.
func (c *conn) Close() error {
	c.mu.Lock()
	c.closes = true
	c.mu.Unlock()
	c.c.Wake()
	return nil
}
