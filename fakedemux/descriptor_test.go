package fakedemux_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestNumbers(t *testing.T) {
	// open(2): the lowest-numbered descriptor that is not open.
	k := direct(fakedemux.Options{})
	var got []demux.Handle
	open := func(h demux.Handle, err error) {
		got = append(got, must(h, err)(t))
	}
	a, b := newStream(t, k, false)
	got = append(got, a, b)
	open(k.File())
	open(k.Dup(a))
	k.Close(a)
	open(k.Dup(b)) // the number that was closed, at once
	k.Close(2)
	k.Close(1)
	r, w, err := k.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, r, w)
	open(k.File())
	if want := []demux.Handle{0, 1, 2, 3, 0, 1, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("numbers %v, want %v", got, want)
	}
}

func TestDupIsTheSameObject(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b := newStream(t, k, false)
	c := must(k.Dup(a))(t)
	if err := k.Close(a); err != nil {
		t.Fatal(err)
	}
	var buf [4]byte
	if _, err := k.Read(b, buf[:]); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("the object ended with its first name: %v", err)
	}
	must(k.Write(c, []byte("x")))(t)
	if n, err := k.Read(b, buf[:]); n != 1 || err != nil {
		t.Errorf("read %d %v of what the second name wrote", n, err)
	}
}

func TestBadHandles(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, _ := newStream(t, k, false)
	if err := k.Close(a); err != nil {
		t.Fatal(err)
	}
	handles := []demux.Handle{a, 99, demux.NoHandle}
	if beyond := uint64(1 << 32); strconv.IntSize == 64 {
		handles = append(handles, demux.Handle(beyond<<8), demux.Handle(beyond+1))
	}
	for _, h := range handles {
		for name, err := range map[string]error{
			"read":          second(k.Read(h, make([]byte, 1))),
			"write":         second(k.Write(h, make([]byte, 1))),
			"accept":        second(k.Accept(h)),
			"dup":           second(k.Dup(h)),
			"close":         k.Close(h),
			"shutdown":      k.CloseWrite(h),
			"ConnectResult": k.ConnectResult(h),
		} {
			if !errors.Is(err, syscall.EBADF) {
				t.Errorf("%s of %d: %v, want EBADF", name, h, err)
			}
		}
		if k.Ready(h) != 0 || k.Unread(h) != 0 || k.PeerPort(h) != 0 {
			t.Errorf("handle %d has conditions", h)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestHandleZero(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b := newStream(t, k, false)
	d := must(k.Open())(t)
	if a != 0 {
		t.Fatalf("the first handle is %d", a)
	}
	if err := d.Register(a, 0, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	k.Write(b, []byte("x"))
	var ev [2]demux.Event
	if n, err := d.Wait(ev[:], 0); n != 1 || err != nil || ev[0] != (demux.Event{Ready: demux.Readable}) {
		t.Errorf("Wait: %d %v %v", n, err, ev[0])
	}
}

// makers are the calls that make descriptors, and how many.
var makers = []struct {
	name string
	n    int
	make func(k *fakedemux.Kernel) error
}{
	{"socketpair", 2, func(k *fakedemux.Kernel) error { _, _, err := k.Pair(); return err }},
	{"pipe", 2, func(k *fakedemux.Kernel) error { _, _, err := k.Pipe(); return err }},
	{"open", 1, func(k *fakedemux.Kernel) error { _, err := k.File(); return err }},
	{"dup", 1, func(k *fakedemux.Kernel) error { _, err := k.Dup(0); return err }},
	{"listen", 1, func(k *fakedemux.Kernel) error { _, _, err := k.Listen("127.0.0.1:0", 1); return err }},
	{"connect", 1, func(k *fakedemux.Kernel) error { _, err := k.Connect(nowhere); return err }},
	{"accept", 1, func(k *fakedemux.Kernel) error { _, err := k.Accept(0); return err }},
	{"epoll_create1", 1, func(k *fakedemux.Kernel) error { _, e := k.Epoll().EpollCreate1(0); return e.Err("epoll_create1") }},
	{"eventfd", 1, func(k *fakedemux.Kernel) error { _, e := k.Epoll().Eventfd(0, 0); return e.Err("eventfd") }},
}

func TestDescriptorLimit(t *testing.T) {
	for _, c := range makers {
		t.Run(c.name, func(t *testing.T) {
			// One listener with a connection in its backlog, and its client.
			k := direct(fakedemux.Options{Descriptors: 2 + c.n - 1})
			_, at, err := k.Listen("127.0.0.1:0", 1)
			if err != nil {
				t.Fatal(err)
			}
			client := must(k.Connect(at))(t)
			if err := c.make(k); !errors.Is(err, syscall.EMFILE) {
				t.Errorf("beyond the limit: %v, want EMFILE", err)
			}
			if n := len(k.Leaks()); n != 2 {
				t.Errorf("the call that failed left %d descriptors, want 2", n)
			}
			k.Close(client)
			if err := c.make(k); err != nil {
				t.Errorf("within the limit: %v", err)
			}
		})
	}
}

func TestInventedExhaustion(t *testing.T) {
	// Alternative 1 is EMFILE, 2 is ENFILE; of epoll_ctl ENOSPC and ENOMEM.
	only := func(point scheduler.Point) string {
		var off []byte
		for _, c := range fakedemux.Classes() {
			if c.Point != point {
				off = append(off, c.Letter)
			}
		}
		return string(off)
	}
	for digit, want := range []error{nil, syscall.EMFILE, syscall.ENFILE} {
		for _, c := range makers {
			k := direct(fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: only(fakedemux.PointNoFile)}})
			k.Faults(false)
			_, at, _ := k.Listen("127.0.0.1:0", 1)
			k.Connect(at)
			k.Recorder().Begin(scheduler.NewReplay(fmt.Sprint(digit), true))
			k.Faults(true)
			if err := c.make(k); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", c.name, err, want)
			}
			if err := c.make(k); digit > 0 && err != nil {
				t.Errorf("%s, with the budget spent: %v", c.name, err)
			}
		}
	}
	for digit, want := range []epoll.Errno{0, epoll.ENOSPC, epoll.ENOMEM} {
		k := direct(fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: only(fakedemux.PointNoSpace)}})
		k.Reset(scheduler.NewReplay(fmt.Sprint(digit), true))
		a, _ := newStream(t, k, false)
		fd, _ := k.Epoll().EpollCreate1(0)
		if e := k.Epoll().EpollCtl(fd, epoll.CtlAdd, int(a), &epoll.Event{}); e != want {
			t.Errorf("epoll_ctl: %v, want %v", e, want)
		}
		if n := k.Registrations(int(a)); n != 0 && want != 0 {
			t.Errorf("the ADD that failed left %d registrations", n)
		}
	}
}

