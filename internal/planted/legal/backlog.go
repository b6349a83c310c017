package legal

import (
	"errors"

	"reactortest/demux"
)

// maxTries is how often in a row a registration may be refused.
const maxTries = 14

// backlog has the watches whose registration is to be made or changed.
type backlog struct {
	watches []*Watch
	tries   int
}

func (b *backlog) add(w *Watch) {
	if !w.dirty {
		w.dirty = true
		b.watches = append(b.watches, w)
	}
}

// flush calls apply for each, and keeps those that the system had no room for.
// An error is one that has lasted.
func (b *backlog) flush(apply func(w *Watch) error) error {
	var last error
	kept := b.watches[:0]
	for _, w := range b.watches {
		if w.closed {
			continue
		}
		if err := apply(w); err != nil {
			last = err
			kept = append(kept, w)
			continue
		}
		w.dirty = false
	}
	b.watches = kept
	if last == nil {
		b.tries = 0
		return nil
	}
	if b.tries++; b.tries > maxTries || errors.Is(last, demux.ErrClosed) {
		return last
	}
	return nil
}
