//go:build cloops && linux

package libuv

/*
#cgo LDFLAGS: -l:libuv_a.a -lpthread -ldl -lrt
#include "loop.h"
*/
import "C"

import (
	"os"
	"runtime/cgo"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/thirdparty/cloops/internal/native"
	_ "reactortest/thirdparty/cloops/internal/wrap" // the calls of libuv
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged: a timer is set for the milliseconds of
// its delay, rounded up, or for one more.
var Subjects = []judge.Loop{
	{Name: "timers-as-asked", New: native.New(open(0), features)},
	{Name: "timers-one-more-ms", New: native.New(open(1), features)},
}

// features are what libuv says of itself: it counts in milliseconds, so that deadlines
// which are not equal become so.
var features = native.Features{Grain: 3 * time.Millisecond}

// The first loop of a process makes a pipe for signals that it keeps. It is made outside
// of all runs.
func init() {
	l, err := open(0)(func() {})
	if err != nil {
		panic(err)
	}
	l.Free()
}

type loop struct {
	c      *C.uv_loop_t
	async  *C.uv_async_t
	handle cgo.Handle
	more   C.uint64_t // ms that a timer is set for beyond its delay
}

func open(more C.uint64_t) native.Open {
	return func(wake func()) (native.Loop, error) {
		l := &loop{handle: cgo.NewHandle(wake), more: more}
		if err := failed(C.cl_open(&l.c, &l.async, C.uintptr_t(l.handle)), "uv_loop_init"); err != nil {
			l.handle.Delete()
			return nil, err
		}
		return l, nil
	}
}

// failed turns what a function of libuv returns into an error.
func failed(e C.int, function string) error {
	if e >= 0 {
		return nil
	}
	if e == C.UV_EEXIST {
		return demux.ErrExists
	}
	return os.NewSyscallError(function, syscall.Errno(-e))
}

//export uvWoken
func uvWoken(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (l *loop) Run(whileAlive bool) {
	alive := C.int(0)
	if whileAlive {
		alive = 1
	}
	C.cl_run(l.c, l.async, alive)
}

func (l *loop) Break() { C.uv_stop(l.c) }
func (l *loop) Wake()  { C.uv_async_send(l.async) }

func (l *loop) Free() {
	C.cl_free(l.c, l.async)
	l.handle.Delete()
}

type watcher struct {
	c      *C.uv_poll_t
	handle cgo.Handle
	fire   func(demux.Ready)
	want   C.int
}

func (l *loop) Watch(fd int, fire func(demux.Ready)) (native.Watcher, error) {
	w := &watcher{fire: fire}
	w.handle = cgo.NewHandle(w)
	if err := failed(C.cl_poll(l.c, &w.c, C.int(fd), C.uintptr_t(w.handle)), "uv_poll_init"); err != nil {
		w.handle.Delete()
		return nil, err
	}
	return w, nil
}

//export uvReady
func uvReady(handle C.uintptr_t, status, got C.int) {
	w := cgo.Handle(handle).Value().(*watcher)
	var ready demux.Ready
	if got&C.UV_READABLE != 0 {
		ready |= demux.Readable
	}
	if got&C.UV_WRITABLE != 0 {
		ready |= demux.Writable
	}
	if status < 0 {
		// Libuv has stopped the handle, and says nothing about directions. An error is
		// something that both a read and a write return.
		ready = demux.Failed | w.wanted()
		C.cl_poll_start(w.c, w.want)
	}
	w.fire(ready)
}

func (w *watcher) wanted() (want demux.Ready) {
	if w.want&C.UV_READABLE != 0 {
		want |= demux.Readable
	}
	if w.want&C.UV_WRITABLE != 0 {
		want |= demux.Writable
	}
	return want
}

func (w *watcher) Start(want demux.Ready, _ bool) error {
	var events C.int
	if want&demux.Readable != 0 {
		events |= C.UV_READABLE
	}
	if want&demux.Writable != 0 {
		events |= C.UV_WRITABLE
	}
	w.want = events
	return failed(C.cl_poll_start(w.c, events), "uv_poll_start")
}

func (w *watcher) Stop() { C.uv_poll_stop(w.c) }

func (w *watcher) Free() {
	C.cl_close_poll(w.c)
	w.handle.Delete()
}

type timer struct {
	l      *loop
	c      *C.uv_timer_t
	handle cgo.Handle
}

func (l *loop) Timer(fire func()) (native.Timer, error) {
	h := cgo.NewHandle(fire)
	return &timer{l, C.cl_timer(l.c, C.uintptr_t(h)), h}, nil
}

//export uvFired
func uvFired(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (t *timer) Start(d time.Duration) {
	ms := C.uint64_t((d + time.Millisecond - 1) / time.Millisecond)
	C.cl_timer_start(t.c, ms+t.l.more)
}

func (t *timer) Stop() { C.uv_timer_stop(t.c) }

func (t *timer) Free() {
	C.cl_close_timer(t.c)
	t.handle.Delete()
}
