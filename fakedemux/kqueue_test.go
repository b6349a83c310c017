package fakedemux_test

import (
	"errors"
	"fmt"
	"math"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// The rules of kqueue are told by the stories of package internal/story. Here
// are what a story cannot do, bad input, and cost.

// bsd returns a kernel of the system of p, its calls, and a kqueue.
func bsd(tb testing.TB, p *kqueue.Profile) (*fakedemux.Kernel, kqueue.Syscalls, int) {
	tb.Helper()
	k := direct(fakedemux.Options{Dialect: "kqueue-" + p.Name})
	calls := k.Kqueue()
	kq, e := calls.Kqueue()
	if e != 0 {
		tb.Fatal(e.Err("kqueue"))
	}
	return k, calls, kq
}

// take returns the events that a Kevent with a timeout of 0 reports.
func take(tb testing.TB, calls kqueue.Syscalls, kq int) []kqueue.Kevent {
	tb.Helper()
	events := make([]kqueue.Kevent, 8)
	n, e := calls.Kevent(kq, nil, events, &kqueue.Timespec{})
	if e != 0 {
		tb.Fatal(e.Err("kevent"))
	}
	return events[:n]
}

func change(tb testing.TB, calls kqueue.Syscalls, kq int, c kqueue.Kevent) {
	tb.Helper()
	if _, e := calls.Kevent(kq, []kqueue.Kevent{c}, nil, nil); e != 0 {
		tb.Fatalf("Kevent(%+v): %v", c, e.Err("kevent"))
	}
}

func TestKqueueProcess(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		k, calls, kq := bsd(t, p)
		pid := k.StartProcess()
		change(t, calls, kq, kqueue.Kevent{Ident: uint64(pid), Filter: p.Proc, Flags: kqueue.Add, Fflags: kqueue.NoteExit})
		if got := take(t, calls, kq); len(got) != 0 {
			t.Errorf("%s: it runs, and is reported: %v", p.Name, got)
		}
		k.EndProcess(pid, 3)
		k.WaitProcess(pid)
		want := int64(0)
		if p.ExitStatus {
			want = 3
		}
		got := take(t, calls, kq)
		if len(got) != 1 || got[0].Fflags != kqueue.NoteExit || got[0].Data != want || got[0].Ident != uint64(pid) {
			t.Errorf("%s: its end is reported as %+v, want NOTE_EXIT and %d", p.Name, got, want)
		}
		if got := take(t, calls, kq); len(got) != 0 {
			t.Errorf("%s: its end is reported twice: %v", p.Name, got)
		}
		c := []kqueue.Kevent{{Ident: uint64(pid), Filter: p.Proc, Flags: kqueue.Add, Fflags: kqueue.NoteExit}}
		if _, e := calls.Kevent(kq, c, nil, nil); e != kqueue.ESRCH {
			t.Errorf("%s: watching a process that is gone: got %d, want ESRCH", p.Name, e)
		}
	}
}

func TestKqueueSignal(t *testing.T) {
	k, calls, kq := bsd(t, &kqueue.NetBSD)
	change(t, calls, kq, kqueue.Kevent{Ident: 30, Filter: kqueue.NetBSD.Signal, Flags: kqueue.Add})
	for range 3 {
		k.Raise(30)
	}
	k.Raise(31)
	if got := take(t, calls, kq); len(got) != 1 || got[0].Data != 3 {
		t.Errorf("three signals are reported as %+v", got)
	}
	if got := take(t, calls, kq); len(got) != 0 {
		t.Errorf("and again as %+v", got)
	}
}

