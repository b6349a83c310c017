package fakedemux_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// bsdWorld is what bad calls of a BSD are made in.
type bsdWorld struct {
	kqueue.Syscalls
	p                        *kqueue.Profile
	kq, other, reader        int
	writer, file, gone       int
	socket, listener, broken int
}

func newBSDWorld(t *testing.T, p *kqueue.Profile) *bsdWorld {
	t.Helper()
	k := direct(fakedemux.Options{Dialect: "kqueue-" + p.Name, Budget: scheduler.Budget{Time: math.MaxInt64}})
	w := &bsdWorld{Syscalls: k.Kqueue(), p: p}
	w.kq, _ = w.Kqueue()
	w.other, _ = w.Kqueue()
	w.reader, w.writer, _ = w.Pipe(true)
	w.file = int(must(k.File())(t))
	a, _ := newStream(t, k, false)
	l, _, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	w.socket, w.listener = int(a), int(l)
	r, broken, _ := w.Pipe(true)
	w.broken = broken
	w.gone = r
	w.Close(r)
	return w
}

// kevent makes one call with one change.
func (w *bsdWorld) kevent(kq int, c kqueue.Kevent, events []kqueue.Kevent, ts *kqueue.Timespec) kqueue.Errno {
	_, e := w.Kevent(kq, []kqueue.Kevent{c}, events, ts)
	return e
}

// change makes a change without room for events: its error is that of the call.
func (w *bsdWorld) change(ident uint64, filter int32, flags, fflags uint32, data int64) kqueue.Errno {
	return w.kevent(w.kq, kqueue.Kevent{Ident: ident, Filter: filter, Flags: flags, Fflags: fflags, Data: data}, nil, nil)
}

// wait waits for nothing, as long as ts says.
func (w *bsdWorld) wait(ts kqueue.Timespec) kqueue.Errno {
	_, e := w.Kevent(w.kq, nil, make([]kqueue.Kevent, 1), &ts)
	return e
}

func (w *bsdWorld) read(fd int, b []byte) kqueue.Errno {
	_, e := w.Read(fd, b)
	return e
}

func (w *bsdWorld) write(fd int, b []byte) kqueue.Errno {
	_, e := w.Write(fd, b)
	return e
}

// always is an error that all systems have.
func always(e kqueue.Errno) func(*kqueue.Profile) kqueue.Errno {
	return func(*kqueue.Profile) kqueue.Errno { return e }
}

// on is an error that one system has, and what the others have.
func on(system string, e, elsewhere kqueue.Errno) func(*kqueue.Profile) kqueue.Errno {
	return func(p *kqueue.Profile) kqueue.Errno {
		if p.System == system {
			return e
		}
		return elsewhere
	}
}

// timeFirst is what a bad time returns where the kernel looks at it before the changes.
func timeFirst(p *kqueue.Profile) kqueue.Errno {
	if p.System == "openbsd" || p.System == "darwin" {
		return kqueue.EINVAL
	}
	return 0
}

// withoutOOB is what NOTE_OOB of EVFILT_READ returns, among bits that do nothing.
func withoutOOB(p *kqueue.Profile) kqueue.Errno {
	if p.System == "dragonfly" {
		return fakedemux.NotSimulated
	}
	return on("darwin", fakedemux.NotSimulated, 0)(p)
}

// unwritable is what EVFILT_WRITE of a kqueue returns.
func unwritable(p *kqueue.Profile) kqueue.Errno {
	if p.Name == kqueue.NetBSD9.Name {
		return kqueue.EPERM
	}
	return on("dragonfly", 45, kqueue.EINVAL)(p)
}

// badUnit is what a timer with a bit that is no unit returns.
func badUnit(p *kqueue.Profile) kqueue.Errno {
	if p.NoteUnits == 0 || p.System == "darwin" {
		return 0
	}
	return kqueue.EINVAL
}

// bothWays is what a call on the other end of a pipe returns, where the pipe has it.
func bothWays(e kqueue.Errno) func(*kqueue.Profile) kqueue.Errno {
	return func(p *kqueue.Profile) kqueue.Errno {
		if p.System == "freebsd" || p.System == "dragonfly" {
			return e
		}
		return kqueue.EBADF
	}
}

