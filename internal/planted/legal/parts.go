package legal

import (
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"reactortest/demux"
)

// all is as many as there are.
const all = math.MaxInt

// table has the live watches by slot; the token of each is generation and slot.
type table struct {
	slots  []*Watch // nil is free
	opened uint32   // watches there were
	live   int
}

func (t *table) add(w *Watch) {
	i := slices.Index(t.slots, nil)
	if i < 0 {
		i = len(t.slots)
		t.slots = append(t.slots, nil)
	}
	t.opened++
	t.live++
	w.slot, w.token = i, demux.Token(t.opened)<<32|demux.Token(i)
	t.slots[i] = w
}

func (t *table) remove(w *Watch) {
	t.slots[w.slot] = nil
	t.live--
}

// get returns the live watch whose token is tok, nil if there is none.
func (t *table) get(tok demux.Token) *Watch {
	if i := int(uint32(tok)); i < len(t.slots) && t.slots[i] != nil && t.slots[i].token == tok {
		return t.slots[i]
	}
	return nil
}

type timer struct {
	at      time.Duration
	serial  uint64 // when it was set
	pending bool
	fn      func()
}

// before is the order in which timers run.
func (t *timer) before(other *timer) bool {
	return t.at < other.at || t.at == other.at && t.serial < other.serial
}

// timerList has the timers in the order they are due.
type timerList struct {
	list   []*timer
	serial uint64 // of the timer that was set last
}

func (l *timerList) add(at time.Duration, fn func()) *timer {
	l.serial++
	t := &timer{at: at, serial: l.serial, pending: true, fn: fn}
	i := len(l.list)
	for i > 0 && t.before(l.list[i-1]) {
		i--
	}
	l.list = slices.Insert(l.list, i, t)
	return t
}

func (l *timerList) stop(t *timer) bool {
	if !t.pending {
		return false
	}
	t.pending = false
	l.list = slices.DeleteFunc(l.list, func(other *timer) bool { return other == t })
	return true
}

// due takes the first timer that is due at now and was set no later than last.
func (l *timerList) due(now time.Duration, last uint64) *timer {
	if len(l.list) == 0 || l.list[0].at > now || l.list[0].serial > last {
		return nil
	}
	t := l.list[0]
	l.stop(t)
	return t
}

func (l *timerList) next() (at time.Duration, set bool) {
	if len(l.list) == 0 {
		return 0, false
	}
	return l.list[0].at, true
}

// deadline returns when d from now is.
func deadline(now, d time.Duration) time.Duration {
	if at := now + max(d, 0); at >= 0 {
		return at
	}
	return math.MaxInt64
}

// sooner returns the shorter one of two timeouts; limit < 0 is for ever.
func sooner(limit, other time.Duration) time.Duration {
	if limit < 0 || other < limit {
		return other
	}
	return limit
}

// queue has the posted functions. Any goroutine may call its methods.
type queue struct {
	mu  sync.Mutex
	fns []func() // guarded by mu
}

func (q *queue) push(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fns = append(q.fns, fn)
}

// take takes the functions that were posted first, most at the most.
func (q *queue) take(most int) []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(most, len(q.fns))
	taken := q.fns[:n:n]
	q.fns = q.fns[n:]
	return taken
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.fns)
}

// owner has a loop's handles released by its own goroutine when Run ends, and
// by Close only if nobody runs the loop.
type owner struct {
	mu      sync.Mutex
	running bool // guarded by mu
	closed  bool // guarded by mu
}

// enter says that Run begins, and reports whether it may.
func (o *owner) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = !o.closed
	return o.running
}

// leave says that Run ends, and reports whether it has to release.
func (o *owner) leave() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = false
	return o.closed
}

// close says that the loop is closed, and reports whether the caller has to
// release, because nobody runs the loop.
func (o *owner) close() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return !o.running
}

// over reports whether the loop is closed and nobody runs it.
func (o *owner) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed && !o.running
}

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

// ignoreClosed drops the error that says that the loop was closed.
func ignoreClosed(err error) error {
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}
