// Package gnet1engine has the first major version of gnet as an engine of the judge.
package gnet1engine

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"github.com/panjf2000/gnet"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/shim/order"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged.
var Subjects = []judge.Subject{
	{Name: "1-loop", New: with(1)},
	{Name: "2-loops", New: with(2)},
}

func init() {
	// Its pool starts goroutines that never end.
	order.Keep("github.com/panjf2000/gnet/pool/goroutine")
}

type engine struct {
	*gnet.EventServer
	h     server.Handler
	addr  string
	loops int
}

func with(loops int) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine {
		return &engine{EventServer: &gnet.EventServer{}, loops: loops}
	}
}

// Serve runs gnet.
func (e *engine) Serve(addr string, h server.Handler) error {
	e.h, e.addr = h, "tcp://"+addr
	return gnet.Serve(e, e.addr, gnet.WithNumEventLoop(e.loops), gnet.WithLogger(quiet{}))
}

// Stop stops it.
func (e *engine) Stop() error { return gnet.Stop(context.Background(), e.addr) }

// OnInitComplete is called when gnet listens.
func (e *engine) OnInitComplete(gnet.Server) gnet.Action {
	e.h.Ready()
	return gnet.None
}

// OnOpened is called for a new connection.
func (e *engine) OnOpened(c gnet.Conn) ([]byte, gnet.Action) {
	x := &conn{c: c}
	c.SetContext(x)
	return e.h.Open(x), gnet.None
}

// React is called when bytes have arrived, and after a Wake.
func (e *engine) React(frame []byte, c gnet.Conn) (out []byte, action gnet.Action) {
	x := c.Context().(*conn)
	if x.woken.Swap(false) {
		if w, ok := e.h.(server.WakeHandler); ok {
			w.Woken(x)
		}
	}
	if len(frame) > 0 && e.h.Data(x, frame) {
		action = gnet.Close
	}
	out, x.now = x.now, nil
	return out, action
}

// OnClosed is called when a connection has ended.
func (e *engine) OnClosed(c gnet.Conn, err error) gnet.Action {
	x, _ := c.Context().(*conn)
	e.h.Closed(x, err)
	return gnet.None
}

// conn is a connection. gnet sends what React returns.
type conn struct {
	c     gnet.Conn
	now   []byte
	woken atomic.Bool
}

// Write sends b.
func (c *conn) Write(b []byte) error {
	c.now = append(c.now, b...)
	return nil
}

// Async sends b from any goroutine.
func (c *conn) Async(b []byte) error { return c.c.AsyncWrite(bytes.Clone(b)) }

// Wake has React called.
func (c *conn) Wake() error {
	c.woken.Store(true)
	return c.c.Wake()
}

// Close closes the connection.
func (c *conn) Close() error { return c.c.Close() }

// quiet logs nothing.
type quiet struct{}

func (quiet) Debugf(string, ...interface{}) {}
func (quiet) Infof(string, ...interface{})  {}
func (quiet) Warnf(string, ...interface{})  {}
func (quiet) Errorf(string, ...interface{}) {}
func (quiet) Fatalf(string, ...interface{}) {}
