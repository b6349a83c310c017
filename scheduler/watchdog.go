package scheduler

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultHang is the default limit of a run by the wall clock.
const DefaultHang = 10 * time.Second

// maxStacks is how many bytes of goroutine stacks a watchdog collects.
const maxStacks = 16 << 20

// Watchdog notices runs that do not end. A task that neither makes a simulated
// call nor ends is outside the simulation, and the simulation cannot stop it. The
// Watchdog is the only part of this package that reads the wall clock, and it
// decides nothing in a run. Any goroutine may call Begin, Progress and End, for
// one run at a time.
type Watchdog struct {
	limit   time.Duration
	onHang  func(stacks []byte)
	traced  func() bool
	running atomic.Bool
	beat    atomic.Uint64 // changes with every Begin, Progress and End
	stop    chan struct{}
	stopped chan struct{}
	once    sync.Once
}

// NewWatchdog returns a watchdog that calls onHang when a run has taken limit
// (0 means DefaultHang) since its Begin or its last Progress, with the stacks
// of all goroutines, the task's and the lock holder's among them. It is called
// once a hang, from a goroutine of the watchdog's, up to half of limit late and
// never early. Stop ends that goroutine. While a tracer is attached (see Traced)
// the watchdog is off: somebody looks at the run in a debugger.
func NewWatchdog(limit time.Duration, onHang func(stacks []byte)) *Watchdog {
	return newWatchdog(limit, onHang, Traced)
}

func newWatchdog(limit time.Duration, onHang func(stacks []byte), traced func() bool) *Watchdog {
	if limit <= 0 {
		limit = DefaultHang
	}
	w := &Watchdog{limit: limit, onHang: onHang, traced: traced, stop: make(chan struct{}), stopped: make(chan struct{})}
	go w.watch()
	return w
}

// Begin starts the clock for a run. It costs a few nanoseconds.
func (w *Watchdog) Begin() {
	w.running.Store(true)
	w.beat.Add(1)
}

// Progress starts the clock again for the same run.
func (w *Watchdog) Progress() { w.beat.Add(1) }

// End stops the clock.
func (w *Watchdog) End() {
	w.running.Store(false)
	w.beat.Add(1)
}

// Stop ends the watchdog. It returns after an onHang that has begun has
// returned, so onHang must not call it. A second Stop does nothing.
func (w *Watchdog) Stop() {
	w.once.Do(func() { close(w.stop) })
	<-w.stopped
}

// watch looks four times a limit whether the beat has changed: so Begin and
// End need not touch a timer.
func (w *Watchdog) watch() {
	defer close(w.stopped)
	ticker := time.NewTicker(max(w.limit/4, 1)) //nolint:forbidigo // a hang is outside of virtual time
	defer ticker.Stop()
	var (
		seen  uint64
		since time.Time // when seen was first seen; zero: not running, or reported
	)
	for {
		select {
		case <-w.stop:
			return
		case now := <-ticker.C:
			beat, running := w.beat.Load(), w.running.Load()
			switch {
			case !running:
				since = time.Time{}
			case beat != seen:
				since = now
			case since.IsZero() || now.Sub(since) < w.limit:
			case w.traced():
				since = now
			default:
				since = time.Time{}
				w.onHang(allStacks())
			}
			seen = beat
		}
	}
}

// allStacks returns the stacks of all goroutines.
func allStacks() []byte {
	for size := 64 << 10; ; size *= 2 {
		stacks := make([]byte, size)
		if n := runtime.Stack(stacks, true); n < size || size >= maxStacks {
			return stacks[:n]
		}
	}
}
