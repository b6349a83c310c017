package eventloop_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
)

func TestPhases(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		var g log
		l := open(t, k, &eventloop.Options{Observer: g.step})
		a, b := pair(t, k)
		var r *eventloop.Registration
		r = watch(t, l, a, func(demux.Event) {
			must(t, r.CloseFunc(func() { g.say("closed") }))
			must(t, l.Post(func() { g.say("posted by the handler") }))
			l.AfterFunc(0, func() { g.say("timer of the handler") })
		})
		g.name(r, "a")
		write(t, k, b)
		must(t, l.Post(func() { g.say("posted") }))
		l.AfterFunc(0, func() { g.say("timer") })
		if n, err := l.RunOnce(time.Second); n != 4 || err != nil {
			t.Errorf("RunOnce: %d, %v, want 4 functions", n, err)
		}
		if n := once(t, l); n != 2 {
			t.Errorf("the second RunOnce called %d functions, want 2", n)
		}
		g.want(t, `
			#1 timers 0s
			timer
			#1 posted
			posted
			#1 poll 1s a:r
			#1 dispatch a r
			#1 closing
			closed
			#2 timers 0s
			timer of the handler
			#2 posted
			posted by the handler
			#2 poll 0s`)
		must(t, l.Close())
	})
}

func TestStaleEvents(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		var g log
		l := open(t, k, &eventloop.Options{Observer: g.step})
		a, peerA := pair(t, k)
		b, peerB := pair(t, k)
		var rb *eventloop.Registration
		ra := watch(t, l, a, func(demux.Event) {
			read(t, k, a)
			must(t, rb.Close())
			must(t, k.Close(b))
			c, _ := pair(t, k)
			if c != b {
				t.Fatalf("the number %d is not reused, got %d", b, c)
			}
			g.name(watch(t, l, c, func(demux.Event) { t.Error("c has received nothing") }), "c")
		})
		rb = watch(t, l, b, func(demux.Event) { t.Error("b is closed") })
		g.name(ra, "a")
		g.name(rb, "b")
		write(t, k, peerA)
		write(t, k, peerB)
		once(t, l)
		once(t, l)
		g.want(t, `
			#1 poll 0s a:r b:r
			#1 dispatch a r
			#1 dispatch b r stale
			#2 poll 0s`)
		must(t, l.Close())
	})
}

func TestModifyHoldsForThePresentBatch(t *testing.T) {
	tests := []struct {
		why      string
		reported demux.Ready
		want     demux.Ready // after the neighbor's Modify
		gets     demux.Ready // 0 is no call
	}{
		{why: "what is still wanted is passed", reported: demux.Readable, want: demux.Readable, gets: demux.Readable},
		{why: "what is not wanted anymore is taken off", reported: demux.Readable | demux.Writable, want: demux.Writable, gets: demux.Writable},
		{why: "an event of which nothing is left is dropped", reported: demux.Readable, want: demux.Writable},
		{why: "a paused registration gets nothing", reported: demux.Readable | demux.Writable, want: 0},
		{why: "a hang-up cannot be refused", reported: demux.Readable | demux.Hangup, want: 0, gets: demux.Hangup},
		{why: "a failure cannot be refused", reported: demux.Writable | demux.Failed, want: demux.Readable, gets: demux.Failed},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			s := newStub()
			l := open(t, s, nil)
			var neighbor *eventloop.Registration
			first := watch(t, l, 1, func(demux.Event) { must(t, neighbor.Modify(test.want, demux.Level)) })
			var got demux.Ready
			neighbor, err := l.Watch(2, demux.Readable|demux.Writable, demux.Level, func(ev demux.Event) { got = ev.Ready })
			must(t, err)
			s.script = [][]demux.Event{{
				{Token: first.Token(), Ready: demux.Readable}, {Token: neighbor.Token(), Ready: test.reported},
			}}
			once(t, l)
			if got != test.gets {
				t.Errorf("the handler got %v, want %v", got, test.gets)
			}
		})
	}
}

func TestModifyAlwaysArmsAgain(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	r := watch(t, l, 1, func(demux.Event) {})
	for range 3 {
		must(t, r.Modify(demux.Readable, demux.Level))
	}
	if s.modifies != 3 {
		t.Errorf("the demux got %d Modify, want 3", s.modifies)
	}
}

