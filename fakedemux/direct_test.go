package fakedemux_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestDirectWait(t *testing.T) {
	k := direct(fakedemux.Options{})
	d := must(k.Open())(t)
	a, b := newStream(t, k, false)
	if err := d.Register(a, 7, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	var at []time.Duration
	k.At(2*time.Millisecond, func() { at = append(at, k.Now()) })
	k.At(5*time.Millisecond, func() { at = append(at, k.Now()); k.Write(b, []byte("x")) })
	k.At(6*time.Millisecond, func() { at = append(at, k.Now()) })
	var ev [4]demux.Event
	n, err := d.Wait(ev[:], -1)
	if err != nil || n != 1 || ev[0] != (demux.Event{Token: 7, Ready: demux.Readable}) {
		t.Fatalf("Wait: %d %v %v", n, ev[0], err)
	}
	if want := []time.Duration{2e6, 5e6}; k.Now() != 5*time.Millisecond || !slices.Equal(at, want) {
		t.Errorf("woken at %v after functions at %v", k.Now(), at)
	}
}

func TestDirectDeadlock(t *testing.T) {
	k := direct(fakedemux.Options{})
	d := must(k.Open())(t)
	a, b := newStream(t, k, true)
	if err := d.Register(a, 7, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	var ev [4]demux.Event
	var dead *scheduler.Deadlock
	for range 2 {
		if n, err := d.Wait(ev[:], -1); n != 0 || !errors.As(err, &dead) {
			t.Fatalf("Wait that nothing can end: %d %v", n, err)
		}
	}
	if text := dead.Error(); !strings.Contains(text, "epoll_pwait2(0)") {
		t.Errorf("the deadlock does not name the call: %s", text)
	}
	// It ends the call, not the kernel.
	if n, err := d.Wait(ev[:], time.Second); n != 0 || err != nil || k.Now() != time.Second {
		t.Errorf("Wait with a timeout: %d %v at %v", n, err, k.Now())
	}
	must(k.Write(b, []byte("x")))(t)
	if n, err := d.Wait(ev[:], -1); n != 1 || err != nil {
		t.Errorf("Wait with data: %d %v", n, err)
	}
	// A blocking read likewise.
	fd, _ := k.Epoll().Eventfd(0, 0)
	if _, err := k.Read(demux.Handle(fd), make([]byte, 8)); !errors.As(err, &dead) {
		t.Errorf("Read that nothing can end: %v", err)
	}
	k.At(2*time.Second, func() { k.Epoll().Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}) })
	if n, err := k.Read(demux.Handle(fd), make([]byte, 8)); n != 8 || err != nil || k.Now() != 2*time.Second {
		t.Errorf("Read that a timer ends: %d %v at %v", n, err, k.Now())
	}
	if err := k.Run(func() {}); err != nil {
		t.Errorf("Run after a deadlock that was survived: %v", err)
	}
}

// TestDirectDeadlockThenPoll: what is pended after a deadlock arrives.
func TestDirectDeadlockThenPoll(t *testing.T) {
	plan := fakedemux.Plan{Faults: 1}
	k := direct(fakedemux.Options{Plan: &plan})
	k.Faults(false)
	d := must(k.Open())(t)
	a, b := newStream(t, k, true)
	if err := d.Register(a, 7, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	var ev [1]demux.Event
	if _, err := d.Wait(ev[:], -1); err == nil {
		t.Fatal("no deadlock")
	}
	// The strategy delays the segment: reset no, delay yes.
	k.Recorder().Begin(scheduler.NewReplay("01", false))
	k.Faults(true)
	must(k.Write(b, []byte("x")))(t)
	if n := k.Unread(a); n != 0 {
		t.Fatalf("%d bytes have arrived; decisions %v", n, k.Recorder().Decisions())
	}
	k.Faults(false)
	for range 200 { // the oldest pending step is quiet after 64
		if n, err := d.Wait(ev[:], 0); n == 1 || err != nil {
			return
		}
	}
	t.Error("a segment that is on its way never arrived")
}

func TestDirectGo(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Go on the direct runner did not panic")
		}
	}()
	direct(fakedemux.Options{}).Go("x", func() {})
}

