package fakedemux_test

import (
	"fmt"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
)

// kqEndSamples are samples of ends, files, timers and others.
var kqEndSamples = []kqSample{
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
