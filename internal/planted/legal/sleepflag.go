package legal

import (
	"sync"
	"time"

	"reactortest/demux"
)

// sleepFlag wakes the loop only when it sleeps, or is about to. Queue and flag
// are under one lock, which is held over Wake: Wake never blocks.
type sleepFlag struct {
	*Loop
	mu     sync.Mutex
	asleep bool // guarded by mu
}

// SleepFlag opens a loop that is woken by posters only when it sleeps or is
// about to, as Netty is. One lock has the queue and the flag, and is held over
// Wake.
func SleepFlag(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &sleepFlag{Loop: l}
	return l, nil
}

func (l *sleepFlag) post(fn func()) error {
	l.host.Yield("post")
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return demux.ErrClosed
	}
	l.posted.push(fn)
	if !l.asleep {
		return nil
	}
	l.asleep = false
	return ignoreClosed(l.demux.Wake())
}

// goToSleep returns the timeout of the Wait to come, and tells posters to wake
// the loop unless it only polls.
func (l *sleepFlag) goToSleep(timeout time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.posted.len() > 0 {
		return 0
	}
	l.asleep = timeout != 0
	return timeout
}

func (l *sleepFlag) awake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asleep = false
}

func (l *sleepFlag) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	l.host.Yield("going-to-sleep")
	timeout := l.goToSleep(l.timeout(limit, l.host.Now()))
	l.host.Yield("wait")
	got, err := l.demux.Wait(l.events[:], timeout)
	l.awake()
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
