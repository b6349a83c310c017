//go:build goja_before_terminate

package gojaloop

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"
)

// post runs fn on the loop.
func post(l *eventloop.EventLoop, fn func()) bool {
	l.RunOnLoop(func(*goja.Runtime) { fn() })
	return true
}

// foreground runs the loop, in a goroutine that the loop starts, until stop is closed.
func foreground(l *eventloop.EventLoop, stop <-chan struct{}) {
	l.Start()
	<-stop
	l.Stop()
}

// stopNoWait does nothing: foreground stops the loop.
func stopNoWait(*eventloop.EventLoop) {}

// terminate does nothing: these versions cannot forget their jobs.
func terminate(*eventloop.EventLoop) {}
