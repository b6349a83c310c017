package planted_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/scheduler"
)

const ms = time.Millisecond

// world is one run of a subject on a simulated kernel.
type world struct {
	k *fakedemux.Kernel
	proptest.Reactor
	broken string // what went wrong first
	open   func(h demux.Host) proptest.Reactor
}

func (w *world) breaks(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
	}
}

func (w *world) must(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *world) pair() (a, b demux.Handle) {
	a, b, err := w.k.Pair()
	w.must(err)
	return a, b
}

// ready makes a stream with one byte to be read.
func (w *world) ready() demux.Handle {
	a, b := w.pair()
	w.write(b)
	return a
}

func (w *world) write(h demux.Handle) {
	_, err := w.k.Write(h, []byte("x"))
	w.must(err)
}

func (w *world) read(h demux.Handle) {
	_, err := w.k.Read(h, make([]byte, 1))
	w.must(err)
}

func (w *world) watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) proptest.Watch {
	r, err := w.Watch(h, want, mode, fn)
	w.must(err)
	return r
}

func (w *world) post(fn func()) { w.must(w.Post(fn)) }

// step runs one iteration that blocks for limit at the most.
func (w *world) step(limit time.Duration) {
	_, err := w.Reactor.(proptest.Stepper).RunOnce(limit)
	w.must(err)
}

// runs of each story: the quiet order, then random ones.
const runs = 2000

// bugs returns the loops that have a wrong part, pending ones too.
func bugs() []planted.Subject {
	return append(planted.All(), slices.DeleteFunc(planted.Pending(), func(s planted.Subject) bool { return s.Rule == "" })...)
}

func TestBugsShow(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Budget: scheduler.Budget{Steps: 5000, Decisions: 2000, Time: 60 * 24 * time.Hour}})
	t.Cleanup(k.Stop)
	for _, s := range bugs() {
		t.Run(s.Name, func(t *testing.T) {
			show := shows[s.Name]
			if show == nil {
				show = pendingShows[s.Name]
			}
			if show == nil {
				t.Fatal("there is no story for it")
			}
			run, broken := search(t, k, s, show)
			// no story switches tasks in Wake
			if hidden := s.Legal || s.NeedsWakeSwitches; (broken != "") == hidden {
				t.Errorf("run %d: %q, legal: %v", run, broken, s.Legal)
			}
			t.Logf("run %d: %s", run, broken)
			if run, broken := search(t, k, planted.Twin(), show); broken != "" {
				t.Errorf("the twin, run %d: %s", run, broken)
			}
		})
	}
}

// search looks for a run in which something breaks.
func search(t *testing.T, k *fakedemux.Kernel, s planted.Subject, show func(*world)) (run int, broken string) {
	t.Helper()
	for run = range runs {
		var strategy scheduler.Strategy // quiet
		if run > 0 {
			strategy = &random{x: uint64(run)*0x9e3779b97f4a7c15 + 1}
		}
		k.Reset(strategy)
		w := &world{k: k, open: func(h demux.Host) proptest.Reactor { return s.New(t, h) }}
		err := k.Run(func() {
			w.Reactor = w.open(k)
			show(w)
			_ = w.Close()
		})
		if err != nil {
			w.breaks("%v", err)
		}
		if w.broken != "" {
			return run, w.broken
		}
		if run > 0 && len(k.Recorder().Decisions()) == 0 {
			break // there is only one order
		}
	}
	return run, ""
}

// TestQuietRun has a plain day of a reactor: a peer writes once, a timer, a
// post from another thread, the end. Every subject comes through unless its bug
// is Plain.
func TestQuietRun(t *testing.T) {
	k := fakedemux.New(nil)
	t.Cleanup(k.Stop)
	for _, s := range append(bugs(), planted.Twin()) {
		t.Run(s.Name, func(t *testing.T) {
			k.Reset(nil)
			log := quietRun(t, k, s)
			if plain := log != "0s read, 0s posted, 2ms timer"; plain != s.Plain {
				t.Errorf("got %s; Plain is %v", log, s.Plain)
			}
			for _, leak := range k.Leaks() {
				if !s.Plain {
					t.Errorf("leaked: %v", leak)
				}
			}
		})
	}
}

// quietRun returns what happened, and when.
func quietRun(t *testing.T, k *fakedemux.Kernel, s planted.Subject) string {
	t.Helper()
	var got []string
	say := func(what string) { got = append(got, fmt.Sprintf("%v %s", k.Now(), what)) }
	err := k.Run(func() {
		w := &world{k: k, Reactor: s.New(t, k)}
		a, b := w.pair()
		w.watch(a, demux.Readable, demux.Level, func(demux.Event) {
			w.read(a)
			say("read")
		})
		w.AfterFunc(2*ms, func() {
			say("timer")
			w.must(w.Close())
		})
		w.k.Go("peer", func() { w.write(b) })
		w.k.Go("poster", func() { w.post(func() { say("posted") }) })
		w.must(w.Run())
		w.must(errors.Join(k.Close(a), k.Close(b)))
		if err := w.Post(func() {}); !errors.Is(err, demux.ErrClosed) {
			say(fmt.Sprintf("a Post after Close: %v", err))
		}
	})
	if err != nil {
		say(err.Error())
	}
	return strings.Join(got, ", ")
}

// random answers every choice at random.
type random struct{ x uint64 }

func (r *random) Begin(int) bool { return true }
func (r *random) Choose(c *scheduler.Choice) int {
	r.x ^= r.x << 13
	r.x ^= r.x >> 7
	r.x ^= r.x << 17
	return int(r.x>>20&0xffff) % c.N
}
func (r *random) End(scheduler.Result) {}
