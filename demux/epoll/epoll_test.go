package epoll_test

import (
	"errors"
	"math"
	"reflect"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

const (
	r  = demux.Readable
	w  = demux.Writable
	hu = demux.Hangup
	fl = demux.Failed
)

func open(tb testing.TB, k *kernel) *epoll.Demux {
	tb.Helper()
	d, err := epoll.Open(k)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	return d
}

func register(tb testing.TB, d *epoll.Demux, h demux.Handle, tok demux.Token, want demux.Ready) {
	tb.Helper()
	if err := d.Register(h, tok, want, demux.Level); err != nil {
		tb.Fatalf("Register: %v", err)
	}
}

// poll returns what a Wait with timeout 0 and room for room events returns.
func poll(tb testing.TB, d *epoll.Demux, room int) []demux.Event {
	tb.Helper()
	dst := make([]demux.Event, room)
	n, err := d.Wait(dst, 0)
	if err != nil {
		tb.Fatalf("Wait: %v", err)
	}
	return dst[:n]
}

func expect(tb testing.TB, got []demux.Event, want ...demux.Event) {
	tb.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		tb.Fatalf("got events %v, want %v", got, want)
	}
}

func TestOpenLeavesNothingWhenItFails(t *testing.T) {
	for _, call := range []string{"epoll_create1", "eventfd", "epoll_ctl"} {
		k := newKernel()
		k.fail[call] = epoll.EMFILE
		d, err := epoll.Open(k)
		if d != nil || !errors.Is(err, syscall.EMFILE) {
			t.Errorf("%s fails: got %v, %v, want an error that is EMFILE", call, d, err)
		}
		if n := k.opened(); n != 0 {
			t.Errorf("%s fails: %d descriptors left open", call, n)
		}
	}
}

func TestTraits(t *testing.T) {
	for _, tt := range []struct {
		why        string
		noPwait2   bool
		resolution time.Duration
	}{
		{"epoll_pwait2 takes nanoseconds", false, time.Nanosecond},
		{"epoll_wait takes milliseconds", true, time.Millisecond},
	} {
		k := newKernel()
		k.noPwait2 = tt.noPwait2
		want := demux.Traits{
			Name: "epoll", Level: true, Edge: true, Oneshot: true, Merged: true,
			Unasked: hu | fl, Fair: true, Resolution: tt.resolution,
		}
		if got := open(t, k).Traits(); got != want {
			t.Errorf("%s: got %+v, want %+v", tt.why, got, want)
		}
	}
}

func TestWaitTimeout(t *testing.T) {
	long := 60 * 24 * time.Hour
	for _, tt := range []struct {
		why       string
		noPwait2  bool
		interrupt int
		elapse    time.Duration
		timeout   time.Duration
		waits     []string
	}{
		{why: "a poll", timeout: 0, waits: []string{"0s"}},
		{why: "nanoseconds are kept", timeout: 1_000_000_001, waits: []string{"1.000000001s"}},
		{why: "the longest Duration", timeout: math.MaxInt64, waits: []string{time.Duration(math.MaxInt64).String()}},
		{
			why: "a signal: what is left is waited", interrupt: 2, elapse: 3 * time.Millisecond,
			timeout: 10 * time.Millisecond, waits: []string{"10ms", "7ms", "4ms"},
		},
		{
			why: "a signal after the deadline: a poll", interrupt: 1, elapse: time.Second,
			timeout: time.Millisecond, waits: []string{"1ms", "0s"},
		},
		{why: "a poll too is taken up again", interrupt: 1, timeout: 0, waits: []string{"0s", "0s"}},
		{why: "milliseconds are rounded up", noPwait2: true, timeout: 1, waits: []string{"1ms"}},
		{why: "and whole ones kept", noPwait2: true, timeout: 2 * time.Millisecond, waits: []string{"2ms"}},
		{
			why: "what epoll_wait cannot express is waited in pieces", noPwait2: true, timeout: long,
			waits: []string{"596h31m23.647s", "596h31m23.647s", "246h57m12.706s"},
		},
		{
			why: "a signal in the rounded part", noPwait2: true, interrupt: 1, elapse: time.Millisecond,
			timeout: 1500 * time.Microsecond, waits: []string{"2ms", "1ms"},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			k := newKernel()
			k.noPwait2 = tt.noPwait2
			d := open(t, k)
			k.now = 7 * time.Second
			k.waits, k.interrupt, k.elapse = []string{}, tt.interrupt, tt.elapse
			if n, err := d.Wait(make([]demux.Event, 1), tt.timeout); n != 0 || err != nil {
				t.Fatalf("Wait: got %d, %v, want 0, nil", n, err)
			}
			if !reflect.DeepEqual(k.waits, tt.waits) {
				t.Errorf("the kernel was asked to wait %q, want %q", k.waits, tt.waits)
			}
		})
	}
}

