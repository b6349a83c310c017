package fakedemux_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// trace is a run of busy, as text: its decisions, its time, what it left.
func trace(t *testing.T, k *fakedemux.Kernel, s scheduler.Strategy) string {
	t.Helper()
	k.Reset(s)
	err := k.Run(func() { busy(k) })
	return fmt.Sprint(err, k.Now(), k.Leaks(), k.Tasks().StepsByTask(), k.Recorder().Decisions())
}

func TestRunTwice(t *testing.T) {
	// The same seed, or the digits of the run, make the same run: in a new
	// kernel as in one that was used before.
	plan := fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 3}
	used := fakedemux.New(&fakedemux.Options{Plan: &plan})
	again := fakedemux.New(&fakedemux.Options{Plan: &plan})
	distinct := map[string]bool{}
	for run := range 200 {
		s := scheduler.NewRandom(9)
		s.Begin(run)
		first := trace(t, used, s)
		distinct[first] = true
		var digits strings.Builder
		for _, d := range used.Recorder().Decisions() {
			digits.WriteByte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[d.Got])
		}
		s.Begin(run)
		if second := trace(t, used, s); second != first {
			t.Fatalf("run %d again:\n%s\n%s", run, first, second)
		}
		replay := scheduler.NewReplay(digits.String(), true)
		replay.Begin(0)
		if got := trace(t, again, replay); got != first {
			t.Fatalf("run %d by its digits:\n%s\n%s", run, first, got)
		}
		if run%40 == 0 {
			s.Begin(run)
			if got := trace(t, fakedemux.New(&fakedemux.Options{Plan: &plan}), s); got != first {
				t.Fatalf("run %d in a new kernel:\n%s\n%s", run, first, got)
			}
		}
	}
	if len(distinct) < 150 {
		t.Errorf("only %d of 200 runs are distinct", len(distinct))
	}
}

func TestParallelKernels(t *testing.T) {
	want := trace(t, fakedemux.New(nil), nil)
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for range 50 {
				if got := trace(t, fakedemux.New(nil), nil); got != want {
					t.Fatalf("beside another kernel:\n%s\nalone:\n%s", got, want)
				}
			}
		})
	}
}

func TestAbortedRuns(t *testing.T) {
	before := runtime.NumGoroutine()
	k := fakedemux.New(nil)
	boom := errors.New("boom")
	ended := 0
	for i := range 10_000 {
		k.Reset(nil)
		err := k.Run(func() {
			d := must(k.Open())(t)
			a, _ := newStream(t, k, false)
			d.Register(a, 1, demux.Readable, demux.Level)
			for range 2 {
				k.Go("waits", func() {
					defer func() { ended++; recover() }()
					k.Sleep(time.Hour)
				})
			}
			k.Go("blocked", func() {
				defer func() { ended++ }()
				var ev [1]demux.Event
				d.Wait(ev[:], -1)
			})
			k.Sleep(time.Millisecond) // the others begin
			switch i % 3 {
			case 0:
				panic(boom)
			case 1:
				runtime.Goexit()
			default:
				k.Tasks().Fail(boom)
			}
		})
		if err == nil {
			t.Fatal("the run did not fail")
		}
	}
	k.Stop()
	for range 10_000_000 { // the goroutine that stopped the last ones is about to end
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	if ended == 0 {
		t.Error("no deferred function of a stopped task ran")
	}
	// It goes on to be used.
	k.Reset(nil)
	if err := k.Run(func() { busy(k) }); err != nil {
		t.Error(err)
	}
}

func TestDeadlockNamesCalls(t *testing.T) {
	k := fakedemux.New(nil)
	err := k.Run(func() {
		d := must(k.Open())(t)
		var ev [1]demux.Event
		d.Wait(ev[:], -1)
	})
	var dead *scheduler.Deadlock
	if !errors.As(err, &dead) || !strings.Contains(err.Error(), "main waits in epoll_pwait2(0)") {
		t.Errorf("%v", err)
	}
	k.Stop()
}

func TestBusyLoopIsALivelock(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Budget: scheduler.Budget{Steps: 500}})
	err := k.Run(func() {
		d := must(k.Open())(t)
		var ev [1]demux.Event
		for {
			d.Wait(ev[:], 0)
		}
	})
	var live *scheduler.Livelock
	if !errors.As(err, &live) {
		t.Errorf("%v", err)
	}
	k.Stop()
}

// blockers starts tasks that wait for an edge of one epoll instance, and
// returns in which order they came back after each write.
func blockers(t *testing.T, k *fakedemux.Kernel, f func(epfd int, w demux.Handle)) []string {
	t.Helper()
	var order []string
	err := k.Run(func() {
		calls := k.Epoll()
		epfd, _ := calls.EpollCreate1(0)
		a, b := newStream(t, k, false)
		calls.EpollCtl(epfd, epoll.CtlAdd, int(a), &epoll.Event{Events: epoll.EPOLLIN | epoll.EPOLLET})
		for _, name := range []string{"first", "second", "third"} {
			k.Go(name, func() {
				var ev [1]epoll.Event
				n, e := calls.EpollWait(epfd, ev[:], 100)
				order = append(order, fmt.Sprint(name, " ", n, " ", e))
			})
			k.Sleep(time.Millisecond)
		}
		f(epfd, b)
	})
	if err != nil {
		t.Error(err)
	}
	return order
}

func TestLastWaiterFirst(t *testing.T) {
	// Seen on Linux 6.18 with three threads: an edge wakes the call that was
	// blocked last, and only that.
	k := fakedemux.New(nil)
	got := blockers(t, k, func(_ int, w demux.Handle) {
		k.Write(w, []byte("x"))
		k.Sleep(time.Millisecond)
		k.Write(w, []byte("x"))
	})
	if want := []string{"third 1 OK", "second 1 OK", "first 0 OK"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCloseUnderABlockedWait(t *testing.T) {
	// Closing the number does not end the calls that are blocked, and does not
	// take their events away: each call holds the description.
	k := fakedemux.New(nil)
	got := blockers(t, k, func(epfd int, w demux.Handle) {
		k.Epoll().Close(epfd)
		k.Write(w, []byte("x"))
	})
	if want := []string{"third 1 OK", "first 0 OK", "second 0 OK"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if n := k.Registrations(1); n != 0 {
		t.Errorf("%d registrations after the last blocked call has returned", n)
	}
}

func TestExclusiveWakesOne(t *testing.T) {
	// epoll_ctl(2), EPOLLEXCLUSIVE: no herd over several instances.
	for _, c := range []struct {
		bits uint32
		want int
	}{{epoll.EPOLLIN, 2}, {epoll.EPOLLIN | exclusive, 1}} {
		k := fakedemux.New(nil)
		woken := 0
		err := k.Run(func() {
			calls := k.Epoll()
			a, b := newStream(t, k, false)
			for range 2 {
				epfd, _ := calls.EpollCreate1(0)
				calls.EpollCtl(epfd, epoll.CtlAdd, int(a), &epoll.Event{Events: c.bits | epoll.EPOLLET})
				k.Go("waits", func() {
					var ev [1]epoll.Event
					n, _ := calls.EpollWait(epfd, ev[:], 10)
					if woken += n; n == 1 && k.Now() > 5*time.Millisecond {
						t.Error("woken by its timeout")
					}
				})
			}
			k.Sleep(time.Millisecond)
			k.Write(b, []byte("x"))
			k.Sleep(time.Millisecond)
			if woken != c.want {
				t.Errorf("%s: %d woken, want %d", bits(c.bits), woken, c.want)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}
