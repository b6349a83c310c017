package bubble_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"reactortest/scheduler"
)

// TestPost has goroutines post calls under a sync.Mutex that another one waits for. A
// posted call comes before every call that is made when the goroutine has gone on,
// whoever makes it.
func TestPost(t *testing.T) {
	orders := map[string]bool{}
	for n := range 200 {
		var did []string
		r := play(t, scheduler.NewRandom(7), n, func(r *run) {
			note := func(text string) func() {
				return func() {
					r.k.Yield(text)
					did = append(did, text)
				}
			}
			var mu sync.Mutex
			var wait sync.WaitGroup
			said := make(chan string, 2)
			for _, name := range []string{"a", "b"} {
				wait.Add(1)
				r.b.Start(func() {
					defer wait.Done()
					r.b.Do("begin", -1, note("begin "+name))
					mu.Lock()
					r.b.Post("post", -1, note("post "+name))
					r.b.Post("post", -1, note("again "+name))
					said <- name
					mu.Unlock()
				})
			}
			for range 2 {
				name := <-said
				r.b.Do("heard", -1, note("heard "+name))
			}
			wait.Wait()
		})
		if r.err != nil || r.stuck != "" || len(r.left) > 0 {
			t.Fatalf("run %d: %v, stuck %q, left %v", n, r.err, r.stuck, r.left)
		}
		for _, name := range []string{"a", "b"} {
			last := -1
			for _, what := range []string{"begin", "post", "again", "heard"} {
				at := slices.Index(did, what+" "+name)
				if at <= last {
					t.Fatalf("run %d: %q is out of order: %v", n, what+" "+name, did)
				}
				last = at
			}
		}
		orders[fmt.Sprint(did)] = true
	}
	if len(orders) < 4 {
		t.Errorf("200 runs had %d orders: posted calls are no longer scheduled", len(orders))
	}
	t.Logf("%d orders", len(orders))
}

// TestPostLast has a goroutine end after a posted call. The goroutine counts as left until
// the call is over.
func TestPostLast(t *testing.T) {
	for n := range 20 {
		done := 0
		r := play(t, scheduler.NewRandom(3), n, func(r *run) {
			for range 2 {
				r.b.Start(func() {
					r.b.Post("post", -1, func() { r.k.Yield("post"); done++ })
				})
			}
		})
		if r.err != nil || len(r.left) > 0 || done != 2 {
			t.Errorf("run %d: %v, left %v, %d posted calls were made, want 2", n, r.err, r.left, done)
		}
	}
}
