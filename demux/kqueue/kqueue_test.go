package kqueue_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
)

// eachSystem runs a test on each profile.
func eachSystem(t *testing.T, f func(c *calls)) {
	t.Helper()
	for _, p := range kqueue.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			c := newCalls(p)
			c.t = t
			f(c)
		})
	}
}

func TestOpenLeavesNothingWhenItFails(t *testing.T) {
	for _, call := range []string{"kqueue", "pipe", "kevent"} {
		eachSystem(t, func(c *calls) {
			t := c.t
			c.fail[call] = kqueue.EMFILE
			if _, err := kqueue.Open(c, c.p); !errors.Is(err, syscall.EMFILE) {
				t.Errorf("%s fails: got %v, want an error that is EMFILE", call, err)
			}
			if l := c.k.Leaks(); len(l) > 0 {
				t.Errorf("%s fails: left open: %v", call, l)
			}
		})
	}
}

func TestCloseReleasesEverything(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		if got, want := len(c.k.Leaks()), map[bool]int{true: 3, false: 5}[c.p.HasUser]; got != want {
			t.Errorf("%d descriptors open, want %d", got, want)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if l := c.k.Leaks(); len(l) > 0 || d.Handle() != demux.NoHandle {
			t.Errorf("after Close: handle %d, left open %v", d.Handle(), l)
		}
	})
}