func TestKqueueVnode(t *testing.T) {
	k, calls, kq := bsd(t, &kqueue.Darwin)
	f := must(k.File())(t)
	change(t, calls, kq, kqueue.Kevent{
		Ident: uint64(f), Filter: kqueue.Darwin.Vnode, Flags: kqueue.Add | kqueue.Clear, Fflags: kqueue.NoteWrite | kqueue.NoteDelete,
	})
	if _, err := k.Write(f, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := take(t, calls, kq); len(got) != 1 || got[0].Fflags != kqueue.NoteWrite {
		t.Errorf("a write is reported as %+v, want NOTE_WRITE: NOTE_EXTEND is not asked for", got)
	}
	k.RemoveName(f)
	if got := take(t, calls, kq); len(got) != 1 || got[0].Fflags != kqueue.NoteDelete {
		t.Errorf("its end is reported as %+v, want NOTE_DELETE", got)
	}
}

func TestKqueueTimeouts(t *testing.T) {
	const long = 2_000_000
	for _, tt := range []struct {
		why  string
		p    *kqueue.Profile
		ts   kqueue.Timespec
		want kqueue.Errno
	}{
		{"negative", &kqueue.FreeBSD, kqueue.Timespec{Sec: -1}, kqueue.EINVAL},
		{"a second too many", &kqueue.FreeBSD, kqueue.Timespec{Nsec: 1e9}, kqueue.EINVAL},
		{"negative nanoseconds", &kqueue.FreeBSD, kqueue.Timespec{Nsec: -1}, kqueue.EINVAL},
		{"Darwin refuses very long sleeps", &kqueue.Darwin, kqueue.Timespec{Sec: long}, kqueue.EINVAL},
		{"OpenBSD cuts them to a day", &kqueue.OpenBSD, kqueue.Timespec{Sec: math.MaxInt64}, 0},
	} {
		k := fakedemux.New(&fakedemux.Options{
			Dialect: "kqueue-" + tt.p.Name, Runner: scheduler.NewDirect(), Budget: scheduler.Budget{Time: 1 << 60},
		})
		calls := k.Kqueue()
		kq, _ := calls.Kqueue()
		n, e := calls.Kevent(kq, nil, make([]kqueue.Kevent, 1), &tt.ts)
		if e != tt.want || n > 0 {
			t.Errorf("%s: got %d, errno %d, want errno %d", tt.why, n, e, tt.want)
		}
		if tt.want == 0 && k.Now() != tt.p.MaxTimeout {
			t.Errorf("%s: it waited for %v", tt.why, k.Now())
		}
	}
}

// TestKqueueBadInput: every bad argument has its error, and leaves no knote.
func TestKqueueBadInput(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		k, calls, kq := bsd(t, p)
		a, _ := newStream(t, k, false)
		none, unit := kqueue.EBADF, badUnit(p)
		if p.EnoentFirst {
			none = kqueue.ENOENT
		}
		for _, tt := range []struct {
			why  string
			kq   int
			c    kqueue.Kevent
			want kqueue.Errno
		}{
			{"a kqueue that is not open", 99, kqueue.Kevent{}, kqueue.EBADF},
			{"a negative number", -1, kqueue.Kevent{}, kqueue.EBADF},
			{"no kqueue", int(a), kqueue.Kevent{}, kqueue.EBADF},
			{"no filter", kq, kqueue.Kevent{Ident: uint64(a), Filter: 77, Flags: kqueue.Add}, kqueue.EINVAL},
			{"no descriptor", kq, kqueue.Kevent{Ident: 99, Filter: p.Read, Flags: kqueue.Add}, kqueue.EBADF},
			{"a number beyond an int", kq, kqueue.Kevent{Ident: 1<<32 | uint64(a), Filter: p.Read, Flags: kqueue.Add}, kqueue.EBADF},
			{"the largest number", kq, kqueue.Kevent{Ident: math.MaxUint64, Filter: p.Write, Flags: kqueue.Delete}, none},
			{"nothing to change", kq, kqueue.Kevent{Ident: uint64(a), Filter: p.Read}, kqueue.ENOENT},
			{"nothing to delete", kq, kqueue.Kevent{Ident: uint64(a), Filter: p.Read, Flags: kqueue.Delete}, kqueue.ENOENT},
			{"a unit that is none", kq, kqueue.Kevent{Ident: 1, Filter: p.Timer, Flags: kqueue.Add, Fflags: 1 << 20}, unit},
			{"a kqueue cannot be written", kq, kqueue.Kevent{Ident: uint64(kq), Filter: p.Write, Flags: kqueue.Add}, unwritable(p)},
		} {
			if tt.want == 0 {
				continue
			}
			if n, e := calls.Kevent(tt.kq, []kqueue.Kevent{tt.c}, nil, nil); n != -1 || e != tt.want {
				t.Errorf("%s: %s: got %d, errno %d, want -1, errno %d", p.Name, tt.why, n, e, tt.want)
			}
			if tt.want == kqueue.EBADF && tt.kq != kq {
				continue
			}
			flags := uint32(kqueue.Error)
			if p.System == "darwin" {
				flags |= tt.c.Flags
			}
			var events [1]kqueue.Kevent
			n, e := calls.Kevent(tt.kq, []kqueue.Kevent{tt.c}, events[:], &kqueue.Timespec{})
			if n != 1 || e != 0 || events[0].Flags != flags || events[0].Data != int64(tt.want) {
				t.Errorf("%s: %s, with room: got %d, errno %d, %+v, want an event with errno %d", p.Name, tt.why, n, e, events[0], tt.want)
			}
		}
		if n := k.Registrations(int(a)); n != 0 {
			t.Errorf("%s: %d knotes are left", p.Name, n)
		}
	}
}