// TestPolls: polls move the clock from the 33rd on in which nothing was found
// and nobody else could run.
func TestPolls(t *testing.T) {
	k := direct(fakedemux.Options{})
	d := must(k.Open())(t)
	var ev [1]demux.Event
	k.At(time.Second, func() {})
	k.At(3*time.Second, func() {})
	poll := func(n int) {
		for range n {
			if n, err := d.Wait(ev[:], 0); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}
	}
	for _, c := range []struct {
		polls int
		why   string
		after time.Duration
	}{
		{32, "a loop polls while it has posted work", 0},
		{1, "the 33rd", time.Second},
		{1, "the 34th", 3 * time.Second},
		{1, "no deadline is left: the 35th moves it by the resolution, twice doubled", 3*time.Second + 4},
		{1, "and doubled again", 3*time.Second + 12},
	} {
		if poll(c.polls); k.Now() != c.after {
			t.Errorf("%s: the clock is at %v, want %v", c.why, k.Now(), c.after)
		}
	}
	k.At(5*time.Second, func() {})
	k.Progress()
	before := k.Now()
	if poll(32); k.Now() != before {
		t.Errorf("the clock moved to %v at the 32nd poll since Progress", k.Now())
	}
	a, b := newStream(t, k, false)
	if err := d.Register(a, 1, demux.Readable, demux.Edge); err != nil {
		t.Fatal(err)
	}
	k.Write(b, []byte("x"))
	d.Wait(ev[:], 0)
	if poll(32); k.Now() != before {
		t.Errorf("the clock moved to %v at the 32nd poll since an event", k.Now())
	}
	if poll(1); k.Now() != 5*time.Second {
		t.Errorf("the clock is at %v after the 33rd", k.Now())
	}
}

func TestTimeouts(t *testing.T) {
	for _, timeout := range []time.Duration{
		1, time.Millisecond, time.Hour, math.MaxInt32 * time.Millisecond, math.MaxInt64 - 1, math.MaxInt64,
	} {
		for _, old := range []bool{false, true} {
			k := direct(fakedemux.Options{NoPwait2: old, Budget: scheduler.Budget{Time: math.MaxInt64}})
			d := must(k.Open())(t)
			a, b := newStream(t, k, false)
			if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
				t.Fatal(err)
			}
			// Something happens a moment before, however long that is.
			at := timeout - 1
			k.At(at, func() { k.Write(b, []byte("x")) })
			var ev [1]demux.Event
			if n, err := d.Wait(ev[:], timeout); n != 1 || err != nil || k.Now() != at {
				t.Errorf("Wait(%v), old kernel %v: %d %v at %v, want 1 at %v", timeout, old, n, err, k.Now(), at)
			}
		}
	}
	k := direct(fakedemux.Options{})
	fd, _ := k.Epoll().EpollCreate1(0)
	var ev [1]epoll.Event
	k.At(time.Second, func() { k.Epoll().EpollCtl(fd, epoll.CtlAdd, int(must(k.Dup(0))(t)), &epoll.Event{}) })
	_, e := k.Epoll().EpollPwait2(fd, ev[:], &epoll.Timespec{Sec: math.MaxInt64, Nsec: 999_999_999})
	if e != epoll.EDEADLK || k.Now() != time.Second {
		t.Errorf("the longest timespec: errno %d at %v, want a wait forever", e, k.Now())
	}
}

func TestOnIdle(t *testing.T) {
	k := direct(fakedemux.Options{})
	var idle []time.Duration
	k.OnIdle(func(now time.Duration) { idle = append(idle, now) })
	k.Sleep(time.Second)
	k.Sleep(time.Second)
	if want := []time.Duration{0, time.Second}; !slices.Equal(idle, want) {
		t.Errorf("idle at %v, want %v", idle, want)
	}
	k.Reset(nil)
	k.Sleep(time.Second)
	if len(idle) != 2 {
		t.Error("OnIdle of the run before was called")
	}
}

// TestReadyChangesNothing: a judge may look at any time.
func TestReadyChangesNothing(t *testing.T) {
	trace := func(look bool) string {
		k := direct(fakedemux.Options{StreamBuffer: 64})
		m := &simulated{k: k, calls: k.Epoll()}
		var b strings.Builder
		for _, line := range []string{
			"listen 4", "connect 0", "accept 0", "epoll", "epoll", "add 3 1 OUT|ET 1", "add 3 2 IN 2", "add 4 3 IN 3",
			"wait 3 1", "write 1 60", "read 2 60", "wait 4 1", "write 1 60", "read 2 30", "read 2 30", "write 2 1",
			"wait 3 4", "read 1 1", "wait 3 4", "wait 4 4",
		} {
			s, _ := parse(t, line)
			b.WriteString(m.do(s).String() + "\n")
			for h := demux.Handle(0); look && h < 5; h++ {
				k.Ready(h)
				k.Unread(h)
			}
		}
		return b.String()
	}
	if a, b := trace(false), trace(true); a != b {
		t.Errorf("a look at the conditions changed the run from\n%sto\n%s", a, b)
	}
}