// never opened, and what no descriptor is.
const (
	unopened = 300
	beyond   = uint64(math.MaxInt32) + 1
)

type bsdBad struct {
	method, why string
	want        func(p *kqueue.Profile) kqueue.Errno
	call        func(w *bsdWorld) kqueue.Errno
}

// badBSD are bad arguments of every call. The errors of kevent are those of
// kqueue(2), ERRORS, which has the same list on all systems.
var badBSD = []bsdBad{
	{"Kqueue", "kqueue(2), ERRORS: it takes nothing, so nothing is wrong", always(0), func(w *bsdWorld) kqueue.Errno { _, e := w.Kqueue(); return e }},
	{"Now", "it takes nothing", always(0), func(w *bsdWorld) kqueue.Errno { w.Now(); return 0 }},
	{"Pipe", "pipe(2): it takes nothing", always(0), func(w *bsdWorld) kqueue.Errno { _, _, e := w.Pipe(false); return e }},

	{"Kevent", "EBADF: a kqueue that was never opened", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { _, e := w.Kevent(unopened, nil, nil, nil); return e }},
	{"Kevent", "EBADF: a closed one", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { w.Close(w.kq); return w.wait(kqueue.Timespec{}) }},
	{"Kevent", "EBADF: a negative one", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { _, e := w.Kevent(-1, nil, nil, nil); return e }},
	{"Kevent", "EBADF: beyond an int", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { _, e := w.Kevent(math.MaxInt, nil, nil, nil); return e }},
	{"Kevent", "EBADF: a descriptor that is no kqueue", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { _, e := w.Kevent(w.reader, nil, nil, nil); return e }},
	{"Kevent", "EBADF comes before a bad time", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno {
		_, e := w.Kevent(unopened, nil, make([]kqueue.Kevent, 1), &kqueue.Timespec{Sec: -1})
		return e
	}},
	{"Kevent", "nothing to do: it returns at once, whatever the time", always(0), func(w *bsdWorld) kqueue.Errno { _, e := w.Kevent(w.kq, nil, nil, nil); return e }},
	{"Kevent", "without room for events a bad time is not looked at, but on OpenBSD and Darwin", timeFirst, func(w *bsdWorld) kqueue.Errno {
		_, e := w.Kevent(w.kq, []kqueue.Kevent{}, []kqueue.Kevent{}, &kqueue.Timespec{Sec: -1})
		return e
	}},

	{"Kevent", "EINVAL, the time limit, but on DragonFly: negative seconds", on("dragonfly", 0, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Sec: -1}) }},
	{"Kevent", "EINVAL, the time limit, but on DragonFly: the smallest number", on("dragonfly", 0, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Sec: math.MinInt64}) }},
	{"Kevent", "EINVAL, the time limit, but on DragonFly: negative nanoseconds", on("dragonfly", 0, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Nsec: -1}) }},
	{"Kevent", "EINVAL, the time limit, but on DragonFly: a second in nanoseconds", on("dragonfly", 0, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Nsec: 1e9}) }},
	{"Kevent", "EINVAL, the time limit, but on DragonFly: the largest nanoseconds", on("dragonfly", kqueue.EDEADLK, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Nsec: math.MaxInt64}) }},
	{"Kevent", "the largest time: Profile.Excess", longest, func(w *bsdWorld) kqueue.Errno { return w.wait(kqueue.Timespec{Sec: math.MaxInt64, Nsec: 999_999_999}) }},
	{"Kevent", "just beyond the longest time: Profile.Excess", excess, func(w *bsdWorld) kqueue.Errno {
		return w.wait(kqueue.Timespec{Sec: int64(w.p.MaxTimeout / time.Second), Nsec: 1})
	}},

	{"Kevent", "EINVAL, the filter: none has the number", always(kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.reader), 99, kqueue.Add, 0, 0) }},
	{"Kevent", "EINVAL, the filter: the largest number", always(kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.reader), math.MaxInt32, kqueue.Add, 0, 0)
	}},
	{"Kevent", "EINVAL, the filter: the smallest number", always(kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.reader), math.MinInt32, kqueue.Add, 0, 0)
	}},
	{"Kevent", "EINVAL, the filter, comes before EBADF", always(kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.change(unopened, 99, kqueue.Add, 0, 0) }},
	{"Kevent", "EBADF: an ident that was never opened", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.change(unopened, w.p.Read, kqueue.Add, 0, 0) }},
	{"Kevent", "EBADF: a closed one", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.gone), w.p.Write, kqueue.Add, 0, 0) }},
	{"Kevent", "EBADF, also when it is to be deleted; Darwin looks for the knote first", on("darwin", kqueue.ENOENT, kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.gone), w.p.Read, kqueue.Delete, 0, 0) }},
	{"Kevent", "EBADF: an ident beyond an int", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.change(beyond, w.p.Read, kqueue.Add, 0, 0) }},
	{"Kevent", "EBADF: an ident whose lower half is open", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno {
		return w.change(1<<32|uint64(w.reader), w.p.Read, kqueue.Add, 0, 0)
	}},
	{"Kevent", "EBADF: the largest ident, -1", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.change(math.MaxUint64, w.p.Vnode, kqueue.Add, 0, 0) }},
	{"Kevent", "ENOENT: nothing to modify", always(kqueue.ENOENT), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.reader), w.p.Read, kqueue.Enable, 0, 0) }},
	{"Kevent", "ENOENT: nothing to delete", always(kqueue.ENOENT), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.reader), w.p.Read, kqueue.Delete, 0, 0) }},
	{"Kevent", "ENOENT: no flags at all", always(kqueue.ENOENT), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.reader), w.p.Read, 0, 0, 0) }},
	{"Kevent", "ENOENT: a timer that was not added", always(kqueue.ENOENT), func(w *bsdWorld) kqueue.Errno { return w.change(math.MaxUint64, w.p.Timer, kqueue.Delete, 0, 0) }},
	{"Kevent", "ENOENT: flags of the system alone, EV_ERROR and EV_EOF", always(kqueue.ENOENT), func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.reader), w.p.Read, kqueue.Error|kqueue.EOF, 0, 0)
	}},
	{"Kevent", "EV_SYSFLAGS of sys/event.h are reserved, and passed over", always(0), func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.reader), w.p.Read, kqueue.Add|0xf000, 0, 0)
	}},
	{"Kevent", "flags of a filter that it does not know are passed over; Darwin and DragonFly have NOTE_OOB, which is not simulated", withoutOOB, func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.reader), w.p.Read, kqueue.Add, math.MaxUint32, math.MinInt64)
	}},
	{"Kevent", "EINVAL: EVFILT_WRITE of a kqueue; kqueue_kqfilter in sys/kern/kern_event.c", unwritable, func(w *bsdWorld) kqueue.Errno {
		return w.change(uint64(w.other), w.p.Write, kqueue.Add, 0, 0)
	}},
	{"Kevent", "EINVAL: EVFILT_VNODE of a socket", on("dragonfly", 45, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.socket), w.p.Vnode, kqueue.Add, 0, 0) }},
	{"Kevent", "EINVAL: EVFILT_VNODE of a pipe", on("dragonfly", 45, kqueue.EINVAL), func(w *bsdWorld) kqueue.Errno { return w.change(uint64(w.reader), w.p.Vnode, kqueue.Add, 0, 0) }},
	{"Kevent", "ESRCH: no such process", always(kqueue.ESRCH), func(w *bsdWorld) kqueue.Errno { return w.change(1, w.p.Proc, kqueue.Add, kqueue.NoteExit, 0) }},
	{"Kevent", "ESRCH: no process has that number", always(kqueue.ESRCH), func(w *bsdWorld) kqueue.Errno {
		return w.change(math.MaxUint64, w.p.Proc, kqueue.Add, kqueue.NoteExit, 0)
	}},
	{"Kevent", "a timer in a negative time: EINVAL on FreeBSD alone", on("freebsd", kqueue.EINVAL, 0), func(w *bsdWorld) kqueue.Errno { return w.change(1, w.p.Timer, kqueue.Add, 0, -1) }},
	{"Kevent", "a timer in the smallest time: EINVAL on FreeBSD alone", on("freebsd", kqueue.EINVAL, 0), func(w *bsdWorld) kqueue.Errno { return w.change(1, w.p.Timer, kqueue.Add, 0, math.MinInt64) }},
	{"Kevent", "units of a timer that there are not: EINVAL where the kernel looks at them", badUnit, func(w *bsdWorld) kqueue.Errno { return w.change(1, w.p.Timer, kqueue.Add, 0x40, 1) }},
	{"Kevent", "a timer in 2^63-1 units never comes, and is too long for Darwin", on("darwin", kqueue.ERANGE, 0), func(w *bsdWorld) kqueue.Errno { return w.change(1, w.p.Timer, kqueue.Add, 0, math.MaxInt64) }},
	{"Kevent", "EINVAL, the filter: EVFILT_USER where there is none", refusedUser, func(w *bsdWorld) kqueue.Errno { return w.change(math.MaxUint64, -11, kqueue.Add, 0, 0) }},
	{"Kevent", "a failed change is an event where there is room; OpenBSD and Darwin look at the time first", timeFirst, func(w *bsdWorld) kqueue.Errno {
		return w.kevent(w.kq, kqueue.Kevent{Ident: unopened, Filter: w.p.Read, Flags: kqueue.Add}, make([]kqueue.Kevent, 1), &kqueue.Timespec{Sec: -1})
	}},

	{"Read", "read(2), EBADF: never opened", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.read(unopened, make([]byte, 1)) }},
	{"Read", "read(2), EBADF: closed", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.read(w.gone, nil) }},
	{"Read", "read(2), EBADF: negative", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.read(math.MinInt32, nil) }},
	{"Read", "read(2), EBADF: not open for reading; a pipe may go both ways", bothWays(kqueue.EAGAIN), func(w *bsdWorld) kqueue.Errno { return w.read(w.writer, make([]byte, 1)) }},
	{"Read", "read(2), EAGAIN: nothing there", always(kqueue.EAGAIN), func(w *bsdWorld) kqueue.Errno { return w.read(w.reader, make([]byte, 1)) }},
	{"Read", "read(2): nothing is asked for", always(0), func(w *bsdWorld) kqueue.Errno { return w.read(w.reader, nil) }},
	{"Read", "read(2), ENOTCONN: a listener", always(kqueue.ENOTCONN), func(w *bsdWorld) kqueue.Errno { return w.read(w.listener, make([]byte, 1)) }},
	{"Read", "a kqueue: Profile.Unreadable", unreadable, func(w *bsdWorld) kqueue.Errno { return w.read(w.kq, make([]byte, 8)) }},
	{"Write", "write(2), EBADF: never opened", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.write(unopened, make([]byte, 1)) }},
	{"Write", "write(2), EBADF: closed", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.write(w.gone, nil) }},
	{"Write", "write(2), EBADF: negative", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.write(-1, []byte{1}) }},
	{"Write", "write(2), EBADF: not open for writing; a pipe may go both ways", bothWays(0), func(w *bsdWorld) kqueue.Errno { return w.write(w.reader, make([]byte, 1)) }},
	{"Write", "write(2), EPIPE: no reader", always(kqueue.EPIPE), func(w *bsdWorld) kqueue.Errno { return w.write(w.broken, make([]byte, 1)) }},
	{"Write", "write(2): nothing to write", always(0), func(w *bsdWorld) kqueue.Errno { return w.write(w.writer, nil) }},
	{"Write", "write(2), EAGAIN: no room", always(kqueue.EAGAIN), func(w *bsdWorld) kqueue.Errno {
		w.write(w.writer, make([]byte, 1<<20))
		return w.write(w.writer, make([]byte, 1))
	}},
	{"Write", "a kqueue: Profile.Unreadable", unreadable, func(w *bsdWorld) kqueue.Errno { return w.write(w.kq, make([]byte, 8)) }},
	{"Close", "close(2), EBADF: never opened", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.Close(unopened) }},
	{"Close", "close(2), EBADF: twice", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.Close(w.gone) }},
	{"Close", "close(2), EBADF: negative", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.Close(-1) }},
	{"Close", "close(2), EBADF: the smallest number", always(kqueue.EBADF), func(w *bsdWorld) kqueue.Errno { return w.Close(math.MinInt32) }},
}

