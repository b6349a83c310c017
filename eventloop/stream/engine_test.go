package stream_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

var (
	engineRuns = flag.Int("stream.runs", 100, "simulated runs of the engine on each dialect")
	shrink     = flag.Bool("stream.shrink", true, "shrink what the judge of engines finds")
	realRuns   = flag.Int("stream.real", 4, "runs of the engine on the running kernel")
)

// engine has a Net as an engine of the judge.
type engine struct {
	host    demux.Host
	options stream.Options
	loop    *eventloop.Loop
	net     *stream.Net
	loops   int // more than one: of group, instead of net
	sharing stream.Sharing
	group   *stream.Group
	h       proptest.EngineHandler
	gate    demux.Demux // where Stop waits for the end

	mu    sync.Mutex
	ended bool
}

func newEngine(v variant) proptest.NewEngine {
	return func(_ testing.TB, h demux.Host) proptest.Engine {
		return &engine{host: h, options: v.options, loops: v.loops, sharing: v.sharing}
	}
}

var errStopped = errors.New("the engine has stopped")

// Serve runs the loop.
func (e *engine) Serve(addr string, h proptest.EngineHandler) (err error) {
	e.h = h
	if e.gate, err = e.host.Open(); err != nil {
		return err
	}
	if e.loops > 1 {
		return e.serveGroup(addr)
	}
	if e.loop, err = eventloop.Open(e.host, nil); err != nil {
		return errors.Join(err, e.gate.Close())
	}
	e.net = stream.New(e.loop, &e.options)
	if _, err = e.net.Listen(addr, &stream.Handler{Open: e.open, Data: e.data, Closed: e.closed}); err != nil {
		return errors.Join(err, e.loop.Close(), e.gate.Close())
	}
	h.Ready()
	return e.end(e.loop.Run(context.Background()))
}

// serveGroup is Serve with several loops.
func (e *engine) serveGroup(addr string) error {
	g, err := eventloop.OpenGroup(e.host, e.loops, nil)
	if err != nil {
		return errors.Join(err, e.gate.Close())
	}
	e.group = stream.NewGroup(g, &e.options)
	e.loop = g.Loops()[0]
	if _, err = e.group.Listen(addr, e.sharing, &stream.Handler{Open: e.open, Data: e.data, Closed: e.closed}); err != nil {
		return errors.Join(err, g.Close(), e.gate.Close())
	}
	e.h.Ready()
	return e.end(e.group.Run(context.Background()))
}

// end tells Stop that the engine has come to its end.
func (e *engine) end(err error) error {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	e.host.Yield("ended")
	_ = e.gate.Wake()
	return err
}

// Stop closes the connections, and waits until the loop has ended.
func (e *engine) Stop() error {
	if err := e.stop(); err != nil {
		return err
	}
	events := make([]demux.Event, 1)
	for !e.hasEnded() {
		e.host.Yield("gate")
		if _, err := e.gate.Wait(events, -1); err != nil {
			return err
		}
	}
	return e.gate.Close()
}

func (e *engine) stop() error {
	if e.group == nil {
		return e.loop.Post(func() {
			e.net.Shutdown(func() { _ = e.loop.Close() })
			e.net.Close()
		})
	}
	e.group.Shutdown()
	for _, n := range e.group.Nets() {
		_ = n.Loop().Post(n.Close) // ErrClosed: it has ended
	}
	return nil
}

func (e *engine) hasEnded() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended
}

// AfterFunc sets a timer of the loop.
func (e *engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	t := &timer{}
	due := e.host.Now() + d
	_ = e.loop.Post(func() {
		if t.to(timerNew, timerSet) {
			t.timer = e.loop.AfterFunc(due-e.host.Now(), func() {
				if t.to(timerSet, timerOver) {
					f()
				}
			})
		}
	})
	return func() bool {
		if !t.to(timerNew, timerOver) && !t.to(timerSet, timerOver) {
			return false
		}
		_ = e.loop.Post(func() {
			t.timer.Stop()
		})
		return true
	}
}

// The states of a timer.
const (
	timerNew = iota
	timerSet
	timerOver
)

type timer struct {
	timer eventloop.Timer // of the loop's goroutine
	mu    sync.Mutex
	state int
}

func (t *timer) to(from, to int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != from {
		return false
	}
	t.state = to
	return true
}

// Declare says when a connection is not read.
func (e *engine) Declare() proptest.EngineDeclared {
	d := proptest.EngineDeclared{HighWater: stream.DefaultHighWater, Source: map[string]string{"HighWater": "stream.Options"}}
	if e.options.HighWater > 0 {
		d.HighWater = e.options.HighWater
	}
	return d
}

