package sync_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sync"
	"reactortest/shim/sync/atomic"
)

// inRun runs f as a goroutine of a run of its own.
func inRun(t *testing.T, s scheduler.Strategy, f func(k *fakedemux.Kernel)) error {
	t.Helper()
	k := fakedemux.New(nil)
	var err error
	bubble.Test(t, func(*testing.T) {
		k.Reset(s)
		b := bubble.New(k)
		err = b.Run(func() {
			b.Go("main", func() { f(k) })
			k.Sleep(time.Second)
		})
		b.End()
	})
	return err
}

// TestLockIsFreeInNextRun leaves a lock held at the end of a run: its holder is no more.
func TestLockIsFreeInNextRun(t *testing.T) {
	var (
		mu sync.Mutex
		rw sync.RWMutex
		wg sync.WaitGroup
	)
	for range 2 {
		through, readers := false, 0
		err := inRun(t, nil, func(*fakedemux.Kernel) {
			mu.Lock()
			rw.RLock()
			readers++
			rw.RUnlock()
			rw.Lock()
			wg.Wait()
			wg.Add(1)
			through = true
		})
		if err != nil || !through || readers != 1 {
			t.Fatalf("the run ended with %v, and the program got through: %v", err, through)
		}
	}
}

// TestMisuse unlocks what is not locked: it panics as in the standard library.
func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"unlock":     func() { var m sync.Mutex; m.Unlock() },
		"rw unlock":  func() { var m sync.RWMutex; m.Unlock() },
		"rw runlock": func() { var m sync.RWMutex; m.RUnlock() },
		"negative":   func() { var g sync.WaitGroup; g.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// TestPool gives out what was put last, and nothing of an earlier run.
func TestPool(t *testing.T) {
	made := 0
	p := sync.Pool{New: func() any { made++; return made }}
	for range 2 {
		err := inRun(t, nil, func(*fakedemux.Kernel) {
			a, b := p.Get(), p.Get()
			p.Put(a)
			p.Put(b)
			if got := p.Get(); got != b {
				panic(fmt.Sprintf("got %v, want what was put last, %v", got, b))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if made != 4 {
		t.Errorf("two runs made %d items, want 2 each", made)
	}
}

// TestMapOrder ranges over a map in the order of insertion, and leaves out what is deleted
// meanwhile.
func TestMapOrder(t *testing.T) {
	var m sync.Map
	for _, k := range []int{5, 1, 4, 2} {
		m.Store(k, -k)
	}
	m.Delete(1)
	m.Store(1, -1)
	if v, loaded := m.LoadOrStore(4, 0); !loaded || v != -4 {
		t.Errorf("LoadOrStore(4) = %v, %v", v, loaded)
	}
	var got []any
	m.Range(func(k, v any) bool {
		got = append(got, k)
		if k == 5 {
			m.Delete(2)
		}
		return true
	})
	if fmt.Sprint(got) != "[5 4 1]" {
		t.Errorf("Range went over %v, want [5 4 1]", got)
	}
	if !m.CompareAndSwap(5, -5, 0) || m.CompareAndDelete(5, -5) || !m.CompareAndDelete(5, 0) {
		t.Error("the compared operations do not compare")
	}
	m.Clear()
	if _, ok := m.Load(4); ok {
		t.Error("Clear has left an entry")
	}
}

// TestAtomicsSwitch finds the lost update of two goroutines that load and store, with
// atomics as switch points, and never without.
func TestAtomicsSwitch(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // with more, code between calls runs in parallel
	for _, on := range []bool{false, true} {
		defer atomic.Switch(atomic.Switch(on))
		lost := 0
		for n := range 50 {
			s := scheduler.NewRandom(1)
			s.Begin(n)
			var x atomic.Int32
			err := inRun(t, s, func(*fakedemux.Kernel) {
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() { x.Store(x.Load() + 1) })
				}
				wg.Wait()
			})
			if err != nil {
				t.Fatal(err)
			}
			if x.Load() != 2 {
				lost++
			}
		}
		if on != (lost > 0) {
			t.Errorf("switch points %v: %d of 50 runs lost an update", on, lost)
		}
	}
}
