package bubble_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/routine"
	"reactortest/shim/sync"
	simtime "reactortest/shim/time"
)

// run is one run of a program in a bubble.
type run struct {
	err   error
	ended []string // by End
	left  []string // when the world returned
	stuck string   // what Test returned
	log   strings.Builder
	k     *fakedemux.Kernel
	b     *bubble.Bubble
}

// play makes run number n of a program under a strategy. The program is a goroutine; the
// world sleeps for a second meanwhile.
func play(t *testing.T, s scheduler.Strategy, n int, program func(r *run)) *run {
	t.Helper()
	r := &run{k: fakedemux.New(&fakedemux.Options{Plan: &fakedemux.DefaultPlan, Budget: scheduler.Budget{Steps: 20000}})}
	r.stuck = bubble.Test(t, func(*testing.T) {
		s.Begin(n)
		r.k.Reset(s)
		r.b = bubble.New(r.k)
		r.err = r.b.Run(func() {
			r.b.Go("main", func() { program(r) })
			r.k.Sleep(time.Second)
			r.left = r.b.Left()
		})
		r.ended = r.b.End()
		s.End(scheduler.Result{})
	})
	return r
}

// say adds a line to the log, as a call: the log has the order of the run.
func (r *run) say(format string, args ...any) {
	r.b.Do("say", -1, func() {
		r.k.Yield("say")
		fmt.Fprintf(&r.log, "%v ", r.k.Now())
		fmt.Fprintf(&r.log, format+"\n", args...)
	})
}