func TestTraits(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		want := demux.Traits{Name: "kqueue/" + c.p.Name, Level: true, Edge: true, Oneshot: true, Resolution: time.Nanosecond}
		if got := open(t, c).Traits(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// TestChanges holds the calls against what the contract needs of the kernel.
func TestChanges(t *testing.T) {
	const edge, oneshot = demux.Edge, demux.Oneshot
	for _, tt := range []struct {
		why   string
		do    func(d *kqueue.Demux, h demux.Handle) error
		want  demux.Ready // of the Register before
		mode  demux.Mode
		noted []string
	}{
		{why: "one knote a direction", want: r | w, noted: []string{"+r +w"}},
		{why: "edges are EV_CLEAR", want: w, mode: edge, noted: []string{"+w(clear)"}},
		{why: "oneshot is EV_ONESHOT, which every system has", want: r, mode: oneshot, noted: []string{"+r(oneshot)"}},
		{why: "oneshot needs no EV_CLEAR", want: r, mode: edge | oneshot, noted: []string{"+r(oneshot)"}},
		{why: "nothing wanted: no knote, but is it open?", noted: []string{"-r"}},
		{
			why: "what is wanted is added again, a condition that holds is reported", want: r | w, mode: edge,
			do:    func(d *kqueue.Demux, h demux.Handle) error { return d.Modify(h, 1, r|w, edge) },
			noted: []string{"+r(clear) +w(clear)", "+r(clear) +w(clear)"},
		},
		{
			why: "first what is new and may fail, then the rest", want: r,
			do:    func(d *kqueue.Demux, h demux.Handle) error { return d.Modify(h, 1, w, demux.Level) },
			noted: []string{"+r", "+w -r"},
		},
		{
			why: "adding does not change the mode of a knote", want: r,
			do:    func(d *kqueue.Demux, h demux.Handle) error { return d.Modify(h, 1, r|w, edge) },
			noted: []string{"+r", "+w(clear) -r +r(clear)"},
		},
		{
			why: "nothing wanted any more", want: r | w,
			do:    func(d *kqueue.Demux, h demux.Handle) error { return d.Modify(h, 1, 0, demux.Level) },
			noted: []string{"+r +w", "-r -w"},
		},
		{
			why: "and then no call at all", do: func(d *kqueue.Demux, h demux.Handle) error { return d.Modify(h, 1, 0, edge) },
			noted: []string{"-r"},
		},
		{
			why: "both knotes are deleted", want: r | w,
			do:    func(d *kqueue.Demux, h demux.Handle) error { return d.Deregister(h) },
			noted: []string{"+r +w", "-r -w"},
		},
		{
			why: "there is none to delete", do: func(d *kqueue.Demux, h demux.Handle) error { return d.Deregister(h) },
			noted: []string{"-r"},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := newCalls(&kqueue.FreeBSD)
			d := open(t, c)
			a, _ := c.pair(t)
			register(t, d, a, 1, tt.want, tt.mode)
			if tt.do != nil {
				if err := tt.do(d, a); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(c.noted, tt.noted) {
				t.Errorf("got changes %q, want %q", c.noted, tt.noted)
			}
		})
	}
}

// TestMeaning is how an event is read.
func TestMeaning(t *testing.T) {
	p := &kqueue.NetBSD
	for _, tt := range []struct {
		why  string
		ev   kqueue.Kevent
		want demux.Ready
	}{
		{"data", kqueue.Kevent{Filter: p.Read, Data: 3}, r},
		{"room", kqueue.Kevent{Filter: p.Write, Data: 4096}, w},
		{"the peer sends no more, and data is unread", kqueue.Kevent{Filter: p.Read, Flags: kqueue.EOF, Data: 3}, r | hu},
		{"a reset", kqueue.Kevent{Filter: p.Read, Flags: kqueue.EOF, Fflags: uint32(kqueue.ECONNRESET)}, r | hu | fl},
		{"this end can send no more: no hang-up of the peer", kqueue.Kevent{Filter: p.Write, Flags: kqueue.EOF}, w | fl},
		{"a refused connect", kqueue.Kevent{Filter: p.Write, Flags: kqueue.EOF, Fflags: uint32(kqueue.ECONNREFUSED)}, w | fl},
		{"an error of the knote itself", kqueue.Kevent{Filter: p.Read, Flags: kqueue.Error, Data: 9}, r | fl},
	} {
		c := newCalls(p)
		d := open(t, c)
		a, _ := c.pair(t)
		register(t, d, a, 7, r|w, demux.Level)
		tt.ev.Ident = uint64(a)
		c.answer = []kqueue.Kevent{tt.ev}
		expect(t, tt.why, poll(t, d, 4), demux.Event{Token: 7, Ready: tt.want})
	}
}

func TestDirectionsAreNotMerged(t *testing.T) {
	c := newCalls(&kqueue.Darwin)
	d := open(t, c)
	a, b := c.pair(t)
	register(t, d, a, 1, r|w, demux.Level)
	c.write(t, b)
	got := poll(t, d, 4)
	if len(got) != 2 || got[0].Ready|got[1].Ready != r|w || got[0].Ready == got[1].Ready {
		t.Errorf("got %v, want one event for each direction", got)
	}
}

// TestOneshotIsOneEvent is rule W6.
func TestOneshotIsOneEvent(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		a, b := c.pair(t)
		c.write(t, b)
		register(t, d, a, 1, r|w, demux.Oneshot)
		expect(t, "both directions in one batch are one event", poll(t, d, 4), demux.Event{Token: 1, Ready: r | w})
		if n := c.k.Registrations(int(a)); n != 0 {
			t.Errorf("%d knotes are left, want 0: both have fired", n)
		}
		c.noted = nil
		modify(t, d, a, 2, r|w, demux.Oneshot)
		if got := poll(t, d, 1); len(got) != 1 {
			t.Fatalf("got %v, want one event", got)
		}
		if n := c.k.Registrations(int(a)); n != 0 || len(c.noted) != 2 {
			t.Errorf("%d knotes are left after changes %q: the other direction is to be disarmed", n, c.noted)
		}
		expect(t, "silence until Modify", poll(t, d, 4))
		modify(t, d, a, 3, r, demux.Level)
		expect(t, "and then level", poll(t, d, 4), demux.Event{Token: 3, Ready: r})
	})
}

