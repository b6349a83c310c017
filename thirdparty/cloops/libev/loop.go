//go:build cloops && linux

package libev

/*
#cgo LDFLAGS: -l:libev.a -lm
#include <stdlib.h>
#include "loop.h"
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"time"
	"unsafe"

	"reactortest/demux"
	"reactortest/thirdparty/cloops/internal/native"
	_ "reactortest/thirdparty/cloops/internal/wrap" // the calls of libev
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged: the backends.
var Subjects = []judge.Loop{
	{Name: "epoll", New: native.New(open(C.EVBACKEND_EPOLL), features)},
	{Name: "poll", New: native.New(open(C.EVBACKEND_POLL), features)},
}

// features are what libev says of itself. It waits in milliseconds, and at least for one,
// for a timer runs only when its time has passed.
var features = native.Features{Grain: 2 * time.Millisecond}

type loop struct {
	c      *C.struct_ev_loop
	async  *C.ev_async
	handle cgo.Handle
}

func open(flags C.uint) native.Open {
	return func(wake func()) (native.Loop, error) {
		l := &loop{handle: cgo.NewHandle(wake)}
		l.c = C.cl_open(flags|C.EVFLAG_NOENV, &l.async, C.uintptr_t(l.handle))
		if l.c == nil {
			l.handle.Delete()
			return nil, errors.New("ev_loop_new has failed")
		}
		return l, nil
	}
}

//export evWoken
func evWoken(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (l *loop) Run(whileAlive bool) {
	alive := C.int(0)
	if whileAlive {
		alive = 1
	}
	C.cl_run(l.c, alive)
}

func (l *loop) Break() { C.ev_break(l.c, C.EVBREAK_ALL) }
func (l *loop) Wake()  { C.ev_async_send(l.c, l.async) }

func (l *loop) Free() {
	C.cl_free(l.c, l.async)
	l.handle.Delete()
}

type watcher struct {
	l      *loop
	c      *C.ev_io
	handle cgo.Handle
	fire   func(demux.Ready)
	want   C.int
}

func (l *loop) Watch(fd int, fire func(demux.Ready)) (native.Watcher, error) {
	w := &watcher{l: l, fire: fire}
	w.handle = cgo.NewHandle(w)
	w.c = C.cl_io(C.int(fd), C.uintptr_t(w.handle))
	return w, nil
}

//export evReady
func evReady(handle C.uintptr_t, got C.int) {
	var ready demux.Ready
	if got&C.EV_READ != 0 {
		ready |= demux.Readable
	}
	if got&C.EV_WRITE != 0 {
		ready |= demux.Writable
	}
	w := cgo.Handle(handle).Value().(*watcher)
	if got&C.EV_ERROR != 0 {
		// Libev has stopped the watcher, for want of memory or of room in the kernel. ev(3)
		// leaves it to the program what to do then. This one tries again.
		C.cl_io_start(w.l.c, w.c, w.want)
		return
	}
	w.fire(ready)
}

func (w *watcher) Start(want demux.Ready, _ bool) error {
	var events C.int
	if want&demux.Readable != 0 {
		events |= C.EV_READ
	}
	if want&demux.Writable != 0 {
		events |= C.EV_WRITE
	}
	w.want = events
	C.cl_io_start(w.l.c, w.c, events)
	return nil
}

func (w *watcher) Stop() { C.ev_io_stop(w.l.c, w.c) }

func (w *watcher) Free() {
	w.Stop()
	C.free(unsafe.Pointer(w.c))
	w.handle.Delete()
}

type timer struct {
	l      *loop
	c      *C.ev_timer
	handle cgo.Handle
}

func (l *loop) Timer(fire func()) (native.Timer, error) {
	h := cgo.NewHandle(fire)
	return &timer{l, C.cl_timer(C.uintptr_t(h)), h}, nil
}

//export evFired
func evFired(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (t *timer) Start(d time.Duration) { C.cl_timer_start(t.l.c, t.c, C.double(d.Seconds())) }
func (t *timer) Stop()                 { C.ev_timer_stop(t.l.c, t.c) }

func (t *timer) Free() {
	t.Stop()
	C.free(unsafe.Pointer(t.c))
	t.handle.Delete()
}
