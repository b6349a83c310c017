//go:build linux

// gnet's poller, which is a package of its own, and the functions that an event loop of gnet
// executes for other goroutines. It is built twice, the second time with -tags
// poll_opt,gc_opt. With the first argument "trigger", functions go to the poller itself and
// not to an event loop.
package main

import (
	"context"
	"net"
	"os"
	"path/filepath"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/errors"
	"github.com/panjf2000/gnet/v2/pkg/netpoll"
	"github.com/panjf2000/gnet/v2/pkg/queue"

	"reactortest/bench/internal/micro"
)

func main() {
	p := &micro.Peer{Dispatch: dispatch, Posts: execute}
	if len(os.Args) > 1 && os.Args[1] == "trigger" {
		p.Posts = trigger
		os.Args = append(os.Args[:1], os.Args[2:]...)
	}
	micro.Main(p)
}

func dispatch(fds []int, ready func(int) bool) error {
	p, err := netpoll.OpenPoller()
	if err != nil {
		return err
	}
	var indices []int // by descriptor, as gnet's own table
	handler := func(fd int, _ netpoll.IOEvent, _ netpoll.IOFlags) error {
		if ready(indices[fd]) {
			return errors.ErrEngineShutdown
		}
		return nil
	}
	for i, fd := range fds {
		for len(indices) <= fd {
			indices = append(indices, -1)
		}
		indices[fd] = i
		if err := p.AddRead(&netpoll.PollAttachment{FD: fd, Callback: handler}, false); err != nil {
			return err
		}
	}
	return ended(poll(p, handler))
}

// ended is nil for the error that ends a poller when it is told to.
func ended(err error) error {
	if err == errors.ErrEngineShutdown { //nolint:errorlint // as gnet compares it
		return nil
	}
	return err
}

func trigger(use func(post func(func()))) error {
	p, err := netpoll.OpenPoller()
	if err != nil {
		return err
	}
	task := func(fn any) error { //nolint:unparam // gnet's type
		fn.(func())()
		return nil
	}
	go func() {
		use(func(fn func()) {
			if err := p.Trigger(queue.LowPriority, task, fn); err != nil {
				panic(err)
			}
		})
		_ = p.Trigger(queue.LowPriority, func(any) error { return errors.ErrEngineShutdown }, nil)
	}()
	return ended(poll(p, func(int, netpoll.IOEvent, netpoll.IOFlags) error { return nil }))
}

// engine has one event loop, which the first connection tells of.
type engine struct {
	gnet.BuiltinEventEngine
	address string
	use     func(post func(func()))
	booted  gnet.Engine
}

// OnBoot connects, because only a connection knows its event loop.
func (e *engine) OnBoot(booted gnet.Engine) gnet.Action {
	e.booted = booted
	go func() {
		if _, err := net.Dial("unix", e.address); err != nil {
			panic(err)
		}
	}()
	return gnet.None
}

// OnOpen begins.
func (e *engine) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	loop := c.EventLoop()
	go func() {
		ctx := context.Background()
		e.use(func(fn func()) {
			if err := loop.Execute(ctx, runnable(fn)); err != nil {
				panic(err)
			}
		})
		_ = e.booted.Stop(ctx)
	}()
	return nil, gnet.None
}

type runnable func()

// Run calls the function.
func (r runnable) Run(context.Context) error {
	r()
	return nil
}

func execute(use func(post func(func()))) error {
	folder, err := os.MkdirTemp("", "gnet")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	e := &engine{address: filepath.Join(folder, "s"), use: use}
	return gnet.Run(e, "unix://"+e.address, gnet.WithNumEventLoop(1), gnet.WithLogger(quiet{}))
}

// quiet logs nothing: the output is the result's.
type quiet struct{}

// Debugf logs nothing.
func (quiet) Debugf(string, ...any) {}

// Infof logs nothing.
func (quiet) Infof(string, ...any) {}

// Warnf logs nothing.
func (quiet) Warnf(string, ...any) {}

// Errorf logs nothing.
func (quiet) Errorf(string, ...any) {}

// Fatalf logs nothing.
func (quiet) Fatalf(string, ...any) {}
