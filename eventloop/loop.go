package eventloop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop is a reactor. Any goroutine may call Post, Go, StartProcess, Host and Close.
// Only the goroutine that runs the loop may call its other methods.
type Loop struct {
	host     demux.Host
	demux    demux.Demux
	observer func(Step)

	iteration     uint64
	registrations table
	timers        timers
	closing       queue
	operations    operations
	other         other // works, signals, processes

	batch []demux.Event
	next  int // of batch, to be dispatched
	count int // of batch, returned by Wait

	mu     sync.Mutex  // over push and swap of posted, never over a call
	posted queue       // guarded by mu, except pop
	closed atomic.Bool // set under mu, so that Post is before or after Close
	waking atomic.Bool // a Wake is under way for all that has been posted

	running atomic.Bool
	inside  bool          // running, as the loop's goroutine sees it
	ends    bool          // RunWhileAlive: an iteration does not wait once nothing is left
	lock    func() func() // Options.LockOSThread: locks, and returns what unlocks; else nil
}

// Traits returns what the loop's demux offers: which modes Watch accepts, and
// whether both directions come in one event.
func (l *Loop) Traits() demux.Traits { return l.demux.Traits() }

// Host returns the host that the loop was opened on. Any goroutine may call it.
func (l *Loop) Host() demux.Host { return l.host }

// CloseFunc calls fn once in the next closing phase, as Registration.CloseFunc does, of an
// iteration that does not wait. After Close of the loop, fn is called if the iteration that
// Close ends, or a later RunOnce or Run, has a closing phase. It panics if fn is nil.
func (l *Loop) CloseFunc(fn func()) {
	if fn == nil {
		panic("eventloop: CloseFunc without a function")
	}
	l.closing.push(fn)
}

// RunOnce runs one iteration and returns how many functions it called. It waits
// at most for limit, forever if limit is negative, and never longer than until
// the next timer is due. It returns demux.ErrClosed once the loop is closed, and
// otherwise the error of Wait; after an error of Wait the loop can continue.
// RunOnce panics if the loop is already running: a handler must not call it.
func (l *Loop) RunOnce(limit time.Duration) (int, error) {
	l.enter()
	defer l.leave()
	n, err := l.iterate(limit)
	l.timers.begin()
	return n, err
}

// enter makes the caller's goroutine the loop's.
func (l *Loop) enter() {
	if !l.running.CompareAndSwap(false, true) {
		panic("eventloop: the loop is running already: RunOnce, Run and RunWhileAlive are not for handlers, and for one goroutine at a time")
	}
	l.inside = true
}

// leave ends what enter began.
func (l *Loop) leave() {
	l.inside = false
	l.running.Store(false)
}

func (l *Loop) iterate(limit time.Duration) (int, error) {
	if l.closed.Load() {
		return l.runClosing(), demux.ErrClosed
	}
	l.iteration++
	n := l.runTimers()
	n += l.runPosted()
	err := l.poll(l.timeout(limit))
	dispatched, broken := l.dispatch()
	n += dispatched
	n += l.runClosing()
	if err == nil {
		err = broken
	}
	return n, err
}

// Run runs the loop until Close, and then returns nil, or until ctx is done,
// and then returns ctx.Err(). An error of Wait also ends it. Only Close closes the
// loop: after the others it can run again.
func (l *Loop) Run(ctx context.Context) error {
	l.enter()
	defer l.leave()
	if ctx.Done() == nil {
		return l.runWhile(func() bool { return true })
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.demux.Wake() // ErrClosed: there is nothing left to wake
	})
	defer stop()
	if err := l.runWhile(func() bool { return ctx.Err() == nil }); err != nil {
		return err
	}
	if l.closed.Load() {
		return nil
	}
	return ctx.Err()
}

// RunWhileAlive runs the loop until there is no open registration, no timer,
// no posted function, no CloseFunc, no work, no open SignalWatch and no child
// process left, or until Close. A registration counts until it is closed, whatever
// its interest is. A work or a process counts until the loop calls its function. A
// function that is posted after the end stays queued for the next run.
func (l *Loop) RunWhileAlive() error {
	l.enter()
	defer l.leave()
	l.ends = true
	defer func() { l.ends = false }()
	return l.runWhile(l.alive)
}

// runWhile returns nil when more says no or the loop is closed.
func (l *Loop) runWhile(more func() bool) (err error) {
	if l.lock != nil {
		defer l.lock()()
	}
	for err == nil && more() {
		_, err = l.iterate(-1)
	}
	l.timers.begin()
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}

