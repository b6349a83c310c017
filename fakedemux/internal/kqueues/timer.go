package kqueues

import (
	"math"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// clockTick is the shortest timer of a system that counts in ticks of its clock:
// kern.hz is 100 on NetBSD, OpenBSD and DragonFly.
const clockTick = 10 * time.Millisecond

// period returns the time that a change of a timer asks for, and whether it comes
// again and again without EV_ONESHOT; filt_timervalidate, filt_timercompute,
// filt_timerattach.
func (kq *Instance) period(c *kqueue.Kevent) (d time.Duration, again bool, f errno.Failure) {
	unit, f := kq.unit(c.Fflags)
	if f != errno.OK {
		return 0, false, f
	}
	switch {
	case c.Data < 0:
		switch kq.Rule(CellTimerNegative) {
		case AnswerEINVAL:
			return 0, false, errno.Invalid
		case AnswerAtOnce:
			return 0, false, errno.OK
		default:
			return clockTick, true, errno.OK
		}
	case c.Data == 0:
		switch kq.Rule(CellTimerZero) {
		case AnswerEINVAL:
			return 0, false, errno.Invalid
		case AnswerAtOnce:
			return 0, false, errno.OK
		case AnswerUnit:
			if c.Flags&kqueue.Oneshot != 0 {
				return 0, false, errno.OK
			}
			return unit, true, errno.OK
		default:
			return clockTick, true, errno.OK
		}
	case kq.Rule(CellTimerOverflow) == AnswerERANGE && uint64(c.Data) > math.MaxUint64/uint64(unit):
		return 0, false, errno.Range
	case c.Data > int64(machine.Never/unit):
		return machine.Never, true, errno.OK
	default:
		return time.Duration(c.Data) * unit, true, errno.OK
	}
}

// unit returns the unit that fflags asks for.
func (kq *Instance) unit(fflags uint32) (time.Duration, errno.Failure) {
	p := kq.Profile
	if p.NoteUnits == 0 { // fflags are not looked at
		return time.Millisecond, errno.OK
	}
	if kq.Rule(CellTimerUnit) == AnswerEINVAL && fflags&^p.NoteUnits != 0 {
		return 0, errno.Invalid
	}
	switch fflags & p.NoteUnits {
	case 0, p.NoteMilliseconds:
		return time.Millisecond, errno.OK
	case p.NoteSeconds:
		return time.Second, errno.OK
	case p.NoteMicroseconds:
		return time.Microsecond, errno.OK
	case p.NoteNanoseconds:
		return time.Nanosecond, errno.OK
	default:
		return 0, errno.Invalid
	}
}

// startTimer starts the timer of a knote anew. What it has counted is thrown away.
func (kn *Knote) startTimer(c *kqueue.Kevent) {
	period, again, _ := kn.Kq.period(c)
	kn.sfflags, kn.sdata, kn.data = c.Fflags, c.Data, 0
	kn.period = period
	if !again {
		kn.period = 0
	}
	tasks := kn.Kq.kernel.Tasks
	if kn.timer == nil {
		kn.timer = tasks.NewTimer(kn.expire)
	}
	tasks.Disarm(kn.timer)
	kn.Due = tasks.After(period)
	if period == 0 {
		kn.data = 1
		return
	}
	tasks.Arm(kn.timer, kn.Due)
}

// touchTimer is a change of a timer.
func (kn *Knote) touchTimer(flags uint32, c *kqueue.Kevent) errno.Failure {
	kq := kn.Kq
	how := kq.Rule(CellTimerAgain)
	if how == AnswerLater { // the next period is the new one
		period, again, f := kq.period(c)
		kn.sfflags, kn.sdata = c.Fflags, c.Data
		if f == errno.OK && again {
			kn.period = period
		}
		return errno.OK
	}
	if flags&kqueue.Add == 0 && how != AnswerEveryChange {
		return errno.OK
	}
	changed := *c
	changed.Flags = flags
	if _, _, f := kq.period(&changed); f != errno.OK {
		return kn.wrongTimer(c, f)
	}
	kn.dequeue()
	kn.active = false
	if how == AnswerReplacesFlags {
		kn.flags = flags | kqueue.Clear
	}
	kn.startTimer(&changed)
	return errno.OK
}

// wrongTimer is a change that asks an existing timer for what it cannot be.
func (kn *Knote) wrongTimer(c *kqueue.Kevent, f errno.Failure) errno.Failure {
	how := kn.Kq.Rule(CellTimerWrong)
	if how == AnswerFails {
		return f
	}
	kn.dequeue()
	kn.active, kn.data, kn.period = false, 0, 0
	kn.Kq.kernel.Tasks.Disarm(kn.timer)
	if how == AnswerStopsTimer {
		return f
	}
	kn.sfflags, kn.sdata = c.Fflags, c.Data
	kn.flags |= kqueue.Error
	kn.data = int64(f.BSD(kn.Kq.Profile))
	return errno.OK
}

// expire is one expiration. The timer is periodic without EV_ONESHOT.
func (kn *Knote) expire() {
	kn.data++
	if kn.flags&kqueue.Oneshot == 0 && kn.period > 0 && kn.Kq.Rule(CellTimerLate) != AnswerCounts {
		kn.rearm(kn.Due + kn.period)
	}
	kn.activate()
}

func (kn *Knote) rearm(at time.Duration) {
	if at < kn.Due { // beyond the end of time
		at = machine.Never
	}
	kn.Due = at
	kn.Kq.kernel.Tasks.Arm(kn.timer, at)
}

// collectTimer is filt_timerprocess of Darwin: a timer that has expired stops, and
// the report counts how many periods have passed and starts it again.
func (kn *Knote) collectTimer() bool {
	if kn.data == 0 {
		return false
	}
	kn.data = 1
	if kn.period == 0 {
		return true
	}
	passed := (kn.Kq.kernel.Tasks.Now() - kn.Due) / kn.period
	kn.data += int64(passed)
	if kn.flags&kqueue.Oneshot == 0 {
		kn.rearm(kn.Due + (passed+1)*kn.period)
	}
	return true
}