func TestWaitForEverPassesNoTimeout(t *testing.T) {
	for _, noPwait2 := range []bool{false, true} {
		k := newKernel()
		k.noPwait2 = noPwait2
		d := open(t, k)
		k.waits, k.interrupt = []string{}, 1
		_ = d.Wake()
		if n, err := d.Wait(make([]demux.Event, 1), -5); n != 0 || err != nil {
			t.Fatalf("Wait: got %d, %v, want 0, nil", n, err)
		}
		if want := []string{"-1ns", "-1ns"}; !reflect.DeepEqual(k.waits, want) {
			t.Errorf("waits %q, want %q", k.waits, want)
		}
	}
}

func TestReady(t *testing.T) {
	for _, tt := range []struct {
		why  string
		want demux.Ready
		bits uint32
		got  demux.Ready
	}{
		{"data", r, epoll.EPOLLIN, r},
		{"room", w, epoll.EPOLLOUT, w},
		{"both in one event", r | w, epoll.EPOLLIN | epoll.EPOLLOUT, r | w},
		{"what is not wanted is not reported", w, epoll.EPOLLIN | epoll.EPOLLOUT, w},
		{"a half-close is a hang-up", r, epoll.EPOLLIN | epoll.EPOLLRDHUP, r | hu},
		{"a half-close with only writing wanted is nothing", w, epoll.EPOLLIN | epoll.EPOLLRDHUP | epoll.EPOLLOUT, w},
		{"a hang-up brings each wanted direction", r | w, epoll.EPOLLHUP, r | w | hu},
		{"an error brings each wanted direction", w, epoll.EPOLLERR, w | fl},
		{"with nothing wanted they come alone", 0, epoll.EPOLLERR | epoll.EPOLLHUP, hu | fl},
	} {
		t.Run(tt.why, func(t *testing.T) {
			k := newKernel()
			d, h := open(t, k), k.handle()
			register(t, d, h, 77, tt.want)
			k.set(h, tt.bits)
			expect(t, poll(t, d, 4), demux.Event{Token: 77, Ready: tt.got})
		})
	}
}

func TestModesAreKernelBits(t *testing.T) {
	for mode, bits := range map[demux.Mode]uint32{
		demux.Level:                0,
		demux.Edge:                 epoll.EPOLLET,
		demux.Oneshot:              epoll.EPOLLONESHOT,
		demux.Edge | demux.Oneshot: epoll.EPOLLET | epoll.EPOLLONESHOT,
	} {
		k := newKernel()
		d, h := open(t, k), k.handle()
		if err := d.Register(h, 1, w, mode); err != nil {
			t.Fatal(err)
		}
		if got := k.items[1].ev.Events &^ epoll.EPOLLOUT; got != bits {
			t.Errorf("%v: got bits %#x, want %#x", mode, got, bits)
		}
	}
}

