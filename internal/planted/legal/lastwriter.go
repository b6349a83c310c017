package legal

import (
	"errors"
	"sync/atomic"
	"syscall"
	"time"

	"reactortest/demux"
)

// lastWriter is woken by a byte in a pipe of its own, whose users are counted:
// the loop, and every goroutine that is about to write. The last one closes it.
type lastWriter struct {
	*Loop
	owner owner
	r, w  demux.Handle
	users atomic.Int32
}

// LastWriter opens a loop that wakes itself with a pipe of its own and counts
// the users of the pipe. The last one closes it, as Go's net package does with
// descriptors. That may be a goroutine that posts, after Run and Close have
// returned.
func LastWriter(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	s := &lastWriter{Loop: l}
	if s.r, s.w, err = h.Pipe(); err != nil {
		return nil, errors.Join(err, l.demux.Close())
	}
	s.users.Store(1)
	if err := l.demux.Register(s.r, pipeToken, demux.Readable, demux.Level); err != nil {
		return nil, errors.Join(err, l.demux.Close(), s.drop())
	}
	l.arch = s
	return l, nil
}

// use counts one more user, unless the pipe is closed.
func (l *lastWriter) use() bool {
	for {
		n := l.users.Load()
		if n == 0 {
			return false
		}
		if l.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// drop counts one user less. The last one closes the pipe.
func (l *lastWriter) drop() error {
	if l.users.Add(-1) > 0 {
		return nil
	}
	return errors.Join(l.host.Close(l.w), l.host.Close(l.r))
}

func (l *lastWriter) enter() error {
	if !l.owner.enter() {
		return demux.ErrClosed
	}
	return nil
}

func (l *lastWriter) leave() error {
	if !l.owner.leave() {
		return nil
	}
	return l.release()
}

func (l *lastWriter) release() error {
	return errors.Join(l.demux.Deregister(l.r), l.demux.Close(), l.drop())
}

func (l *lastWriter) close() error {
	if l.owner.close() {
		return l.release()
	}
	return l.wake()
}

func (l *lastWriter) post(fn func()) error {
	if err := l.push(fn); err != nil {
		return err
	}
	return l.wake()
}

// wake writes a byte. A pipe that is full wakes the loop all the same, and one
// that is closed has nobody to wake.
func (l *lastWriter) wake() error {
	if !l.use() {
		return nil
	}
	l.host.Yield("wake-by-pipe")
	_, err := l.host.Write(l.w, []byte{0})
	for errors.Is(err, syscall.EINTR) { // nothing was written: POSIX write
		_, err = l.host.Write(l.w, []byte{0})
	}
	if errors.Is(err, demux.ErrAgain) {
		err = nil
	}
	return errors.Join(err, l.drop())
}

func (l *lastWriter) drain() {
	var b [16]byte
	for {
		if _, err := l.host.Read(l.r, b[:]); err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

func (l *lastWriter) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	l.host.Yield("wait")
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	for _, ev := range l.events[:got] {
		if ev.Token == pipeToken {
			l.drain()
		}
	}
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	if l.closed.Load() && err == nil {
		err = demux.ErrClosed
	}
	return n, err
}
