//go:build linux

// The parts of this project's reactor that are measured inside one process.
package main

import (
	"context"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/realdemux"

	"reactortest/bench/internal/micro"
)

func main() {
	micro.Main(&micro.Peer{Dispatch: dispatch, Timers: newTimers(), Posts: posts})
}

func open() *eventloop.Loop {
	l, err := eventloop.Open(realdemux.NewHost(), &eventloop.Options{Batch: 1024})
	if err != nil {
		panic(err)
	}
	return l
}

func dispatch(fds []int, ready func(int) bool) error {
	l := open()
	for i, fd := range fds {
		handler := func(demux.Event) {
			if ready(i) {
				_ = l.Close() // ErrClosed: another event of the batch has closed it
			}
		}
		if _, err := l.Watch(demux.Handle(fd), demux.Readable, demux.Level, handler); err != nil {
			return err
		}
	}
	return l.Run(context.Background())
}

// timers is the one place that knows what a timer of the loop is.
type timers struct {
	loop *eventloop.Loop
	all  []eventloop.Timer
}

func newTimers() *timers { return &timers{loop: open()} }

// Schedule sets timers.
func (t *timers) Schedule(delays []time.Duration, fn func()) {
	if t.all == nil {
		t.all = make([]eventloop.Timer, len(delays))
	}
	for i, d := range delays {
		t.all[i] = t.loop.AfterFunc(d, fn)
	}
}

// Rearm sets them to other delays.
func (t *timers) Rearm(delays []time.Duration) {
	for i, d := range delays {
		t.all[i].Reset(d)
	}
}

// Cancel stops them.
func (t *timers) Cancel() {
	for i := range t.all {
		t.all[i].Stop()
	}
}

// Fire waits until all are due, and then runs the loop.
func (t *timers) Fire(fired func() bool) error {
	time.Sleep(micro.Due(len(t.all)))
	for !fired() {
		if _, err := t.loop.RunOnce(0); err != nil {
			return err
		}
	}
	return nil
}

func posts(use func(post func(func()))) error {
	l := open()
	go func() {
		use(func(fn func()) {
			if err := l.Post(fn); err != nil {
				panic(err)
			}
		})
		_ = l.Close()
	}()
	return l.Run(context.Background())
}
