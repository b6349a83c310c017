package eventloop_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

func openGroup(t *testing.T, h demux.Host, n int) *eventloop.Group {
	t.Helper()
	g, err := eventloop.OpenGroup(h, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestGroup has each loop post to the next one, under many schedules, until the last one has
// closed the group.
func TestGroup(t *testing.T) {
	k := fakedemux.New(nil)
	t.Cleanup(k.Stop)
	for run := range 500 {
		k.Reset(&rng{x: uint64(run)*0x9e3779b97f4a7c15 + 1})
		hops := 0
		err := k.Run(func() {
			g := openGroup(t, k, 3)
			var hop func(i int)
			hop = func(i int) {
				if hops++; hops == 10 {
					must(t, g.Close())
					return
				}
				_ = g.Loops()[(i+1)%3].Post(func() { hop(i + 1) })
			}
			must(t, g.Loops()[0].Post(func() { hop(0) }))
			must(t, g.Run(context.Background()))
			if err := g.Run(context.Background()); !errors.Is(err, demux.ErrClosed) {
				t.Errorf("a second Run: %v", err)
			}
			must(t, g.Close())
		})
		if err != nil || hops != 10 || len(k.Leaks()) > 0 {
			t.Fatalf("run %d: %v, %d hops, leaks %v", run, err, hops, k.Leaks())
		}
	}
}

// TestGroupOfAFailingLoop has the wait of one loop fail: all end, and Run tells why.
func TestGroupOfAFailingLoop(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		h := &failingHost{Host: k}
		g := openGroup(t, h, 3)
		must(t, g.Loops()[2].Post(func() {}))
		if err := g.Run(context.Background()); !errors.Is(err, errWait) {
			t.Errorf("Run: %v", err)
		}
		for _, l := range g.Loops() {
			if err := l.Post(func() {}); !errors.Is(err, demux.ErrClosed) {
				t.Errorf("a loop is open: %v", err)
			}
		}
	})
}

var errWait = errors.New("the wait has failed")

// failingHost is a host whose last demux cannot wait.
type failingHost struct {
	demux.Host
	opened int
}

func (h *failingHost) Open() (demux.Demux, error) {
	d, err := h.Host.Open()
	if h.opened++; h.opened == 4 { // after the gate's and two of loops
		d = failing{d}
	}
	return d, err
}

type failing struct{ demux.Demux }

func (failing) Wait([]demux.Event, time.Duration) (int, error) { return 0, errWait }

func TestGroupThatIsNotRun(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		g := openGroup(t, k, 2)
		must(t, g.Close())
		must(t, g.Close())
		if err := g.Run(context.Background()); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Run after Close: %v", err)
		}
		if leaks := k.Leaks(); len(leaks) > 0 {
			t.Errorf("left: %v", leaks)
		}
	})
}

// TestGroupOnTheRunningKernel ends a group by its context, while other goroutines post.
func TestGroupOnTheRunningKernel(t *testing.T) {
	g := openGroup(t, realdemux.NewHost(), 4)
	ctx, cancel := context.WithCancel(context.Background())
	seen := map[*eventloop.Loop]int{}
	var mu sync.Mutex
	var posters sync.WaitGroup
	for range 4 {
		posters.Go(func() {
			for range 100 {
				l := g.Next()
				if err := l.Post(func() {
					mu.Lock()
					defer mu.Unlock()
					seen[l]++
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	go func() {
		posters.Wait()
		var last sync.WaitGroup
		for _, l := range g.Loops() {
			last.Add(1)
			_ = l.Post(last.Done)
		}
		last.Wait()
		cancel()
	}()
	if err := g.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if got := fmt.Sprint(seen[g.Loops()[0]], seen[g.Loops()[1]], seen[g.Loops()[2]], seen[g.Loops()[3]]); got != "100 100 100 100" {
		t.Errorf("functions of each loop: %s", got)
	}
}
