package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
)

var playsOfFiles = map[cell]func(w *play) answer{
	cellWriteStream: func(w *play) answer {
		a, b := w.pair()
		w.add(w.p.Write, a, 0, 0, 0)
		_, _ = w.Write(a, make([]byte, 8192-2048))
		if w.one().Data != 2048 {
			return wrong
		}
		_, _ = w.Write(a, make([]byte, 1))
		if len(w.take()) > 0 {
			return wrong
		}
		_, _ = w.Read(b, make([]byte, 8192))
		return is(w.one().Data == 8192, answerBytes)
	},
	cellWritePeerFin: func(w *play) answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, 0, 0, 0)
		_ = w.k.CloseWrite(handle(b))
		return either(w.one().Flags&kqueue.EOF != 0, answerYes, answerNo)
	},
	cellWriteFinEdge: func(w *play) answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, kqueue.Clear, 0, 0)
		w.take()
		_ = w.k.CloseWrite(handle(b))
		return either(len(w.take()) == 0, answerSilent, answerReported)
	},
	cellWritePeerShut: func(w *play) answer {
		a, b := w.pair()
		w.add(w.p.Write, a, 0, 0, 0)
		w.k.Linux().Shutdown(b, ShutRead)
		_, e := w.Write(a, []byte("x"))
		return is(e == kqueue.EPIPE, either(w.one().Flags&kqueue.EOF != 0, answerYes, answerNo))
	},
	cellWriteUnconnected: func(w *play) answer {
		w.add(w.p.Write, w.socket(TypeStream), 0, 0, 0)
		return either(len(w.take()) == 0, answerSilent, answerReported)
	},
	cellWriteRefused: func(w *play) answer {
		c, _ := w.k.Connect(loopbackPort(41002))
		w.add(w.p.Write, int(c), 0, 0, 0)
		w.k.Sleep(time.Second)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Fflags == uint32(kqueue.ECONNREFUSED), answerEOFRefused)
	},
	cellWriteReset: func(w *play) answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, 0, 0, 0)
		_, _ = w.Write(a, []byte("never read"))
		_ = w.k.CloseWrite(handle(b))
		w.Close(b)
		ev := w.one()
		_, e := w.Write(a, []byte("x"))
		again := w.one()
		return is(ev.Fflags == uint32(kqueue.ECONNRESET) && e == kqueue.EPIPE && again.Fflags == ev.Fflags && ev.Flags&kqueue.EOF != 0, answerEOFReset)
	},
	cellWriteListener: func(w *play) answer {
		l, _, _ := w.k.Listen("127.0.0.1:0", 1)
		w.add(w.p.Write, int(l), 0, 0, 0)
		return either(len(w.take()) == 0, answerSilent, answerReported)
	},
	cellWriteDatagram: func(w *play) answer {
		w.add(w.p.Write, w.socket(TypeDatagram), 0, 0, 0)
		return is(w.one().Data == int64(w.p.DatagramSend), answerBytes)
	},
	cellWriteReaderGone: func(w *play) answer {
		r, wr := w.pipe()
		w.add(w.p.Write, wr, kqueue.Clear, 0, 0)
		w.take()
		w.Close(r)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Data == 0, answerEOF)
	},
	cellWriteNoReader: func(w *play) answer {
		r, wr := w.pipe()
		w.Close(r)
		a := w.adds(w.p.Write, wr)
		ev := w.take()
		return either(a != answerAccepted, a, is(len(ev) == 1 && ev[0].Flags&kqueue.EOF != 0 && ev[0].Data == 0, answerEOF))
	},
	cellWriteKqueue: func(w *play) answer {
		kq2, _ := w.Kqueue()
		return w.adds(w.p.Write, kq2)
	},
	cellWriteFile:      func(w *play) answer { return w.writable(w.open("f")) },
	cellWriteDirectory: func(w *play) answer { _ = w.Mkdir("d"); fd, _ := w.Open("d", OpenRead); return w.writable(fd) },
	cellWriteEventfd: func(w *play) answer {
		fd, _ := w.k.Linux().Eventfd(0, 0)
		a := w.adds(w.p.Write, fd)
		return either(a != answerAccepted, a, is(len(w.take()) == 1, a))
	},
	cellWriteTimerfd: func(w *play) answer {
		fd, _ := w.k.Linux().TimerfdCreate(1, 0)
		return w.adds(w.p.Write, fd)
	},

	cellVnodeSocket: func(w *play) answer { a, _ := w.pair(); return w.adds(w.p.Vnode, a) },
	cellVnodePipe:   func(w *play) answer { r, _ := w.pipe(); return w.adds(w.p.Vnode, r) },
	cellVnodeFifo: func(w *play) answer {
		_ = w.Mkfifo("p")
		fd, _ := w.Open("p", OpenRead|OpenNonblock)
		return w.adds(w.p.Vnode, fd)
	},
	cellFifoWrongEnd: func(w *play) answer {
		_ = w.Mkfifo("p")
		r, _ := w.Open("p", OpenRead|OpenNonblock)
		wr, _ := w.Open("p", OpenWrite|OpenNonblock)
		w.add(w.p.Write, r, 0, 0, 0)
		w.Close(wr)
		got := w.take()
		return either(len(got) == 0, answerSilent, is(len(got) == 1 && got[0].Flags&kqueue.EOF != 0, answerEOF))
	},
	cellVnodeKqueue:  func(w *play) answer { kq2, _ := w.Kqueue(); return w.adds(w.p.Vnode, kq2) },
	cellVnodeEventfd: func(w *play) answer { fd, _ := w.k.Linux().Eventfd(0, 0); return w.adds(w.p.Vnode, fd) },
	cellVnodeWrite: func(w *play) answer {
		fd := w.open("f")
		other, _ := w.Open("f", OpenWrite)
		return w.noted(fd, func() { _, _ = w.Write(other, []byte("four")) })
	},
	cellVnodeExtend: func(w *play) answer {
		fd := w.open("f")
		other, _ := w.Open("f", OpenWrite|OpenAppend)
		return w.noted(fd, func() { _, _ = w.Write(other, []byte("x")) })
	},
	cellVnodeShrink: func(w *play) answer { fd := w.open("f"); return w.noted(fd, func() { _ = w.Ftruncate(fd, 1) }) },
	cellVnodeGrow:   func(w *play) answer { fd := w.open("f"); return w.noted(fd, func() { _ = w.Ftruncate(fd, 9) }) },
	cellVnodeChmod:  func(w *play) answer { return w.noted(w.open("f"), func() { _ = w.Chmod("f") }) },
	cellVnodeLink:   func(w *play) answer { return w.noted(w.open("f"), func() { _ = w.Link("f", "g") }) },
	cellVnodeUnlink: func(w *play) answer { return w.noted(w.open("f"), func() { _ = w.Unlink("f") }) },
	cellVnodeUnlinkOne: func(w *play) answer {
		fd := w.open("f")
		_ = w.Link("f", "g")
		return w.noted(fd, func() { _ = w.Unlink("f") })
	},
	cellVnodeRename: func(w *play) answer { return w.noted(w.open("f"), func() { _ = w.Rename("f", "g") }) },
	cellVnodeReplaced: func(w *play) answer {
		fd := w.open("f")
		w.open("g")
		return w.noted(fd, func() { _ = w.Rename("g", "f") })
	},
	cellVnodeRevoke: func(w *play) answer {
		w.add(w.p.Vnode, w.open("f"), kqueue.Clear, kqueue.NoteRevoke, 0)
		_ = w.Revoke("f")
		ev := w.one()
		if ev.Fflags != kqueue.NoteRevoke || ev.Flags&kqueue.EOF == 0 {
			return wrong
		}
		return either(ev.Flags&kqueue.Oneshot != 0, answerEOFOneshot, answerEOF)
	},
	cellVnodeUse: func(w *play) answer {
		notes := uint32(noteUse)
		if w.p.System != "freebsd" && w.p.Name != "netbsd" {
			notes = 0x80 &^ w.known(filterVnode)
		}
		w.add(w.p.Vnode, w.open("f"), kqueue.Clear, notes, 0)
		r, _ := w.Open("f", OpenRead)
		_, _ = w.Read(r, make([]byte, 1))
		w.Close(r)
		wr, _ := w.Open("f", OpenWrite)
		w.Close(wr)
		got := w.take()
		return either(len(got) == 0, answerSilent, is(len(got) == 1 && got[0].Fflags == noteUse, answerNoteOpen))
	},
	cellVnodeCreate: func(w *play) answer {
		fd := w.dir()
		w.open("f")
		created := w.noted(fd, func() { w.open("d/f") })
		linked := w.noted(fd, func() { _ = w.Link("f", "d/g") })
		removed := w.noted(fd, func() { _ = w.Unlink("d/g") })
		return is(created == linked && linked == removed, created)
	},
	cellVnodeMkdir: func(w *play) answer {
		fd := w.dir()
		made := w.noted(fd, func() { _ = w.Mkdir("d/e") })
		removed := w.noted(fd, func() { _ = w.Rmdir("d/e") })
		return is(made == removed, made)
	},
	cellVnodeRenameDir: func(w *play) answer {
		fd := w.dir()
		w.open("d/f")
		return w.noted(fd, func() { _ = w.Rename("d/f", "d/g") })
	},
	cellVnodeRenameAcross: func(w *play) answer {
		fd := w.dir()
		w.open("d/f")
		from := w.noted(fd, func() { _ = w.Rename("d/f", "g") })
		into := w.noted(fd, func() { _ = w.Rename("g", "d/f") })
		return is(from == into, from)
	},
}

