//go:build cloops && linux

package libevent

/*
#cgo LDFLAGS: -l:libevent_core.a
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
	_ "reactortest/thirdparty/cloops/internal/wrap" // the calls of libevent
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged.
var Subjects = []judge.Loop{
	{Name: "epoll", New: native.New(open("epoll", 0), edge)},
	{Name: "epoll-precise-timer", New: native.New(open("epoll", C.EVENT_BASE_FLAG_PRECISE_TIMER), edge)},
	{Name: "epoll-changelist", New: native.New(open("epoll", C.EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST), edge)},
	{Name: "poll", New: native.New(open("poll", C.EVENT_BASE_FLAG_PRECISE_TIMER), level)},
}

// Features of libevent. It keeps timers in a heap, which does not keep the order of those
// with equal deadlines.
var (
	level = native.Features{Grain: 10 * time.Millisecond}
	edge  = native.Features{Grain: 10 * time.Millisecond, Edge: true}
)

func init() {
	if C.cl_set_up() != 0 {
		panic("evthread_set_lock_callbacks has failed")
	}
}

type loop struct {
	c      *C.struct_event_base
	wake   *C.struct_event
	handle cgo.Handle
}

func open(method string, flags C.int) native.Open {
	return func(wake func()) (native.Loop, error) {
		name := C.CString(method)
		defer C.free(unsafe.Pointer(name))
		l := &loop{handle: cgo.NewHandle(wake)}
		l.c = C.cl_open(name, flags, &l.wake, C.uintptr_t(l.handle))
		if l.c == nil {
			l.handle.Delete()
			return nil, errors.New("event_base_new_with_config has failed")
		}
		return l, nil
	}
}

//export eventWoken
func eventWoken(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (l *loop) Run(whileAlive bool) {
	flags := C.int(C.EVLOOP_NO_EXIT_ON_EMPTY)
	if whileAlive {
		flags = 0
	}
	C.event_base_loop(l.c, flags)
}

func (l *loop) Break() { C.event_base_loopbreak(l.c) }
func (l *loop) Wake()  { C.event_active(l.wake, 0, 0) }

func (l *loop) Free() {
	C.event_free(l.wake)
	C.event_base_free(l.c)
	l.handle.Delete()
}

type watcher struct {
	l      *loop
	fd     C.int
	c      *C.struct_event
	handle cgo.Handle
}

func (l *loop) Watch(fd int, fire func(demux.Ready)) (native.Watcher, error) {
	w := &watcher{l: l, fd: C.int(fd), handle: cgo.NewHandle(fire)}
	w.c = C.cl_event(l.c, w.fd, C.uintptr_t(w.handle))
	return w, nil
}

//export eventReady
func eventReady(handle C.uintptr_t, got C.int) {
	var ready demux.Ready
	if got&C.EV_READ != 0 {
		ready |= demux.Readable
	}
	if got&C.EV_WRITE != 0 {
		ready |= demux.Writable
	}
	cgo.Handle(handle).Value().(func(demux.Ready))(ready)
}

var errAdd = errors.New("event_add has failed")

func (w *watcher) Start(want demux.Ready, edge bool) error {
	var events C.int
	if want&demux.Readable != 0 {
		events |= C.EV_READ
	}
	if want&demux.Writable != 0 {
		events |= C.EV_WRITE
	}
	if edge {
		events |= C.EV_ET
	}
	if r, err := C.cl_event_start(w.l.c, w.c, w.fd, events, C.uintptr_t(w.handle)); r != 0 {
		if err != nil {
			return err
		}
		return errAdd
	}
	return nil
}

func (w *watcher) Stop() { C.event_del(w.c) }

func (w *watcher) Free() {
	C.event_free(w.c)
	w.handle.Delete()
}

type timer struct {
	l      *loop
	c      *C.struct_event
	handle cgo.Handle
}

func (l *loop) Timer(fire func()) (native.Timer, error) {
	h := cgo.NewHandle(fire)
	return &timer{l, C.cl_timer(l.c, C.uintptr_t(h)), h}, nil
}

//export eventFired
func eventFired(handle C.uintptr_t) { cgo.Handle(handle).Value().(func())() }

func (t *timer) Start(d time.Duration) {
	C.cl_timer_start(t.l.c, t.c, C.int64_t((d+time.Microsecond-1)/time.Microsecond))
}

func (t *timer) Stop() { C.event_del(t.c) }

func (t *timer) Free() {
	C.event_free(t.c)
	t.handle.Delete()
}
