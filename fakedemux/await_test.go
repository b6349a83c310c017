package fakedemux_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestAwaitAny(t *testing.T) {
	k := fakedemux.New(nil)
	err := k.Run(func() {
		a, b, _ := k.Pair()
		c, d, _ := k.Pair()
		all := []fakedemux.Awaited{{Handle: a, Want: demux.Readable}, {Handle: c, Want: demux.Readable}}
		if n, err := k.AwaitAny(all, time.Second); n != 0 || err != nil || k.Now() != time.Second {
			t.Errorf("nothing happens: %d %v at %v", n, err, k.Now())
		}
		k.At(2*time.Second, func() { k.Write(d, []byte("x")) })
		if n, err := k.AwaitAny(all, -1); n != 1 || err != nil || all[0].Got != 0 || all[1].Got&demux.Readable == 0 || k.Now() != 2*time.Second {
			t.Errorf("one arrival: %d %v %v at %v", n, err, all, k.Now())
		}
		k.Write(b, []byte("x"))
		if n, _ := k.AwaitAny(all, 0); n != 2 {
			t.Errorf("two are ready: %d", n)
		}
		hangup := []fakedemux.Awaited{{Handle: a}, {Handle: a}}
		k.At(3*time.Second, func() { k.Close(b) })
		if n, err := k.AwaitAny(hangup, -1); n != 2 || err != nil || hangup[0].Got&demux.Hangup == 0 {
			t.Errorf("a hang-up, twice the same handle: %d %v %v", n, err, hangup)
		}
		if _, err := k.AwaitAny([]fakedemux.Awaited{{Handle: a}, {Handle: 99}}, -1); !errors.Is(err, syscall.EBADF) {
			t.Errorf("a handle that is not open: %v, want EBADF", err)
		}
		k.Go("closer", func() { k.Close(c); k.Write(d, []byte("y")); k.Close(d) })
		gone := []fakedemux.Awaited{{Handle: c, Want: demux.Writable << 1}}
		if n, err := k.AwaitAny(gone, k.Now()+time.Second); n != 1 || err != nil {
			t.Errorf("closed while it waits, and then its peer: %d %v", n, err)
		}
		if n, err := k.AwaitAny(nil, k.Now()+time.Second); n != 0 || err != nil {
			t.Errorf("no handles are a sleep: %d %v", n, err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAwaitUnless(t *testing.T) {
	k := fakedemux.New(nil)
	err := k.Run(func() {
		a, b, _ := k.Pair()
		over := false
		me := k.Tasks().Current()
		stop := func() { over = true; k.Tasks().Ready(me) }
		k.At(time.Second, stop)
		if ready, err := k.AwaitUnless(a, demux.Readable, -1, func() bool { return over }); ready || err != nil || k.Now() != time.Second {
			t.Errorf("another task ends it: %v %v at %v", ready, err, k.Now())
		}
		if ready, _ := k.AwaitUnless(a, demux.Readable, -1, func() bool { return over }); ready || k.Now() != time.Second {
			t.Errorf("it is over before it begins: %v at %v", ready, k.Now())
		}
		k.Write(b, []byte("x"))
		if ready, _ := k.AwaitUnless(a, demux.Readable, -1, func() bool { return over }); !ready {
			t.Error("what is ready counts, even if it is over")
		}
		over = false
		k.At(2*time.Second, func() { k.Tasks().Ready(me) })
		if ready, _ := k.AwaitUnless(b, demux.Readable, 3*time.Second, func() bool { return over }); ready || k.Now() != 3*time.Second {
			t.Errorf("a wakeup without a reason, and the deadline: %v at %v", ready, k.Now())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAPollerWithoutADeadlineMovesTime(t *testing.T) {
	for _, row := range []struct {
		why     string
		dialect string
		polls   int
	}{
		{"the first steps are of 1 ns, then they double", "epoll", 200},
		{"the resolution is 1 ms", "epoll-5.10", 100},
	} {
		k := fakedemux.New(&fakedemux.Options{Dialect: row.dialect})
		polls := 0
		err := k.Run(func() {
			l := k.Linux()
			fd, _ := l.EpollCreate1(0)
			for k.Now() < 50*time.Millisecond { // a timer of the program's own
				l.EpollWait(fd, make([]epoll.Event, 1), 0)
				polls++
			}
		})
		if err != nil || polls > row.polls {
			t.Errorf("%s: %d polls until 50 ms, want at most %d (%v)", row.why, polls, row.polls, err)
		}
	}
	k := fakedemux.New(&fakedemux.Options{Budget: scheduler.Budget{Steps: 1000}})
	err := k.Run(func() {
		fd, _ := k.Linux().EpollCreate1(0)
		for {
			k.Linux().EpollWait(fd, make([]epoll.Event, 1), 0)
		}
	})
	var livelock *scheduler.Livelock
	if !errors.As(err, &livelock) {
		t.Errorf("a loop that polls for ever: %v, want a livelock", err)
	}
}