// excess is what a wait beyond MaxTimeout returns, if nothing ends it but time.
func excess(p *kqueue.Profile) kqueue.Errno {
	if p.Excess == kqueue.ExcessRefused {
		return kqueue.EINVAL
	}
	return 0
}

// longest is a wait that time does not end: on the direct runner that is a
// deadlock.
func longest(p *kqueue.Profile) kqueue.Errno {
	if p.Excess == kqueue.ExcessWaits {
		return kqueue.EDEADLK
	}
	return excess(p)
}

func refusedUser(p *kqueue.Profile) kqueue.Errno {
	if p.HasUser && p.User == -11 {
		return 0
	}
	return kqueue.EINVAL
}

func unreadable(p *kqueue.Profile) kqueue.Errno { return p.Unreadable }

func TestBadArgumentsOfKqueue(t *testing.T) {
	tried := map[string]bool{}
	for _, p := range kqueue.Profiles() {
		t.Run(p.Name, func(t *testing.T) {
			for _, row := range badBSD {
				tried[row.method] = true
				if got, want := row.call(newBSDWorld(t, p)), row.want(p); got != want {
					t.Errorf("%s: %s: %d %s, want %d %s", row.method, row.why, got, got.Name(), want, want.Name())
				}
			}
		})
	}
	everyMethod(t, reflect.TypeFor[kqueue.Syscalls](), tried)
}

