package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/objects"
)

// plays plays each row of the table, and returns what was seen.
var plays = map[kqueues.Cell]func(w *play) kqueues.Answer{
	kqueues.CellFlags: func(w *play) kqueues.Answer {
		a, b := w.pair()
		w.add(w.p.Read, a, kqueue.Enable|kqueue.Clear, 0, 0)
		_, _ = w.Write(b, []byte("x"))
		switch w.one().Flags {
		case kqueue.Clear:
			return kqueues.AnswerStripped
		case kqueue.Add | kqueue.Enable | kqueue.Clear:
			return kqueues.AnswerKept
		}
		return wrong
	},
	kqueues.CellReceipt: func(w *play) kqueues.Answer {
		a, b := w.pair()
		_, _ = w.Kevent(w.kq, []kqueue.Kevent{{Ident: uint64(a), Filter: w.p.Read, Flags: kqueue.Add | kqueue.Receipt}}, make([]kqueue.Kevent, 1), nil)
		_, _ = w.Write(b, []byte("x"))
		return either(w.one().Flags&kqueue.Receipt != 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellErrorFlags: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		ev := make([]kqueue.Kevent, 1)
		_, _ = w.Kevent(w.kq, []kqueue.Kevent{{Ident: uint64(a), Filter: w.p.Read, Flags: kqueue.Delete}}, ev, nil)
		return either(ev[0].Flags == kqueue.Error, kqueues.AnswerAlone, is(ev[0].Flags == kqueue.Error|kqueue.Delete, kqueues.AnswerJoined))
	},
	kqueues.CellReceiptNoRoom: func(w *play) kqueues.Answer {
		a, b := w.pair()
		_, _ = w.Write(b, []byte("x"))
		n, e := w.Kevent(w.kq, []kqueue.Kevent{
			{Ident: uint64(b), Filter: w.p.Read, Flags: kqueue.Add | kqueue.Receipt},
			{Ident: uint64(a), Filter: w.p.Read, Flags: kqueue.Add},
		}, nil, nil)
		return is(n == 0 && e == 0, either(len(w.take()) == 0, kqueues.AnswerStops, kqueues.AnswerGoesOn))
	},
	kqueues.CellChange: func(w *play) kqueues.Answer {
		a, b := w.pair()
		_, _ = w.Write(b, []byte("x"))
		w.add(w.p.Read, a, kqueue.Clear, 0, 0)
		_, _ = w.Kevent(w.kq, []kqueue.Kevent{{Ident: uint64(a), Filter: w.p.Read, Udata: 9}}, nil, nil)
		return either(w.one().Udata == 9, kqueues.AnswerReplaces, kqueues.AnswerIgnored)
	},
	kqueues.CellEnable: func(w *play) kqueues.Answer {
		a, b := w.pair()
		w.add(w.p.Read, a, kqueue.Clear, 0, 0)
		_, _ = w.Write(b, []byte("x"))
		w.take() // it is not active any more, and there is something to read
		w.change(w.p.Read, a, kqueue.Disable, 0, 0)
		w.change(w.p.Read, a, kqueue.Enable, 0, 0)
		if len(w.take()) == 0 {
			return kqueues.AnswerQueues
		}
		// A knote that was active when it was disabled, and whose condition has passed.
		w.add(w.p.Write, a, kqueue.Oneshot, 0, 0)
		w.change(w.p.Write, a, kqueue.Disable, 0, 0)
		w.take()
		for e := kqueue.Errno(0); e == 0; {
			_, e = w.Write(a, make([]byte, 512))
		}
		w.change(w.p.Write, a, kqueue.Enable, 0, 0)
		return either(len(w.take()) == 1, kqueues.AnswerRunsQueues, kqueues.AnswerRuns)
	},
	kqueues.CellDisable: func(w *play) kqueues.Answer {
		a, b := w.pair()
		c, d := w.pair()
		w.add(w.p.Read, a, 0, 0, 0)
		w.add(w.p.Read, c, 0, 0, 0)
		_, _ = w.Write(b, []byte("x"))
		_, _ = w.Write(d, []byte("x"))
		w.change(w.p.Read, a, kqueue.Disable, 0, 0)
		w.change(w.p.Read, a, kqueue.Enable, 0, 0)
		if got := w.take(); len(got) != 2 || got[0].Ident != uint64(a) {
			return is(len(got) == 2, kqueues.AnswerDequeues)
		}
		// Add it again while it is disabled and ready: is the kqueue readable?
		e, f := w.pair()
		_, _ = w.Write(f, []byte("x"))
		kq2, _ := w.Kqueue()
		_, _ = w.Kevent(kq2, []kqueue.Kevent{{Ident: uint64(e), Filter: w.p.Read, Flags: kqueue.Add | kqueue.Disable}}, nil, nil)
		return either(w.k.system.Lookup(kq2).Object.(*kqueues.Instance).Pending() == 1, kqueues.AnswerStays, kqueues.AnswerSkips)
	},
	kqueues.CellEnableDisable: func(w *play) kqueues.Answer {
		a, b := w.pair()
		_, _ = w.Write(b, []byte("x"))
		if e := w.change(w.p.Read, a, kqueue.Add|kqueue.Enable|kqueue.Disable, 0, 0); e != 0 {
			return w.refusal(e)
		}
		return either(len(w.take()) == 1, kqueues.AnswerEnables, kqueues.AnswerDisables)
	},
	kqueues.CellAddDelete: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		if e := w.change(w.p.Read, a, kqueue.Add|kqueue.Delete, 0, 0); e != 0 {
			return is(e == kqueue.ENOENT, kqueues.AnswerDeletes)
		}
		w.change(w.p.Read, a, kqueue.Add|kqueue.Delete, 0, 0)
		return either(w.k.Registrations(a) == 0, kqueues.AnswerDeletesOld, kqueues.AnswerAdds)
	},
	kqueues.CellOneshot: func(w *play) kqueues.Answer {
		a, b := w.pair()
		w.add(w.p.Read, a, kqueue.Oneshot, 0, 0)
		_, _ = w.Write(b, []byte("xyz"))
		_, _ = w.Read(a, make([]byte, 8))
		got := w.take()
		return either(len(got) == 0, kqueues.AnswerRuns, is(len(got) == 1 && got[0].Data == 3, kqueues.AnswerKeeps))
	},
	kqueues.CellClearDispatch: func(w *play) kqueues.Answer {
		a, b := w.pair()
		w.add(w.p.Read, a, kqueue.Clear|kqueue.Dispatch, 0, 0)
		_, _ = w.Write(b, []byte("x"))
		w.take()
		_, _ = w.Write(b, []byte("x"))
		return either(len(w.take()) == 0, kqueues.AnswerBoth, kqueues.AnswerClears)
	},
	kqueues.CellClosed: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		w.add(w.p.Read, a, 0, 0, 0)
		w.Close(a)
		return w.refusal(w.change(w.p.Read, a, kqueue.Delete, 0, 0))
	},
	kqueues.CellFilterZero: func(w *play) kqueues.Answer {
		a, b := w.pair()
		if e := w.change(0, a, kqueue.Add, 0, 0); e != 0 {
			return w.refusal(e)
		}
		_, _ = w.Write(b, []byte("x"))
		return either(len(w.take()) == 0, kqueues.AnswerIgnored, kqueues.AnswerRead)
	},
	kqueues.CellTimeoutFirst: func(w *play) kqueues.Answer {
		_, e := w.Kevent(w.kq, nil, nil, &kqueue.Timespec{Sec: -1})
		return either(e == kqueue.EINVAL, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellTimeoutWrong: func(w *play) kqueues.Answer {
		events := make([]kqueue.Kevent, 1)
		began := w.k.Now()
		_, e := w.Kevent(w.kq, nil, events, &kqueue.Timespec{Sec: -1})
		_, e2 := w.Kevent(w.kq, nil, events, &kqueue.Timespec{Nsec: -1})
		if waited := w.k.Now() - began; e != e2 || waited != 0 {
			return wrong
		}
		if e == 0 {
			_, e = w.Kevent(w.kq, nil, events, &kqueue.Timespec{Nsec: 2e9})
			return is(e == 0 && w.k.Now()-began == 2*time.Second, kqueues.AnswerAccepted)
		}
		return w.refusal(e)
	},
	kqueues.CellNoData: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, r, 0, 0, 0)
		_, _ = w.Write(wr, []byte("x"))
		w.Close(wr)
		if w.one().Flags&kqueues.NoData != 0 {
			return wrong // there is something to read
		}
		_, _ = w.Read(r, make([]byte, 8))
		return either(w.one().Flags&kqueues.NoData != 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellOrder: func(w *play) kqueues.Answer {
		a, b := w.pair()
		c, d := w.pair()
		w.add(w.p.Read, a, 0, 0, 0)
		w.add(w.p.Read, c, 0, 0, 0)
		_, _ = w.Write(d, []byte("x"))
		_, _ = w.Write(b, []byte("x"))
		one := make([]kqueue.Kevent, 1)
		_, _ = w.Kevent(w.kq, nil, one, &kqueue.Timespec{})
		got := w.take()
		return is(one[0].Ident == uint64(c) && len(got) == 2 && got[0].Ident == uint64(a), kqueues.AnswerYes)
	},

	kqueues.CellAccepted: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		r, _ := w.pipe()
		for _, e := range []kqueue.Errno{
			w.change(w.p.Read, a, kqueue.Add, 0, 0), w.change(w.p.Write, a, kqueue.Add, 0, 0),
			w.change(w.p.Read, r, kqueue.Add, 0, 0), w.change(w.p.Vnode, w.open("f"), kqueue.Add, 0, 0),
		} {
			if e != 0 {
				return w.refusal(e)
			}
		}
		return kqueues.AnswerAccepted
	},
	kqueues.CellForeign: func(w *play) kqueues.Answer {
		ep, _ := w.k.Epoll().EpollCreate1(0)
		return w.adds(w.p.Read, ep)
	},
	kqueues.CellReadStream: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Write(b, []byte("abc"))
		return is(w.one().Data == 3, kqueues.AnswerBytes)
	},
	kqueues.CellReadLeast: func(w *play) kqueues.Answer {
		a, b := w.pair()
		c, d := w.tcp()
		for _, fds := range [][2]int{{a, b}, {c, d}} {
			w.k.Linux().Setsockopt(fds[0], LevelSocket, objects.SoReceiveLeast, []byte{5, 0, 0, 0})
			w.add(w.p.Read, fds[0], kqueue.Oneshot, 0, 0)
			_, _ = w.Write(fds[1], []byte("four"))
			if len(w.take()) > 0 {
				return kqueues.AnswerReported
			}
			_, _ = w.Write(fds[1], []byte("5"))
			if w.one().Data != 5 {
				return wrong
			}
		}
		return kqueues.AnswerSilent
	},
	kqueues.CellReadFin: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Write(b, []byte("abc"))
		_ = w.k.CloseWrite(handle(b))
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Data == 3 && ev.Fflags == 0, kqueues.AnswerEOF)
	},
	kqueues.CellReadReset: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Write(a, []byte("never read"))
		w.Close(b)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Fflags == uint32(kqueue.ECONNRESET), kqueues.AnswerEOFReset)
	},
	kqueues.CellReadUnconnected: func(w *play) kqueues.Answer {
		w.add(w.p.Read, w.socket(TypeStream), 0, 0, 0)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellReadShut: func(w *play) kqueues.Answer {
		a, b := w.tcp()
		_, _ = w.Write(b, []byte("gone"))
		w.add(w.p.Read, a, 0, 0, 0)
		w.k.Linux().Shutdown(a, ShutRead)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Data == 0, kqueues.AnswerEOF)
	},
	kqueues.CellReadFifo: func(w *play) kqueues.Answer {
		_ = w.Mkfifo("p")
		r, _ := w.Open("p", BSDOpenRead|BSDOpenNonblock)
		w.add(w.p.Read, r, 0, 0, 0)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellFifoEnd: func(w *play) kqueues.Answer {
		r, wr := w.fifo()
		w.add(w.p.Read, r, kqueue.Clear, 0, 0)
		_, _ = w.Write(wr, []byte("ab"))
		w.take()
		w.Close(wr)
		got := w.take()
		wr, _ = w.Open("p", BSDOpenWrite|BSDOpenNonblock)
		w.change(w.p.Read, r, kqueue.Add, 0, 0)
		if again := w.one(); again.Flags&kqueue.EOF != 0 || again.Data != 2 {
			return wrong
		}
		w.add(w.p.Write, wr, kqueue.Clear, 0, 0)
		before := w.one()
		w.Close(r)
		after := w.take()
		if len(got) == 0 && len(after) == 0 {
			return kqueues.AnswerSilent
		}
		seen := len(got) == 1 && got[0].Data == 2 && len(after) == 1 && after[0].Data == before.Data && before.Flags&kqueue.EOF == 0
		return is(seen && got[0].Flags&after[0].Flags&kqueue.EOF != 0, kqueues.AnswerEOF)
	},
	kqueues.CellFifoEndRead: func(w *play) kqueues.Answer {
		r, wr := w.fifo()
		w.add(w.p.Read, r, 0, 0, 0)
		w.Close(wr)
		if n, e := w.Read(r, make([]byte, 1)); n != 0 || e != 0 {
			return wrong
		}
		return either(w.one().Flags&kqueue.EOF != 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellFifoRoom: func(w *play) kqueues.Answer {
		r, wr := w.fifo()
		w.add(w.p.Write, wr, 0, 0, 0)
		size := w.one().Data
		for e := kqueue.Errno(0); e == 0; {
			_, e = w.Write(wr, make([]byte, 512))
		}
		if len(w.take()) > 0 {
			return wrong
		}
		_, _ = w.Read(r, make([]byte, 512))
		got := len(w.take()) == 1
		switch {
		case w.p.System == "darwin": // no read tells the writer
			return is(size == int64(w.p.UnixStream) && !got, kqueues.AnswerAtomicSocket)
		case size == int64(w.p.PipeSize) && w.p.PipeSize != w.p.UnixStream && got:
			return kqueues.AnswerAsPipe
		case size == int64(w.p.UnixStream) && got:
			return kqueues.AnswerAtomicSocket
		}
		_, _ = w.Read(r, make([]byte, 2048-512))
		return is(size == int64(w.p.UnixStream) && len(w.take()) == 1, kqueues.AnswerSocketRoom)
	},
	kqueues.CellPipeWriteReader: func(w *play) kqueues.Answer {
		r, _ := w.pipe()
		w.add(w.p.Write, r, 0, 0, 0)
		got := w.take()
		size := w.p.PipeSize
		if w.p.PipeBack > 0 {
			size = w.p.PipeBack
		}
		return either(len(got) == 0, kqueues.AnswerSilent, is(len(got) == 1 && got[0].Data == int64(size), kqueues.AnswerBytes))
	},
	kqueues.CellReadBeforeListen: func(w *play) kqueues.Answer {
		s := w.socket(TypeStream)
		w.add(w.p.Read, s, 0, 0, 0)
		l := w.k.Linux()
		_ = l.Bind(s, Sockaddr{Port: 41000})
		_ = l.Listen(s, 4)
		_, _ = w.k.Connect(loopbackPort(41000))
		w.k.Sleep(time.Second)
		got := w.take()
		if len(got) == 0 {
			return kqueues.AnswerSilent
		}
		return either(got[0].Data == 1, kqueues.AnswerReported, is(got[0].Data == 0, kqueues.AnswerZero))
	},
	kqueues.CellLowat: func(w *play) kqueues.Answer {
		a, _ := w.pair()
		w.add(w.p.Read, a, 0, kqueue.NoteLowat, 0) // at least 0 bytes
		return either(len(w.take()) == 1, kqueues.AnswerReplacesMark, kqueues.AnswerRaises)
	},
	kqueues.CellDatagramData: func(w *play) kqueues.Answer {
		a, b, _ := w.k.Linux().Socketpair(FamilyUnix, TypeDatagram|epollNonblock)
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Write(b, []byte("abc"))
		_, _ = w.Write(b, []byte("de"))
		got := w.one().Data
		return either(got == 5, kqueues.AnswerBytes, is(got == 5+2*16, kqueues.AnswerAddresses))
	},
	kqueues.CellDatagramEmpty: func(w *play) kqueues.Answer {
		a, b, _ := w.k.Linux().Socketpair(FamilyUnix, TypeDatagram|epollNonblock)
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Write(b, nil)
		return either(len(w.take()) == 1, kqueues.AnswerReported, kqueues.AnswerSilent)
	},
	kqueues.CellDatagramError: func(w *play) kqueues.Answer {
		s := w.socket(TypeDatagram)
		l := w.k.Linux()
		_ = l.Connect(s, Sockaddr{Port: 41001})
		w.add(w.p.Read, s, 0, 0, 0)
		_, _ = l.Sendto(s, []byte("x"), 0, Sockaddr{})
		ev := w.one()
		return is(ev.Filter == w.p.Read && ev.Flags&kqueue.EOF == 0 && ev.Fflags == 0, kqueues.AnswerReported)
	},
	kqueues.CellDatagramClosed: func(w *play) kqueues.Answer {
		a, b, _ := w.k.Linux().Socketpair(FamilyUnix, TypeDatagram|epollNonblock)
		w.add(w.p.Read, a, 0, 0, 0)
		w.Close(b)
		ev := w.one()
		_, e := w.Read(a, make([]byte, 1))
		return is(ev.Filter == w.p.Read && ev.Flags&kqueue.EOF == 0 && e == kqueue.ECONNRESET, kqueues.AnswerReported)
	},
	kqueues.CellReadPipe: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, r, 0, 0, 0)
		_, _ = w.Write(wr, []byte("abc"))
		return is(w.one().Data == 3, kqueues.AnswerBytes)
	},
	kqueues.CellReadPipeEnd: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, r, 0, 0, 0)
		_, _ = w.Write(wr, []byte("abc"))
		w.Close(wr)
		ev := w.one()
		return is(ev.Data == 3 && ev.Flags&kqueue.EOF != 0, kqueues.AnswerEOF)
	},
	kqueues.CellPipeBothWays: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, wr, 0, 0, 0)
		if _, e := w.Write(r, []byte("back")); e == 0 {
			return is(w.one().Data == 4, kqueues.AnswerYes)
		}
		if len(w.take()) > 0 {
			return wrong
		}
		w.Close(r)
		ev := w.one()
		return is(ev.Flags&kqueue.EOF != 0 && ev.Data == 0, kqueues.AnswerNo)
	},
	kqueues.CellPipeEdges: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, r, kqueue.Clear, 0, 0)
		_, _ = w.Write(wr, []byte("abc"))
		w.take()
		_, _ = w.Read(r, make([]byte, 1))
		return either(len(w.take()) == 1, kqueues.AnswerBoth, kqueues.AnswerOther)
	},
	kqueues.CellPipeReadRoom: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		_, _ = w.Write(wr, make([]byte, w.p.PipeMost)) // it has grown to its largest size
		_, _ = w.Write(wr, make([]byte, w.p.PipeMost))
		w.add(w.p.Read, r, kqueue.Clear, 0, 0)
		w.take()
		if w.rule(kqueues.CellPipeEdges) == kqueues.AnswerOther { // the writer's filter does not tell
			return kqueues.AnswerAtomicRoom
		}
		_, _ = w.Read(r, make([]byte, 100))
		if len(w.take()) == 1 {
			return kqueues.AnswerAnyRoom
		}
		_, _ = w.Read(r, make([]byte, 412))
		return is(len(w.take()) == 1, kqueues.AnswerAtomicRoom)
	},
	kqueues.CellPipeReadNothing: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Write, wr, kqueue.Clear, 0, 0)
		w.add(w.p.Read, r, kqueue.Clear, 0, 0)
		w.take()
		_, _ = w.Read(r, make([]byte, 1))
		empty := len(w.take())
		w.Close(wr)
		w.take()
		_, _ = w.Read(r, make([]byte, 1))
		end := len(w.take())
		return is(empty == end, either(end == 1, kqueues.AnswerYes, kqueues.AnswerNo))
	},
	kqueues.CellPipeLowat: func(w *play) kqueues.Answer {
		r, wr := w.pipe()
		w.add(w.p.Read, r, 0, kqueue.NoteLowat, 3)
		_, _ = w.Write(wr, []byte("a"))
		if len(w.take()) == 1 {
			return kqueues.AnswerIgnored
		}
		_, _ = w.Write(wr, []byte("bc"))
		return is(w.one().Data == 3, kqueues.AnswerRaises)
	},
	kqueues.CellPipeGrows: func(w *play) kqueues.Answer {
		_, wr := w.pipe()
		size := w.p.PipeSize
		_, _ = w.Write(wr, make([]byte, 1))
		n, _ := w.Write(wr, make([]byte, size+1000))
		if n == size+1000 {
			return kqueues.AnswerDoubles
		}
		_, wr = w.pipe()
		n, _ = w.Write(wr, make([]byte, size+1000))
		return either(n == size+1000, kqueues.AnswerIfEmpty, is(n == size, kqueues.AnswerNever))
	},
	kqueues.CellReadFile: func(w *play) kqueues.Answer {
		fd := w.open("f")
		_, _ = w.Lseek(fd, 1)
		w.add(w.p.Read, fd, 0, 0, 0)
		return is(w.one().Data == 3, kqueues.AnswerRest)
	},
	kqueues.CellReadFileEnd: func(w *play) kqueues.Answer {
		w.add(w.p.Read, w.open("f"), 0, 0, 0)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellReadSeek: func(w *play) kqueues.Answer {
		fd := w.open("f")
		w.add(w.p.Read, fd, 0, 0, 0)
		_, _ = w.Lseek(fd, 1)
		return either(len(w.take()) == 0, kqueues.AnswerSilent, kqueues.AnswerReported)
	},
	kqueues.CellReadDirectory: func(w *play) kqueues.Answer {
		_ = w.Mkdir("d")
		fd, _ := w.Open("d", BSDOpenRead)
		return w.adds(w.p.Read, fd)
	},
	kqueues.CellReadEventfd: func(w *play) kqueues.Answer {
		fd, _ := w.k.Linux().Eventfd(3, 0)
		a := w.adds(w.p.Read, fd)
		return either(a != kqueues.AnswerAccepted, a, is(w.one().Data == 3, a))
	},
	kqueues.CellReadTimerfd: func(w *play) kqueues.Answer {
		fd, _ := w.k.Linux().TimerfdCreate(1, 0)
		spec := &Itimerspec{Value: timespec(time.Millisecond)}
		_, _ = w.k.Linux().TimerfdSettime(fd, 0, spec)
		a := w.adds(w.p.Read, fd)
		w.k.Sleep(time.Second)
		return either(a != kqueues.AnswerAccepted, a, is(w.one().Data == 1, a))
	},
	kqueues.CellReadItself: func(w *play) kqueues.Answer { return w.adds(w.p.Read, w.kq) },
	kqueues.CellReadCircle: func(w *play) kqueues.Answer {
		kq2, _ := w.Kqueue()
		_, _ = w.Kevent(kq2, []kqueue.Kevent{{Ident: uint64(w.kq), Filter: w.p.Read, Flags: kqueue.Add}}, nil, nil)
		return w.adds(w.p.Read, kq2)
	},
	kqueues.CellReadStale: func(w *play) kqueues.Answer {
		a, b := w.pair()
		kq2, _ := w.Kqueue()
		w.add(w.p.Read, a, 0, 0, 0)
		_, _ = w.Kevent(kq2, []kqueue.Kevent{{Ident: uint64(w.kq), Filter: w.p.Read, Flags: kqueue.Add}}, nil, nil)
		_, _ = w.Write(b, []byte("x"))
		_, _ = w.Read(a, make([]byte, 1))
		return either(len(w.takeFrom(kq2)) == 1 && len(w.take()) == 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
}

func init() {
	for c, do := range playsOfOthers {
		plays[c] = do
	}
	for c, do := range playsOfFiles {
		plays[c] = do
	}
}
