package fakedemux_test

import (
	"fmt"
	"math"
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
	{
		name: "a pipe: the writer goes, data are left",
		why:  "PIPE_EOF in filt_piperead, sys/kern/sys_pipe.c; EV_NODATA is not in this text",
		act: func(w *kqWorld) {
			r, wr := w.pipe()
			w.change(r, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.write(wr, 5)
			w.take()
			w.Close(wr)
			w.take()
			w.read(r, 5)
			w.take()
			w.change(r, w.p.Read, kqueue.Add, 0, 0)
			w.take()
		},
		want: "[r-a=5] [r-a=5/eof] [r-a=0/eof] [r-a=0/eof]",
		other: map[string]string{
			// pipe_read tells the other end alone
			"dragonfly": "[r-a=5] [r-a=5/eof] [] [r-a=0/eof]",
		},
	},
	{
		name: "signals and their flags",
		why:  "filt_signal, sys/kern/kern_sig.c: EV_CLEAR; a disabled knote goes on counting",
		act: func(w *kqWorld) {
			w.change(30, w.p.Signal, kqueue.Add, 0, 0)
			w.k.Raise(30)
			w.change(30, w.p.Signal, kqueue.Disable, 0, 0)
			w.k.Raise(30)
			w.take()
			w.change(30, w.p.Signal, kqueue.Enable, 0, 0)
			w.take()
			w.take()
		},
		want: "[] [s-30=2] []",
	},
	{
		name: "a timer that is disabled",
		why:  "filt_timerexpire, sys/kern/kern_event.c: it goes on; Darwin: filt_timerprocess counts what has passed",
		act: func(w *kqWorld) {
			w.change(1, w.p.Timer, kqueue.Add, 0, 10)
			w.change(1, w.p.Timer, kqueue.Disable, 0, 10)
			w.k.Sleep(35 * time.Millisecond)
			w.take()
			w.change(1, w.p.Timer, kqueue.Enable, 0, 10)
			w.take()
		},
		want: "[] [t-1=3]",
		other: map[string]string{
			"darwin": "[] []", // filt_timertouch starts it again
		},
	},
	{
		name: "two timers and a deletion",
		why:  "EV_DELETE; timers are told apart by ident",
		act: func(w *kqWorld) {
			w.change(1, w.p.Timer, kqueue.Add|kqueue.Oneshot, 0, 10)
			w.change(2, w.p.Timer, kqueue.Add, 0, 10)
			w.change(1, w.p.Timer, kqueue.Delete, 0, 0)
			w.k.Sleep(15 * time.Millisecond)
			w.take()
			w.change(1, w.p.Timer, kqueue.Delete, 0, 0)
		},
		want: "[t-2=1] ENOENT",
	},
	{
		name: "a process that forks, runs a program and exits before a Kevent",
		why:  "kn_fflags collects: filt_proc, sys/kern/kern_event.c; data is the status",
		act: func(w *kqWorld) {
			pid := w.k.StartProcess()
			w.name[uint64(pid)] = "pid"
			w.change(pid, w.p.Proc, kqueue.Add, kqueue.NoteExit|kqueue.NoteFork|kqueue.NoteExec, 0)
			w.k.ForkProcess(pid)
			w.k.ExecProcess(pid)
			w.k.EndProcess(pid, 5)
			w.take()
			w.take()
			w.change(pid, w.p.Proc, kqueue.Delete, 0, 0)
		},
		want:  "[p-pid=5/eof/0xe0000000] [] ENOENT",
		other: map[string]string{"darwin": "[p-pid=0/eof/0xe0000000] [] ENOENT"},
	},
	{
		name: "a process that has exited, other notes",
		why:  "filt_procattach, sys/kern/kern_event.c: FreeBSD and DragonFly look for a zombie if NOTE_EXIT is asked for",
		act: func(w *kqWorld) {
			pid := w.k.StartProcess()
			w.name[uint64(pid)] = "pid"
			w.k.EndProcess(pid, 5)
			w.change(pid, w.p.Proc, kqueue.Add, kqueue.NoteFork, 0)
			w.change(pid, w.p.Proc, kqueue.Add, kqueue.NoteFork|kqueue.NoteExit, 0)
			w.take()
			w.k.WaitProcess(pid)
			w.change(pid, w.p.Proc, kqueue.Add, kqueue.NoteExit, 0)
		},
		want:  "ESRCH ESRCH [] ESRCH",
		other: map[string]string{"freebsd": "ESRCH [p-pid=5/eof/0x80000000] ESRCH", "dragonfly": "ESRCH [p-pid=5/eof/0x80000000] ESRCH"},
	},
	{
		name: "two watchers of one file, by two descriptors",
		why:  "the notes go to the vnode: VN_KNOTE",
		act: func(w *kqWorld) {
			f, _ := w.Open("f", fakedemux.BSDOpenBoth|fakedemux.BSDOpenCreate)
			g, _ := w.Open("f", fakedemux.BSDOpenRead)
			w.name[uint64(f)], w.name[uint64(g)] = "f", "g"
			w.change(f, w.p.Vnode, kqueue.Add|kqueue.Clear, kqueue.NoteWrite|kqueue.NoteAttrib, 0)
			w.change(g, w.p.Vnode, kqueue.Add|kqueue.Oneshot, kqueue.NoteExtend, 0)
			w.Chmod("f")
			w.take()
			w.write(f, 3)
			w.Close(f)
			w.take()
			w.Chmod("f")
			w.take()
		},
		want: "[v-f=0/0x8] [v-g=0/0x4] []",
	},
	{
		name: "a directory that is removed",
		why:  "vop_rmdir_post; VNOP_RMDIR of Darwin: it loses its own link, too",
		act: func(w *kqWorld) {
			w.Mkdir("d")
			d, _ := w.Open("d", fakedemux.BSDOpenRead)
			w.name[uint64(d)] = "d"
			w.change(d, w.p.Vnode, kqueue.Add|kqueue.Clear, 0x7f, 0)
			w.Rmdir("d")
			w.take()
		},
		want:  "[v-d=0/0x1]",
		other: map[string]string{"darwin": "[v-d=0/0x11]"},
	},
	{
		name: "a FIFO: both ends, edges, and the end",
		why:  "fifo_vnops.c: two unix sockets; FreeBSD: pipe_read tells both ends; Darwin: a write tells the watchers of the file, and no close does",
		act: func(w *kqWorld) {
			w.Mkfifo("p")
			r, _ := w.Open("p", fakedemux.BSDOpenRead|fakedemux.BSDOpenNonblock)
			wr, _ := w.Open("p", fakedemux.BSDOpenWrite|fakedemux.BSDOpenNonblock)
			w.name[uint64(r)], w.name[uint64(wr)] = "a", "b"
			w.change(r, w.p.Read, kqueue.Add|kqueue.Clear, 0, 0)
			w.write(wr, 5)
			w.take()
			w.read(r, 2)
			w.take()
			w.Close(wr)
			w.take()
			w.read(r, 9)
			w.read(r, 9)
			w.change(r, w.p.Read, kqueue.Add, 0, 0)
			w.take()
		},
		want: "[r-a=5] [] [r-a=3/eof] [r-a=0/eof]",
		other: map[string]string{
			"freebsd": "[r-a=5] [r-a=3] [r-a=3/eof] [r-a=0/eof]",
			"netbsd":  "[r-a=5] [] [r-a=3/eof] []", // "clear EOF indication" in fifo_read
			"darwin":  "[r-a=5] [] [] []",
		},
	},
	{
		name: "the writer of a FIFO whose reader goes and comes back",
		why:  "SS_CANTSENDMORE in filt_fifowrite, fifo_vnops.c; PIPE_EOF in filt_pipewrite of FreeBSD; vnode_writable_space_count of Darwin",
		act: func(w *kqWorld) {
			w.Mkfifo("p")
			r, _ := w.Open("p", fakedemux.BSDOpenRead|fakedemux.BSDOpenNonblock)
			wr, _ := w.Open("p", fakedemux.BSDOpenWrite|fakedemux.BSDOpenNonblock)
			w.name[uint64(wr)] = "b"
			w.Close(r)
			w.change(wr, w.p.Write, kqueue.Add, 0, 0)
			w.take()
			w.Open("p", fakedemux.BSDOpenRead|fakedemux.BSDOpenNonblock)
			w.take()
		},
		other: map[string]string{
			"freebsd": "[w-b=16384/eof] [w-b=16384]", "netbsd": "[w-b=4096/eof] [w-b=4096]", "openbsd": "[w-b=32768/eof] [w-b=32768]",
			"dragonfly": "[w-b=57344/eof] [w-b=57344]", "darwin": "[w-b=8192] [w-b=8192]",
		},
	},
	{
		name: "the writer of a pipe whose reader goes, with unread data",
		why:  "filt_pipewrite, sys/kern/sys_pipe.c: kn_data is 0 beside EV_EOF",
		act: func(w *kqWorld) {
			r, wr := w.pipe()
			w.write(wr, 84)
			w.change(wr, w.p.Write, kqueue.Add|kqueue.Clear, 0, 0)
			w.Close(r)
			w.take()
			w.take()
			w.change(wr, w.p.Write, kqueue.Add, 0, 0)
			w.take()
		},
		want: "[w-b=0/eof] [] [w-b=0/eof]",
	},
	{
		name: "EV_ENABLE and EV_DISABLE in the flags of a report",
		why:  "kn_kevent = *kev in kqueue_register; Darwin takes EV_ENABLE out, FreeBSD refuses both",
		act: func(w *kqWorld) {
			a, b := w.pair()
			w.change(a, w.p.Read, kqueue.Add|kqueue.Enable|kqueue.Disable, 0, 0)
			w.write(b, 1)
			w.change(a, w.p.Read, kqueue.Enable, 0, 0)
			w.flags()
		},
		want:  "0xd",
		other: map[string]string{"freebsd": "EINVAL ENOENT", "darwin": "0x9"},
	},
	{
		name: "the flags of a change that failed",
		why:  "\"delete and disable overrule\" in kevent_register of Darwin comes before the knote is looked up; EV_ERROR alone elsewhere",
		act: func(w *kqWorld) {
			a, _ := w.pair()
			events := make([]kqueue.Kevent, 2)
			changes := []kqueue.Kevent{
				{Ident: uint64(a), Filter: w.p.Read, Flags: kqueue.Delete | kqueue.Enable | kqueue.Disable},
				{Ident: uint64(a), Filter: 77, Flags: kqueue.Enable | kqueue.Disable},
			}
			n, _ := w.Kevent(w.kq, changes, events, nil)
			for _, ev := range events[:n] {
				w.saw = append(w.saw, fmt.Sprintf("%#x/%d", ev.Flags, ev.Data))
			}
		},
		want:  "0x4000/2 0x4000/22",
		other: map[string]string{"freebsd": "0x4000/22 0x4000/22", "darwin": "0x400a/2 0x400c/22"},
	},
	{
		name: "a timer that is changed to an impossible time",
		why:  "filt_timertouch of FreeBSD sets EV_ERROR in kn_flags and stops; of NetBSD stops and fails; of Darwin, and filt_timermodify of OpenBSD, fail first",
		act: func(w *kqWorld) {
			if w.p.NoteUnits == 0 {
				return
			}
			w.change(1, w.p.Timer, kqueue.Add, 0, 10)
			bad := uint32(0x100000)
			if w.p.System == "darwin" {
				bad = w.p.NoteSeconds | w.p.NoteMicroseconds
			}
			w.change(1, w.p.Timer, kqueue.Add, bad, 10)
			w.flags()
			w.k.Sleep(15 * time.Millisecond)
			w.take()
			w.change(1, w.p.Timer, kqueue.Delete, 0, 0)
		},
		want:  "EINVAL [t-1=1]",
		other: map[string]string{"freebsd": "0x4020 []", "netbsd": "EINVAL []", "netbsd-9": "", "dragonfly": "", "openbsd-7.3": ""},
	},
	{
		name: "the end of a file moves",
		why:  "VN_KNOTE runs the filters for reading: filt_vfsread, filt_genfsread, filt_ufsread",
		act: func(w *kqWorld) {
			f, _ := w.Open("f", fakedemux.BSDOpenBoth|fakedemux.BSDOpenCreate)
			g, _ := w.Open("f", fakedemux.BSDOpenWrite|fakedemux.BSDOpenAppend)
			w.name[uint64(f)] = "f"
			w.reads(f)
			w.take()
			w.write(g, 5)
			w.take()
			w.read(f, 2)
			w.take()
			w.Ftruncate(g, 1)
			w.take()
		},
		want: "[] [r-f=5] [r-f=3] [r-f=-1]",
	},
}

// TestKqueueSamples plays the samples on every system.
func TestKqueueSamples(t *testing.T) {
	for _, s := range kqSamples {
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
