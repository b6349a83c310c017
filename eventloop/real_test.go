package eventloop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/realdemux"
)

// TestOnTheRunningKernel is a short life on the operating system's own demux.
func TestOnTheRunningKernel(t *testing.T) {
	h := realdemux.NewHost()
	l, err := eventloop.Open(h, nil)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no backend for this system")
	}
	must(t, err)
	a, b := pair(t, h)
	var g log
	set := h.Now()
	// What follows is in this order on every kernel: each step causes the next.
	l.AfterFunc(time.Millisecond, func() {
		if h.Now() < set+time.Millisecond {
			t.Error("a timer fired early")
		}
		g.say("timer")
		h.Go("poster", func() {
			must(t, l.Post(func() {
				g.say("posted")
				h.Go("peer", func() { write(t, h, b) })
			}))
		})
	})
	var r *eventloop.Registration
	r, err = l.Watch(a, demux.Readable, demux.Level, func(ev demux.Event) {
		g.say("ready %v", ev.Ready)
		read(t, h, a)
		must(t, r.CloseFunc(func() {
			g.say("closed")
			h.Go("closer", func() { must(t, l.Close()) })
		}))
	})
	must(t, err)
	must(t, l.Run(context.Background()))
	g.want(t, "timer\nposted\nready r\nclosed")
	must(t, errors.Join(h.Close(a), h.Close(b)))
}