func TestRegistrationEnds(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	r := watch(t, l, 1, func(demux.Event) {})
	s.registerErr = errors.New("failed")
	if err := r.Modify(0, demux.Level); !errors.Is(err, s.registerErr) {
		t.Errorf("Modify: %v", err)
	}
	if err := r.Close(); !errors.Is(err, s.registerErr) {
		t.Errorf("Close: %v, want the demux's error", err)
	}
	s.registerErr = nil
	for name, call := range map[string]func() error{
		"Close":     r.Close,
		"Modify":    func() error { return r.Modify(demux.Readable, demux.Level) },
		"CloseFunc": func() error { return r.CloseFunc(func() { t.Error("called") }) },
	} {
		if err := call(); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("%s of a closed registration: %v, want ErrNotFound", name, err)
		}
	}
	s.registerErr = demux.ErrExists
	if _, err := l.Watch(1, demux.Readable, demux.Level, func(demux.Event) {}); !errors.Is(err, demux.ErrExists) {
		t.Errorf("Watch: %v, want the demux's error", err)
	}
	s.registerErr = nil
	must(t, l.RunWhileAlive()) // nothing is left that keeps it
}

func TestCloseFunc(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		var g log
		l := open(t, k, &eventloop.Options{Observer: g.step})
		a, _ := pair(t, k)
		b, _ := pair(t, k)
		ra := watch(t, l, a, func(demux.Event) {})
		rb := watch(t, l, b, func(demux.Event) {})
		l.AfterFunc(0, func() {
			must(t, ra.CloseFunc(func() {
				g.say("a closed")
				must(t, rb.CloseFunc(func() { g.say("b closed") }))
			}))
		})
		must(t, l.RunWhileAlive()) // would block forever if a callback had to wait for an event
		g.want(t, `
			#1 timers 0s
			#1 poll 0s
			#1 closing
			a closed
			#2 poll 0s
			#2 closing
			b closed`)
		must(t, l.Close())
		must(t, errors.Join(k.Close(a), k.Close(b)))
	})
}

func TestRunWhileAlive(t *testing.T) {
	tests := []struct {
		why   string
		setup func(k *fakedemux.Kernel, l *eventloop.Loop, done func())
		ends  time.Duration
	}{
		{why: "nothing to do", setup: func(_ *fakedemux.Kernel, _ *eventloop.Loop, done func()) { done() }},
		{why: "a timer counts until it has fired", ends: time.Second, setup: func(_ *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			l.AfterFunc(time.Second, done)
		}},
		{why: "a timer that stops itself counts once", ends: 2 * time.Second, setup: func(_ *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			var self eventloop.Timer
			self = l.AfterFunc(time.Second, func() { self.Stop() })
			l.AfterFunc(2*time.Second, done)
		}},
		{why: "a stopped timer does not count", setup: func(_ *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			l.AfterFunc(time.Hour, func() {}).Stop()
			done()
		}},
		{why: "a posted function counts", setup: func(_ *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			_ = l.Post(done)
		}},
		{why: "a registration counts although it wants nothing", ends: time.Minute, setup: func(k *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			a, _, _ := k.Pair()
			r, _ := l.Watch(a, 0, demux.Level, func(demux.Event) {})
			k.Go("closer", func() {
				k.Sleep(time.Minute)
				_ = l.Post(func() { _ = r.CloseFunc(done) })
			})
		}},
		{why: "a registration counts after its oneshot has fired", ends: time.Minute, setup: func(k *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			a, b, _ := k.Pair()
			_, _ = k.Write(b, []byte("x"))
			r, _ := l.Watch(a, demux.Readable, demux.Oneshot, func(demux.Event) {})
			k.Go("closer", func() {
				k.Sleep(time.Minute)
				_ = l.Post(func() { _ = r.CloseFunc(done) })
			})
		}},
		{why: "Close ends it", ends: time.Second, setup: func(_ *fakedemux.Kernel, l *eventloop.Loop, done func()) {
			l.AfterFunc(time.Hour, func() {})
			l.AfterFunc(time.Second, func() { done(); _ = l.Close() })
		}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			inKernel(t, func(k *fakedemux.Kernel) {
				l := open(t, k, nil)
				done := false
				test.setup(k, l, func() { done = true })
				must(t, l.RunWhileAlive())
				if !done {
					t.Error("it ended too early")
				}
				if k.Now() != test.ends {
					t.Errorf("it ended at %v, want %v", k.Now(), test.ends)
				}
				_ = l.Close()
			})
		})
	}
}

