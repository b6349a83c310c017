//go:build linux

package fakenet_test

import (
	"flag"
	"sync"
	"testing"

	"reactortest/fakenet"
)

var durableLocks = flag.Bool("fakenet.locks", false, "the runtime counts goroutines that wait for a lock as blocked: docs/fakenet.md")

// TestLockOverWrite has two goroutines that write under one sync.Mutex.
func TestLockOverWrite(t *testing.T) {
	if !*durableLocks {
		t.Skip("it needs the overlay of docs/fakenet.md")
	}
	(&fakenet.Options{Runs: 200, Buffer: 16}).Test(t, func(t testing.TB) {
		a, b, err := fakenet.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		var mu sync.Mutex
		var wait sync.WaitGroup
		for _, text := range []string{"aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"} {
			wait.Add(1)
			fakenet.Go(func() {
				defer wait.Done()
				mu.Lock()
				defer mu.Unlock()
				a.Write([]byte(text))
			})
		}
		fakenet.Go(func() {
			defer b.Close()
			var p [8]byte
			for {
				if _, err := b.Read(p[:]); err != nil {
					return
				}
			}
		})
		wait.Wait()
	})
}
