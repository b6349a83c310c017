// Package netpollengine has netpoll as an engine of the judge.
package netpollengine

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudwego/netpoll"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged: how many bytes a handler takes in one
// call, 0 for all.
var Subjects = []judge.Subject{
	{Name: "all", New: taking(0)},
	{Name: "400-bytes", New: taking(400)},
}

// stopTimeout is how long Stop waits for connections.
const stopTimeout = 5 * time.Second

type engine struct {
	loop netpoll.EventLoop
	h    server.Handler
	most int
}

func taking(most int) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine { return &engine{most: most} }
}

type key struct{}

// Serve runs netpoll.
func (e *engine) Serve(addr string, h server.Handler) error {
	ln, err := netpoll.CreateListener("tcp", addr)
	if err != nil {
		return err
	}
	e.h = h
	e.loop, err = netpoll.NewEventLoop(e.request, netpoll.WithOnPrepare(e.prepare), netpoll.WithOnConnect(e.connect))
	if err != nil {
		return err
	}
	h.Ready()
	return e.loop.Serve(ln)
}

// Declare says that the pollers belong to the process.
func (e *engine) Declare() server.Declared {
	return server.Declared{
		Outlives: []string{"epoll", "eventfd", "goroutine"},
		Source:   map[string]string{"Outlives": "netpoll_config.go, Configure: pollers are global, and Shutdown of an event loop keeps them"},
	}
}

// Stop stops it.
func (e *engine) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return e.loop.Shutdown(ctx)
}

// prepare is called for a new connection, before it is watched.
func (e *engine) prepare(c netpoll.Connection) context.Context {
	x := &conn{c: c}
	_ = c.AddCloseCallback(func(netpoll.Connection) error {
		if x.open.Load() { // otherwise the handler does not know it
			e.h.Closed(x, nil)
		}
		return nil
	})
	return context.WithValue(context.Background(), key{}, x)
}

// connect is called when the connection is watched.
func (e *engine) connect(ctx context.Context, _ netpoll.Connection) context.Context {
	x := ctx.Value(key{}).(*conn)
	x.open.Store(true)
	if b := e.h.Open(x); len(b) > 0 {
		if err := x.Write(b); err != nil {
			e.h.Lost(x, err)
		}
	}
	return ctx
}

// request is called when bytes have arrived, until it has taken them all.
func (e *engine) request(ctx context.Context, c netpoll.Connection) error {
	n := c.Reader().Len()
	if e.most > 0 {
		n = min(n, e.most)
	}
	b, err := c.Reader().Next(n)
	if err != nil {
		return err
	}
	closes := e.h.Data(ctx.Value(key{}).(*conn), b)
	_ = c.Reader().Release()
	if closes {
		return c.Close()
	}
	return nil
}

type conn struct {
	c    netpoll.Connection
	mu   sync.Mutex // one goroutine at a time may write
	open atomic.Bool
}

// Write sends b, and waits until all of it is sent.
func (c *conn) Write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.c.Write(b)
	return err
}

// Async is Write: any goroutine may write.
func (c *conn) Async(b []byte) error { return c.Write(b) }

// Close closes the connection.
func (c *conn) Close() error { return c.c.Close() }
