package legal

import (
	"errors"
	"sync/atomic"
	"syscall"
	"time"

	"reactortest/demux"
)

// pipeToken is that of the registration of the pipe: no watch has it.
const pipeToken = demux.NoToken - 1

// selfPipe is woken by a byte in a pipe of its own, which is a registration
// like any other. It never calls Wake but at its end.
type selfPipe struct {
	*Loop
	owner   owner
	r, w    demux.Handle
	writers atomic.Int32 // that are about to write, or do
}

// SelfPipe opens a loop that wakes itself with a pipe of its own, as every
// loop did before eventfd. At its end it waits for posters that are about to
// write, as libuv does.
func SelfPipe(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	s := &selfPipe{Loop: l}
	if s.r, s.w, err = h.Pipe(); err != nil {
		return nil, errors.Join(err, l.demux.Close())
	}
	if err := l.demux.Register(s.r, pipeToken, demux.Readable, demux.Level); err != nil {
		return nil, errors.Join(err, s.release())
	}
	l.arch = s
	return l, nil
}

func (l *selfPipe) enter() error {
	if !l.owner.enter() {
		return demux.ErrClosed
	}
	return nil
}

func (l *selfPipe) leave() error {
	if !l.owner.leave() {
		return nil
	}
	return l.release()
}

// release is called when nobody runs the loop any more. It waits for the
// posters that are about to write: the number of the pipe may be somebody
// else's once it is closed. Nothing but them is to wake it meanwhile.
func (l *selfPipe) release() error {
	err := l.demux.Deregister(l.r)
	for _, w := range l.table.slots {
		if w != nil {
			err = errors.Join(err, l.demux.Deregister(w.handle))
		}
	}
	for l.writers.Load() > 0 && err == nil {
		_, err = l.demux.Wait(l.events[:1], -1)
	}
	return errors.Join(err, l.demux.Close(), l.host.Close(l.r), l.host.Close(l.w))
}

func (l *selfPipe) close() error {
	if l.owner.close() {
		return l.release()
	}
	return ignoreClosed(l.wake())
}

func (l *selfPipe) post(fn func()) error {
	if err := l.push(fn); err != nil {
		return err
	}
	return ignoreClosed(l.wake())
}

// wake writes a byte. A pipe that is full wakes the loop all the same.
func (l *selfPipe) wake() error {
	defer func() {
		if l.writers.Add(-1) == 0 && l.closed.Load() {
			_ = l.demux.Wake() // for leave; the demux may be closed
		}
	}()
	l.writers.Add(1)
	if l.owner.over() {
		return demux.ErrClosed
	}
	l.host.Yield("wake-by-pipe")
	_, err := l.host.Write(l.w, []byte{0})
	for errors.Is(err, syscall.EINTR) { // nothing was written: POSIX write
		_, err = l.host.Write(l.w, []byte{0})
	}
	if errors.Is(err, demux.ErrAgain) {
		return nil // full: a wake is under way
	}
	return err
}

func (l *selfPipe) drain() {
	for {
		if _, err := l.host.Read(l.r, make([]byte, 16)); err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

func (l *selfPipe) step(limit time.Duration) (n int, err error) {
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
