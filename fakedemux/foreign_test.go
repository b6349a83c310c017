package fakedemux_test

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// A goroutine that no runner knows is ended at its first call, whichever that
// is, and the run says where it was made.
func TestForeignCalls(t *testing.T) {
	type world struct {
		k    *fakedemux.Kernel
		d    demux.Demux
		a, b demux.Handle
	}
	for _, c := range []struct {
		why  string
		call func(w *world)
		want string // the call in the report
	}{
		{"it reads", func(w *world) { _, _ = w.k.Read(w.a, make([]byte, 1)) }, "read"},
		{"it writes", func(w *world) { _, _ = w.k.Write(w.a, make([]byte, 1)) }, "write"},
		{"it closes", func(w *world) { _ = w.k.Close(w.a) }, "close"},
		{"it makes a pair", func(w *world) { _, _, _ = w.k.Pair() }, "socketpair"},
		{"it opens a demux", func(w *world) { _, _ = w.k.Open() }, "epoll_create1"},
		{"it starts a task", func(w *world) { w.k.Go("task", func() {}) }, "go"},
		{"it yields", func(w *world) { w.k.Yield("here") }, "here"},
		{"it sleeps", func(w *world) { w.k.Sleep(time.Second) }, "sleep"},
		{"it asks for the time", func(w *world) { w.k.Now() }, "now"},
		{"it registers", func(w *world) { _ = w.d.Register(w.a, 1, demux.Readable, demux.Level) }, "Register"},
		{"it modifies", func(w *world) { _ = w.d.Modify(w.b, 1, demux.Readable, demux.Level) }, "Modify"},
		{"it deregisters", func(w *world) { _ = w.d.Deregister(w.b) }, "Deregister"},
		{"a loop runs elsewhere", func(w *world) { _, _ = w.d.Wait(make([]demux.Event, 1), -1) }, "Wait"},
		{"it closes the demux", func(w *world) { _ = w.d.Close() }, "Close"},
	} {
		for range 3 { // in every run
			k := fakedemux.New(nil)
			returned := false
			err := k.Run(func() {
				w := &world{k: k, d: must(k.Open())(t)}
				w.a, w.b = newStream(t, k, false)
				if err := w.d.Register(w.b, 1, demux.Readable, demux.Level); err != nil {
					t.Error(err)
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					c.call(w)
					returned = true
				}()
				<-done
				k.Yield("after")
				t.Errorf("%s: the run went on", c.why)
			})
			var foreign *scheduler.ForeignCall
			if !errors.As(err, &foreign) || foreign.Call.Name != c.want || !strings.Contains(foreign.Site, "foreign_test.go:") {
				t.Errorf("%s: the run ended with %v, want a foreign call of %s", c.why, err, c.want)
			}
			if returned {
				t.Errorf("%s: the call returned", c.why)
			}
			k.Stop()
		}
	}
}

// A goroutine that makes calls while the tasks make theirs is found in every
// run, and nothing else is: no panic of the runtime, no race.
func TestForeignCallsAtAnyTime(t *testing.T) {
	k := fakedemux.New(nil)
	defer k.Stop()
	s := scheduler.NewRandom(1)
	for run := range 50 {
		s.Begin(run)
		k.Reset(s)
		k.Tasks().CheckCallers(true)
		done := make(chan struct{})
		err := k.Run(func() {
			a, b := newStream(t, k, false)
			go func() {
				defer close(done)
				_, _ = k.Write(b, []byte("x"))
			}()
			for range 20 {
				_, _ = k.Read(a, make([]byte, 1))
			}
			<-done
		})
		var foreign *scheduler.ForeignCall
		if !errors.As(err, &foreign) {
			t.Fatalf("run %d ended with %v", run, err)
		}
	}
}

// What a run has left behind and calls between runs is told by the next run.
func TestForeignCallBetweenRuns(t *testing.T) {
	k := fakedemux.New(nil)
	defer k.Stop()
	k.Tasks().CheckCallers(true)
	if err := k.Run(func() {}); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _, _ = k.Pair()
	}()
	<-done
	k.Reset(nil)
	var foreign *scheduler.ForeignCall
	if err := k.Run(func() { k.Yield("here") }); !errors.As(err, &foreign) {
		t.Errorf("the run after it ended with %v", err)
	}
	k.Reset(nil)
	if err := k.Run(func() { k.Yield("here") }); err != nil {
		t.Errorf("and the one after that with %v", err)
	}
}

// A coroutine that a task makes by iter.Pull is the task: its calls are, and so
// is its end when the run is stopped.
func TestCoroutinesOfTasks(t *testing.T) {
	k := fakedemux.New(nil)
	defer k.Stop()
	explore := scheduler.NewExplore(300)
	deferred := 0
	for run := 0; explore.Begin(run); run++ {
		k.Reset(explore)
		got := 0
		err := k.Run(func() {
			a, b := newStream(t, k, false)
			k.Go("peer", func() {
				k.Yield("peer")
				_, _ = k.Write(b, []byte("x"))
			})
			next, stop := iter.Pull(func(yield func(int) bool) {
				for i := 0; ; i++ {
					k.Yield("in the coroutine")
					if _, err := k.Read(a, make([]byte, 1)); err == nil {
						k.Sleep(time.Millisecond)
					}
					if !yield(i) {
						return
					}
				}
			})
			defer stop()
			for range 3 {
				if i, more := next(); more {
					got += i
				}
				k.Yield("in the task")
			}
		})
		if err != nil || got != 3 {
			t.Fatalf("run %d: %d, %v", run, got, err)
		}
		explore.End(scheduler.Result{})
	}
	k.Reset(nil)
	err := k.Run(func() {
		next, stop := iter.Pull(func(func(int) bool) {
			defer func() { deferred++ }()
			k.Tasks().Block(scheduler.Call{Name: "forever", Handle: -1}, -1)
		})
		defer stop()
		next()
	})
	var stuck *scheduler.Deadlock
	if !errors.As(err, &stuck) {
		t.Errorf("a coroutine that waits forever: %v", err)
	}
	k.Stop()
	if deferred != 1 {
		t.Errorf("its deferred functions ran %d times", deferred)
	}
}
