// Package gaioengine has gaio as an engine of the judge: a listener of package net
// accepts, and gaio's watcher reads and writes.
package gaioengine

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xtaci/gaio"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged: reads of what has arrived, and in turn
// such reads and reads of a fixed number of bytes.
var Subjects = []judge.Subject{
	{Name: "read", New: with(0)},
	{Name: "read-full", New: with(chunk)},
}

// chunk is how many bytes every other read of read-full waits for.
const chunk = 5

// pause is how long the server waits after an accept that has failed.
const pause = 5 * time.Millisecond

type engine struct {
	full int // bytes that a read waits for; 0: any
	w    *gaio.Watcher
	ln   net.Listener
	h    server.Handler

	accepted chan struct{} // closed when no more connections are accepted

	mu      sync.Mutex
	all     []*conn
	timers  []*timer
	stopped bool // timers end when they are set

	running sync.WaitGroup // functions of timers
}

func with(full int) server.NewEngine {
	return func(testing.TB, demux.Host) server.Engine { return &engine{full: full, accepted: make(chan struct{})} }
}

// Serve serves until the watcher is closed.
func (e *engine) Serve(addr string, h server.Handler) (err error) {
	if e.w, err = gaio.NewWatcher(); err != nil {
		return err
	}
	if e.ln, err = net.Listen("tcp", addr); err != nil {
		return err
	}
	e.h = h
	h.Ready()
	go func() {
		defer close(e.accepted)
		e.accept()
	}()
	for {
		results, err := e.w.WaitIO()
		if err != nil {
			return nil
		}
		for _, r := range results {
			e.result(&r)
		}
	}
}

func (e *engine) accept() {
	for {
		n, err := e.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(pause)
			continue
		}
		c := &conn{e: e, c: n}
		e.mu.Lock()
		e.all = append(e.all, c)
		e.mu.Unlock()
		c.calls.Lock()
		if b := e.h.Open(c); len(b) > 0 {
			if err := c.Write(b); err != nil {
				e.h.Lost(c, err)
			}
		}
		c.calls.Unlock()
		e.read(c)
	}
}

// Declare says that a read may wait for more bytes than there are.
func (e *engine) Declare() server.Declared {
	return server.Declared{Chunk: e.full, Source: map[string]string{"Chunk": "gaio, Watcher.ReadFull"}}
}

func (e *engine) read(c *conn) {
	var err error
	c.reads++
	if e.full > 0 && c.reads%2 == 0 {
		err = e.w.ReadFull(c, c.c, make([]byte, e.full), time.Time{})
	} else {
		err = e.w.Read(c, c.c, nil)
	}
	if err != nil {
		c.end(err)
	}
}

// result takes one result of the watcher.
func (e *engine) result(r *gaio.OpResult) {
	if t, is := r.Context.(*timer); is {
		if errors.Is(r.Error, gaio.ErrDeadline) {
			t.end(true)
		} else {
			t.failed()
		}
		return
	}
	c, _ := r.Context.(*conn)
	if c == nil || c.over() { // of a Free, or on its way when the connection ended
		return
	}
	if r.Operation == gaio.OpWrite {
		c.writes.Add(-1)
	}
	if r.Operation == gaio.OpRead && r.Size > 0 {
		c.closes = c.data(r.Buffer[:r.Size])
	}
	switch {
	case r.Error != nil:
		c.end(r.Error)
	case c.closes:
		if c.writes.Load() == 0 {
			c.end(nil)
		}
	case r.Operation == gaio.OpRead && r.Size == 0:
		c.end(io.EOF)
	case r.Operation == gaio.OpRead:
		e.read(c)
	}
}

// Stop closes the listener, the connections and the watcher, and waits for functions of
// timers that run.
func (e *engine) Stop() error {
	_ = e.ln.Close()
	<-e.accepted
	e.mu.Lock()
	all := append([]*conn(nil), e.all...)
	e.mu.Unlock()
	for _, c := range all {
		c.end(nil)
	}
	e.mu.Lock()
	timers := append([]*timer(nil), e.timers...)
	e.stopped = true
	e.mu.Unlock()
	for _, t := range timers {
		t.stop()
	}
	e.running.Wait()
	return e.w.Close()
}

type conn struct {
	e      *engine
	c      net.Conn
	reads  int
	writes atomic.Int32 // that have not ended
	closes bool         // it ends when they have
	calls  sync.Mutex   // one callback at a time
	ended  bool         // guarded by e.mu
}

// Write sends b.
func (c *conn) Write(b []byte) error {
	c.writes.Add(1)
	return c.e.w.Write(c, c.c, append([]byte(nil), b...))
}

// Async is Write: any goroutine may write.
func (c *conn) Async(b []byte) error { return c.Write(b) }

// Close has the watcher free the connection, which tells nobody.
func (c *conn) Close() error {
	c.end(nil)
	return nil
}

func (c *conn) over() bool {
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	return c.ended
}

// data calls the handler, unless the connection has ended meanwhile.
func (c *conn) data(b []byte) (closes bool) {
	c.calls.Lock()
	defer c.calls.Unlock()
	return !c.over() && c.e.h.Data(c, b)
}

// end frees the connection, once.
func (c *conn) end(err error) {
	c.e.mu.Lock()
	was := c.ended
	c.ended = true
	c.e.mu.Unlock()
	if was {
		return
	}
	_ = c.e.w.Free(c.c)
	_ = c.c.Close() // the watcher has done so only if it has a duplicate
	c.calls.Lock()
	defer c.calls.Unlock()
	c.e.h.Closed(c, err)
}
