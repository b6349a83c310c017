package stream_test

import (
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
)

// many is how many connections a test of load opens.
func many() int {
	if testing.Short() {
		return 200
	}
	return min(*streamConns, 2000)
}

// dialAll opens n connections, and asks on each.
func (s *server) dialAll(n int) []*net.TCPConn {
	s.t.Helper()
	all := make([]*net.TCPConn, n)
	for i := range all {
		c, err := s.dial()
		if err != nil {
			s.t.Fatalf("connection %d: %v", i, err)
		}
		all[i] = c
		if err := ask(c, i, 0); err != nil {
			s.t.Fatalf("connection %d: %v", i, err)
		}
	}
	return all
}

// TestRealIdle has open connections on which nothing happens. The loop sleeps: while time
// passes, it does not begin an iteration.
func TestRealIdle(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			var waits atomic.Int64
			o := &eventloop.Options{Observer: func(s eventloop.Step) {
				if s.Phase == eventloop.PhasePoll {
					waits.Add(1)
				}
			}}
			s := serveWith(t, way.host(), o, stream.Options{Operations: way.operations, ReadBuffer: 4096}, echoing)
			clients := s.dialAll(many())
			s.turn()
			before, ticks := waits.Load(), processTime(t)
			time.Sleep(time.Second) // nothing tells that nothing comes: real time has to pass
			t.Logf("%d connections idle for a second: %v of processor time, the test's included", len(clients), processTime(t)-ticks)
			if n := waits.Load() - before; n != 0 {
				t.Errorf("%d iterations while nothing happened", n)
			}
			for i, c := range clients {
				if err := ask(c, i, 1); err != nil {
					t.Errorf("client %d afterwards: %v", i, err)
				}
				_ = c.Close()
			}
		})
	}
}

// turn returns after the loop has waited and dispatched what had happened before: the
// second function runs in a later iteration than the first.
func (s *server) turn() {
	s.t.Helper()
	for range 2 {
		done := make(chan struct{})
		if err := s.loop.Post(func() { close(done) }); err != nil {
			s.t.Fatal(err)
		}
		<-done
	}
}

// processTime is the processor time of the process.
func processTime(t *testing.T) time.Duration {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// TestRealSignals sends SIGURG, with which the Go runtime preempts goroutines, to the loop's
// thread again and again. Calls that it interrupts lose no bytes and end no connection.
func TestRealSignals(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serveWith(t, way.host(), &eventloop.Options{LockOSThread: true}, stream.Options{Operations: way.operations}, echoing)
			thread := make(chan int, 1)
			s.post(func() { thread <- unix.Gettid() })
			pid, tid := unix.Getpid(), <-thread

			over := make(chan struct{})
			var storm sync.WaitGroup
			sent := 0
			storm.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
					}
					if err := unix.Tgkill(pid, tid, unix.SIGURG); err != nil && !errors.Is(err, unix.EAGAIN) {
						t.Errorf("tgkill: %v", err)
						return
					}
					sent++
				}
			})
			s.askAll(20, 200)
			close(over)
			storm.Wait()
			t.Logf("%d signals", sent)
			if sent < 100 {
				t.Errorf("%d signals are no storm", sent)
			}
		})
	}
}

// TestRealMemory opens connections, uses them, and closes them, three times. What the second
// and the third time leave is less than what each connection would need.
func TestRealMemory(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serve(t, way.host(), stream.Options{Operations: way.operations, ReadBuffer: 4096}, echoing)
			var used [4]int64
			used[0] = heap()
			n := many()
			for i := range 3 {
				clients := s.dialAll(n)
				for _, c := range clients {
					if err := c.CloseWrite(); err != nil {
						t.Fatal(err)
					}
					if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
						t.Fatal(err)
					}
					_ = c.Close()
				}
				s.conns(0)
				used[i+1] = heap()
			}
			t.Logf("%d connections: %+d bytes after the first time, %+d and %+d after the next", n, used[1]-used[0], used[2]-used[1], used[3]-used[2])
			if most := max(int64(n)*64, 64<<10); used[3]-used[1] > most {
				t.Errorf("the heap has grown by %d bytes, want %d at the most", used[3]-used[1], most)
			}
		})
	}
}

// conns waits until the server has n connections.
func (s *server) conns(n int) {
	s.t.Helper()
	eventually(s.t, func() bool {
		got := make(chan int)
		s.post(func() { got <- s.net.Conns() })
		return <-got == n
	}, "connections are left")
}

// heap is how many bytes of the heap are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the first has emptied the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