func TestLeaks(t *testing.T) {
	k := fakedemux.New(nil)
	err := k.Run(func() {
		r, _, err := k.Pipe()
		if err != nil {
			t.Error(err)
		}
		k.Go("helper", func() { k.Dup(r); k.Close(r) })
		d, err := k.Open()
		if err != nil {
			t.Error(err)
		}
		d.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(k.Leaks())
	// The demux has given 2 to 4 back by the time that the helper runs. A dup is the same description: the leak names the call that made it.
	const want = "[pipe writer 1, opened by pipe in task main pipe reader 2, opened by pipe in task main]"
	if got != want {
		t.Errorf("leaks %s\nwant  %s", got, want)
	}
	k.Reset(nil)
	if leaks := k.Leaks(); len(leaks) != 0 {
		t.Errorf("a new run begins with %v", leaks)
	}
	k.File()
	if got := fmt.Sprint(k.Leaks()); got != "[file 0, opened by open]" {
		t.Errorf("leaks of set-up code: %s", got)
	}
}

func TestRegistrations(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b := newStream(t, k, false)
	c := must(k.Dup(a))(t)
	d1, d2 := must(k.Open())(t), must(k.Open())(t)
	for _, d := range []demux.Demux{d1, d2} {
		if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
	}
	d1.Register(c, 2, demux.Readable, demux.Level)
	if n := []int{k.Registrations(int(a)), k.Registrations(int(b)), k.Registrations(int(c)), k.Registrations(99)}; !slices.Equal(n, []int{2, 0, 1, 0}) {
		t.Errorf("registrations %v", n)
	}
	d1.Close()
	if n := k.Registrations(int(a)); n != 1 {
		t.Errorf("%d registrations after the demux was closed, want 1", n)
	}
}