func (e *engine) open(c *stream.Conn) {
	x := &engineConn{e: e, c: c}
	c.User = x
	if b := e.h.Open(x); len(b) > 0 {
		if err := c.Write(b); err != nil {
			e.h.Lost(x, err)
		}
	}
}

func (e *engine) data(c *stream.Conn, b []byte) {
	if e.h.Data(c.User.(*engineConn), b) {
		_ = c.Close()
	}
}

func (e *engine) closed(c *stream.Conn, err error) {
	if x, is := c.User.(*engineConn); is {
		if errors.Is(err, demux.ErrClosed) {
			err = errStopped
		}
		e.h.Closed(x, err)
	}
}

type engineConn struct {
	e *engine
	c *stream.Conn
}

// Write is stream.Conn.Write.
func (x *engineConn) Write(b []byte) error { return x.c.Write(b) }

// Async posts a Write.
func (x *engineConn) Async(b []byte) error {
	b = append([]byte(nil), b...)
	return x.c.Net().Loop().Post(func() {
		if err := x.c.Write(b); err != nil {
			x.e.h.Lost(x, err)
		}
	})
}

// Close posts a Close.
func (x *engineConn) Close() error {
	return x.c.Net().Loop().Post(func() { _ = x.c.Close() }) // ErrClosed: it has ended
}

// Wake has Woken called.
func (x *engineConn) Wake() error {
	return x.c.Net().Loop().Post(func() {
		if h, is := x.e.h.(proptest.EngineWakeHandler); is && !x.c.Over() {
			h.Woken(x)
		}
	})
}

// Fd returns the handle.
func (x *engineConn) Fd() int { return int(x.c.Handle()) }

var _ io.Closer = (*engineConn)(nil)

// dialects are the kernels that the engine is judged on in every test; the others have the
// same system calls in older versions.
func dialects() []string { return fakedemux.Dialects() }

// variants are settings whose connections take other ways through the code.
var variants = []variant{
	{name: "default"},
	{name: "operations", options: stream.Options{Operations: true, ReadBuffer: 16 << 10}},
	{name: "tight-operations", options: stream.Options{Operations: true, ReadBuffer: 4000, HighWater: 3000, LowWater: 1000}},
	{name: "tight", options: stream.Options{ReadBuffer: 4000, HighWater: 3000, LowWater: 1000}},
	{name: "tightest", options: stream.Options{ReadBuffer: 4000, HighWater: 50, LowWater: 10}},
	{name: "group", loops: 3},
	{name: "group-hand-over", loops: 3, sharing: stream.HandOver},
	{name: "group-operations", loops: 2, sharing: stream.HandOver, options: stream.Options{Operations: true, ReadBuffer: 16 << 10}},
}

type variant struct {
	name    string
	options stream.Options
	loops   int
	sharing stream.Sharing
}

// TestEngine has the judge look for rules that the package breaks.
func TestEngine(t *testing.T) {
	for _, v := range variants {
		for _, dialect := range dialects() {
			if v.options.Operations && dialect != "iocp" {
				continue // the kernels of the others carry out none
			}
			t.Run(v.name+"/"+dialect, func(t *testing.T) {
				judged(t, newEngine(v), &proptest.Options{Runs: fewer(*engineRuns), Dialect: dialect, Subject: "stream-" + v.name, Dir: t.TempDir()})
			})
		}
	}
}

// TestEngineReal does so on the running kernel.
func TestEngineReal(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			host := realdemux.NewHost
			if v.options.Operations {
				d, err := realdemux.OpenCompleter()
				if err != nil {
					t.Skip(err)
				}
				_ = d.Close()
				host = realdemux.NewCompleterHost
			}
			judged(t, newEngine(v), &proptest.Options{RealOnly: true, Host: host, HostRuns: *realRuns, Subject: "stream-" + v.name, Dir: t.TempDir()})
		})
	}
}

// fewer returns how many of n runs a short test makes.
func fewer(n int) int {
	if testing.Short() {
		return max(n/8, 1)
	}
	return n
}

func judged(t *testing.T, subject proptest.NewEngine, o *proptest.Options) {
	t.Helper()
	o.NoShrink = !*shrink
	r, err := proptest.CheckEngine(subject, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Errorf("run %d: %s: %s\n%s", f.Run, f.Rule, f.Text, f.Screen(""))
	}
}
