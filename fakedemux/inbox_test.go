package fakedemux_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// wakeFromOutside calls Wake in a goroutine that is not a task, and returns when
// it has.
func wakeFromOutside(d demux.Demux) error {
	done := make(chan error)
	go func() { done <- d.Wake() }()
	return <-done
}

func TestWakeFromOutside(t *testing.T) {
	for _, check := range []bool{false, true} { // in a run it makes no difference
		k := fakedemux.New(nil)
		k.Tasks().CheckCallers(check)
		err := k.Run(func() {
			d := must(k.Open())(t)
			var ev [1]demux.Event
			if err := wakeFromOutside(d); err != nil {
				t.Error(err)
			}
			if n, err := d.Wait(ev[:], -1); n != 0 || err != nil {
				t.Errorf("Wait: %d %v", n, err)
			}
			if n, err := d.Wait(ev[:], time.Second); n != 0 || err != nil || k.Now() != time.Second {
				t.Errorf("the Wake was consumed, and yet Wait returned %d %v at %v", n, err, k.Now())
			}
			// While the only task is blocked: the inbox is looked at before
			// time moves.
			k.OnIdle(func(time.Duration) { k.OnIdle(nil); wakeFromOutside(d) })
			if n, err := d.Wait(ev[:], -1); n != 0 || err != nil {
				t.Errorf("blocked Wait: %d %v", n, err)
			}
			d.Close()
			if err := wakeFromOutside(d); !errors.Is(err, demux.ErrClosed) {
				t.Errorf("Wake of a closed demux: %v", err)
			}
		})
		if err != nil {
			t.Error(err)
		}
		if site := k.Nondeterministic(); !strings.Contains(site, "inbox_test.go:") {
			t.Errorf("the call site is %q", site)
		}
		k.Reset(nil)
		if site := k.Nondeterministic(); site != "" {
			t.Errorf("a new run begins nondeterministic: %s", site)
		}
	}
}

func TestWakeByATask(t *testing.T) {
	k := fakedemux.New(nil)
	k.Tasks().CheckCallers(true)
	err := k.Run(func() {
		d := must(k.Open())(t)
		k.Go("waker", func() { k.Sleep(time.Second); d.Wake(); d.Wake() })
		var ev [1]demux.Event
		if n, err := d.Wait(ev[:], -1); n != 0 || err != nil || k.Now() != time.Second {
			t.Errorf("Wait: %d %v at %v", n, err, k.Now())
		}
		d.Close()
	})
	if err != nil || k.Nondeterministic() != "" {
		t.Error(err, k.Nondeterministic())
	}
	if leaks := k.Leaks(); len(leaks) > 0 {
		t.Errorf("leaks %v", leaks)
	}
}

func TestWakeOfOneOfTwo(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b := must(k.Open())(t), must(k.Open())(t)
	a.Wake()
	var ev [1]demux.Event
	if n, err := b.Wait(ev[:], time.Second); n != 0 || err != nil || k.Now() != time.Second {
		t.Errorf("the other one: %d %v at %v", n, err, k.Now())
	}
	if n, err := a.Wait(ev[:], -1); n != 0 || err != nil || k.Now() != time.Second {
		t.Errorf("the one that was woken: %d %v at %v", n, err, k.Now())
	}
}
