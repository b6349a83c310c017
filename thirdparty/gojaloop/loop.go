//go:build !goja_before_terminate

package gojaloop

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
)

// post runs fn on the loop, and reports whether the loop has accepted it.
func post(l *eventloop.EventLoop, fn func()) bool {
	return l.RunOnLoop(func(*goja.Runtime) { fn() })
}

// foreground runs the loop until it is stopped.
func foreground(l *eventloop.EventLoop, _ <-chan struct{}) { l.StartInForeground() }

// whileAlive runs the loop until it has no timers, or is stopped.
func whileAlive(l *eventloop.EventLoop, _ <-chan struct{}) { l.Run(func(*goja.Runtime) {}) }

func stopNoWait(l *eventloop.EventLoop) { l.StopNoWait() }

// terminate has the loop forget its jobs.
func terminate(r *reactor) { r.loop.Terminate() }
