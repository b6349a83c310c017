package eventloop_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestPostOrder(t *testing.T) {
	s := newStub()
	var g log
	l := open(t, s, nil)
	must(t, l.Post(func() {
		g.say("1")
		must(t, l.Post(func() { g.say("3") }))
	}))
	must(t, l.Post(func() { g.say("2") }))
	if n := once(t, l); n != 2 {
		t.Errorf("the first iteration called %d functions, want 2: what is posted waits", n)
	}
	if n := once(t, l); n != 1 {
		t.Errorf("the second iteration called %d functions, want 1", n)
	}
	g.want(t, "1\n2\n3")
}

func TestPostsCoalesce(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	for range 10 {
		must(t, l.Post(func() {}))
	}
	once(t, l)
	if got := s.wakes.Load(); got != 1 {
		t.Errorf("10 posts woke the demux %d times, want once", got)
	}
	must(t, l.Post(func() {}))
	if got := s.wakes.Load(); got != 2 {
		t.Errorf("a post after the queue was taken made it %d wakes, want 2", got)
	}
}

// TestNoLostWakeup runs five posters under many schedules. The loop has no
// timer: a wakeup that is lost is a deadlock.
func TestNoLostWakeup(t *testing.T) {
	k := fakedemux.New(nil)
	t.Cleanup(k.Stop)
	for run := range 3000 {
		k.Reset(&rng{x: uint64(run)*0x9e3779b97f4a7c15 + 1})
		left := 10
		err := k.Run(func() {
			l := open(t, k, nil)
			for p := range 5 {
				k.Go(fmt.Sprintf("poster %d", p), func() {
					for range 2 {
						must(t, l.Post(func() {
							if left--; left == 0 {
								must(t, l.Close())
							}
						}))
					}
				})
			}
			must(t, l.Run(context.Background()))
		})
		if err != nil || left != 0 {
			t.Fatalf("run %d: %d posts have not run: %v", run, left, err)
		}
	}
}

// rng answers every choice at random.
type rng struct{ x uint64 }

func (r *rng) Begin(int) bool { return true }
func (r *rng) Choose(c *scheduler.Choice) int {
	r.x ^= r.x << 13
	r.x ^= r.x >> 7
	r.x ^= r.x << 17
	return int(r.x>>20&0xffff) % c.N
}
func (r *rng) End(scheduler.Result) {}

// TestPostRacesClose has real threads: it is for the race detector.
func TestPostRacesClose(t *testing.T) {
	for range 100 {
		s := newStub()
		l := open(t, s, nil)
		ran := 0 // in the loop's goroutine
		var posters sync.WaitGroup
		for range 3 {
			posters.Go(func() {
				for range 20 {
					if err := l.Post(func() {
						if ran++; ran == 30 {
							_ = l.Close()
						}
					}); err != nil && !errors.Is(err, demux.ErrClosed) {
						t.Errorf("Post: %v", err)
					}
				}
			})
		}
		must(t, l.Run(context.Background()))
		posters.Wait()
		if ran != 30 {
			t.Fatalf("%d functions ran, want 30: none after Close", ran)
		}
		if s.closes.Load() != 1 {
			t.Fatalf("the demux was closed %d times", s.closes.Load())
		}
	}
}

func TestRunUntilContextIsDone(t *testing.T) {
	l := open(t, newStub(), nil)
	ctx, cancel := context.WithCancel(context.Background())
	must(t, l.Post(func() { go cancel() }))
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want context.Canceled", err)
	}
	if err := l.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run with a context that is done: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	must(t, l.Post(func() { go l.Close() }))
	if err := l.Run(ctx); err != nil {
		t.Errorf("Run: %v, want nil after Close", err)
	}
}
