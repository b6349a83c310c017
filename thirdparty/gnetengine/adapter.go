// Package gnetengine has gnet as an engine of the judge.
package gnetengine

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"

	"github.com/panjf2000/gnet/v2"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/shim/order"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged.
var Subjects = []judge.Subject{
	{Name: "1-loop", New: with(1, false, (*conn).write)},
	{Name: "2-loops", New: with(2, false, (*conn).write)},
	{Name: "1-loop-edge", New: with(1, true, (*conn).write)},
	{Name: "2-loops-edge", New: with(2, true, (*conn).write)},
	{Name: "1-loop-flush", New: with(1, false, (*conn).flush)},
}

func init() {
	// Its pool starts goroutines that never end.
	order.Keep("github.com/panjf2000/gnet/v2/pkg/pool/goroutine")
}

// engine is a gnet server with its handler.
type engine struct {
	gnet.BuiltinEventEngine
	booted gnet.Engine
	h      server.Handler
	loops  int
	edge   bool
	write  func(c *conn, b []byte) error
}

func with(loops int, edge bool, write func(*conn, []byte) error) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine {
		return &engine{loops: loops, edge: edge, write: write}
	}
}

// Serve runs gnet.
func (e *engine) Serve(addr string, h server.Handler) error {
	e.h = h
	return gnet.Run(e, "tcp://"+addr, gnet.WithNumEventLoop(e.loops), gnet.WithEdgeTriggeredIO(e.edge), gnet.WithLogger(quiet{}))
}

// Stop stops it.
func (e *engine) Stop() error { return e.booted.Stop(context.Background()) }

// OnBoot is called when gnet listens.
func (e *engine) OnBoot(booted gnet.Engine) gnet.Action {
	e.booted = booted
	e.h.Ready()
	return gnet.None
}

// OnOpen is called for a new connection.
func (e *engine) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	x := &conn{Conn: c, engine: e}
	c.SetContext(x)
	return e.h.Open(x), gnet.None
}

// OnTraffic is called when bytes have arrived, and after a Wake.
func (e *engine) OnTraffic(c gnet.Conn) gnet.Action {
	x := c.Context().(*conn)
	if x.woken.Swap(false) {
		if w, ok := e.h.(server.WakeHandler); ok {
			w.Woken(x)
		}
	}
	if c.InboundBuffered() == 0 {
		return gnet.None
	}
	b, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if e.h.Data(x, b) {
		return gnet.Close
	}
	return gnet.None
}

// OnClose is called when a connection has ended.
func (e *engine) OnClose(c gnet.Conn, err error) gnet.Action {
	x, _ := c.Context().(*conn)
	e.h.Closed(x, err)
	return gnet.None
}

// conn is a connection.
type conn struct {
	gnet.Conn
	engine *engine
	woken  atomic.Bool
}

// Write sends b.
func (c *conn) Write(b []byte) error { return c.engine.write(c, b) }

// write has gnet send at once what the socket accepts.
func (c *conn) write(b []byte) error {
	_, err := c.Conn.Write(b)
	return err
}

// flush puts b into gnet's buffer and has it flushed.
func (c *conn) flush(b []byte) error {
	if _, err := c.ReadFrom(bytes.NewReader(b)); err != nil {
		return err
	}
	return c.Flush()
}

// Async sends b from any goroutine.
func (c *conn) Async(b []byte) error {
	return c.AsyncWrite(bytes.Clone(b), func(_ gnet.Conn, err error) error {
		if err != nil {
			c.engine.h.Lost(c, err)
		}
		return nil
	})
}

// Wake has OnTraffic called.
func (c *conn) Wake() error {
	c.woken.Store(true)
	return c.Conn.Wake(nil)
}

// quiet logs nothing.
type quiet struct{}

func (quiet) Debugf(string, ...any) {}
func (quiet) Infof(string, ...any)  {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}
