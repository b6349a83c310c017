package fakedemux

import (
	"math"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/kqueues"
)

var playsOfOthers = map[kqueues.Cell]func(w *play) kqueues.Answer{
	kqueues.CellZombie: func(w *play) kqueues.Answer {
		pid := w.k.StartProcess()
		w.k.EndProcess(pid, 3)
		e := w.change(w.p.Proc, pid, kqueue.Add, kqueue.NoteExit, 0)
		if e != 0 {
			return is(e == kqueue.ESRCH, kqueues.AnswerSilent)
		}
		return is(w.one().Data == 3, kqueues.AnswerReported)
	},
	kqueues.CellExitFlags: func(w *play) kqueues.Answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteExit, 0)
		w.k.EndProcess(pid, 3)
		flags := uint32(kqueue.EOF | kqueue.Oneshot | kqueue.Clear)
		ev := w.one()
		return either(ev.Flags&flags == flags && ev.Fflags == kqueue.NoteExit && len(w.take()) == 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellExitStatus: func(w *play) kqueues.Answer {
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
			status, _ := exits(kqueue.NoteExit | kqueues.ExitStatus)
			return is(status == 3, kqueues.AnswerExitStatus)
		}
		unasked, n := exits(kqueue.NoteFork)
		return either(n == 1 && unasked == 3, kqueues.AnswerAlways, kqueues.AnswerIfAsked)
	},
	kqueues.CellExitUnasked: func(w *play) kqueues.Answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteFork, 0)
		w.k.EndProcess(pid, 3)
		pending := w.k.system.Lookup(w.kq).Object.(*kqueues.Instance).Pending()
		if got := w.take(); len(got) > 0 {
			return is(got[0].Fflags == 0, kqueues.AnswerReported)
		}
		return either(pending == 1, kqueues.AnswerDropped, kqueues.AnswerSilent)
	},
	kqueues.CellFork: func(w *play) kqueues.Answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteFork, 0)
		w.k.ForkProcess(pid)
		return is(w.one().Fflags == kqueue.NoteFork, kqueues.AnswerReported)
	},
	kqueues.CellExec: func(w *play) kqueues.Answer {
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteExec, 0)
		w.k.ExecProcess(pid)
		return is(w.one().Fflags == kqueue.NoteExec, kqueues.AnswerReported)
	},
	kqueues.CellTrack: func(w *play) kqueues.Answer {
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
		return either(ev.Flags&kqueue.Oneshot != 0, kqueues.AnswerTwo, kqueues.AnswerOneKnote)
	},
	kqueues.CellTrackExit: func(w *play) kqueues.Answer {
		if w.rule(kqueues.CellTrack) == kqueues.AnswerENOTSUP {
			return kqueues.AnswerNone
		}
		pid := w.k.StartProcess()
		w.add(w.p.Proc, pid, 0, kqueue.NoteTrack|kqueue.NoteExit, 0)
		child := w.k.ForkProcess(pid)
		w.k.EndProcess(child, 0)
		for _, ev := range w.take() {
			if ev.Ident == uint64(child) && ev.Fflags&kqueue.NoteChild != 0 {
				return either(ev.Flags&kqueue.EOF != 0, kqueues.AnswerYes, kqueues.AnswerNo)
			}
		}
		return wrong
	},
	kqueues.CellSignal: func(w *play) kqueues.Answer {
		w.add(w.p.Signal, 30, 0, 0, 0)
		w.k.Raise(30)
		w.k.Raise(30)
		return is(w.one().Data == 2 && len(w.take()) == 0, kqueues.AnswerYes)
	},
	kqueues.CellSignalRange: func(w *play) kqueues.Answer { return w.adds(w.p.Signal, 500) },

	kqueues.CellTimerZero:     func(w *play) kqueues.Answer { return w.timer(0) },
	kqueues.CellTimerNegative: func(w *play) kqueues.Answer { return w.timer(-5) },
	kqueues.CellTimerUnit: func(w *play) kqueues.Answer {
		return w.refusal(w.change(w.p.Timer, 1, kqueue.Add, 1<<20, 1))
	},
	kqueues.CellTimerOverflow: func(w *play) kqueues.Answer {
		return w.refusal(w.change(w.p.Timer, 1, kqueue.Add, 0, math.MaxInt64))
	},
	kqueues.CellTimerWrong: func(w *play) kqueues.Answer {
		w.add(w.p.Timer, 1, 0, 0, 10)
		var e kqueue.Errno
		switch w.p.Name {
		case "darwin":
			e = w.change(w.p.Timer, 1, kqueue.Add, w.p.NoteSeconds|w.p.NoteMicroseconds, 10)
		case "freebsd", "netbsd", "openbsd", "openbsd-7.7":
			e = w.change(w.p.Timer, 1, kqueue.Add, 0x100, 10)
		default:
			e = w.change(w.p.Timer, 1, kqueue.Add, 0x100, -1)
		}
		first := w.take()
		w.k.Sleep(15 * time.Millisecond)
		ticks := len(w.take()) > 0
		switch {
		case e == 0 && len(first) == 1 && !ticks:
			return is(first[0].Flags&kqueue.Error != 0 && first[0].Data == int64(kqueue.EINVAL), kqueues.AnswerErrorEvent)
		case e == 0:
			return is(ticks, kqueues.AnswerAccepted)
		case e == kqueue.EINVAL && len(first) == 0:
			return either(ticks, kqueues.AnswerFails, kqueues.AnswerStopsTimer)
		}
		return wrong
	},
	kqueues.CellTimerAgain: func(w *play) kqueues.Answer {
		w.add(w.p.Timer, 1, kqueue.Oneshot, 0, 10)
		w.k.Sleep(15 * time.Millisecond)
		w.add(w.p.Timer, 1, 0, 0, 40)
		switch got := w.take(); {
		case len(got) == 1:
			return kqueues.AnswerLater
		case len(got) > 1:
			return wrong
		}
		w.k.Sleep(50 * time.Millisecond)
		ev := w.one()
		if ev.Flags&kqueue.Oneshot == 0 {
			return kqueues.AnswerReplacesFlags
		}
		w.add(w.p.Timer, 2, 0, 0, 10)
		w.change(w.p.Timer, 2, kqueue.Enable, 0, 40)
		w.k.Sleep(15 * time.Millisecond)
		return either(len(w.take()) == 0, kqueues.AnswerEveryChange, kqueues.AnswerRestarts)
	},
	kqueues.CellTimerLate: func(w *play) kqueues.Answer {
		w.add(w.p.Timer, 1, 0, 0, 10)
		w.k.Sleep(35 * time.Millisecond)
		armed := w.k.system.Lookup(w.kq).Object.(*kqueues.Instance).All[0].Due > w.k.system.Tasks.Now()
		return is(w.one().Data == 3, either(armed, kqueues.AnswerEach, kqueues.AnswerCounts))
	},

	kqueues.CellUserAdd: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, 0, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 1, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellUserFlags: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, kqueue.Clear, kqueue.NoteTrigger|5, 6)
		w.take()
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger|kqueue.NoteOr|2, 8)
		first := w.one()
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger, 9)
		second := w.one()
		switch {
		case first.Data != 8 || second.Data != 9:
			return wrong
		case first.Fflags == kqueue.NoteTrigger|7 && second.Fflags == first.Fflags:
			return kqueues.AnswerAsked
		case first.Fflags == 7 && second.Fflags == 7:
			return kqueues.AnswerMasked
		case first.Fflags == 2 && second.Fflags == 0:
			return kqueues.AnswerComputed
		}
		return wrong
	},
	kqueues.CellUserTrigger: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, kqueue.Clear, 0, 0)
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 1 && len(w.take()) == 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellUserClear: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, 0, 0, 0)
		w.change(w.p.User, 1, kqueue.Clear, kqueue.NoteTrigger, 0)
		return either(len(w.take()) == 0, kqueues.AnswerYes, kqueues.AnswerNo)
	},
	kqueues.CellUserUdata: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, 0, 0, 0)
		_, _ = w.Kevent(w.kq, []kqueue.Kevent{{Ident: 1, Filter: w.p.User, Fflags: kqueue.NoteTrigger, Udata: 9}}, nil, nil)
		ev := w.one()
		return either(ev.Udata == 9, kqueues.AnswerYes, is(ev.Udata == 7, kqueues.AnswerNo))
	},
	kqueues.CellUserReceipt: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, 0, 0, 0)
		events := make([]kqueue.Kevent, 2)
		c := kqueue.Kevent{Ident: 1, Filter: w.p.User, Flags: kqueue.Receipt, Fflags: kqueue.NoteTrigger | kqueue.NoteOr | 5}
		n, e := w.Kevent(w.kq, []kqueue.Kevent{c}, events, nil)
		if n != 1 || e != 0 {
			return wrong
		}
		return either(events[0].Fflags == 5, kqueues.AnswerYes, is(events[0].Fflags == c.Fflags, kqueues.AnswerNo))
	},
	kqueues.CellUserOneshot: func(w *play) kqueues.Answer {
		w.add(w.p.User, 1, kqueue.Oneshot, 0, 0)
		w.change(w.p.User, 1, 0, kqueue.NoteTrigger|kqueue.NoteCopy|5, 6)
		ev := w.one()
		return either(ev.Fflags == 5 && ev.Data == 6, kqueues.AnswerReported, is(ev.Fflags == 0 && ev.Data == 0, kqueues.AnswerNothing))
	},
}

// timer is what happens to a timer of data milliseconds.
func (w *play) timer(data int64) kqueues.Answer {
	if e := w.change(w.p.Timer, 1, kqueue.Add, 0, data); e != 0 {
		return w.refusal(e)
	}
	if got := w.take(); len(got) == 1 {
		w.k.Sleep(time.Second)
		return is(len(w.take()) == 0, kqueues.AnswerAtOnce)
	}
	w.k.Sleep(5 * time.Millisecond)
	switch got := w.take(); {
	case len(got) == 1 && got[0].Data == 5:
		return kqueues.AnswerUnit
	case len(got) == 1:
		return wrong
	}
	w.k.Sleep(16 * time.Millisecond)
	return is(w.one().Data == 2, kqueues.AnswerTick)
}
