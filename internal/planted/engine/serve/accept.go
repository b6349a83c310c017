package serve

import (
	"errors"
	"syscall"
	"time"

	"reactortest/demux"
)

const (
	acceptBatch = 8 // connections that are accepted in one turn
	firstPause  = 5 * time.Millisecond
	longPause   = 100 * time.Millisecond
)

// again reports whether a call did nothing because it would have blocked.
func again(err error) bool { return errors.Is(err, demux.ErrAgain) }

// interrupted reports whether a signal came before a call had done anything.
func interrupted(err error) bool { return errors.Is(err, syscall.EINTR) }

// listen is the part Listen.
func (l *Loop) listen() error {
	err := l.Demux.Register(l.Listener, listenerToken, demux.Readable, demux.Level)
	l.Listening = err == nil
	return err
}

// unlisten is the part Unlisten.
func (l *Loop) unlisten() {
	if l.Listening {
		l.Listening = false
		_ = l.Demux.Deregister(l.Listener)
	}
}

// accept is the part Accept. It stops after a few, so that a storm of connections does
// not starve the ones that stand; level mode reports the rest again.
func (l *Loop) accept() {
	p := &l.Engine.Parts
	for range acceptBatch {
		h, err := l.Engine.Host.Accept(l.Listener)
		if err == nil {
			l.Accepted(h)
		} else if !p.AcceptFailed(l, err) {
			return
		}
	}
}

// Accepted adopts a connection.
func (l *Loop) Accepted(h demux.Handle) {
	l.pause = 0
	l.Engine.Parts.Adopt(l, h)
}

// acceptFailed is the part AcceptFailed.
func (l *Loop) acceptFailed(err error) (more bool) {
	switch {
	case again(err):
		return false
	case interrupted(err), errors.Is(err, syscall.ECONNABORTED), errors.Is(err, syscall.ECONNRESET):
		return true // accept(2): this one is gone, the next may be well
	default:
		l.Pause()
		return false
	}
}

// Pause stops accepting for a while. Without descriptors the connection that cannot be
// accepted stays where it is, and the listener stays readable: a loop that only tries
// again spins.
func (l *Loop) Pause() {
	if l.Stopping || l.paused != nil {
		return
	}
	l.Engine.Parts.Unlisten(l)
	l.pause = min(longPause, max(firstPause, 2*l.pause))
	l.paused = l.Engine.Parts.AfterFunc(l, l.pause, func() {
		l.paused = nil
		l.Relisten()
	})
}

// Relisten calls Listen again, and pauses if that fails.
func (l *Loop) Relisten() {
	if err := l.Engine.Parts.Listen(l); err != nil {
		l.Pause()
	}
}

// closeListener ends the listener for good.
func (l *Loop) closeListener() {
	if l.Listener == demux.NoHandle {
		return
	}
	l.Engine.Parts.Unlisten(l)
	if !l.pending { // else its completion closes the listener
		l.dropListener()
	}
	if l.spare != nil {
		_ = l.spare.Close()
		l.spare = nil
	}
}

func (l *Loop) dropListener() {
	_ = l.Engine.Host.Close(l.Listener)
	l.Listener = demux.NoHandle
}