// programs are small programs of goroutines. They are run under many schedules, and end
// within a second.
var programs = []struct {
	name string
	why  string
	f    func(r *run)
}{
	{"locks", "a mutex excludes, whoever waits and over whatever calls it is held", func(r *run) {
		var mu sync.Mutex
		var wait sync.WaitGroup
		inside := 0
		for i := range 4 {
			wait.Add(1)
			routine.Go(func() {
				defer wait.Done()
				for range 3 {
					mu.Lock()
					if inside++; inside != 1 {
						panic("two inside")
					}
					r.say("%d inside", i)
					inside--
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		r.say("all done")
	}},
	{"readers", "readers share, writers do not, and a writer that waits keeps later readers out", func(r *run) {
		var mu sync.RWMutex
		var wait sync.WaitGroup
		readers, writers := 0, 0
		for i := range 3 {
			wait.Go(func() {
				mu.RLock()
				readers++
				r.say("reader %d", i)
				if writers > 0 {
					panic("a writer beside a reader")
				}
				readers--
				mu.RUnlock()
			})
		}
		for i := range 2 {
			wait.Go(func() {
				mu.Lock()
				writers++
				r.say("writer %d", i)
				if readers > 0 || writers > 1 {
					panic("a writer is not alone")
				}
				writers--
				mu.Unlock()
			})
		}
		wait.Wait()
	}},
	{"once", "a function is called once, and everybody waits until it has returned", func(r *run) {
		var once sync.Once
		var wait sync.WaitGroup
		n := 0
		value := sync.OnceValue(func() int { r.say("value"); return 7 })
		for i := range 3 {
			wait.Go(func() {
				once.Do(func() { r.say("once, by %d", i); n++ })
				if n != 1 || value() != 7 {
					panic("it has not run, or twice")
				}
			})
		}
		wait.Wait()
	}},
	{"condition", "a condition variable with a lock of the simulation", func(r *run) {
		var mu sync.Mutex
		cond := sync.NewCond(&mu)
		var wait sync.WaitGroup
		ready := 0
		for i := range 3 {
			wait.Go(func() {
				mu.Lock()
				for ready == 0 {
					cond.Wait()
				}
				ready--
				mu.Unlock()
				r.say("%d went on", i)
			})
		}
		for range 3 {
			mu.Lock()
			ready++
			mu.Unlock()
			cond.Signal()
			r.say("signaled")
		}
		wait.Wait()
	}},
	{"timers", "timers fire in the order of their deadlines, on the kernel's clock too", func(r *run) {
		var wait sync.WaitGroup
		wait.Add(3)
		for _, d := range []time.Duration{30, 10, 20} {
			simtime.AfterFunc(d*time.Millisecond, func() { r.say("after %v", d); wait.Done() })
		}
		stopped := simtime.AfterFunc(15*time.Millisecond, func() { panic("it was stopped") })
		stopped.Stop()
		wait.Wait()
		if at := r.b.Elapsed(); at < 30*time.Millisecond || at > 40*time.Millisecond {
			panic(fmt.Sprint("three timers have taken ", at))
		}
	}},
	{"ticker", "a ticker and a sleep", func(r *run) {
		ticker := simtime.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for range 3 {
			<-ticker.C
			r.say("tick")
			simtime.Sleep(3 * time.Millisecond)
			r.say("slept")
		}
	}},
	{"select", "channels between goroutines, with calls in between", func(r *run) {
		a, quit := make(chan int), make(chan struct{})
		for i := range 2 {
			routine.Go(func() {
				for n := range 3 {
					r.say("%d sends %d", i, n)
					a <- i
				}
				quit <- struct{}{}
			})
		}
		for ends := 0; ends < 2; { // at most one case is ready: which one a select takes is Go's choice
			select {
			case i := <-a:
				r.say("%d", i)
				continue
			default:
			}
			select {
			case <-quit:
				ends++
			case i := <-a:
				r.say("%d", i)
			}
		}
	}},
	{"pipe", "a blocking read of the kernel, and one that another goroutine ends", func(r *run) {
		var rd, wr int
		r.b.Do("pipe", -1, func() { rd, wr, _ = r.k.Linux().Pipe2(0) })
		done := make(chan struct{})
		routine.Go(func() {
			defer close(done)
			for {
				var buf [8]byte
				n := 0
				r.b.Do("read", rd, func() { n, _ = r.k.Linux().Read(rd, buf[:]) })
				r.say("read %q", buf[:max(n, 0)])
				if n <= 0 {
					return
				}
			}
		})
		for _, text := range []string{"one", "two"} {
			r.b.Do("write", wr, func() { _, _ = r.k.Linux().Write(wr, []byte(text)) })
			simtime.Sleep(time.Millisecond)
		}
		r.b.Do("close", wr, func() { _ = r.k.Linux().Close(wr) })
		<-done
		r.b.Do("close", rd, func() { _ = r.k.Linux().Close(rd) })
	}},
}

// TestPrograms runs each program under the quiet schedule and many others. Each run
// ends, and leaves nothing.
func TestPrograms(t *testing.T) {
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			logs := map[string]bool{}
			for n := range 200 {
				s := strategy(n)
				r := play(t, s, n, p.f)
				if r.err != nil || len(r.left)+len(r.ended) > 0 || r.stuck != "" {
					t.Fatalf("run %d: %v, left %v, ended %v, stuck %q (%s)\n%s", n, r.err, r.left, r.ended, r.stuck, p.why, &r.log)
				}
				logs[r.log.String()] = true
			}
			if len(logs) < 2 && p.name != "ticker" && p.name != "timers" && p.name != "pipe" {
				t.Errorf("200 schedules made the same run: there is no choice in it")
			}
		})
	}
}

func strategy(n int) scheduler.Strategy {
	switch {
	case n == 0:
		return scheduler.NewQuiet()
	case n%3 == 1:
		return scheduler.NewPCT(1, 3)
	default:
		return scheduler.NewRandom(1)
	}
}

// digest is that of some runs of every program: of what they said and of every decision.
func digest(t *testing.T) uint64 {
	t.Helper()
	h := fnv.New64a()
	for _, p := range programs {
		for n := range 20 {
			r := play(t, strategy(n), n, p.f)
			_, _ = io.WriteString(h, r.log.String())
			fmt.Fprint(h, r.k.Recorder().Decisions())
		}
	}
	return h.Sum64()
}

// TestSameDigest makes the same runs again, on one, two and four processors.
func TestSameDigest(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	want := uint64(0)
	for _, processors := range []int{1, 1, 2, 4} {
		runtime.GOMAXPROCS(processors)
		got := digest(t)
		if want == 0 {
			want = got
		}
		if got != want {
			t.Errorf("on %d processors the digest of the runs is %x, on one it was %x", processors, got, want)
		}
	}
}

// TestPanicEndsRun has a goroutine of a goroutine panic: the run ends, and the process
// does not.
func TestPanicEndsRun(t *testing.T) {
	r := play(t, scheduler.NewQuiet(), 0, func(*run) {
		routine.Go(func() { routine.Go(func() { panic("on purpose") }) })
	})
	var p *scheduler.TaskPanic
	if !errors.As(r.err, &p) || p.Cause != "on purpose" || p.Task != "main.1.1" {
		t.Fatalf("the run ended with %v, want the panic of main.1.1", r.err)
	}
	if !strings.Contains(string(p.Stack), "bubble_test.go") {
		t.Errorf("the stack does not name the place of the panic:\n%s", p.Stack)
	}
}

// TestLeaks tells apart a goroutine that waits in a call, which End ends, and one that
// waits for a channel, which nothing can end.
func TestLeaks(t *testing.T) {
	r := play(t, scheduler.NewQuiet(), 0, func(r *run) {
		var rd int
		r.b.Do("pipe", -1, func() { rd, _, _ = r.k.Linux().Pipe2(0) })
		routine.Go(func() {
			r.b.Do("read", rd, func() { _, _ = r.k.Linux().Read(rd, make([]byte, 1)) })
			panic("it went on")
		})
		routine.Go(func() { <-make(chan int) })
	})
	if want := "[main.1 in read(3) main.2 in code of its own]"; fmt.Sprint(r.left) != want && fmt.Sprint(r.left) != strings.Replace(want, "3", "0", 1) {
		t.Errorf("left are %v, want %v", r.left, want)
	}
	if len(r.ended) != 1 || !strings.HasPrefix(r.ended[0], "main.1 in read") {
		t.Errorf("End ended %v, want the reader", r.ended)
	}
	if !strings.HasPrefix(r.stuck, "deadlock") {
		t.Errorf("Test returned %q, want what the runtime says of the goroutine that waits for a channel", r.stuck)
	}
	if r.err != nil {
		t.Error(r.err)
	}
}

// TestDeadlock has two goroutines take two locks in opposite orders: some schedule ends
// in a deadlock of the world that waits for them, and the report names both.
func TestDeadlock(t *testing.T) {
	found := ""
	for n := range 100 {
		var done sync.WaitGroup
		r := &run{k: fakedemux.New(nil)}
		r.stuck = bubble.Test(t, func(*testing.T) {
			s := scheduler.NewRandom(1)
			s.Begin(n)
			r.k.Reset(s)
			r.b = bubble.New(r.k)
			r.err = r.b.Run(func() {
				var a, b sync.Mutex
				inside := 0
				done.Add(2)
				r.b.Go("one", func() {
					a.Lock()
					b.Lock()
					inside++
					b.Unlock()
					a.Unlock()
					done.Done()
				})
				r.b.Go("two", func() {
					b.Lock()
					a.Lock()
					inside++
					a.Unlock()
					b.Unlock()
					done.Done()
				})
				done.Wait()
			})
			r.b.End()
		})
		var d *scheduler.Deadlock
		if errors.As(r.err, &d) {
			found = r.err.Error()
			break
		}
		if r.err != nil || r.stuck != "" {
			t.Fatal(r.err, r.stuck)
		}
	}
	if !strings.Contains(found, "one") || !strings.Contains(found, "two") || strings.Count(found, "lock") < 3 {
		t.Errorf("no deadlock in 100 schedules that names both goroutines: %q", found)
	}
}

// TestForeign has a goroutine that was started before the run make a call.
func TestForeign(t *testing.T) {
	start, b := make(chan struct{}), make(chan *bubble.Bubble, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-start
		(<-b).Do("read", 3, func() {})
		panic("it went on")
	}()
	r := play(t, scheduler.NewQuiet(), 0, func(r *run) {
		r.say("begin")
		b <- r.b
		close(start)
		for range 100 {
			r.say("go on")
			simtime.Sleep(time.Millisecond)
		}
	})
	<-ended
	var foreign *scheduler.ForeignCall
	if r.err != nil && !errors.As(r.err, &foreign) {
		t.Errorf("the run ended with %v, want a foreign call", r.err)
	}
}