// TestManyOneshotsAreDisarmed has handles that were closed without Deregister
// among those whose other direction is to be disarmed (W14): they end the call,
// and the rest is disarmed all the same.
func TestManyOneshotsAreDisarmed(t *testing.T) {
	c := newCalls(&kqueue.OpenBSD)
	d := open(t, c)
	var handles []demux.Handle
	for tok := range demux.Token(4) {
		a, _ := c.pair(t)
		register(t, d, a, tok, r|w, demux.Oneshot)
		handles = append(handles, a)
		c.answer = append(c.answer, kqueue.Kevent{Ident: uint64(a), Filter: c.p.Write, Udata: uint64(tok)})
	}
	if err := c.k.Close(handles[0]); err != nil {
		t.Fatal(err)
	}
	if got := poll(t, d, 8); len(got) != 4 {
		t.Fatalf("got %v, want 4 events", got)
	}
	for _, h := range handles[1:] {
		if n := c.k.Registrations(int(h)); n != 1 { // the planted answer left the one for writing
			t.Errorf("handle %d has %d knotes, want 1", h, n)
		}
	}
}

// TestAFailureChangesNothing is the last part of rule W3.
func TestAFailureChangesNothing(t *testing.T) {
	noMemory := func(filter int32) func(*kqueue.Kevent) kqueue.Errno {
		once := false
		return func(c *kqueue.Kevent) kqueue.Errno {
			if once || c.Filter != filter || c.Flags&kqueue.Add == 0 {
				return 0
			}
			once = true
			return kqueue.ENOMEM
		}
	}
	c := newCalls(&kqueue.FreeBSD)
	d := open(t, c)
	a, b := c.pair(t)
	c.write(t, b)
	c.refuse = noMemory(c.p.Write)
	if err := d.Register(a, 1, r|w, demux.Level); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("Register: got %v, want ENOMEM", err)
	}
	if n := c.k.Registrations(int(a)); n != 0 {
		t.Errorf("a Register that failed left %d knotes", n)
	}
	register(t, d, a, 1, r, demux.Level)
	for _, tt := range []struct {
		why    string
		filter int32
		want   demux.Ready
		mode   demux.Mode
	}{
		{"a new direction", c.p.Write, r | w, demux.Level},
		{"a new direction in the place of the old one", c.p.Write, w, demux.Edge},
		{"a new mode", c.p.Read, r, demux.Edge},
		{"a new mode and a new direction", c.p.Read, r | w, demux.Oneshot},
	} {
		c.refuse = noMemory(tt.filter)
		if err := d.Modify(a, 2, tt.want, tt.mode); !errors.Is(err, syscall.ENOMEM) {
			t.Errorf("%s: got %v, want ENOMEM", tt.why, err)
		}
		for range 2 {
			expect(t, tt.why+" has failed", poll(t, d, 4), demux.Event{Token: 1, Ready: r})
		}
		if n := c.k.Registrations(int(a)); n != 1 {
			t.Errorf("%s: %d knotes, want 1", tt.why, n)
		}
	}
}

// TestClosedTooSoon is rule W14.
func TestClosedTooSoon(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		for _, call := range []struct {
			name string
			do   func(h demux.Handle) error
			want error
		}{
			{"Deregister", d.Deregister, demux.ErrNotFound},
			{"Modify", func(h demux.Handle) error { return d.Modify(h, 2, r|w, demux.Edge) }, demux.ErrNotFound},
			{"Register", func(h demux.Handle) error { return d.Register(h, 2, r, demux.Level) }, demux.ErrExists},
		} {
			a, b := c.pair(t)
			register(t, d, a, 1, r, demux.Level)
			c.write(t, b)
			_ = c.k.Close(a)
			expect(t, "close removes the knotes", poll(t, d, 4))
			heir, _ := c.pair(t)
			if heir != a {
				t.Fatalf("the number %d is not used again, but %d", a, heir)
			}
			if err := call.do(a); !errors.Is(err, call.want) {
				t.Errorf("%s of a number that is used again: got %v, want %v", call.name, err, call.want)
			}
			if n := c.k.Registrations(int(a)); n != 0 {
				t.Errorf("%s left the new object %d knotes", call.name, n)
			}
			_ = d.Deregister(a)
			register(t, d, heir, 3, r|w, demux.Level)
			if err := d.Deregister(heir); err != nil {
				t.Errorf("Deregister of the new registration: %v", err)
			}
		}
	})
}

