package watcher

import (
	"errors"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/bubbled"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler/bubble"
)

// GoroutinesSuite returns the suite that judges a reactor which starts goroutines of its
// own, in bubbles of testing/synctest. Its calls reach the simulated kernel through
// bubble.Current.
func GoroutinesSuite(subject NewReactor) core.Suite {
	Suite(subject) // panics
	return goroutines{suite{inBubble(subject)}}
}

// goroutines is the suite with bubbles around the runs.
type goroutines struct{ suite }

// Surround has each run in a bubble.
func (s goroutines) Surround(tb testing.TB, k *fakedemux.Kernel) core.Machine {
	return bubbled.New(tb, k)
}

// Tables leaves the numbers of the standard streams free: some libraries take no others.
func (goroutines) Tables() (first, world int) { return firstHandle, 0 }

const firstHandle = 3

// inBubble returns the factory that makes reactors of subject for tasks: a courier carries
// their calls to goroutines. On a real host it is subject.
func inBubble(subject NewReactor) NewReactor {
	return func(tb testing.TB, h demux.Host) Reactor {
		if bubble.Current() == nil {
			return subject(tb, h)
		}
		p := &proxy{courier: bubbled.NewCourier()}
		p.courier.Ask(func() { p.inner = subject(tb, h) })
		if p.inner == nil {
			return nil
		}
		return p
	}
}

// unseen are rules that read the Waits of the subject.
var unseen = [...]int{ruleIdleBlocks, ruleFair, ruleBoundedIteration, ruleNoLeakedTimer}

// withoutWaits says that nobody sees what the subject waits in. What its handlers may be
// told is then what holds when one of its calls returns, or when the handler is called.
func (j *judge) withoutWaits(b *bubble.Bubble) {
	if b != nil {
		j.blind = true
		b.OnCall = func(bubble.Call) { j.credit() }
	}
	for _, rule := range unseen {
		j.Exempt(rule, "the subject opened no demultiplexer, and its waits are not seen")
	}
}

// credit books the conditions that hold.
func (j *judge) credit() {
	j.Lock()
	defer j.Unlock()
	for _, w := range j.live {
		w.credit |= j.holding(w)
	}
}

// holding returns what an event of w would carry (rule W8).
func (j *judge) holding(w *watchState) demux.Ready {
	ready := j.Kernel.Ready(w.handle)
	if ready&(demux.Hangup|demux.Failed) != 0 {
		ready |= demux.Readable | demux.Writable
	}
	return ready
}

// goroutineGrace is how long goroutines may go on when the loop has ended.
const goroutineGrace = 10 * time.Second

// checkGoroutines judges the goroutines that the subject has left, and ends the run.
func (d *driver) checkGoroutines() {
	j, b := d.judge, bubble.Current()
	if j.Kernel == nil || b == nil {
		j.Exempt(ruleNoLeakedGoroutine, "the threads of the subject are tasks, and one that does not end is a deadlock")
		return
	}
	if p, is := d.reactor.(*proxy); is {
		p.courier.Close()
	}
	for pause := ms(1); len(b.Left()) > 0 && pause < goroutineGrace; pause *= 2 {
		d.sleep(pause)
	}
	left := b.Left()
	j.Lock()
	defer j.Unlock()
	if !j.Holds(ruleNoLeakedGoroutine, len(left) == 0) {
		j.Fail(ruleNoLeakedGoroutine, j.Last(), "the loop has ended, and these goroutines have not: %s", strings.Join(left, ", "))
	}
	j.End()
}

// stuckGoroutines says which rule a run breaks that ended with goroutines which can never
// go on.
func (j *judge) stuckGoroutines(err error) (rule int, text string, is bool) {
	var stuck *bubbled.StuckError
	if errors.As(err, &stuck) {
		return ruleNoLeakedGoroutine, stuck.Error(), true
	}
	return j.stuck(err)
}

// capable returns what r offers beside Reactor, or a watch beside Watch.
func capable[T any](r any) (T, bool) {
	var inner any
	switch p := r.(type) {
	case *proxy:
		inner = p.inner
	case *proxyWatch:
		inner = p.inner
	default:
		v, can := r.(T)
		return v, can
	}
	if _, can := inner.(T); !can {
		var none T
		return none, false
	}
	v, can := r.(T)
	return v, can
}

// proxy is a reactor of goroutines, for tasks.
type proxy struct {
	courier *bubbled.Courier
	inner   Reactor
}

func (p *proxy) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (w Watch, err error) {
	p.courier.Ask(func() {
		w, err = p.inner.Watch(h, want, mode, func(ev demux.Event) { p.courier.Upcall(func() { fn(ev) }) })
	})
	if err != nil {
		return nil, err
	}
	return &proxyWatch{p.courier, w}, nil
}

func (p *proxy) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	var inner func() bool
	p.courier.Ask(func() { inner = p.inner.AfterFunc(d, func() { p.courier.Upcall(fn) }) })
	return func() (kept bool) {
		p.courier.Ask(func() { kept = inner() })
		return kept
	}
}

func (p *proxy) Post(fn func()) (err error) {
	p.courier.Ask(func() { err = p.inner.Post(func() { p.courier.Upcall(fn) }) })
	return err
}

func (p *proxy) Run() (err error) {
	p.courier.Ask(func() { err = p.inner.Run() })
	return err
}

func (p *proxy) Close() (err error) {
	p.courier.Ask(func() { err = p.inner.Close() })
	return err
}

// RunOnce is for a Stepper.
func (p *proxy) RunOnce(limit time.Duration) (n int, err error) {
	p.courier.Ask(func() { n, err = p.inner.(Stepper).RunOnce(limit) })
	return n, err
}

// RunWhileAlive is for one that is SelfEnding.
func (p *proxy) RunWhileAlive() (err error) {
	p.courier.Ask(func() { err = p.inner.(SelfEnding).RunWhileAlive() })
	return err
}

// TimerGrain is for a TimerGrainer.
func (p *proxy) TimerGrain() time.Duration { return p.inner.(TimerGrainer).TimerGrain() }

// TimerTiesInOrder is for a TieBreaker.
func (p *proxy) TimerTiesInOrder() bool { return p.inner.(TieBreaker).TimerTiesInOrder() }

// NewTimer is for a TimerMaker.
func (p *proxy) NewTimer(fn func()) Timer {
	t := &proxyTimer{courier: p.courier}
	p.courier.Ask(func() { t.inner = p.inner.(TimerMaker).NewTimer(func() { p.courier.Upcall(fn) }) })
	return t
}

type proxyTimer struct {
	courier *bubbled.Courier
	inner   Timer
}

func (t *proxyTimer) Reset(d time.Duration) (kept bool) {
	t.courier.Ask(func() { kept = t.inner.Reset(d) })
	return kept
}

func (t *proxyTimer) Stop() (kept bool) {
	t.courier.Ask(func() { kept = t.inner.Stop() })
	return kept
}

type proxyWatch struct {
	courier *bubbled.Courier
	inner   Watch
}

func (w *proxyWatch) Modify(want demux.Ready, mode demux.Mode) (err error) {
	w.courier.Ask(func() { err = w.inner.Modify(want, mode) })
	return err
}

func (w *proxyWatch) Close() (err error) {
	w.courier.Ask(func() { err = w.inner.Close() })
	return err
}

// CloseFunc is for a CloseFuncer.
func (w *proxyWatch) CloseFunc(fn func()) (err error) {
	w.courier.Ask(func() { err = w.inner.(CloseFuncer).CloseFunc(func() { w.courier.Upcall(fn) }) })
	return err
}
