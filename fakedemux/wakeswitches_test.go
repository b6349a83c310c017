package fakedemux_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// openRaw opens a backend over the raw calls of the kernel, as a program that
// brings its own does.
func openRaw(k *fakedemux.Kernel) (demux.Demux, error) {
	switch name := k.Dialect(); {
	case name == "iocp":
		return iocp.Open(k.IOCP())
	case strings.HasPrefix(name, "kqueue-"):
		for _, p := range kqueue.Profiles() {
			if name == "kqueue-"+p.Name {
				return kqueue.Open(k.Kqueue(), p)
			}
		}
		return nil, errors.New("no profile for " + name)
	default:
		return epoll.Open(k.Epoll())
	}
}

// A loop that wakes first and queues its work afterwards sleeps over it, if
// another task acts in between. One that queues first never does.
func TestWakeSwitches(t *testing.T) {
	opens := []struct {
		name string
		open func(k *fakedemux.Kernel) (demux.Demux, error)
	}{
		{"Wake", (*fakedemux.Kernel).Open},
		{"raw calls", openRaw},
	}
	for _, dialect := range fakedemux.Dialects() {
		for _, o := range opens {
			for _, c := range []struct {
				why                 string
				switches, wakeFirst bool
				found               bool
			}{
				{"a correct loop", false, false, false},
				{"a correct loop, with switches", true, false, false},
				{"wakes first: nobody can act in between", false, true, false},
				{"wakes first, with switches", true, true, true},
			} {
				k := fakedemux.New(&fakedemux.Options{Dialect: dialect, Plan: &fakedemux.Plan{WakeSwitches: c.switches}})
				explore := scheduler.NewExplore(2000)
				found := 0
				for run := 0; explore.Begin(run); run++ {
					k.Reset(explore)
					err := k.Run(func() { postOnce(t, k, o.open, c.wakeFirst) })
					var stuck *scheduler.Deadlock
					if errors.As(err, &stuck) {
						found++
					} else if err != nil {
						t.Fatalf("%s, %s, %s: %v", dialect, o.name, c.why, err)
					}
					explore.End(scheduler.Result{})
				}
				k.Stop()
				if !explore.Complete() || (found > 0) != c.found {
					t.Errorf("%s, %s, %s: %d of %d runs lose the work (complete %v, %v), want some %v",
						dialect, o.name, c.why, found, explore.Runs(), explore.Complete(), explore.Err(), c.found)
				}
			}
		}
	}
}

// postOnce is a loop that runs until it has been given work by another task.
func postOnce(tb testing.TB, k *fakedemux.Kernel, open func(*fakedemux.Kernel) (demux.Demux, error), wakeFirst bool) {
	tb.Helper()
	d := must(open(k))(tb)
	queued := false
	k.Go("poster", func() {
		if !wakeFirst {
			queued = true
		}
		if err := d.Wake(); err != nil {
			tb.Error(err)
		}
		queued = true
	})
	for !queued {
		if _, err := d.Wait(make([]demux.Event, 1), -1); err != nil {
			tb.Error(err)
			return
		}
	}
}

// Without WakeSwitches a program may hold any lock over Wake: nobody else acts
// before it is given up. With them only a scheduler.Mutex will do.
func TestLockOverWake(t *testing.T) {
	for _, switches := range []bool{false, true} {
		k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{WakeSwitches: switches}})
		explore := scheduler.NewExplore(5000)
		for run := 0; explore.Begin(run); run++ {
			k.Reset(explore)
			var lock sync.Locker = scheduler.NewMutex(k.Tasks())
			if !switches {
				lock = &sync.Mutex{}
			}
			err := k.Run(func() {
				d := must(k.Open())(t)
				for range 2 {
					k.Go("poster", func() {
						lock.Lock()
						defer lock.Unlock()
						_ = d.Wake()
					})
				}
				_, _ = d.Wait(make([]demux.Event, 1), -1)
			})
			if err != nil {
				t.Fatalf("switches %v: %v", switches, err)
			}
			explore.End(scheduler.Result{})
		}
		if !explore.Complete() {
			t.Errorf("switches %v: %d runs, not complete: %v", switches, explore.Runs(), explore.Err())
		}
		k.Stop()
	}
}

// A Wake may find that another task has closed the demux at the switch point.
func TestWakeThatIsOvertakenByClose(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{WakeSwitches: true}})
	defer k.Stop()
	explore := scheduler.NewExplore(1000)
	woke, closed := 0, 0
	for run := 0; explore.Begin(run); run++ {
		k.Reset(explore)
		err := k.Run(func() {
			d := must(k.Open())(t)
			k.Go("poster", func() {
				switch err := d.Wake(); {
				case err == nil:
					woke++
				case errors.Is(err, demux.ErrClosed):
					closed++
				default:
					t.Error(err)
				}
			})
			k.Yield("work")
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		explore.End(scheduler.Result{})
	}
	if woke == 0 || closed == 0 || !explore.Complete() {
		t.Errorf("%d Wakes came first, %d came too late, complete %v", woke, closed, explore.Complete())
	}
}
