package speed_test

import (
	"flag"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"reactortest/fakedemux"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

var ratios = flag.Int("speed.ratios", 0, "rounds in which TestRatios measures; without it, it only makes each scenario once")

// TestRatios says how much cheaper a scenario is on the simulated kernel than the same one
// on the running kernel, and than its like over net.Pipe in a bubble of testing/synctest.
// The three are measured in turn, in as many rounds as the flag says. Each round gives a
// ratio. Every scenario fails the test if it does not have its 20 events.
func TestRatios(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Runner: scheduler.NewDirect()})
	buf := make([]byte, payload)
	simulated := func() {
		k.Reset(nil)
		if n := scenario(t, k, buf); n != 20 {
			t.Fatal(n)
		}
	}
	running := func() {
		if n := scenario(t, realdemux.NewHost(), buf); n != 20 {
			t.Fatal(n)
		}
	}
	pipes := func() { synctest.Test(t, pipes) }
	if *ratios == 0 { // they do what they are compared for
		simulated()
		running()
		pipes()
		return
	}
	var ofRunning, ofPipes []float64
	for range *ratios {
		own := each(4000, simulated)
		ofRunning = append(ofRunning, each(400, running)/own)
		ofPipes = append(ofPipes, each(1000, pipes)/own)
	}
	slices.Sort(ofRunning)
	slices.Sort(ofPipes)
	t.Logf("a scenario on the running kernel costs %.1f times as much (%.1f to %.1f in %d rounds)",
		ofRunning[len(ofRunning)/2], ofRunning[0], ofRunning[len(ofRunning)-1], *ratios)
	t.Logf("a scenario over net.Pipe in a bubble costs %.1f times as much (%.1f to %.1f)",
		ofPipes[len(ofPipes)/2], ofPipes[0], ofPipes[len(ofPipes)-1])
}

// each returns what one of n calls costs, in nanoseconds.
func each(n int, f func()) float64 {
	began := time.Now()
	for range n {
		f()
	}
	return float64(time.Since(began).Nanoseconds()) / float64(n)
}

// pipes is the scenario over net.Pipe: 4 pairs, 20 messages, a goroutine for each end.
func pipes(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		a, b := net.Pipe()
		all.Go(func() {
			defer a.Close()
			var buf [payload]byte
			for range 5 {
				if _, err := a.Write(buf[:]); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			defer b.Close()
			var buf [payload]byte
			for range 5 {
				if n, err := b.Read(buf[:]); n != payload || err != nil {
					t.Error(n, err)
				}
			}
		})
	}
	all.Wait()
}
