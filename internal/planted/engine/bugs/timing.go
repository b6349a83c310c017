package bugs

import (
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// EarlierNotWoken wakes the loop for a new timer only if there was none before. A timer
// that comes before the others runs with them.
//
// Seen in gaio.
func EarlierNotWoken(e *serve.Engine) {
	e.Parts.AfterFunc = func(l *serve.Loop, d time.Duration, f func()) *serve.Timer {
		t := &serve.Timer{Loop: l, When: e.Host.Now() + d, F: f}
		l.Lock.Lock()
		none := len(l.Timers) == 0
		l.Lock.Unlock()
		l.Insert(t)
		if none {
			l.WakeUp()
		}
		return t
	}
}

// RoundedDown rounds the time of a timer down to a tick of 10 ms.
//
// Seen in a similar form in libuv and Redis.
func RoundedDown(e *serve.Engine) {
	set := e.Parts.AfterFunc
	e.Parts.AfterFunc = func(l *serve.Loop, d time.Duration, f func()) *serve.Timer {
		now := e.Host.Now()
		return set(l, (now+d).Truncate(10*time.Millisecond)-now, f)
	}
}

// StoppedRuns takes all timers that are due, and then runs them. One that is stopped in
// between runs, and its stop says that it does not.
//
// Seen in a similar form in goja_nodejs and libevent.
func StoppedRuns(e *serve.Engine) {
	taken := map[*serve.Timer]bool{}
	e.Parts.RunTimers = func(l *serve.Loop) {
		now, last := e.Host.Now(), l.Serial()
		var due []*serve.Timer
		for t := l.Due(now, last); t != nil; t = l.Due(now, last) {
			due = append(due, t)
			l.Lock.Lock()
			taken[t] = true
			l.Lock.Unlock()
		}
		if len(due) > 0 {
			e.Host.Yield("due")
		}
		for _, t := range due {
			t.F()
			l.Lock.Lock()
			delete(taken, t)
			l.Lock.Unlock()
		}
	}
	e.Parts.StopTimer = func(t *serve.Timer) bool {
		if t.Loop.Remove(t) {
			return true
		}
		t.Loop.Lock.Lock()
		defer t.Loop.Lock.Unlock()
		return taken[t]
	}
}

// StopRemovesAnother removes a timer by the place that it had when it was set. Another
// one may have that place now.
//
// Seen in gaio, which removed a request from its heap twice.
func StopRemovesAnother(e *serve.Engine) {
	set, places := e.Parts.AfterFunc, map[*serve.Timer]int{}
	e.Parts.AfterFunc = func(l *serve.Loop, d time.Duration, f func()) *serve.Timer {
		t := set(l, d, f)
		l.Lock.Lock()
		defer l.Lock.Unlock()
		for i, other := range l.Timers {
			if other == t {
				places[t] = i
			}
		}
		return t
	}
	e.Parts.StopTimer = func(t *serve.Timer) bool {
		l := t.Loop
		l.Lock.Lock()
		i, known := places[t]
		if !known || i >= len(l.Timers) || l.Timers[i] == t {
			l.Lock.Unlock()
			return l.Remove(t)
		}
		other := l.Timers[i]
		l.Lock.Unlock()
		l.Remove(other)
		return l.Remove(t)
	}
}

// TimerThreads has a thread for each timer, which runs the function whatever became of
// the engine meanwhile.
//
// Seen in goja_nodejs, whose timers were goroutines.
func TimerThreads(e *serve.Engine) { timerThreads(e, true) }

// TimerThreadsStay has a thread for each timer. It does not run the function when the
// engine has stopped, but it stays until the time of the timer.
//
// Seen in evio, whose ticker outlived the server, and in goja_nodejs.
func TimerThreadsStay(e *serve.Engine) { timerThreads(e, false) }

func timerThreads(e *serve.Engine, always bool) {
	set := e.Parts.AfterFunc
	e.Parts.AfterFunc = func(l *serve.Loop, d time.Duration, f func()) *serve.Timer {
		demultiplexer, err := e.Host.Open()
		if err != nil {
			return set(l, d, f)
		}
		t := &serve.Timer{Loop: l, When: e.Host.Now() + d, F: f}
		l.Insert(t)
		l.Lock.Lock()
		for i, other := range l.Timers { // it only counts as set: the thread runs it
			if other == t {
				l.Timers[i] = &serve.Timer{Loop: l, When: never, F: func() {}}
				t = l.Timers[i]
			}
		}
		l.Lock.Unlock()
		e.Host.Go("timer", func() {
			sleep(e.Host, demultiplexer, d)
			fire(e, l, t, f, always)
		})
		return t
	}
}

// never is later than any timer.
const never = time.Duration(1<<63 - 1)

// sleep waits until d has passed, and closes what it has waited on.
func sleep(h demux.Host, demultiplexer demux.Demux, d time.Duration) {
	end := h.Now() + d
	for left := d; left > 0; left = end - h.Now() {
		if _, err := demultiplexer.Wait(make([]demux.Event, 1), left); err != nil {
			break
		}
	}
	_ = demultiplexer.Close()
}

// fire runs f in the loop if its timer is still set. If the loop has ended and always
// is set, it runs f itself.
func fire(e *serve.Engine, l *serve.Loop, t *serve.Timer, f func(), always bool) {
	err := e.Parts.Post(l, func() {
		if l.Remove(t) {
			f()
		}
	})
	if err != nil && always {
		f()
	}
}
