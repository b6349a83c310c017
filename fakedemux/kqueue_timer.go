package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
)

// clockTick is the shortest timer of a system that counts in ticks of its clock:
// kern.hz is 100 on NetBSD, OpenBSD and DragonFly.
const clockTick = 10 * time.Millisecond

// period returns the time that a change of a timer asks for, and whether it comes
// again and again without EV_ONESHOT; filt_timervalidate, filt_timercompute,
// filt_timerattach.
func (kq *kqueueInstance) period(c *kqueue.Kevent) (d time.Duration, again bool, f failure) {
	unit, f := kq.unit(c.Fflags)
	if f != ok {
		return 0, false, f
	}
	switch {
	case c.Data < 0:
		switch kq.rule(cellTimerNegative) {
		case answerEINVAL:
			return 0, false, invalid
		case answerAtOnce:
			return 0, false, ok
		default:
			return clockTick, true, ok
		}
	case c.Data == 0:
		switch kq.rule(cellTimerZero) {
		case answerEINVAL:
			return 0, false, invalid
		case answerAtOnce:
			return 0, false, ok
		case answerUnit:
			if c.Flags&kqueue.Oneshot != 0 {
				return 0, false, ok
			}
			return unit, true, ok
		default:
			return clockTick, true, ok
		}
	case c.Data > int64(never/unit):
		return never, true, ok
	default:
		return time.Duration(c.Data) * unit, true, ok
	}
}

// unit returns the unit that fflags asks for.
func (kq *kqueueInstance) unit(fflags uint32) (time.Duration, failure) {
	p := kq.profile
	if p.NoteUnits == 0 { // fflags are not looked at
		return time.Millisecond, ok
	}
	if kq.rule(cellTimerUnit) == answerEINVAL && fflags&^p.NoteUnits != 0 {
		return 0, invalid
	}
	switch fflags & p.NoteUnits {
	case 0, p.NoteMilliseconds:
		return time.Millisecond, ok
	case p.NoteSeconds:
		return time.Second, ok
	case p.NoteMicroseconds:
		return time.Microsecond, ok
	case p.NoteNanoseconds:
		return time.Nanosecond, ok
	default:
		return 0, invalid
	}
}

// startTimer starts the timer of a knote anew. What it has counted is thrown away.
func (kn *knote) startTimer(c *kqueue.Kevent) {
	period, again, _ := kn.kq.period(c)
	kn.sfflags, kn.sdata, kn.data = c.Fflags, c.Data, 0
	kn.period = period
	if !again {
		kn.period = 0
	}
	tasks := kn.kq.kernel.tasks
	if kn.timer == nil {
		kn.timer = tasks.NewTimer(kn.expire)
	}
	tasks.Disarm(kn.timer)
	kn.due = tasks.After(period)
	if period == 0 {
		kn.data = 1
		return
	}
	tasks.Arm(kn.timer, kn.due)
}

// touchTimer is a change of a timer.
func (kn *knote) touchTimer(flags uint32, c *kqueue.Kevent) failure {
	kq := kn.kq
	how := kq.rule(cellTimerAgain)
	if how == answerLater { // the next period is the new one
		period, again, f := kq.period(c)
		kn.sfflags, kn.sdata = c.Fflags, c.Data
		if f == ok && again {
			kn.period = period
		}
		return ok
	}
	if flags&kqueue.Add == 0 && how != answerEveryChange {
		return ok
	}
	changed := *c
	changed.Flags = flags
	if _, _, f := kq.period(&changed); f != ok {
		return f
	}
	kn.dequeue()
	kn.active = false
	if how == answerReplacesFlags {
		kn.flags = flags | kqueue.Clear
	}
	kn.startTimer(&changed)
	return ok
}

// expire is one expiration. The timer is periodic without EV_ONESHOT.
func (kn *knote) expire() {
	kn.data++
	if kn.flags&kqueue.Oneshot == 0 && kn.period > 0 && kn.kq.rule(cellTimerLate) != answerCounts {
		kn.rearm(kn.due + kn.period)
	}
	kn.activate()
}

func (kn *knote) rearm(at time.Duration) {
	if at < kn.due { // beyond the end of time
		at = never
	}
	kn.due = at
	kn.kq.kernel.tasks.Arm(kn.timer, at)
}

// collectTimer is filt_timerprocess of Darwin: a timer that has expired stops, and
// the report counts how many periods have passed and starts it again.
func (kn *knote) collectTimer() bool {
	if kn.data == 0 {
		return false
	}
	kn.data = 1
	if kn.period == 0 {
		return true
	}
	passed := (kn.kq.kernel.tasks.Now() - kn.due) / kn.period
	kn.data += int64(passed)
	if kn.flags&kqueue.Oneshot == 0 {
		kn.rearm(kn.due + (passed+1)*kn.period)
	}
	return true
}
