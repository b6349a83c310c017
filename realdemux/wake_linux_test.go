package realdemux_test

import (
	"runtime"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/realdemux"
)

// TestWakesInTurns has goroutines wake the Demux each time that Wait returns, with one P,
// where they get a turn before it sleeps. Each Wake ends a Wait, and each Wait reports
// what is ready as well.
func TestWakesInTurns(t *testing.T) {
	for _, tt := range []struct {
		name string
		ps   int
		spin time.Duration
	}{
		{"one P", 1, 0},
		{"one P, spinning", 1, time.Millisecond},
		{"two Ps, spinning", 2, time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(tt.ps))
			h := realdemux.NewHost()
			d := open(t)
			d.(interface{ SetSpin(d time.Duration) }).SetSpin(tt.spin)
			a, b := pair(t, h)
			if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
				t.Fatal(err)
			}
			const wakes = 1000
			ended := make(chan struct{})
			turns := make(chan struct{})
			go func() {
				defer close(ended)
				for range wakes {
					if err := d.Wake(); err != nil {
						t.Error(err)
					}
					<-turns
				}
			}()
			dst := make([]demux.Event, 2)
			for i := range wakes {
				want := 0
				if i == wakes/2 {
					if _, err := h.Write(b, []byte("x")); err != nil {
						t.Fatal(err)
					}
				}
				began := h.Now()
				n, err := d.Wait(dst, patience)
				if i >= wakes/2 {
					want = 1
				}
				if n != want || err != nil || h.Now()-began >= patience {
					t.Fatalf("Wait %d: got %d, %v after %v, want %d", i, n, err, h.Now()-began, want)
				}
				turns <- struct{}{}
			}
			<-ended
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