// TestErrorsOfTheDialect: a simulated BSD does not hand out Linux's numbers.
func TestErrorsOfTheDialect(t *testing.T) {
	k, _, _ := bsd(t, &kqueue.FreeBSD)
	r, w, err := k.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = k.Close(r)
	_, err = k.Write(w, []byte("x"))
	var e demux.Errno
	if !errors.Is(err, syscall.EPIPE) || !errors.As(err, &e) || e.Number() != int(kqueue.EPIPE) {
		t.Errorf("got %v", err)
	}
	_, err = k.Accept(w)
	if !errors.Is(err, syscall.ENOTSOCK) || !errors.As(err, &e) || e.Number() != 38 {
		t.Errorf("got %v, want ENOTSOCK with the number 38", err)
	}
}

// BenchmarkKqueueEvent is BenchmarkEvent on a BSD.
func BenchmarkKqueueEvent(b *testing.B) {
	for _, registered := range [...]int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(registered), func(b *testing.B) {
			k := direct(fakedemux.Options{
				Dialect: "kqueue-freebsd", Descriptors: 3*registered + 100, Budget: scheduler.Budget{Steps: math.MaxInt},
			})
			d := must(k.Open())(b)
			const active = 10
			var writers [active]demux.Handle
			for i := range registered {
				r, w := newStream(b, k, false)
				if err := d.Register(r, demux.Token(r), demux.Readable, demux.Level); err != nil {
					b.Fatal(err)
				}
				if step := registered / active; i%step == 0 {
					writers[i/step] = w
				}
			}
			buf := make([]byte, 8)
			var ev [16]demux.Event
			b.ReportAllocs()
			for b.Loop() {
				for _, w := range writers {
					_, _ = k.Write(w, buf[:1])
				}
				n, err := d.Wait(ev[:], 0)
				if n != active || err != nil {
					b.Fatal(n, err)
				}
				for _, e := range ev[:n] {
					if n, err := k.Read(demux.Handle(e.Token), buf); n != 1 {
						b.Fatal(n, err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*active), "ns/event")
		})
	}
}

// TestKqueueInKqueue waits for a kqueue that watches a stream. The stream stops to be
// ready and becomes ready again while the outer kqueue is waited for, and the knote
// of the first time is still on the inner queue.
func TestKqueueInKqueue(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
		in, out := must(k.Open())(t), must(k.Open())(t)
		inner, nests := in.(demux.Handler)
		if !nests {
			continue
		}
		err := k.Run(func() {
			a, b, err := k.Pair()
			if err := errors.Join(err, out.Register(inner.Handle(), 1, demux.Readable, demux.Level), in.Register(a, 2, demux.Writable, demux.Level)); err != nil {
				t.Fatalf("%s: %v", dialect, err)
			}
			var ev [4]demux.Event
			var buf [65536]byte
			wait := func(d demux.Demux, timeout time.Duration, want int, why string) {
				if n, err := d.Wait(ev[:], timeout); n != want || err != nil {
					t.Errorf("%s: %s: %d events, %v; want %d", dialect, why, n, err, want)
				}
			}
			wait(out, time.Millisecond, 1, "the stream is writable")
			wait(in, 0, 1, "and the inner one tells so")
			for err == nil {
				_, err = k.Write(a, buf[:])
			}
			k.Go("peer", func() {
				k.Sleep(time.Millisecond)
				for err := error(nil); err == nil; {
					_, err = k.Read(b, buf[:])
				}
			})
			began := k.Now()
			for range 3 { // the inner one may be readable and have nothing to report, once
				if n, err := out.Wait(ev[:], time.Second); n != 1 || err != nil || k.Now()-began > 2*time.Millisecond {
					t.Errorf("%s: %d events, %v, after %v: the stream is writable again after 1ms", dialect, n, err, k.Now()-began)
				}
				if n, _ := in.Wait(ev[:], 0); n > 0 {
					break
				}
			}
		})
		if err := errors.Join(err, in.Close(), out.Close()); err != nil {
			t.Errorf("%s: %v", dialect, err)
		}
	}
}
