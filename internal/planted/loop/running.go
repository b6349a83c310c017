package loop

import (
	"time"

	"reactortest/demux"
)

// flag is a Waker: a flag says that a Wake is under way. A poster that finds it
// set need not wake the loop.
type flag struct{ loop *Loop }

func (f *flag) Signal() error {
	waking := f.loop.Waking.Swap(true)
	f.loop.Host.Yield("post-flag")
	if waking {
		return nil
	}
	return IgnoreClosed(f.loop.Parts.Demux.Wake())
}

func (f *flag) Clear() {
	f.loop.Waking.Store(false)
	f.loop.Host.Yield("posted-flag")
}

func (f *flag) Sleep() {}
func (f *flag) Awake() {}

func (l *Loop) post(fn func()) error {
	l.Host.Yield("post")
	if err := l.Parts.Push(fn); err != nil {
		return err
	}
	l.Host.Yield("post-queued")
	return l.Parts.Waker.Signal()
}

func (l *Loop) push(fn func()) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	if l.Closed.Load() {
		return demux.ErrClosed
	}
	l.Posted = append(l.Posted, fn)
	return nil
}

func (l *Loop) take() []func() {
	l.Parts.Waker.Clear()
	l.Mu.Lock()
	defer l.Mu.Unlock()
	posted := l.Posted
	l.Posted = nil
	return posted
}

func (l *Loop) runPosted() (n int) {
	for _, fn := range l.Parts.Take() {
		if !l.Closed.Load() {
			n++
			fn()
		}
	}
	return n
}

func (l *Loop) timeout(limit time.Duration) time.Duration {
	if len(l.Closing) > 0 || l.Ends && !l.Parts.Alive() {
		return 0
	}
	if t := l.Parts.Timers.Next(); t != nil {
		if until := max(t.At-l.Host.Now(), 0); limit < 0 || until < limit {
			return until
		}
	}
	return limit
}

func (l *Loop) wait(timeout time.Duration) (int, error) {
	l.Host.Yield("wait")
	l.Parts.Waker.Sleep()
	n, err := l.Parts.Demux.Wait(l.Events[:], timeout)
	l.Parts.Waker.Awake()
	return n, err
}

func (l *Loop) runClosing() (n int) {
	closing := l.Closing
	l.Closing = nil
	for _, w := range closing {
		l.Work--
		if w.OnClose != nil {
			n++
			w.OnClose()
		}
	}
	return n
}

func (l *Loop) close() error {
	if l.Closed.Swap(true) {
		return demux.ErrClosed
	}
	return l.Parts.Demux.Close()
}

func (l *Loop) alive() bool {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return l.Work > 0 || len(l.Posted) > 0
}

func (l *Loop) step(limit time.Duration) (int, error) {
	l.Called = l.Parts.RunTimers()
	l.Called += l.Parts.RunPosted()
	got, err := l.Parts.Wait(l.Parts.Timeout(limit))
	l.Called += l.Parts.Dispatch(l.Events[:got])
	l.Called += l.Parts.RunClosing()
	return l.Called, err
}

func (l *Loop) run(ends bool) error {
	l.Ends = ends
	l.Phase.Store(Outside)
	defer func() {
		l.Ends = false
		l.Phase.Store(Stopped)
	}()
	for !ends || l.Parts.Alive() {
		if _, err := l.RunOnce(-1); err != nil {
			return IgnoreClosed(err)
		}
	}
	return nil
}