// everyMethod reports the methods of an interface that were not tried.
func everyMethod(t *testing.T, surface reflect.Type, tried map[string]bool) {
	t.Helper()
	for m := range surface.Methods() {
		if !tried[m.Name] {
			t.Errorf("no bad arguments for %s", m.Name)
		}
	}
}

// TestKqueuesInACircle: a kqueue may watch itself, and another one that watches it,
// where the system lets it.
// What FuzzCalls has found is that the simulation never came to an end of that.
func TestKqueuesInACircle(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		w := newBSDWorld(t, p)
		itself := on("freebsd", kqueue.EINVAL, on("darwin", kqueue.EINVAL, 0)(p))(p)
		circle := on("darwin", kqueue.EINVAL, 0)(p)
		watch := func(kq, ident int, want kqueue.Errno) {
			t.Helper()
			e := w.kevent(kq, kqueue.Kevent{Ident: uint64(ident), Filter: p.Read, Flags: kqueue.Add}, nil, nil)
			if e != want {
				t.Errorf("%s: %s, want %s", p.Name, e.Name(), want.Name())
			}
		}
		watch(w.kq, w.kq, itself)
		watch(w.other, w.kq, 0)
		watch(w.kq, w.other, circle)
		events := make([]kqueue.Kevent, 4)
		if n, e := w.Kevent(w.kq, nil, events, &kqueue.Timespec{}); n != 0 || e != 0 {
			t.Errorf("%s: nothing has happened, and there are %d events, %s", p.Name, n, e.Name())
		}
		watch(w.kq, w.reader, 0)
		w.write(w.writer, []byte("a"))
		n, e := w.Kevent(w.other, nil, events, &kqueue.Timespec{})
		if n != 1 || e != 0 || events[0].Ident != uint64(w.kq) {
			t.Errorf("%s: %d events, %s, the first %+v", p.Name, n, e.Name(), events[0])
		}
		if w.Close(w.kq) != 0 || w.Close(w.other) != 0 {
			t.Errorf("%s: they cannot be closed", p.Name)
		}
	}
}