func TestClose(t *testing.T) {
	tests := []struct {
		why   string
		setup func(t *testing.T, k *fakedemux.Kernel, l *eventloop.Loop)
	}{
		{"before Run", func(t *testing.T, _ *fakedemux.Kernel, l *eventloop.Loop) {
			t.Helper()
			must(t, l.Close())
		}},
		{"by a timer", func(t *testing.T, _ *fakedemux.Kernel, l *eventloop.Loop) {
			t.Helper()
			l.AfterFunc(time.Second, func() { must(t, l.Close()) })
			l.AfterFunc(time.Second, func() { t.Error("a timer fired after Close") })
		}},
		{"by a posted function", func(t *testing.T, _ *fakedemux.Kernel, l *eventloop.Loop) {
			t.Helper()
			must(t, l.Post(func() { must(t, l.Close()) }))
			must(t, l.Post(func() { t.Error("a posted function ran after Close") }))
		}},
		{"by a handler", func(t *testing.T, k *fakedemux.Kernel, l *eventloop.Loop) {
			t.Helper()
			a, peerA := pair(t, k)
			b, peerB := pair(t, k)
			write(t, k, peerA)
			write(t, k, peerB)
			watch(t, l, a, func(demux.Event) { must(t, l.Close()) })
			watch(t, l, b, func(demux.Event) { t.Error("a handler ran after Close") })
		}},
		{"by another thread while the loop is blocked", func(t *testing.T, k *fakedemux.Kernel, l *eventloop.Loop) {
			t.Helper()
			k.Go("closer", func() {
				k.Sleep(time.Second)
				must(t, l.Close())
			})
		}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			k := fakedemux.New(nil)
			t.Cleanup(k.Stop)
			if err := k.Run(func() {
				l := open(t, k, nil)
				test.setup(t, k, l)
				if err := l.Run(context.Background()); err != nil {
					t.Errorf("Run: %v, want nil", err)
				}
				if err := l.Close(); !errors.Is(err, demux.ErrClosed) {
					t.Errorf("a second Close: %v, want ErrClosed", err)
				}
				if err := l.Run(context.Background()); err != nil {
					t.Errorf("Run after Close: %v, want nil", err)
				}
				refused(t, l)
			}); err != nil {
				t.Fatal(err)
			}
			for _, leak := range k.Leaks() {
				if !strings.Contains(leak.String(), "stream") {
					t.Errorf("leaked: %v", leak)
				}
			}
		})
	}
}

func refused(t *testing.T, l *eventloop.Loop) {
	t.Helper()
	if _, err := l.RunOnce(0); !errors.Is(err, demux.ErrClosed) {
		t.Errorf("RunOnce: %v, want ErrClosed", err)
	}
	if err := l.Post(func() { t.Error("called") }); !errors.Is(err, demux.ErrClosed) {
		t.Errorf("Post: %v, want ErrClosed", err)
	}
	if _, err := l.Watch(0, demux.Readable, demux.Level, func(demux.Event) { t.Error("called") }); !errors.Is(err, demux.ErrClosed) {
		t.Errorf("Watch: %v, want ErrClosed", err)
	}
	if l.AfterFunc(0, func() { t.Error("called") }).Stop() {
		t.Error("AfterFunc set a timer")
	}
	must(t, l.Run(context.Background()))
}

