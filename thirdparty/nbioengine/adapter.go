// Package nbioengine has nbio as an engine of the judge.
package nbioengine

import (
	"context"
	"testing"
	"time"

	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/logging"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// waits is why rules about Stop do not always hold on the running kernel.
const waits = "Stop waits for a connection that is being accepted; findings.TestNbioStop shows it"

var stops = map[string]string{"stop-completes": waits}

// Subjects are the configurations that are judged.
var Subjects = []judge.Subject{
	{Name: "level", New: with(nbio.Config{}), Real: stops},
	{Name: "level-small-buffer", New: with(nbio.Config{ReadBufferSize: 16384}), Real: stops},
	{Name: "edge", New: with(nbio.Config{EpollMod: nbio.EPOLLET}), Real: stops},
	{Name: "2-pollers", New: with(nbio.Config{NPoller: 2}), Real: stops},
	{Name: "edge-oneshot", New: with(nbio.Config{EpollMod: nbio.EPOLLET, EPOLLONESHOT: nbio.EPOLLONESHOT}), Real: stops},
}

// stopTimeout is how long Stop waits.
const stopTimeout = 5 * time.Second

type engine struct {
	config nbio.Config
	e      *nbio.Engine
	h      server.Handler
	done   chan struct{}
}

func with(c nbio.Config) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine {
		return &engine{config: c, done: make(chan struct{})}
	}
}

// Serve starts nbio and returns after Stop.
func (e *engine) Serve(addr string, h server.Handler) error {
	logging.SetLevel(logging.LevelNone)
	e.h = h
	c := e.config
	c.Network, c.Addrs, c.NPoller = "tcp", []string{addr}, max(c.NPoller, 1)
	e.e = nbio.NewEngine(c)
	e.e.OnOpen(e.open)
	e.e.OnData(e.data)
	e.e.OnClose(e.closed)
	if err := e.e.Start(); err != nil {
		return err
	}
	h.Ready()
	<-e.done
	return nil
}

// Stop stops it.
func (e *engine) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := e.e.Shutdown(ctx)
	close(e.done)
	return err
}

func (e *engine) open(c *nbio.Conn) {
	x := &conn{c}
	c.SetSession(x)
	if b := e.h.Open(x); len(b) > 0 {
		if err := x.Write(b); err != nil {
			e.h.Lost(x, err)
		}
	}
}

func (e *engine) data(c *nbio.Conn, b []byte) {
	if e.h.Data(c.Session().(*conn), b) {
		_ = c.Close()
	}
}

func (e *engine) closed(c *nbio.Conn, err error) {
	x, _ := c.Session().(*conn)
	e.h.Closed(x, err)
}

type conn struct{ c *nbio.Conn }

// Write sends b.
func (c *conn) Write(b []byte) error {
	_, err := c.c.Write(b)
	return err
}

// Async is Write: any goroutine may write.
func (c *conn) Async(b []byte) error { return c.Write(b) }

// Close closes the connection.
func (c *conn) Close() error { return c.c.Close() }
