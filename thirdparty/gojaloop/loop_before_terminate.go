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

// whileAlive runs the loop until it has no timers, or stop is closed.
func whileAlive(l *eventloop.EventLoop, stop <-chan struct{}) {
	over, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-stop:
			l.Stop()
		case <-over:
		}
	}()
	l.Run(func(*goja.Runtime) {})
	close(over)
	<-stopped
}

// stopNoWait does nothing: the functions that run the loop stop it.
func stopNoWait(*eventloop.EventLoop) {}

// terminate has the loop forget its jobs. These versions have no call for that: the loop
// runs again, clears its timers, and takes what they were about to hand to it.
func terminate(r *reactor) {
	for over := false; !over; { // a late call of Stop may end a run
		r.loop.Run(func(vm *goja.Runtime) {
			for _, clearIt := range r.clears {
				clearIt()
			}
			r.call("setTimeout", vm.ToValue(func() { over = true }), vm.ToValue(1))
		})
	}
}