func TestCloseFuncsRunAfterClose(t *testing.T) {
	for _, inIteration := range []bool{true, false} {
		s := newStub()
		l := open(t, s, nil)
		r := watch(t, l, 1, func(demux.Event) {})
		kept := watch(t, l, 2, func(demux.Event) {})
		calls := 0
		end := func() {
			must(t, r.CloseFunc(func() { calls++ }))
			must(t, l.Close())
		}
		if inIteration {
			l.AfterFunc(0, end)
		} else {
			end()
		}
		must(t, l.Run(context.Background()))
		must(t, l.Run(context.Background()))
		if calls != 1 {
			t.Errorf("in an iteration %v: called %d times, want once", inIteration, calls)
		}
		must(t, kept.Close()) // the demux is gone, and so is the registration
		if s.closes.Load() != 1 {
			t.Errorf("the demux was closed %d times", s.closes.Load())
		}
	}
}

func TestPanic(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	var got []string
	explode := func(name string) {
		got = append(got, name)
		panic(name)
	}
	add := func(name string) { got = append(got, name) }
	a := watch(t, l, 1, func(demux.Event) { explode("a") })
	b := watch(t, l, 2, func(demux.Event) { add("b") })
	s.script = [][]demux.Event{{{Token: a.Token(), Ready: demux.Readable}, {Token: b.Token(), Ready: demux.Readable}}}
	l.AfterFunc(0, func() { explode("timer 1") })
	l.AfterFunc(0, func() { add("timer 2") })
	must(t, l.Post(func() { must(t, l.Post(func() { add("post 3") })); explode("post 1") }))
	must(t, l.Post(func() { add("post 2") }))
	c := watch(t, l, 3, func(demux.Event) {})
	panics := 0
	for range 6 {
		func() {
			defer func() {
				if recover() != nil {
					panics++
					if panics == 3 {
						must(t, c.CloseFunc(func() { explode("closing 1") }))
						must(t, watch(t, l, 4, func(demux.Event) {}).CloseFunc(func() { add("closing 2") }))
					}
				}
			}()
			once(t, l)
		}()
	}
	want := "timer 1, timer 2, post 1, post 2, post 3, a, b, closing 1, closing 2"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("ran %s\nwant %s", s, want)
	}
}

func TestRunOnceInsideAHandlerPanics(t *testing.T) {
	l := open(t, newStub(), nil)
	l.AfterFunc(0, func() {
		defer func() {
			if msg, _ := recover().(string); !strings.Contains(msg, "running already") {
				t.Errorf("recovered %q", msg)
			}
		}()
		_, _ = l.RunOnce(0)
	})
	if n := once(t, l); n != 1 {
		t.Errorf("called %d functions", n)
	}
}

func TestOpen(t *testing.T) {
	s := newStub()
	s.openErr = errors.New("no descriptors")
	if _, err := eventloop.Open(s, nil); !errors.Is(err, s.openErr) {
		t.Errorf("Open: %v, want the host's error", err)
	}
	for _, batch := range []int{-1, eventloop.MaxBatch + 1} {
		mustPanic(t, "Batch", func() { _, _ = eventloop.Open(newStub(), &eventloop.Options{Batch: batch}) })
	}
	l := open(t, newStub(), &eventloop.Options{Batch: 1})
	if l.Traits().Name != "stub" {
		t.Errorf("Traits: %+v", l.Traits())
	}
	mustPanic(t, "Watch", func() { _, _ = l.Watch(1, demux.Readable, demux.Level, nil) })
	mustPanic(t, "Post", func() { _ = l.Post(nil) })
	mustPanic(t, "AfterFunc", func() { l.AfterFunc(0, nil) })
	mustPanic(t, "W", func() { _, _ = l.Watch(1, demux.Hangup, demux.Level, func(demux.Event) {}) })
	r := watch(t, l, 1, func(demux.Event) {})
	if r.Token() != 0 {
		t.Errorf("a Watch that panicked has left something behind: token %#x", uint64(r.Token()))
	}
	mustPanic(t, "CloseFunc", func() { _ = r.CloseFunc(nil) })
}

func mustPanic(t *testing.T, with string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if msg, _ := recover().(string); !strings.Contains(msg, with) {
			t.Errorf("panic %q, want one about %s", msg, with)
		}
	}()
	f()
}

func TestPhaseNames(t *testing.T) {
	var names []string
	for p := range eventloop.PhaseClosing + 2 {
		names = append(names, p.String())
	}
	want := "no phase, timers, posted, poll, dispatch, closing, no phase"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