func TestNotOpen(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		handles := []demux.Handle{99, math.MaxInt32 + 1, demux.NoHandle}
		if beyond := uint64(1<<32 | 1); strconv.IntSize == 64 {
			handles = append(handles, demux.Handle(beyond))
		}
		for _, h := range handles {
			for _, want := range []demux.Ready{0, r, r | w} {
				if err := d.Register(h, 1, want, demux.Level); !errors.Is(err, syscall.EBADF) {
					t.Errorf("Register(%d) for %v: got %v, want EBADF", h, want, err)
				}
			}
			if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
				t.Errorf("Deregister(%d): got %v, want ErrNotFound", h, err)
			}
		}
	})
}

func TestWake(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d := open(t, c)
		for _, wakes := range []int{1, 2, 1000, 70_000} { // more than a pipe holds
			for range wakes {
				if err := d.Wake(); err != nil {
					t.Fatalf("Wake: %v", err)
				}
			}
			dst := make([]demux.Event, 1)
			if n, err := d.Wait(dst, -1); n != 0 || err != nil {
				t.Fatalf("Wait after %d wakes: got %d, %v", wakes, n, err)
			}
			began := c.k.Now()
			if n, err := d.Wait(dst, time.Second); n != 0 || err != nil || c.k.Now()-began < time.Second {
				t.Errorf("after %d wakes a second Wait returned %d, %v after %v", wakes, n, err, c.k.Now()-began)
			}
		}
	})
}

// TestWakeKeepsItsUserData: a change of a knote replaces the user data, and the
// trigger of a Wake is a change.
func TestWakeKeepsItsUserData(t *testing.T) {
	c := newCalls(&kqueue.FreeBSD)
	d := open(t, c)
	a, b := c.pair(t)
	register(t, d, a, 1, r, demux.Level) // slot 0
	_ = d.Wake()
	expect(t, "a wake is no event", poll(t, d, 4))
	c.write(t, b)
	_ = d.Wake()
	expect(t, "nor beside one", poll(t, d, 4), demux.Event{Token: 1, Ready: r})
}

func TestNoAllocations(t *testing.T) {
	eachSystem(t, func(c *calls) {
		t := c.t
		d, err := kqueue.Open(c.Syscalls, c.p)
		if err != nil {
			t.Fatal(err)
		}
		a, b := c.pair(t)
		register(t, d, a, 1, r|w, demux.Level)
		shot, _ := c.pair(t)
		register(t, d, shot, 2, r|w, demux.Oneshot)
		c.write(t, b)
		dst := make([]demux.Event, 8)
		for _, tt := range []struct {
			why  string
			call func()
		}{
			{"Wait", func() { _, _ = d.Wait(dst, time.Second) }},
			{"Wait that disarms", func() { _ = d.Modify(shot, 2, r|w, demux.Oneshot); _, _ = d.Wait(dst, 0) }},
			{"Wake", func() { _ = d.Wake(); _, _ = d.Wait(dst, 0) }},
			{"Modify to another mode", func() { _ = d.Modify(a, 1, r|w, demux.Edge); _ = d.Modify(a, 1, r, demux.Level) }},
		} {
			tt.call()
			if n := testing.AllocsPerRun(100, tt.call); n != 0 {
				t.Errorf("%s: %v allocations, want 0", tt.why, n)
			}
		}
	})
}
