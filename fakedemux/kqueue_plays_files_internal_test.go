package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/kqueues"
)

var playsOfFiles = map[kqueues.Cell]func(w *play) kqueues.Answer{
	kqueues.CellWriteStream: func(w *play) kqueues.Answer {
		a, b := w.tcp()
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
		return is(w.one().Data == 8192, kqueues.AnswerBytes)
	},
	kqueues.CellWritePeerFin: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, 0, 0, 0)
		_ = w.k.CloseWrite(handle(b))
		return either(w.one().Flags&kqueue.EOF != 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellWriteFinEdge: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, kqueue.Clear, 0, 0)
		w.take()
		_ = w.k.CloseWrite(handle(b))
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellWritePeerShut: func(w *play) kqueues.Answer {
		a, b := w.pair()
		w.add(w.p.Write, a, 0, 0, 0)
		w.k.Linux().Shutdown(b, ShutRead)
		_, e := w.Write(a, []byte("x"))
		return is(e == kqueue.EPIPE, either(w.one().Flags&kqueue.EOF != 0, kqueues.AnswerYes, kqueues.AnswerNo))
	},
	kqueues.CellWriteUnconnected: func(w *play) kqueues.Answer {
		w.add(w.p.Write, w.socket(TypeStream), 0, 0, 0)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellWriteRefused: func(w *play) kqueues.Answer {
		c, _ := w.k.Connect(loopbackPort(41002))
		w.add(w.p.Write, int(c), 0, 0, 0)
		w.k.Sleep(time.Second)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Fflags == uint32(kqueue.ECONNREFUSED), kqueues.AnswerEOFRefused)
	},
	kqueues.CellWriteReset: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Write, a, 0, 0, 0)
		_, _ = w.Write(a, []byte("never read"))
		_ = w.k.CloseWrite(handle(b))
		w.Close(b)
		ev := w.one()
		_, e := w.Write(a, []byte("x"))
		again := w.one()
		return is(ev.Fflags == uint32(kqueue.ECONNRESET) && e == kqueue.EPIPE && again.Fflags == ev.Fflags && ev.Flags&kqueue.EOF != 0, kqueues.AnswerEOFReset)
	},
	kqueues.CellWriteListener: func(w *play) kqueues.Answer {
		l, _, _ := w.k.Listen("127.0.0.1:0", 1)
		w.add(w.p.Write, int(l), 0, 0, 0)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellWriteDatagram: func(w *play) kqueues.Answer {
		w.add(w.p.Write, w.socket(TypeDatagram), 0, 0, 0)
		return is(w.one().Data == int64(w.p.DatagramSend), kqueues.AnswerBytes)
	},
	kqueues.CellWriteReaderGone: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Write, wr, kqueue.Clear, 0, 0)
		w.take()
		w.Close(r)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Data == 0, kqueues.AnswerEOF)
	},
	kqueues.CellWriteUnixRoom: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		w.add(w.p.Write, a, 0, 0, 0)
		_, _ = w.Write(a, make([]byte, 5000))
		data := w.one().Data
		n, _ := w.Write(a, make([]byte, 8192))
		if len(w.take()) > 0 {
			return wrong
		}
		return either(data == 8192 && n == 8192, kqueues.AnswerWhole, is(data == 3192 && n == 3192, kqueues.AnswerRestFree))
	},
	kqueues.CellWriteUnixGone: func(w *play) kqueues.Answer {
		a, b := w.pair()
		_, _ = w.Write(a, make([]byte, 8192))
		w.add(w.p.Write, a, 0, 0, 0)
		w.Close(b)
		ev := w.one()
		if ev.Flags&kqueue.EOF == 0 {
			return wrong
		}
		return either(ev.Data == 0, kqueues.AnswerYes, is(ev.Data == 8192, kqueues.AnswerNo))
	},
	kqueues.CellWriteLow: func(w *play) kqueues.Answer {
		a, _ := w.tcp()
		_, _ = w.Write(a, make([]byte, 6200))
		n, e := w.Write(a, make([]byte, 1993))
		if e == 0 {
			return is(n == 1992, kqueues.AnswerNo)
		}
		n, _ = w.Write(a, make([]byte, 1992))
		return is(e == kqueue.EAGAIN && n == 1992, kqueues.AnswerYes)
	},
	kqueues.CellWriteNoReader: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.Close(r)
		a := w.adds(w.p.Write, wr)
		ev := w.take()
		return either(a != kqueues.AnswerAccepted, a, is(len(ev) == 1 && ev[0].Flags&kqueue.EOF != 0 && ev[0].Data == 0, kqueues.AnswerEOF))
	},
	kqueues.CellWriteKqueue: func(w *play) kqueues.Answer {
		kq2, _ := w.Kqueue()
		return w.adds(w.p.Write, kq2)
	},
	kqueues.CellWriteFile: func(w *play) kqueues.Answer { return w.writable(w.open("f")) },
	kqueues.CellWriteDirectory: func(w *play) kqueues.Answer {
		_ = w.Mkdir("d")
		fd, _ := w.Open("d", BSDOpenRead)
		return w.writable(fd)
	},
	kqueues.CellWriteEventfd: func(w *play) kqueues.Answer {
		fd, _ := w.k.Linux().Eventfd(0, 0)
		a := w.adds(w.p.Write, fd)
		return either(a != kqueues.AnswerAccepted, a, is(len(w.take()) == 1, a))
	},
	kqueues.CellWriteTimerfd: func(w *play) kqueues.Answer {
		fd, _ := w.k.Linux().TimerfdCreate(1, 0)
		return w.adds(w.p.Write, fd)
	},

	kqueues.CellVnodeSocket: func(w *play) kqueues.Answer { a, _ := w.pair(); return w.adds(w.p.Vnode, a) },
	kqueues.CellVnodePipe:   func(w *play) kqueues.Answer { r, _ := w.pipe(); return w.adds(w.p.Vnode, r) },
	kqueues.CellVnodeFifo: func(w *play) kqueues.Answer {
		_ = w.Mkfifo("p")
		fd, _ := w.Open("p", BSDOpenRead|BSDOpenNonblock)
		return w.adds(w.p.Vnode, fd)
	},
	kqueues.CellFifoWrongEnd: func(w *play) kqueues.Answer {
		r, wr := w.fifo()
		if e := w.change(w.p.Write, r, kqueue.Add|kqueue.Clear, 0, 0); e != 0 {
			return w.refusal(e)
		}
		got := w.take()
		w.Close(wr)
		if len(w.take()) > 0 {
			return wrong
		}
		return either(len(got) == 0, kqueues.AnswerSilent, is(len(got) == 1 && got[0].Data == int64(w.p.UnixStream), kqueues.AnswerWatched))
	},
	kqueues.CellVnodeKqueue:  func(w *play) kqueues.Answer { kq2, _ := w.Kqueue(); return w.adds(w.p.Vnode, kq2) },
	kqueues.CellVnodeEventfd: func(w *play) kqueues.Answer { fd, _ := w.k.Linux().Eventfd(0, 0); return w.adds(w.p.Vnode, fd) },
	kqueues.CellVnodeWrite: func(w *play) kqueues.Answer {
		fd := w.open("f")
		other, _ := w.Open("f", BSDOpenWrite)
		return w.noted(fd, func() { _, _ = w.Write(other, []byte("four")) })
	},
	kqueues.CellVnodeExtend: func(w *play) kqueues.Answer {
		fd := w.open("f")
		other, _ := w.Open("f", BSDOpenWrite|BSDOpenAppend)
		return w.noted(fd, func() { _, _ = w.Write(other, []byte("x")) })
	},
	kqueues.CellVnodeShrink: func(w *play) kqueues.Answer { fd := w.open("f"); return w.noted(fd, func() { _ = w.Ftruncate(fd, 1) }) },
	kqueues.CellVnodeGrow:   func(w *play) kqueues.Answer { fd := w.open("f"); return w.noted(fd, func() { _ = w.Ftruncate(fd, 9) }) },
	kqueues.CellVnodeChmod:  func(w *play) kqueues.Answer { return w.noted(w.open("f"), func() { _ = w.Chmod("f") }) },
	kqueues.CellVnodeLink:   func(w *play) kqueues.Answer { return w.noted(w.open("f"), func() { _ = w.Link("f", "g") }) },
	kqueues.CellVnodeUnlink: func(w *play) kqueues.Answer { return w.noted(w.open("f"), func() { _ = w.Unlink("f") }) },
	kqueues.CellVnodeUnlinkOne: func(w *play) kqueues.Answer {
		fd := w.open("f")
		_ = w.Link("f", "g")
		return w.noted(fd, func() { _ = w.Unlink("f") })
	},
	kqueues.CellVnodeRename: func(w *play) kqueues.Answer { return w.noted(w.open("f"), func() { _ = w.Rename("f", "g") }) },
	kqueues.CellVnodeReplaced: func(w *play) kqueues.Answer {
		fd := w.open("f")
		w.open("g")
		return w.noted(fd, func() { _ = w.Rename("g", "f") })
	},
	kqueues.CellVnodeReplacedOne: func(w *play) kqueues.Answer {
		fd := w.open("f")
		_ = w.Link("f", "g")
		w.open("h")
		return w.noted(fd, func() { _ = w.Rename("h", "f") })
	},
	kqueues.CellVnodeSameSize: func(w *play) kqueues.Answer {
		fd := w.open("f")
		cut := w.noted(fd, func() { _ = w.Ftruncate(fd, 4) })
		empty, _ := w.Open("e", BSDOpenBoth|BSDOpenCreate|BSDOpenTruncate)
		opened := w.noted(empty, func() { _, _ = w.Open("e", BSDOpenWrite|BSDOpenTruncate) })
		return is(cut == opened, cut)
	},
	kqueues.CellVnodeReadEnd: func(w *play) kqueues.Answer {
		fd := w.open("f")
		notes := uint32(kqueues.NoteRead)
		if w.p.System != "freebsd" && w.p.Name != "netbsd" {
			notes = 0
		}
		w.add(w.p.Vnode, fd, kqueue.Clear, notes, 0)
		_, _ = w.Read(fd, make([]byte, 1))
		got := w.take()
		return either(len(got) == 0, kqueues.AnswerSilent, is(len(got) == 1 && got[0].Fflags == kqueues.NoteRead, kqueues.AnswerNoteRead))
	},
	kqueues.CellVnodeRevoke: func(w *play) kqueues.Answer {
		w.add(w.p.Vnode, w.open("f"), kqueue.Clear, kqueue.NoteRevoke, 0)
		_ = w.Revoke("f")
		ev := w.one()
		if ev.Fflags != kqueue.NoteRevoke || ev.Flags&kqueue.EOF == 0 {
			return wrong
		}
		return either(ev.Flags&kqueue.Oneshot != 0, kqueues.AnswerEOFOneshot, kqueues.AnswerEOF)
	},
	kqueues.CellVnodeRevokeUnasked: func(w *play) kqueues.Answer {
		w.add(w.p.Vnode, w.open("f"), 0, kqueue.NoteWrite, 0)
		_ = w.Revoke("f")
		got := w.take()
		return either(len(got) == 0, kqueues.AnswerSilent, is(len(got) == 1 && got[0].Flags&kqueue.EOF != 0 && got[0].Fflags == 0, kqueues.AnswerReported))
	},
	kqueues.CellVnodeUse: func(w *play) kqueues.Answer {
		notes := uint32(kqueues.NoteUse)
		if w.p.System != "freebsd" && w.p.Name != "netbsd" {
			notes = 0x80 &^ w.known(kqueues.FilterVnode)
		}
		w.add(w.p.Vnode, w.open("f"), kqueue.Clear, notes, 0)
		r, _ := w.Open("f", BSDOpenRead)
		_, _ = w.Read(r, make([]byte, 1))
		w.Close(r)
		wr, _ := w.Open("f", BSDOpenWrite)
		w.Close(wr)
		got := w.take()
		return either(len(got) == 0, kqueues.AnswerSilent, is(len(got) == 1 && got[0].Fflags == kqueues.NoteUse, kqueues.AnswerNoteOpen))
	},
	kqueues.CellVnodeCreate: func(w *play) kqueues.Answer {
		fd := w.dir()
		w.open("f")
		created := w.noted(fd, func() { w.open("d/f") })
		linked := w.noted(fd, func() { _ = w.Link("f", "d/g") })
		removed := w.noted(fd, func() { _ = w.Unlink("d/g") })
		return is(created == linked && linked == removed, created)
	},
	kqueues.CellVnodeMkdir: func(w *play) kqueues.Answer {
		fd := w.dir()
		made := w.noted(fd, func() { _ = w.Mkdir("d/e") })
		removed := w.noted(fd, func() { _ = w.Rmdir("d/e") })
		return is(made == removed, made)
	},
	kqueues.CellVnodeRenameDir: func(w *play) kqueues.Answer {
		fd := w.dir()
		w.open("d/f")
		return w.noted(fd, func() { _ = w.Rename("d/f", "d/g") })
	},
	kqueues.CellVnodeRenameFrom: func(w *play) kqueues.Answer {
		fd := w.dir()
		w.open("d/f")
		return w.noted(fd, func() { _ = w.Rename("d/f", "g") })
	},
	kqueues.CellVnodeRenameInto: func(w *play) kqueues.Answer {
		fd := w.dir()
		w.open("g")
		return w.noted(fd, func() { _ = w.Rename("g", "d/f") })
	},
	kqueues.CellVnodeRenameOver: func(w *play) kqueues.Answer {
		fd := w.dir()
		w.open("d/f")
		w.open("g")
		return w.noted(fd, func() { _ = w.Rename("g", "d/f") })
	},
}

// dir makes and opens the directory d.
func (w *play) dir() int {
	_ = w.Mkdir("d")
	fd, _ := w.Open("d", BSDOpenRead)
	return fd
}

// known returns the bits of fflags that the system has for a filter.
func (w *play) known(kind kqueues.FilterKind) uint32 {
	var all uint32
	for _, word := range kqueues.NoteWords {
		if word.Filter == kind && word.Systems&kqueues.SystemOf(w.p) != 0 {
			all |= word.Bit
		}
	}
	return all
}

// writable is what EVFILT_WRITE says of a file.
func (w *play) writable(fd int) kqueues.Answer {
	if a := w.adds(w.p.Write, fd); a != kqueues.AnswerAccepted {
		return a
	}
	switch w.one().Data {
	case 0:
		return kqueues.AnswerZero
	case 1:
		return kqueues.AnswerOne
	}
	return wrong
}
