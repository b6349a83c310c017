// Package netengine has a server over package net as an engine of the judge: a goroutine
// for each connection, with blocking calls.
package netengine

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest/server"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged.
var Subjects = []judge.Subject{{Name: "goroutines", New: New}}

// pause is how long the server waits after an accept that has failed.
const pause = 5 * time.Millisecond

type engine struct {
	h    server.Handler
	ln   net.Listener
	wait sync.WaitGroup

	mu      sync.Mutex
	all     []*conn // that are open
	stopped bool
}

// New makes one.
func New(testing.TB, demux.Host) server.Engine { return &engine{} }

// Declare says that writes block: nothing is buffered.
func (e *engine) Declare() server.Declared {
	return server.Declared{Unbuffered: true, Source: map[string]string{"Unbuffered": "package net, Conn.Write"}}
}

// Serve accepts connections until Stop.
func (e *engine) Serve(addr string, h server.Handler) (err error) {
	if e.ln, err = net.Listen("tcp", addr); err != nil {
		return err
	}
	e.h = h
	h.Ready()
	for {
		n, err := e.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			break
		}
		if err != nil {
			time.Sleep(pause)
			continue
		}
		c := &conn{c: n}
		if !e.add(c) {
			_ = n.Close()
			break
		}
		e.wait.Add(1)
		go e.serve(c)
	}
	e.wait.Wait()
	return nil
}

func (e *engine) add(c *conn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stopped {
		e.all = append(e.all, c)
	}
	return !e.stopped
}

func (e *engine) serve(c *conn) {
	defer e.wait.Done()
	if b := e.h.Open(c); len(b) > 0 {
		if err := c.Write(b); err != nil {
			e.h.Lost(c, err)
		}
	}
	var buf [4096]byte
	var err error
	for {
		var n int
		n, err = c.c.Read(buf[:])
		if n > 0 && e.h.Data(c, buf[:n]) {
			break
		}
		if err != nil {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	e.mu.Lock()
	e.all = slices.DeleteFunc(e.all, func(o *conn) bool { return o == c })
	e.mu.Unlock()
	_ = c.c.Close()
	e.h.Closed(c, err)
}

// Stop closes the listener and the connections.
func (e *engine) Stop() error {
	e.mu.Lock()
	e.stopped = true
	all := slices.Clone(e.all)
	e.mu.Unlock()
	err := e.ln.Close()
	for _, c := range all {
		_ = c.c.Close()
	}
	e.wait.Wait()
	return err
}

type conn struct {
	c  net.Conn
	mu sync.Mutex // bytes of two writes do not mix
}

// Write sends b, and waits until the socket has accepted it.
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
