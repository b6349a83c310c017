package realdemux

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// attachment is a handle that belongs to a completer: from its first Submit
// until the object is closed, or the completer is.
type attachment struct {
	owner      *uring
	object     identity
	socket     bool
	lost       atomic.Bool      // the number is another object's
	doubted    bool             // it may be: the owner looks
	flow       *inflow          // the owner's; nil: there was none
	directions frame.Directions // the owner's
}

// attachments are those of all completers of this process. io_uring has no
// such thing. They also keep a completer that is dropped without Close, whose
// buffers the kernel may be writing to.
var attachments = struct {
	sync.Mutex // guards the map
	byHandle   map[demux.Handle]*attachment
}{byHandle: make(map[demux.Handle]*attachment)}

// attach makes h u's, if it is not yet.
func (u *uring) attach(h demux.Handle) (*attachment, error) {
	if at := u.attached[h]; u.batch && at != nil && !at.doubted && !at.lost.Load() {
		// Of u's own program, which batches to save calls. Should the number be another
		// object's by now, settle finds out.
		return at, nil
	}
	object, kind, err := identify(h)
	if err != nil {
		return nil, err
	}
	attachments.Lock()
	defer attachments.Unlock()
	// One of another object is of a handle that was closed, and whose number
	// came back.
	if at := attachments.byHandle[h]; at != nil && at.object == object {
		if at.owner != u {
			return nil, demux.ErrAttached
		}
		at.doubted = false
		return at, nil
	}
	if at := attachments.byHandle[h]; at != nil {
		at.lost.Store(true)
	}
	if old := u.attached[h]; old != nil {
		u.drain(old)
	}
	at := &attachment{owner: u, object: object, socket: kind == unix.S_IFSOCK}
	attachments.byHandle[h] = at
	u.attached[h] = at
	return at, nil
}

// detach gives up all handles that are u's.
func (u *uring) detach() {
	attachments.Lock()
	defer attachments.Unlock()
	for h, at := range u.attached {
		if attachments.byHandle[h] == at {
			delete(attachments.byHandle, h)
		}
	}
}

// attachAgain looks what the handle of t is now. It reports whether that is no socket any
// more; t is to be started again then.
func (u *uring) attachAgain(t *task) bool {
	t.at.lost.Store(true)
	at, err := u.attach(t.op.Handle)
	if err != nil || at.socket || at.directions.Check(t.op) != nil {
		return false
	}
	t.at.directions.Occupy(t.op, false)
	t.at = at
	at.directions.Occupy(t.op, true)
	return true
}
