package fakedemux_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// kqSample is a program on a kqueue, and what it sees. The rows of docs/kqueue.md are
// played one by one; these go through several.
type kqSample struct {
	name, why string
	act       func(w *kqWorld)
	want      string            // on systems that other does not name
	other     map[string]string // by system, or by profile
}

// kqWorld is where a sample is played.
type kqWorld struct {
	fakedemux.BSD
	t    *testing.T
	k    *fakedemux.Kernel
	l    fakedemux.Linux
	p    *kqueue.Profile
	kq   int
	name map[uint64]string
	saw  []string
}

func newKqWorld(t *testing.T, p *kqueue.Profile) *kqWorld {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{
		Dialect: "kqueue-" + p.Name, Runner: scheduler.NewDirect(), Budget: scheduler.Budget{Time: math.MaxInt64}, StreamBuffer: 8192,
	})
	w := &kqWorld{BSD: k.BSD(), t: t, k: k, l: k.Linux(), p: p, name: map[uint64]string{}}
	w.kq, _ = w.Kqueue()
	return w
}

// change makes a change without room for events, and notes an error.
func (w *kqWorld) change(ident int, filter int32, flags, fflags uint32, data int64) {
	w.changeOf(w.kq, ident, filter, flags, fflags, data)
}

func (w *kqWorld) changeOf(kq, ident int, filter int32, flags, fflags uint32, data int64) {
	c := kqueue.Kevent{Ident: uint64(ident), Filter: filter, Flags: flags, Fflags: fflags, Data: data}
	if _, e := w.Kevent(kq, []kqueue.Kevent{c}, nil, nil); e != 0 {
		w.saw = append(w.saw, e.Name())
	}
}

// add adds knotes for reading.
func (w *kqWorld) reads(fds ...int) {
	for _, fd := range fds {
		w.change(fd, w.p.Read, kqueue.Add, 0, 0)
	}
}

// take notes what is reported at once.
func (w *kqWorld) take() { w.takeOf(w.kq) }

func (w *kqWorld) takeOf(kq int) {
	events := make([]kqueue.Kevent, 8)
	n, e := w.Kevent(kq, nil, events, &kqueue.Timespec{})
	if e != 0 {
		w.t.Fatal(e.Name())
	}
	var all []string
	for _, ev := range events[:n] {
		all = append(all, w.text(ev))
	}
	w.saw = append(w.saw, "["+strings.Join(all, " ")+"]")
}

// flags notes the flags of the only event.
func (w *kqWorld) flags() {
	events := make([]kqueue.Kevent, 2)
	if n, _ := w.Kevent(w.kq, nil, events, &kqueue.Timespec{}); n == 1 {
		w.saw = append(w.saw, fmt.Sprintf("%#x", events[0].Flags))
	}
}

// text is an event: r3 is EVFILT_READ of descriptor 3 or of what has a name.
func (w *kqWorld) text(ev kqueue.Kevent) string {
	letters := map[int32]string{w.p.Read: "r", w.p.Write: "w", w.p.Vnode: "v", w.p.Proc: "p", w.p.Signal: "s", w.p.Timer: "t"}
	if w.p.HasUser {
		letters[w.p.User] = "u"
	}
	name := w.name[ev.Ident]
	if name == "" {
		name = fmt.Sprint(ev.Ident)
	}
	s := fmt.Sprintf("%s-%s=%d", letters[ev.Filter], name, ev.Data)
	if ev.Flags&kqueue.EOF != 0 {
		s += "/eof"
	}
	if ev.Fflags != 0 {
		s += fmt.Sprintf("/%#x", ev.Fflags)
	}
	return s
}

func (w *kqWorld) pair() (a, b int) {
	x, y, err := w.k.Pair()
	if err != nil {
		w.t.Fatal(err)
	}
	w.name[uint64(x)], w.name[uint64(y)] = "a", "b"
	return int(x), int(y)
}

// tcp returns an end of a connection, and its listener.
func (w *kqWorld) tcp() (a, l int) {
	listener, at, err := w.k.Listen("127.0.0.1:0", 4)
	if err != nil {
		w.t.Fatal(err)
	}
	c, _ := w.k.Connect(at)
	w.k.Sleep(time.Second)
	s, err := w.k.Accept(listener)
	if err != nil {
		w.t.Fatal(err)
	}
	w.name[uint64(c)], w.name[uint64(s)], w.name[uint64(listener)] = "a", "b", "l"
	return int(c), int(listener)
}

func (w *kqWorld) pipe() (r, wr int) {
	r, wr, _ = w.Pipe(true)
	w.name[uint64(r)], w.name[uint64(wr)] = "a", "b"
	return r, wr
}

func (w *kqWorld) write(fd, n int) { _, _ = w.Write(fd, make([]byte, n)) }
func (w *kqWorld) read(fd, n int)  { _, _ = w.Read(fd, make([]byte, n)) }