func (l *Loop) alive() bool {
	if l.registrations.open > 0 || l.timers.live > 0 || l.closing.len() > 0 || l.next < l.count ||
		l.operations.flying > 0 || l.other.alive.Load() > 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.posted.len() > 0
}

// Close ends the loop and its demux. A Run that is blocked returns nil; a Run
// that is calling a function returns nil after that function has returned. After
// Close the loop calls only the functions given to CloseFunc: at the end of the
// iteration that Close ends, or in the next RunOnce or Run if no iteration is in
// progress. Timers no longer fire, and posted functions that have not run are
// dropped. So are works that wait for a worker; the contexts of works that run are
// done when Close returns. Signals are no longer watched, and child processes go
// on. Registered handles still belong to the caller. Any goroutine may call Close,
// and so may handlers. A second Close returns demux.ErrClosed.
func (l *Loop) Close() error {
	l.mu.Lock()
	again := l.closed.Swap(true)
	l.mu.Unlock()
	if again {
		return demux.ErrClosed
	}
	l.other.close()
	return l.demux.Close()
}

// poll waits and fills the batch. Events that a panic has left undispatched
// come first: there is no Wait until they are gone.
func (l *Loop) poll(timeout time.Duration) error {
	if l.next < l.count {
		return nil
	}
	// The timeout is decided and not yet acted on: a Post now must end the Wait.
	l.host.Yield("loop-wait")
	n, err := l.demux.Wait(l.batch, timeout)
	if n < 0 || n > len(l.batch) {
		err = errors.Join(err, fmt.Errorf("eventloop: Wait returned %d events into room for %d (rule W1)", n, len(l.batch)))
		n = 0
	}
	l.next, l.count = 0, n
	if l.observer != nil {
		l.observer(Step{Iteration: l.iteration, Phase: PhasePoll, Timeout: timeout, Events: l.batch[:n]})
	}
	return err
}

// timeout returns how long poll may wait: until the next timer is due, limit at
// the most, and not at all if the closing phase has work or the last timer was
// the last work of RunWhileAlive. What is posted needs no look: Post wakes the
// demux.
func (l *Loop) timeout(limit time.Duration) time.Duration {
	if l.timers.live == 0 {
		if l.closing.len() > 0 || l.ends && !l.alive() {
			return 0
		}
		return limit
	}
	if limit == 0 || l.closing.len() > 0 {
		return 0
	}
	l.timers.begin()
	left := max(l.timers.min()-l.host.Now(), 0)
	if limit < 0 {
		return left
	}
	return min(left, limit)
}

// dispatch calls the handlers of the batch. The loop's own place in the batch
// moves before each call, so that a handler that panics loses only itself.
func (l *Loop) dispatch() (n int, err error) {
	for l.next < l.count && !l.closed.Load() {
		ev := &l.batch[l.next]
		l.next++
		if ev.Op != nil {
			if err := l.complete(*ev); err != nil {
				return n, err
			}
			n++
			continue
		}
		s, known := l.registrations.lookup(ev.Token)
		if !known {
			return n, fmt.Errorf("eventloop: Wait returned token %#x, which was never registered (rule W9)", uint64(ev.Token))
		}
		if s == nil { // closed since Wait returned
			l.drop(*ev, true)
			continue
		}
		wanted := ev.Ready & (s.want | demux.Hangup | demux.Failed)
		if wanted == 0 { // modified since Wait returned
			l.drop(*ev, false)
			continue
		}
		if l.observer != nil {
			l.observer(Step{Iteration: l.iteration, Phase: PhaseDispatch, Token: ev.Token, Ready: wanted})
		}
		n++
		s.fn(demux.Event{Token: ev.Token, Ready: wanted, Op: ev.Op})
	}
	return n, nil
}

func (l *Loop) drop(ev demux.Event, stale bool) {
	if l.observer != nil {
		l.observer(Step{
			Iteration: l.iteration, Phase: PhaseDispatch, Token: ev.Token, Ready: ev.Ready,
			Stale: stale, Unwanted: !stale,
		})
	}
}

// runClosing calls what CloseFunc queued before this phase began.
func (l *Loop) runClosing() (n int) {
	l.closing.take()
	for fn := l.closing.pop(); fn != nil; fn = l.closing.pop() {
		if l.observer != nil {
			l.observer(Step{Iteration: l.iteration, Phase: PhaseClosing})
		}
		n++
		fn()
	}
	return n
}
