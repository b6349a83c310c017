package planted_test

import (
	"errors"
	"slices"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

// pendingShows has the stories of the pending subjects; see shows.
var pendingShows = map[string]func(w *world){
	"timer-never-fires":     func(w *world) { punctual(w, ms) },
	"timer-hour-late":       func(w *world) { punctual(w, ms) },
	"timer-10ms-late":       func(w *world) { punctual(w, ms) },
	"timers-not-waited-for": func(w *world) { punctual(w, ms) },
	"timer-over-5ms-never":  func(w *world) { punctual(w, 6*ms) },
	"timer-over-1s-never":   func(w *world) { punctual(w, 1001*ms) },
	"timer-wraps":           func(w *world) { punctual(w, 30*24*time.Hour) },
	"timer-fires-twice": func(w *world) {
		fired := 0
		w.AfterFunc(0, func() { fired++ })
		w.step(0)
		w.step(0)
		if fired != 1 {
			w.breaks("fired %d times", fired)
		}
	},
	"timer-armed-once": func(w *world) {
		w.AfterFunc(50*ms, func() {})
		punctual(w, 2*ms)
	},
	"timer-stale-deadline": func(w *world) {
		w.AfterFunc(50*ms, func() {})
		w.AfterFunc(ms, func() { w.AfterFunc(0, w.closesAt(ms)) })
		w.must(w.Run())
	},
	"timeout-restarts": func(w *world) {
		w.must(w.Close())
		w.Reactor = w.open(&spyHost{Host: w.k, w: w, early: true})
		punctual(w, 10*ms)
	},
	"stop-removes-another": func(w *world) {
		stop := w.AfterFunc(0, func() {})
		w.AfterFunc(5*ms, w.closesAt(5*ms))
		w.step(0)
		stop()
		w.must(w.Run())
	},
	"reset-earlier-ignored": func(w *world) {
		t := w.newTimer(w.closesAt(5 * ms))
		t.Reset(50 * ms)
		t.Reset(5 * ms)
		w.must(w.Run())
	},
	"reset-later-ignored": func(w *world) {
		t := w.newTimer(w.closesAt(50 * ms))
		t.Reset(5 * ms)
		t.Reset(50 * ms)
		w.must(w.Run())
	},
	"stop-says-true": func(w *world) {
		stopped := false
		stop := w.AfterFunc(0, func() {
			if stopped {
				w.breaks("a timer ran whose stop said true")
			}
		})
		stopped = stop()
		w.step(0)
	},
	"stop-says-false": func(w *world) {
		fired := false
		stop := w.AfterFunc(ms, func() { fired = true })
		stopped := stop()
		w.step(5 * ms)
		w.step(0)
		if !stopped && !fired {
			w.breaks("a timer did not run whose stop said false")
		}
	},
	"timers-by-serial": func(w *world) {
		var fired string
		w.AfterFunc(5*ms, func() { fired += "b" })
		w.AfterFunc(2*ms, func() { fired += "a" })
		w.k.Sleep(10 * ms)
		w.step(0)
		if fired != "ab" {
			w.breaks("fired %s", fired)
		}
	},
	"all-level":       func(w *world) { silentOnceReported(w, demux.Oneshot) },
	"oneshot-rearmed": func(w *world) { silentOnceReported(w, demux.Oneshot) },
	"edge-rearmed":    func(w *world) { silentOnceReported(w, demux.Edge) },
	"modify-keeps-mode": func(w *world) {
		calls := 0
		r := w.watch(w.ready(), demux.Readable, demux.Level, func(demux.Event) { calls++ })
		w.must(r.Modify(demux.Readable, demux.Oneshot))
		for range 3 {
			w.step(0)
		}
		if calls != 1 {
			w.breaks("called %d times", calls)
		}
	},
	"modify-drops-writable": func(w *world) {
		a, _ := w.pair()
		writable := false
		r := w.watch(a, demux.Readable, demux.Level, func(ev demux.Event) { writable = ev.Ready&demux.Writable != 0 })
		w.must(r.Modify(demux.Readable|demux.Writable, demux.Level))
		w.step(0)
		if !writable {
			w.breaks("a is writable, and wanted so")
		}
	},
	"handles-from-64":        numbers,
	"table-modulo-64":        numbers,
	"posted-lost-over-sleep": posters,
	"wake-before-queue":      posters,
	"ticks-each-10ms":        posters,
	"gathers-one-by-one":     posters,
	"polls-last-ms":          posters,
	"post-after-close": func(w *world) {
		w.must(w.Close())
		if err := w.Post(func() {}); err == nil {
			w.breaks("a Post after Close was accepted")
		}
	},
	"close-before-run": func(w *world) {
		w.must(w.Close())
		if err := w.Run(); err != nil {
			w.breaks("Run: %v", err)
		}
	},
	"close-releases-twice": func(w *world) {
		for _, name := range []string{"one", "other"} {
			w.k.Go(name, func() {
				if err := w.Close(); err != nil && !errors.Is(err, demux.ErrClosed) {
					w.breaks("Close: %v", err)
				}
			})
		}
		w.must(w.Run())
	},
	"close-callback-dropped":   closesWatchAndLoop,
	"close-callback-after-run": closesWatchAndLoop,
	"wake-pair-closed": func(w *world) {
		w.must(w.Close())
		w.Reactor = w.open(&spyHost{Host: w.k, w: w})
		w.step(0)
	},
	"polls-each-ms": blocks,
	"panic-swallowed": func(w *world) {
		calls, left := 0, false
		for range 2 {
			w.watch(w.ready(), demux.Readable, demux.Oneshot, func(demux.Event) {
				if calls++; calls == 1 {
					panic("the first handler")
				}
			})
		}
		func() {
			defer func() { left = recover() != nil }()
			w.step(0)
			w.step(0)
		}()
		if !left && calls < 2 {
			w.breaks("the panic did not leave the loop, and the other watch is not served")
		}
	},
}

// closesAt returns a timer's function that closes the loop and says if it does
// not run at d, with a grain of 1 ms.
func (w *world) closesAt(d time.Duration) func() {
	return func() {
		if now := w.k.Now(); now < d || now > d+ms {
			w.breaks("a timer that is due at %v fired at %v", d, now)
		}
		w.must(w.Close())
	}
}

func (w *world) newTimer(fn func()) interface {
	Reset(d time.Duration) bool
	Stop() bool
} {
	return w.Reactor.(interface {
		NewTimer(fn func()) interface {
			Reset(d time.Duration) bool
			Stop() bool
		}
	}).NewTimer(fn)
}

// punctual sets a timer and runs the loop until it has fired.
func punctual(w *world, d time.Duration) {
	w.AfterFunc(d, w.closesAt(d))
	w.must(w.Run())
}

// silentOnceReported watches for data that nobody reads.
func silentOnceReported(w *world, mode demux.Mode) {
	calls := 0
	w.watch(w.ready(), demux.Readable, mode, func(demux.Event) { calls++ })
	for range 3 {
		w.step(0)
	}
	if calls != 1 {
		w.breaks("called %d times", calls)
	}
}

// numbers watches many handles at once.
func numbers(w *world) {
	served := make([]bool, 80)
	for i := range served {
		w.watch(w.ready(), demux.Readable, demux.Level, func(demux.Event) { served[i] = true })
	}
	for range 8 {
		w.step(0)
	}
	if slices.Contains(served, false) {
		w.breaks("a watch is not served")
	}
}

// closesWatchAndLoop has a handler that closes its watch and then the loop.
func closesWatchAndLoop(w *world) {
	told := false
	var r proptest.Watch
	r = w.watch(w.ready(), demux.Readable, demux.Level, func(demux.Event) {
		w.must(r.(proptest.CloseFuncer).CloseFunc(func() { told = true }))
		w.must(w.Close())
	})
	w.must(w.Run())
	if !told {
		w.breaks("Run has returned, and the close callback has not run")
	}
}

// spyHost notices a Wait while a handle that the loop has closed is registered.
// If early is set, it has the next Wait return early with nothing, as rule W1
// of the contract allows.
type spyHost struct {
	demux.Host
	w      *world
	early  bool
	closed []demux.Handle
}

func (h *spyHost) Close(x demux.Handle) error {
	h.closed = append(h.closed, x)
	return h.Host.Close(x)
}

func (h *spyHost) Open() (demux.Demux, error) {
	d, err := h.Host.Open()
	return &spyDemux{Demux: d, host: h}, err
}

type spyDemux struct {
	demux.Demux
	host       *spyHost
	registered []demux.Handle
}

func (d *spyDemux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	d.registered = append(d.registered, h)
	return d.Demux.Register(h, tok, want, mode)
}

func (d *spyDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	for _, h := range d.registered {
		if slices.Contains(d.host.closed, h) {
			d.host.w.breaks("the loop waits, and handle %d was closed while it was registered", h)
		}
	}
	if d.host.early {
		d.host.early = false
		timeout /= 2
	}
	return d.Demux.Wait(dst, timeout)
}