// dir makes and opens the directory d.
func (w *play) dir() int {
	_ = w.Mkdir("d")
	fd, _ := w.Open("d", OpenRead)
	return fd
}

// known returns the bits of fflags that the system has for a filter.
func (w *play) known(kind filterKind) uint32 {
	var all uint32
	for _, word := range noteWords {
		if word.filter == kind && word.systems&systemOf(w.p) != 0 {
			all |= word.bit
		}
	}
	return all
}

// writable is what EVFILT_WRITE says of a file.
func (w *play) writable(fd int) answer {
	if a := w.adds(w.p.Write, fd); a != answerAccepted {
		return a
	}
	switch w.one().Data {
	case 0:
		return answerZero
	case 1:
		return answerOne
	}
	return wrong
}

var playsOfOthers = map[cell]func(w *play) answer{
	cellZombie: func(w *play) answer {
		pid := w.k.StartProcess()
		w.k.EndProcess(pid, 3)
		e := w.change(w.p.Proc, pid, kqueue.Add, kqueue.NoteExit, 0)
		if e != 0 {
			return is(e == kqueue.ESRCH, answerSilent)
		}
		return is(w.one().Data == 3, answerReported)
	},
	cellExitFlags: func(w *play) answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteExit, 0)
		w.k.EndProcess(pid, 3)
		flags := uint32(kqueue.EOF | kqueue.Oneshot | kqueue.Clear)
		ev := w.one()
		return either(ev.Flags&flags == flags && ev.Fflags == kqueue.NoteExit && len(w.take()) == 0, answerYes, answerNo)
	},
	cellExitStatus: func(w *play) answer {
		exits := func(fflags uint32) (int64, int) {
			pid := w.k.StartProcess()
			w.add(w.p.Proc, pid, 0, fflags, 0)
			w.k.EndProcess(pid, 3)
			got := w.take()
			if len(got) == 0 {
				return 0, 0
			}
			return got[0].Data, 1
		}
		plain, _ := exits(kqueue.NoteExit)
		if plain == 0 {
			status, _ := exits(kqueue.NoteExit | exitStatus)
			return is(status == 3, answerExitStatus)
		}
		unasked, n := exits(kqueue.NoteFork)
		return either(n == 1 && unasked == 3, answerAlways, answerIfAsked)
	},
	cellExitUnasked: func(w *play) answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteFork, 0)
		w.k.EndProcess(pid, 3)
		pending := w.k.lookup(w.kq).object.(*kqueueInstance).pending()
		if got := w.take(); len(got) > 0 {
			return is(got[0].Fflags == 0, answerReported)
		}
		return either(pending == 1, answerDropped, answerSilent)
	},
	cellFork: func(w *play) answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteFork, 0)
		w.k.ForkProcess(pid)
		return is(w.one().Fflags == kqueue.NoteFork, answerReported)
	},
	cellExec: func(w *play) answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteExec, 0)
		w.k.ExecProcess(pid)
		return is(w.one().Fflags == kqueue.NoteExec, answerReported)
	},
	cellTrack: func(w *play) answer {
		pid := w.k.StartProcess()
		if e := w.change(w.p.Proc, pid, kqueue.Add, kqueue.NoteTrack|kqueue.NoteExit, 0); e != 0 {
			return w.refusal(e)
		}
		child := w.k.ForkProcess(pid)
		ev := w.one()
		if ev.Ident != uint64(child) || ev.Fflags != kqueue.NoteChild || ev.Data != int64(pid) {
			return wrong
		}
		w.k.EndProcess(child, 5)
		end := w.one()
		if end.Ident != uint64(child) || end.Fflags != kqueue.NoteExit || end.Data != 5 {
			return wrong
		}
		return either(ev.Flags&kqueue.Oneshot != 0, answerTwo, answerOneKnote)
	},
	cellSignal: func(w *play) answer {
		w.add(w.p.Signal, 30, 0, 0, 0)
		w.k.Raise(30)
		w.k.Raise(30)
		return is(w.one().Data == 2 && len(w.take()) == 0, answerYes)
	},
	cellSignalRange: func(w *play) answer { return w.adds(w.p.Signal, 500) },

	cellTimerZero:     func(w *play) answer { return w.timer(0) },
	cellTimerNegative: func(w *play) answer { return w.timer(-5) },
	cellTimerUnit: func(w *play) answer {
		return w.refusal(w.change(w.p.Timer, 1, kqueue.Add, 1<<20, 1))
	},
	cellTimerAgain: func(w *play) answer {
		w.add(w.p.Timer, 1, kqueue.Oneshot, 0, 10)
		w.k.Sleep(15 * time.Millisecond)
		w.add(w.p.Timer, 1, 0, 0, 40)
		switch got := w.take(); {
		case len(got) == 1:
			return answerLater
		case len(got) > 1:
			return wrong
		}
		w.k.Sleep(50 * time.Millisecond)
		ev := w.one()
		if ev.Flags&kqueue.Oneshot == 0 {
			return answerReplacesFlags
		}
		w.add(w.p.Timer, 2, 0, 0, 10)
		w.change(w.p.Timer, 2, kqueue.Enable, 0, 40)
		w.k.Sleep(15 * time.Millisecond)
		return either(len(w.take()) == 0, answerEveryChange, answerRestarts)
	},
	cellTimerLate: func(w *play) answer {
		w.add(w.p.Timer, 1, 0, 0, 10)
		w.k.Sleep(35 * time.Millisecond)
		armed := w.k.lookup(w.kq).object.(*kqueueInstance).all[0].due > w.k.tasks.Now()
		return is(w.one().Data == 3, either(armed, answerEach, answerCounts))
	},

	cellUserAdd: func(w *play) answer {
		w.add(w.p.User, 1, 0, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 1, answerYes, answerNo)
	},
	cellUserFlags: func(w *play) answer {
		w.add(w.p.User, 1, kqueue.Clear, 5, 6)
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger|kqueue.NoteOr|2, 8)
		first := w.one()
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger, 9)
		second := w.one()
		switch {
		case first.Data != 8 || second.Data != 9:
			return wrong
		case first.Fflags == 7 && second.Fflags == 7:
			return answerAsked
		case first.Fflags == 7 && second.Fflags == 0:
			return answerMasked
		case first.Fflags == 2 && second.Fflags == 0:
			return answerComputed
		}
		return wrong
	},
	cellUserTrigger: func(w *play) answer {
		w.add(w.p.User, 1, kqueue.Clear, 0, 0)
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 1 && len(w.take()) == 0, answerYes, answerNo)
	},
	cellUserClear: func(w *play) answer {
		w.add(w.p.User, 1, 0, 0, 0)
		w.change(w.p.User, 1, kqueue.Clear, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 0, answerYes, answerNo)
	},
	cellUserOneshot: func(w *play) answer {
		w.add(w.p.User, 1, kqueue.Oneshot, 0, 0)
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger|kqueue.NoteCopy|5, 6)
		ev := w.one()
		return either(ev.Fflags == 5 && ev.Data == 6, answerReported, is(ev.Fflags == 0 && ev.Data == 0, answerNothing))
	},
}

// timer is what happens to a timer of data milliseconds.
func (w *play) timer(data int64) answer {
	if e := w.change(w.p.Timer, 1, kqueue.Add, 0, data); e != 0 {
		return w.refusal(e)
	}
	if got := w.take(); len(got) == 1 {
		w.k.Sleep(time.Second)
		return is(len(w.take()) == 0, answerAtOnce)
	}
	w.k.Sleep(5 * time.Millisecond)
	switch got := w.take(); {
	case len(got) == 1 && got[0].Data == 5:
		return answerUnit
	case len(got) == 1:
		return wrong
	}
	w.k.Sleep(16 * time.Millisecond)
	return is(w.one().Data == 2, answerTick)
}