var kqSamples = []kqSample{
	{
		name: "a duplicate has knotes of its own",
		why:  "knotes are found by ident: kqueue_register, sys/kern/kern_event.c; close deletes those of its number: knote_fdclose",
		act: func(w *kqWorld) {
			a, b := w.pair()
			c, _ := w.Dup(a)
			w.name[uint64(c)] = "dup"
			w.reads(a, c)
			w.write(b, 3)
			w.Close(a)
			w.take()
			w.read(c, 3)
			w.take()
		},
		want: "[r-dup=3] []",
	},
	{
		name: "a number that comes back has no knotes",
		why:  "knote_fdclose, sys/kern/kern_event.c",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.reads(a)
			w.write(b, 1)
			w.Close(a)
			c, d := w.pair()
			w.write(d, 1)
			w.take()
			if c != a {
				w.t.Error("the number did not come back")
			}
		},
		want: "[]",
	},
	{
		name: "both filters of one socket, a peer that closes",
		why:  "soisdisconnected, sys/kern/uipc_socket.c, uipc_socket2.c: both ends of the buffers, the readers first",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Write, kqueue.Add|kqueue.Clear, 0, 0)
			w.change(a, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.take()
			w.write(b, 2)
			w.Close(b)
			w.take()
			w.take()
		},
		want: "[w-a=8192] [r-a=2/eof w-a=8192/eof] []",
	},
	{
		name: "shutdown of sending, at this end",
		why:  "socantsendmore, sowwakeup; SBS_CANTSENDMORE in filt_sowrite, sys/kern/uipc_socket.c",
		act: func(w *kqWorld) {
			a, _ := w.tcp()
			w.change(a, w.p.Write, kqueue.Add|kqueue.Clear, 0, 0)
			w.take()
			w.l.Shutdown(a, fakedemux.ShutWrite)
			w.take()
			w.take()
		},
		want: "[w-a=8192] [w-a=8192/eof] []",
	},
	{
		name: "the backlog of a listener, level and edge",
		why:  "so_qlen in filt_solisten, filt_soread; sonewconn wakes the readers for each connection",
		act: func(w *kqWorld) {
			_, l := w.tcp()
			kq2, _ := w.Kqueue()
			w.reads(l)
			w.changeOf(kq2, l, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			at, _ := w.l.Getsockname(l)
			for range 2 {
				s, _ := w.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream|0x800)
				w.l.Connect(s, at)
				w.k.Sleep(time.Second)
				w.take()
				w.takeOf(kq2)
			}
			w.l.Accept4(l, 0)
			w.take()
			w.takeOf(kq2)
			w.l.Accept4(l, 0)
			w.take()
		},
		want: "[r-l=1] [r-l=1] [r-l=2] [r-l=2] [r-l=1] [] []",
	},
	{
		name: "an edge is an arrival, also before the last data are read",
		why:  "EV_CLEAR; sorwakeup in sbappend's callers",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.write(b, 1)
			w.take()
			w.write(b, 2)
			w.take()
			w.read(a, 1)
			w.take()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0) // runs the filter
			w.take()
		},
		want: "[r-a=1] [r-a=3] [] [r-a=2]",
	},
	{
		name: "dispatch",
		why:  "EV_DISPATCH disables; EV_ENABLE arms again",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Dispatch, 0, 0)
			w.write(b, 1)
			w.take()
			w.write(b, 1)
			w.take()
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.take()
			w.read(a, 2)
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.take()
			w.write(b, 1)
			w.take()
		},
		want:  "[r-a=1] [] [r-a=2] [] [r-a=1]",
		other: map[string]string{"netbsd-9": "[r-a=1] [r-a=2] [r-a=2] [] [r-a=1]"}, // has none
	},
	{
		name: "a knote that is added disabled",
		why:  "EV_ADD with EV_DISABLE; EV_ENABLE reports what is there",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Disable, 0, 0)
			w.write(b, 1)
			w.take()
			w.write(b, 1)
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.take()
		},
		want: "[] [r-a=2]",
	},
	{
		name: "the flags of a knote that was added disabled",
		why:  "kn_kevent = *kev in kevent_register and kqueue_register; FreeBSD takes four flags out; EV_ENABLE changes no flag",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Disable|kqueue.Clear, 0, 0)
			w.write(b, 1)
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.flags()
		},
		want:  "0x29", // EV_ADD, EV_DISABLE and EV_CLEAR
		other: map[string]string{"freebsd": "0x20"},
	},
	{
		name: "EV_KEEPUDATA is reported",
		why:  "kqueue_register of FreeBSD takes out EV_ADD, EV_DELETE, EV_ENABLE, EV_DISABLE and EV_FORCEONESHOT alone",
		act: func(w *kqWorld) {
			a, b := w.pair()
			if w.p.System != "freebsd" {
				return
			}
			w.change(a, w.p.Read, kqueue.Add|0x0200, 0, 0)
			w.write(b, 1)
			w.flags()
		},
		other: map[string]string{"freebsd": "0x200"},
	},
	{
		name: "oneshot, and again",
		why:  "EV_ONESHOT deletes the knote; EV_ADD makes a new one, and runs the filter",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Oneshot, 0, 0)
			w.write(b, 1)
			w.take()
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.change(a, w.p.Read, kqueue.Add|kqueue.Oneshot, 0, 0)
			w.take()
			w.change(a, w.p.Read, kqueue.Delete, 0, 0)
		},
		want: "[r-a=1] ENOENT [r-a=1] ENOENT",
	},
	{
		name: "a kqueue in a kqueue in a kqueue",
		why:  "filt_kqueue, sys/kern/kern_event.c: data has the knotes on the queue",
		act: func(w *kqWorld) {
			a, b := w.pair()
			c, _ := w.Kqueue()
			d, _ := w.Kqueue()
			w.name[uint64(w.kq)], w.name[uint64(c)] = "kq", "c"
			w.changeOf(d, c, w.p.Read, kqueue.Add, 0, 0)
			w.changeOf(c, w.kq, w.p.Read, kqueue.Add, 0, 0)
			w.reads(a, b)
			w.takeOf(d)
			w.write(b, 1)
			w.write(a, 1)
			w.takeOf(d)
			w.takeOf(c)
			w.take()
			w.read(a, 1)
			w.read(b, 1)
			w.take()
			w.takeOf(c)
			w.takeOf(d)
		},
		want:  "[] [r-c=1] [r-kq=2] [r-a=1 r-b=1] [] [] []",
		other: map[string]string{},
	},
	{
		name: "a kqueue in a kqueue, edge",
		why:  "each knote that is queued tells the kqueue's own knotes: kqueue_wakeup, sys/kern/kern_event.c",
		act: func(w *kqWorld) {
			a, b := w.pair()
			c, _ := w.Kqueue()
			w.name[uint64(w.kq)] = "kq"
			w.changeOf(c, w.kq, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.reads(a, b)
			w.write(b, 1)
			w.takeOf(c)
			w.takeOf(c)
			w.write(a, 1)
			w.takeOf(c)
		},
		want: "[r-kq=1] [] [r-kq=2]",
	},
	{
		name: "datagrams, one after the other",
		why:  "filt_soread, sys/kern/uipc_socket.c; sbappendaddr, sys/kern/uipc_socket2.c",
		act: func(w *kqWorld) {
			a, b, _ := w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram|0x800)
			w.name[uint64(a)] = "a"
			w.change(a, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.write(b, 3)
			w.take()
			w.write(b, 0)
			w.take()
			w.read(a, 9)
			w.take()
			w.change(a, w.p.Read, kqueue.Add, 0, 0)
			w.take()
		},
		want: "[r-a=19] [r-a=35] [] [r-a=16]",
		other: map[string]string{
			"freebsd": "[r-a=3] [r-a=3] [] [r-a=0]", "darwin": "[r-a=3] [r-a=3] [] [r-a=0]",
		},
	},
	{
		name: "an error of a UDP socket is told once",
		why:  "so_error in filt_soread, sys/kern/uipc_socket.c: no EV_EOF, and getsockopt(2) takes it",
		act: func(w *kqWorld) {
			s, _ := w.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram|0x800)
			w.name[uint64(s)] = "a"
			w.l.Connect(s, fakedemux.Sockaddr{Port: 41000})
			w.reads(s)
			w.take()
			w.write(s, 1)
			w.k.Sleep(time.Second)
			w.take()
			w.take()
			w.l.SocketError(s)
			w.take()
		},
		want: "[] [r-a=0] [r-a=0] []",
	},
	{
		name: "the marks of a socket",
		why:  "NOTE_LOWAT in filt_soread, filt_sowrite, sys/kern/uipc_socket.c",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add, kqueue.NoteLowat, 3)
			w.change(b, w.p.Write, kqueue.Add, kqueue.NoteLowat, 8191)
			w.write(b, 2)
			w.take()
			w.write(b, 1)
			w.take()
			w.read(a, 3)
			w.take()
		},
		want: "[] [r-a=3] [w-b=8192]",
		other: map[string]string{ // SB_STOP: the whole buffer is free
			"freebsd": "[w-b=8192] [w-b=8192 r-a=3] [w-b=8192]", "dragonfly": "[w-b=8192] [w-b=8192 r-a=3] [w-b=8192]",
		},
	},
}

// TestKqueueSamples plays the samples on every system.
func TestKqueueSamples(t *testing.T) {
	for _, s := range slices.Concat(kqSamples, kqEndSamples) {
		for _, p := range kqueue.Profiles() {
			w := newKqWorld(t, p)
			s.act(w)
			want, named := s.other[p.Name]
			if !named {
				want, named = s.other[p.System]
			}
			if !named {
				want = s.want
			}
			if got := strings.Join(w.saw, " "); got != want {
				t.Errorf("%s: %s: got %s, want %s", p.Name, s.name, got, want)
			}
			if lacks := w.k.NotSimulated(); lacks != "" {
				t.Errorf("%s: %s: the simulation has no %s", p.Name, s.name, lacks)
			}
		}
	}
}
