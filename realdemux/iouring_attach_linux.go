package realdemux

import (
	"sync"

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
		return at, nil
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
