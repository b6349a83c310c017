package bubble

import (
	"runtime"
	"slices"
	"testing/synctest"
)

// Left returns the goroutines that have not ended, by name, with the call that each
// waits in: those that Go and Start have started, and strays that wait in a call. Tasks
// call it.
func (b *Bubble) Left() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var left []*thread
	for t := range b.live { // sorted below
		left = append(left, t)
	}
	for _, t := range b.order {
		if _, live := b.live[t]; !live && (t.posting || t.stray && (t.inside || t.f != nil)) {
			left = append(left, t)
		}
	}
	slices.SortFunc(left, byPlace)
	var out []string
	for _, t := range left {
		out = append(out, t.String())
	}
	return out
}

// End ends the run: it stops the tasks, and ends the goroutines that wait in a call.
// It returns those. Goroutines that wait elsewhere stay, and end at their next call;
// the run stays the current one until Test returns or another one begins.
// The goroutine that called New calls End, after the tasks have run.
func (b *Bubble) End() (ended []string) {
	b.mu.Lock()
	b.over = true
	atEnd := b.atEnd
	b.mu.Unlock()
	for _, f := range atEnd {
		f()
	}
	b.tasks.Stop()
	for {
		waiting := b.waiting()
		if len(waiting) == 0 {
			break
		}
		for _, t := range waiting { // one after another: their deferred functions are not concurrent
			b.mu.Lock()
			ended = append(ended, t.String())
			t.f, t.inside, t.over = nil, false, true
			b.mu.Unlock()
			t.done <- struct{}{}
			synctest.Wait()
		}
	}
	synctest.Wait()
	return ended
}

// waiting returns the threads that wait in a call.
func (b *Bubble) waiting() []*thread {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*thread
	for _, t := range b.threads { // sorted below
		if !t.ended && (t.inside || t.f != nil) {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, byPlace)
	return all
}

// AtEnd has End call f. Any goroutine of the bubble may call it.
func (b *Bubble) AtEnd(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.atEnd = append(b.atEnd, f)
}

// Over reports whether a run is current and over: End was called, and goroutines end at
// their next call. Any goroutine may call it.
func Over() bool {
	b := Current()
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.over
}

// Pass ends the calling goroutine if the run that is current is over. Loops that make no
// simulated call would go on for ever without it.
func Pass() {
	if Over() {
		runtime.Goexit()
	}
}
