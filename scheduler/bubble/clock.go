package bubble

import (
	"testing/synctest"
	"time"
)

// horizon is how much virtual time passes without a call, when the kernel has no
// deadline, until the run counts as idle for good.
const horizon = 10 * time.Minute

// idle lets the clock of the bubble go on, when no task can run: to the next deadline of
// the kernel, or until a goroutine that a timer of its own has woken makes a call.
func (b *Bubble) idle(time.Duration) {
	synctest.Wait()
	if b.collect() {
		return
	}
	// A task that has given way waits for no time to pass.
	if at, set := b.tasks.NextDeadline(); b.OnSleep != nil && (!set || at > b.tasks.Now()) {
		b.OnSleep()
	}
	for {
		at, set := b.tasks.NextDeadline()
		wait := horizon
		if set {
			wait = at - b.Elapsed()
		}
		if wait > 0 {
			b.await(wait)
		}
		synctest.Wait()
		here := b.Elapsed()
		if b.collect() {
			if here > b.tasks.Now() {
				b.tasks.Advance(here)
			}
			return
		}
		if !set || here >= at || b.tasks.Err() != nil {
			return
		}
	}
}

// await waits until something arrives, or a time has passed.
func (b *Bubble) await(wait time.Duration) {
	if b.timer == nil {
		b.timer = time.NewTimer(wait)
	} else {
		b.timer.Reset(wait)
	}
	select {
	case <-b.bell:
	case <-b.timer.C:
	}
	b.timer.Stop()
}