func TestErrors(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	if err := d.Modify(h, 1, r, demux.Level); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("Modify before Register: %v", err)
	}
	if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("Deregister before Register: %v", err)
	}
	register(t, d, h, 1, r)
	if err := d.Register(h, 2, r, demux.Level); !errors.Is(err, demux.ErrExists) {
		t.Errorf("second Register: %v", err)
	}
	for _, notOpen := range []demux.Handle{demux.NoHandle, 999, demux.NoHandle&^math.MaxInt32 | h} {
		if err := d.Register(notOpen, 2, r, demux.Level); !errors.Is(err, syscall.EBADF) {
			t.Errorf("Register(%d): got %v, want EBADF", notOpen, err)
		}
	}
	k.fail["epoll_ctl"] = epoll.ENOMEM
	for _, err := range []error{
		d.Register(k.handle(), 3, r, demux.Level), d.Modify(h, 3, w, demux.Level), d.Deregister(h),
	} {
		if !errors.Is(err, syscall.ENOMEM) {
			t.Errorf("got %v, want ENOMEM", err)
		}
	}
	k.fail["epoll_ctl"] = 0
	k.set(h, epoll.EPOLLIN)
	expect(t, poll(t, d, 2), demux.Event{Token: 1, Ready: r}) // all or nothing
	k.fail["epoll_wait"] = epoll.EFAULT
	if _, err := d.Wait(make([]demux.Event, 1), 0); !errors.Is(err, syscall.EFAULT) {
		t.Errorf("got %v, want EFAULT", err)
	}
}

func TestModifyChangesTokenAndInterest(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	k.set(h, epoll.EPOLLIN|epoll.EPOLLOUT)
	if err := d.Modify(h, 2, w, demux.Level); err != nil {
		t.Fatal(err)
	}
	expect(t, poll(t, d, 4), demux.Event{Token: 2, Ready: w})
}

func TestClosedWithoutDeregister(t *testing.T) {
	for _, tt := range []struct {
		why string
		end func(d *epoll.Demux, h demux.Handle) error
	}{
		{"Deregister", func(d *epoll.Demux, h demux.Handle) error { return d.Deregister(h) }},
		{"Modify", func(d *epoll.Demux, h demux.Handle) error { return d.Modify(h, 9, r, demux.Level) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			k := newKernel()
			d, h := open(t, k), k.handle()
			register(t, d, h, 1, r)
			k.set(h, epoll.EPOLLIN)
			k.forget(h, true)
			if err := tt.end(d, h); !errors.Is(err, demux.ErrNotFound) {
				t.Fatalf("got %v, want ErrNotFound", err)
			}
			// The number comes back: the old registration keeps its token.
			k.reopen(h)
			register(t, d, h, 2, r)
			expect(t, poll(t, d, 4), demux.Event{Token: 1, Ready: r})
			k.set(h, epoll.EPOLLIN)
			expect(t, poll(t, d, 4), demux.Event{Token: 2, Ready: r}, demux.Event{Token: 1, Ready: r})
		})
	}
}

func TestReusedNumberMakesAGhost(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	k.set(h, epoll.EPOLLIN)
	k.forget(h, true)
	k.reopen(h)
	register(t, d, h, 2, r)
	if err := d.Deregister(h); err != nil {
		t.Fatal(err)
	}
	other := k.handle()
	register(t, d, other, 3, r) // takes the slot of 2, not of the ghost
	expect(t, poll(t, d, 4), demux.Event{Token: 1, Ready: r})
}

func TestWake(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	for range 3 {
		if err := d.Wake(); err != nil {
			t.Fatal(err)
		}
	}
	k.fail["write"] = epoll.ENOMEM
	if err := d.Wake(); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("a Wake that fails: got %v, want ENOMEM", err)
	}
	delete(k.fail, "write")
	k.set(h, epoll.EPOLLIN)
	expect(t, poll(t, d, 2), demux.Event{Token: 1, Ready: r})
	k.set(h, 0)
	k.waits = []string{}
	if n, err := d.Wait(make([]demux.Event, 1), 50); n != 0 || err != nil || k.now != 50 {
		t.Errorf("Wait after the wakes were consumed: got %d, %v after %v, want the timeout", n, err, k.now)
	}
}

