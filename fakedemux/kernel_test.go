package fakedemux_test

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestDirectWait(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Runner: scheduler.NewDirect()})
	d, err := k.Open()
	if err != nil {
		t.Fatal(err)
	}
	a, b, err := k.Pair()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Register(a, 7, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	k.At(5*time.Millisecond, func() { _, _ = k.Write(b, []byte("x")) })
	var ev [4]demux.Event
	n, err := d.Wait(ev[:], -1)
	if err != nil || n != 1 || ev[0].Token != 7 || ev[0].Ready != demux.Readable {
		t.Fatalf("Wait: %d %v %v", n, ev[0], err)
	}
	if k.Now() != 5*time.Millisecond {
		t.Errorf("woken at %v", k.Now())
	}
	if _, err := k.Read(a, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	_, err = d.Wait(ev[:], -1)
	t.Log(err)
	n, err = d.Wait(ev[:], time.Second)
	t.Log(n, err, k.Now())
	t.Log(d.Close(), k.Leaks())
}

func BenchmarkRun(b *testing.B) {
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.DefaultPlan})
	st := &rnd{}
	buf := make([]byte, 100)
	decisions := 0
	for i := range b.N {
		st.Begin(i)
		k.Reset(st)
		k.Faults(false)
		err := k.Run(func() {
			d, _ := k.Open()
			left := 3
			for p := range 3 {
				x, y, _ := k.Pair()
				d.Register(x, demux.Token(x), demux.Readable, demux.Level)
				k.Go("peer", func() {
					for range 5 {
						k.Write(y, buf[:p+1])
					}
					k.Close(y)
				})
			}
			k.Faults(true)
			var ev [8]demux.Event
			for left > 0 {
				n, _ := d.Wait(ev[:], -1)
				for _, e := range ev[:n] {
					if n, err := k.Read(demux.Handle(e.Token), buf); n == 0 && err != demux.ErrAgain {
						d.Deregister(demux.Handle(e.Token))
						k.Close(demux.Handle(e.Token))
						left--
					}
				}
			}
			d.Close()
		})
		if err != nil {
			b.Fatal(err)
		}
		decisions += len(k.Recorder().Decisions())
	}
	b.ReportMetric(float64(decisions)/float64(b.N), "decisions/op")
}

type rnd struct{ x uint64 }

func (r *rnd) Begin(run int) bool { r.x = uint64(run)*0x9e3779b97f4a7c15 + 1; return true }
func (r *rnd) Choose(c *scheduler.Choice) int {
	r.x ^= r.x << 13
	r.x ^= r.x >> 7
	r.x ^= r.x << 17
	if c.Quiet > 0 && uint8(r.x>>40) < c.Quiet {
		return 0
	}
	return int(r.x>>20&0xffff) % c.N
}
func (r *rnd) End(scheduler.Result) {}
