package eventloop_test

import (
	"math/rand"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
)

const ms = time.Millisecond

func TestTimers(t *testing.T) {
	tests := []struct {
		why   string
		setup func(l *eventloop.Loop, say func(string, ...any))
		want  string // what fired, with the time
	}{
		{
			why: "in the order of deadlines, ties in the order they were set",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				for i, d := range []time.Duration{3, 1, 2, 1, 3, 1} {
					l.AfterFunc(d*ms, func() { say("%d", i) })
				}
			},
			want: "1ms 1\n1ms 3\n1ms 5\n2ms 2\n3ms 0\n3ms 4",
		},
		{
			why: "a negative delay is none",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				l.AfterFunc(-1<<63, func() { say("a") })
				l.AfterFunc(0, func() { say("b") })
			},
			want: "0s a\n0s b",
		},
		{
			why: "a timer set by a timer waits for the next iteration, even with no delay",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				l.AfterFunc(0, func() {
					l.AfterFunc(0, func() { say("timer") })
					_ = l.Post(func() { say("posted") })
				})
			},
			want: "0s posted\n0s timer",
		},
		{
			why: "a due timer that another due timer stops is silent",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				var b eventloop.Timer
				l.AfterFunc(ms, func() { say("a %v %v", b.Stop(), b.Stop()) })
				b = l.AfterFunc(ms, func() { say("b") })
				l.AfterFunc(ms, func() { say("c %v", b.Stop()) })
			},
			want: "1ms a true false\n1ms c false",
		},
		{
			why: "a timer cannot stop itself when it has fired",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				var self eventloop.Timer
				self = l.AfterFunc(ms, func() { say("%v", self.Stop()) })
			},
			want: "1ms false",
		},
		{
			why: "Reset from its own function makes it fire again",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				left := 3
				var self eventloop.Timer
				self = l.AfterFunc(ms, func() {
					if left--; left > 0 {
						say("%v", self.Reset(ms))
					}
				})
			},
			want: "1ms false\n2ms false",
		},
		{
			why: "Reset moves a timer that is set, behind its equals",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				a := l.AfterFunc(5*ms, func() { say("a") })
				l.AfterFunc(ms, func() { say("b") })
				say("%v", a.Reset(ms))
			},
			want: "0s true\n1ms b\n1ms a",
		},
		{
			why: "a timer in the far future does not overflow",
			setup: func(l *eventloop.Loop, say func(string, ...any)) {
				var far eventloop.Timer
				l.AfterFunc(ms, func() { far = l.AfterFunc(1<<63-1, func() { say("far") }) })
				l.AfterFunc(2*ms, func() { say("%v", far.Stop()) })
			},
			want: "2ms true",
		},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			inKernel(t, func(k *fakedemux.Kernel) {
				var g log
				l := open(t, k, nil)
				test.setup(l, func(format string, args ...any) {
					g.say("%v "+format, append([]any{k.Now()}, args...)...)
				})
				must(t, l.RunWhileAlive())
				g.want(t, test.want)
				must(t, l.Close())
			})
		})
	}
}

func TestTimeouts(t *testing.T) {
	tests := []struct {
		why   string
		setup func(l *eventloop.Loop)
		limit time.Duration
		want  time.Duration
	}{
		{why: "no timer, no limit", limit: -1, want: -1, setup: func(l *eventloop.Loop) { _ = l.Post(func() {}) }},
		{why: "the limit without timers", limit: ms, want: ms, setup: func(*eventloop.Loop) {}},
		{why: "the limit is nearer", limit: ms, want: ms, setup: func(l *eventloop.Loop) { l.AfterFunc(time.Hour, func() {}) }},
		{why: "the timer is nearer", limit: time.Hour, want: ms, setup: func(l *eventloop.Loop) { l.AfterFunc(ms, func() {}) }},
		{why: "the timer without a limit", limit: -1, want: ms, setup: func(l *eventloop.Loop) { l.AfterFunc(ms, func() {}) }},
		{why: "a fraction of a millisecond is kept", limit: -1, want: 1, setup: func(l *eventloop.Loop) { l.AfterFunc(1, func() {}) }},
		{why: "a stopped timer leaves at once", limit: time.Hour, want: 2 * ms, setup: func(l *eventloop.Loop) {
			l.AfterFunc(2*ms, func() {})
			l.AfterFunc(ms, func() {}).Stop()
		}},
		{why: "a timer that is never due", limit: -1, want: 1<<63 - 1, setup: func(l *eventloop.Loop) { l.AfterFunc(1<<63-1, func() {}) }},
		{why: "a timer set by a due timer, with no delay", limit: -1, want: 0, setup: func(l *eventloop.Loop) {
			l.AfterFunc(0, func() { l.AfterFunc(0, func() {}) })
		}},
		{why: "work for the closing phase", limit: -1, want: 0, setup: func(l *eventloop.Loop) {
			r, _ := l.Watch(1, demux.Readable, demux.Level, func(demux.Event) {})
			_ = r.CloseFunc(func() {})
		}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			s := newStub()
			s.timeouts = make([]time.Duration, 0, 1)
			l := open(t, s, nil)
			test.setup(l)
			_ = l.Post(func() {}) // its Wake ends the Wait without limit
			_, err := l.RunOnce(test.limit)
			must(t, err)
			if s.timeouts[0] != test.want {
				t.Errorf("Wait was given %v, want %v", s.timeouts[0], test.want)
			}
		})
	}
}