func TestWakeWithRoomForOne(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	k.set(h, epoll.EPOLLIN)
	_ = d.Wake()
	expect(t, poll(t, d, 1)) // the wake took the only place
	_ = d.Wake()
	expect(t, poll(t, d, 1), demux.Event{Token: 1, Ready: r})
	k.set(h, 0)
	if n, err := d.Wait(make([]demux.Event, 1), -1); n != 0 || err != nil {
		t.Errorf("the wake that the full batch left over: got %d, %v", n, err)
	}
}

func TestClose(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	if got := d.Handle(); got == demux.NoHandle {
		t.Error("Handle of an open Demux: got NoHandle")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if n := k.opened(); n != 1 {
		t.Errorf("%d descriptors open after Close, want the registered one", n)
	}
	if got := d.Handle(); got != demux.NoHandle {
		t.Errorf("Handle after Close: got %d, want NoHandle", got)
	}
	_, err := d.Wait(make([]demux.Event, 1), -1)
	for i, err := range []error{
		err, d.Close(), d.Wake(), d.Register(h, 1, r, demux.Level), d.Modify(h, 1, r, demux.Level), d.Deregister(h),
	} {
		if !errors.Is(err, demux.ErrClosed) {
			t.Errorf("call %d after Close: got %v, want ErrClosed", i, err)
		}
	}
}

func TestCloseEndsABlockedWait(t *testing.T) {
	for range 200 {
		k := newKernel()
		d := open(t, k)
		ended := make(chan error)
		go func() {
			_, err := d.Wait(make([]demux.Event, 1), -1)
			ended <- err
		}()
		for range 3 {
			go func() {
				for d.Wake() == nil {
				}
			}()
		}
		go func() {
			for d.Close() == nil {
			}
		}()
		_ = d.Close()
		for err := <-ended; !errors.Is(err, demux.ErrClosed); err = <-ended {
			if err != nil {
				t.Fatalf("Wait: got %v, want ErrClosed", err)
			}
			go func() { // a Wake ended it
				_, err := d.Wait(make([]demux.Event, 1), -1)
				ended <- err
			}()
		}
	}
}

func TestASecondUserPanics(t *testing.T) {
	k := newKernel()
	d := open(t, k)
	k.waits = []string{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = d.Wait(make([]demux.Event, 1), -1)
	}()
	k.mu.Lock()
	for len(k.waits) == 0 {
		k.mu.Unlock()
		k.mu.Lock()
	}
	k.mu.Unlock()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Deregister during a Wait did not panic")
			}
		}()
		_ = d.Deregister(3)
	}()
	_ = d.Close()
	<-done
}

func TestMistakesPanic(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	for _, tt := range []struct {
		why  string
		call func()
	}{
		{"no room for events", func() { _, _ = d.Wait(nil, 0) }},
		{"Hangup cannot be wanted", func() { _ = d.Register(h, 1, hu, demux.Level) }},
		{"unknown mode bits", func() { _ = d.Modify(h, 1, r, 1<<4) }},
		{"NoToken is reserved", func() { _ = d.Register(h, demux.NoToken, r, demux.Level) }},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", tt.why)
				}
			}()
			tt.call()
		}()
	}
}

func TestNoAllocations(t *testing.T) {
	k := newKernel()
	d, h := open(t, k), k.handle()
	register(t, d, h, 1, r)
	k.set(h, epoll.EPOLLIN)
	dst := make([]demux.Event, 8)
	for _, tt := range []struct {
		why  string
		call func()
	}{
		{"Wait", func() { _, _ = d.Wait(dst, time.Second) }},
		{"Wake", func() { _ = d.Wake() }},
		{"Modify", func() { _ = d.Modify(h, 1, r, demux.Level) }},
		{"Deregister and Register", func() { _ = d.Deregister(h); _ = d.Register(h, 1, r, demux.Level) }},
	} {
		if n := testing.AllocsPerRun(100, tt.call); n != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.why, n)
		}
	}
}
