package planted_test

import (
	"fmt"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

// shows has for each subject a story in which its bug shows, in the quiet
// order or in one that is found soon. The twin must come through all of them.
var shows = map[string]func(w *world){
	"stale-event": func(w *world) {
		a, b := w.ready(), w.ready()
		var rb proptest.Watch
		w.watch(a, demux.Readable, demux.Level, func(demux.Event) {
			w.must(rb.Close())
			w.must(w.k.Close(b))
			c, _ := w.pair()
			w.watch(c, demux.Readable, demux.Level, func(demux.Event) { w.breaks("c has received nothing") })
		})
		rb = w.watch(b, demux.Readable, demux.Level, func(demux.Event) {})
		w.step(0)
	},
	"event-after-close": func(w *world) {
		var watches [2]proptest.Watch
		closed := -1
		for i := range watches {
			watches[i] = w.watch(w.ready(), demux.Readable, demux.Level, func(demux.Event) {
				if closed == i {
					w.breaks("watch %d ran after it was closed", i)
				}
				if closed < 0 { // the first one closes the other
					closed = 1 - i
					w.must(watches[closed].Close())
				}
			})
		}
		w.step(0)
	},
	"unwanted-event": func(w *world) {
		a, b := w.ready(), w.ready()
		var rb proptest.Watch
		w.watch(a, demux.Readable, demux.Level, func(demux.Event) { w.must(rb.Modify(0, demux.Level)) })
		rb = w.watch(b, demux.Readable, demux.Level, func(demux.Event) { w.breaks("b wants nothing") })
		w.step(0)
	},
	"post-runs-inline": func(w *world) {
		inside := false
		w.AfterFunc(0, func() {
			inside = true
			w.post(func() {
				if inside {
					w.breaks("posted function inside a timer")
				}
			})
			inside = false
		})
		w.step(0)
		w.step(0)
	},
	"hangup-first": func(w *world) {
		a, b := w.pair()
		w.write(b)
		w.must(w.k.Close(b))
		w.watch(a, demux.Readable|demux.Writable, demux.Level, func(ev demux.Event) {
			if ev.Ready&demux.Hangup != 0 && ev.Ready&demux.Readable == 0 {
				w.breaks("a hang-up before the data")
			}
		})
		w.step(0)
	},
	"timer-rounded-down": func(w *world) {
		w.AfterFunc(7*ms, func() {
			if w.k.Now() < 7*ms {
				w.breaks("a timer of 7 ms fired at %v", w.k.Now())
			}
		})
		w.step(-1)
		w.step(0)
	},
	"timer-after-idle-wait": func(w *world) {
		w.AfterFunc(10*ms, func() {
			if w.k.Now() < 10*ms {
				w.breaks("a timer of 10 ms fired at %v", w.k.Now())
			}
			w.must(w.Close())
		})
		a, b := w.pair()
		w.watch(a, demux.Readable, demux.Level, func(demux.Event) { w.read(a) })
		w.k.Go("peer", func() {
			for range 4 {
				w.write(b)
			}
		})
		w.k.Go("poster", func() {
			for range 3 {
				_ = w.Post(func() {})
			}
		})
		w.must(w.Run())
	},
	"timer-ties-reversed": func(w *world) {
		var fired string
		for _, name := range []string{"a", "b", "c"} {
			w.AfterFunc(ms, func() { fired += name })
		}
		w.step(-1)
		w.step(0)
		if fired != "abc" {
			w.breaks("fired %s", fired)
		}
	},
	"stopped-timer-fires": func(w *world) {
		var stop func() bool
		stopped := false
		w.AfterFunc(ms, func() { stopped = stop() })
		stop = w.AfterFunc(ms, func() {
			if stopped {
				w.breaks("a stopped timer fired")
			}
		})
		w.step(-1)
		w.step(0)
	},
	"posted-lifo": func(w *world) {
		var ran string
		for _, name := range []string{"a", "b", "c"} {
			w.post(func() { ran += name })
		}
		w.step(0)
		if ran != "abc" {
			w.breaks("ran %s", ran)
		}
	},
	"posted-runs-twice": func(w *world) {
		var ran string
		w.post(func() {
			if ran += "a"; ran == "a" {
				w.post(func() { ran += "c" })
			}
		})
		w.post(func() { ran += "b" })
		w.step(0)
		w.step(0)
		if ran != "abc" {
			w.breaks("ran %s", ran)
		}
	},
	"lost-wakeup-check-before-set": posters,
	"lost-wakeup-flag-before-push": posters,
	"lost-wakeup-late-clear":       posters,
	"rearm-skipped": func(w *world) {
		a, b := w.pair()
		w.write(b)
		w.write(b)
		calls := 0
		var r proptest.Watch
		r = w.watch(a, demux.Readable, demux.Oneshot, func(demux.Event) {
			calls++
			w.read(a)
			w.must(r.Modify(demux.Readable, demux.Oneshot))
		})
		w.step(0)
		w.step(0)
		if calls != 2 {
			w.breaks("called %d times", calls)
		}
	},
	"busy-poll": func(w *world) {
		a, _ := w.pair()
		w.watch(a, 0, demux.Level, func(demux.Event) {})
		blocks(w)
	},
	"busy-after-stop": func(w *world) {
		w.AfterFunc(ms, func() {})()
		blocks(w)
	},
	"one-event-a-batch": func(w *world) {
		served := false
		low, high := w.ready(), w.ready()
		w.watch(low, demux.Readable, demux.Level, func(demux.Event) {})
		w.watch(high, demux.Readable, demux.Level, func(demux.Event) { served = true })
		for range 20 {
			w.step(0)
		}
		if !served {
			w.breaks("the high slot starves")
		}
	},
	"posted-drained": func(w *world) {
		left := 5
		var again func()
		again = func() {
			if left--; left > 0 {
				w.post(again)
			}
		}
		w.post(again)
		w.step(0)
		if left != 4 {
			w.breaks("ran %d times in one iteration", 5-left)
		}
	},
	"timer-same-pass": func(w *world) {
		left := 5
		var again func()
		again = func() {
			if left--; left > 0 {
				w.AfterFunc(0, again)
			}
		}
		w.AfterFunc(0, again)
		w.step(0)
		if left != 4 {
			w.breaks("ran %d times in one iteration", 5-left)
		}
	},
	"close-queued-twice": func(w *world) {
		a, _ := w.pair()
		calls := 0
		r := w.watch(a, demux.Readable, demux.Level, func(demux.Event) {})
		w.must(r.(proptest.CloseFuncer).CloseFunc(func() { calls++ }))
		_ = r.Close()
		w.step(0)
		w.step(0)
		if calls != 1 {
			w.breaks("the callback ran %d times", calls)
		}
	},
	"deferred-deregister": func(w *world) {
		a, _ := w.pair()
		r := w.watch(a, demux.Readable, demux.Level, func(demux.Event) {})
		w.must(r.(proptest.CloseFuncer).CloseFunc(func() {}))
		w.must(w.k.Close(a))
		got := false
		b := w.ready()
		w.watch(b, demux.Readable, demux.Level, func(demux.Event) { got = true })
		w.step(0)
		w.step(0)
		got = false
		w.step(0)
		if !got {
			w.breaks("the new watch with the old number was deregistered")
		}
	},
	"closes-on-hangup": func(w *world) {
		a, b := w.pair()
		w.must(w.k.Close(b))
		w.watch(a, 0, demux.Level, func(demux.Event) {})
		w.step(0)
		if err := w.k.Close(a); err != nil {
			w.breaks("somebody has closed the handle: %v", err)
		}
	},
	"close-in-dispatch-leaks": func(w *world) {
		w.watch(w.ready(), demux.Readable, demux.Level, func(demux.Event) { w.must(w.Close()) })
		w.must(w.Run())
		for _, leak := range w.k.Leaks() {
			if leak.Kind != "stream" {
				w.breaks("leaked: %v", leak)
			}
		}
	},
	"paused-watch-leaks": func(w *world) {
		a, _ := w.pair()
		w.must(w.watch(a, 0, demux.Level, func(demux.Event) {}).Close())
		if _, err := w.Watch(a, demux.Readable, demux.Level, func(demux.Event) {}); err != nil {
			w.breaks("the handle is still registered: %v", err)
		}
	},
	"stopped-timer-sleeps": func(w *world) {
		w.AfterFunc(ms, func() {})()
		w.step(10 * ms)
		if w.k.Now() != 10*ms {
			w.breaks("woke up at %v", w.k.Now())
		}
	},
	"timer-counted-twice": func(w *world) {
		fired := false
		var stop func() bool
		stop = w.AfterFunc(ms, func() { stop() })
		w.AfterFunc(2*ms, func() { fired = true })
		w.must(w.Reactor.(proptest.SelfEnding).RunWhileAlive())
		if !fired {
			w.breaks("the loop ended with a timer pending")
		}
	},
	"post-wakes-under-lock": posters,
}

// posters has four threads that post; a wakeup that is lost is a deadlock.
func posters(w *world) {
	left := 8
	for p := range 4 {
		w.k.Go(fmt.Sprintf("poster %d", p), func() {
			for range 2 {
				w.post(func() {
					if left--; left == 0 {
						w.must(w.Close())
					}
				})
			}
		})
	}
	w.must(w.Run())
}

// blocks says how many iterations a second without events takes.
func blocks(w *world) {
	done := false
	w.k.Go("sleeper", func() {
		w.k.Sleep(time.Second)
		w.post(func() {
			done = true
			w.post(func() {}) // so that the iteration ends
		})
	})
	for i := range 10 {
		if done {
			return
		}
		if w.step(-1); i == 9 {
			w.breaks("the loop polls")
		}
	}
}