// TestTimersSetAgainByTheFirst has many timers due together. The first sets the others again.
func TestTimersSetAgainByTheFirst(t *testing.T) {
	for n := 1; n < 300; n++ {
		s := newStub()
		l := open(t, s, nil)
		fired := 0
		all := make([]eventloop.Timer, n)
		l.AfterFunc(1, func() {
			for i := range all {
				all[i].Reset(10)
			}
		})
		for i := range all {
			all[i] = l.AfterFunc(1, func() { fired++ })
		}
		s.now += 5
		if _, err := l.RunOnce(0); err != nil || fired != 0 {
			t.Fatalf("%d timers: %d have fired before they were due: %v", n, fired, err)
		}
		s.now += 10
		if _, err := l.RunOnce(0); err != nil || fired != n {
			t.Fatalf("%d timers: %d have fired: %v", n, fired, err)
		}
		must(t, l.Close())
	}
}

// TestTimersAreNeverEarly wakes the loop long before its timer is due.
func TestTimersAreNeverEarly(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		l.AfterFunc(10*ms, func() {
			if k.Now() != 10*ms {
				t.Errorf("fired at %v", k.Now())
			}
		})
		k.Go("poster", func() {
			for range 20 {
				k.Sleep(ms / 3)
				must(t, l.Post(func() {}))
			}
		})
		must(t, l.RunWhileAlive())
		must(t, l.Close())
	})
}

// TestTimersAgainstASortedList compares the heap with the obvious thing.
func TestTimersAgainstASortedList(t *testing.T) {
	type entry struct {
		id       int
		deadline time.Duration
		seq      int
	}
	rng := rand.New(rand.NewSource(1))
	for range 50 {
		s := newStub()
		l := open(t, s, nil)
		var fired []int
		var timers []eventloop.Timer
		var model []entry
		for seq := range 200 {
			d := time.Duration(rng.Intn(20))
			id := rng.Intn(len(timers) + 1)
			gone := func(e entry) bool { return e.id == id }
			was := slices.ContainsFunc(model, gone)
			model = slices.DeleteFunc(model, gone)
			switch op := rng.Intn(4); {
			case id == len(timers):
				timers = append(timers, l.AfterFunc(d, func() { fired = append(fired, id) }))
				model = append(model, entry{id, s.now + d, seq})
			case op == 0:
				if timers[id].Reset(d) != was {
					t.Fatalf("Reset of %d: want %v", id, was)
				}
				model = append(model, entry{id, s.now + d, seq})
			default:
				if timers[id].Stop() != was {
					t.Fatalf("Stop of %d: want %v", id, was)
				}
			}
			if op := rng.Intn(30); op == 0 {
				s.now += time.Duration(rng.Intn(10))
			}
		}
		slices.SortFunc(model, func(a, b entry) int {
			if a.deadline != b.deadline {
				return int(a.deadline - b.deadline)
			}
			return a.seq - b.seq
		})
		var want []int
		for _, e := range model {
			want = append(want, e.id)
		}
		must(t, l.RunWhileAlive())
		if !slices.Equal(fired, want) {
			t.Fatalf("fired %v, want %v", fired, want)
		}
	}
}
