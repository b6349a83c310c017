package eventloop_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/realdemux"
)

// What follows compares the loop on the running kernel with epoll as it is written
// by hand. Both sides are measured in turn, in one process, and the benchmark
// reports the quotient of their times: above 1 means that the loop is faster.

// byHand is a loop over epoll without package demux: raw calls, and an array of
// functions that the data of an event is the index of.
type byHand struct {
	epfd     int
	events   [eventloop.DefaultBatch]unix.EpollEvent
	handlers []func(bits uint32)
}

func newByHand(tb testing.TB) *byHand {
	tb.Helper()
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = unix.Close(epfd) })
	return &byHand{epfd: epfd}
}

func (l *byHand) watch(tb testing.TB, fd int, fn func(bits uint32)) {
	tb.Helper()
	err := unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(l.handlers))})
	if err != nil {
		tb.Fatal(err)
	}
	l.handlers = append(l.handlers, fn)
}

// once polls and calls the handlers of what it finds.
func (l *byHand) once() int {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.epfd), uintptr(unsafe.Pointer(&l.events)), uintptr(len(l.events)), 0, 0, 0)
	if e != 0 {
		return 0
	}
	for i := range l.events[:n] {
		ev := &l.events[i]
		l.handlers[ev.Fd](ev.Events)
	}
	return int(n)
}

func rawRead(fd int, b []byte) int {
	n, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if e != 0 {
		return -1
	}
	return int(n)
}

func rawWrite(fd int, b []byte) int {
	n, _, e := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if e != 0 {
		return -1
	}
	return int(n)
}

// eventfds makes n eventfds, of which active are readable, spread evenly.
func eventfds(tb testing.TB, n, active int) []int {
	tb.Helper()
	fds := make([]int, n)
	for i := range fds {
		initial := uint(0)
		if i%(n/active) == 0 {
			initial = 1
		}
		fd, err := unix.Eventfd(initial, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		if err != nil {
			tb.Skipf("eventfd %d of %d: %v", i, n, err)
		}
		tb.Cleanup(func() { _ = unix.Close(fd) })
		fds[i] = fd
	}
	return fds
}

// inTurn calls both sides alternately, in rounds of a millisecond, until b.N events
// were served by each. It reports what an event costs in the median round.
func inTurn(b *testing.B, loop, hand func() int) {
	b.Helper()
	b.ReportAllocs()
	var rounds [2][]float64 // ns an event
	var events [2]int
	for events[0] < b.N || events[1] < b.N {
		for i, side := range [2]func() int{loop, hand} {
			n := 0
			began := time.Now()
			for time.Since(began) < time.Millisecond {
				for range 8 {
					n += side()
				}
			}
			rounds[i] = append(rounds[i], float64(time.Since(began).Nanoseconds())/float64(n))
			events[i] += n
		}
	}
	ours, theirs := median(rounds[0]), median(rounds[1])
	b.ReportMetric(ours, "loop-ns/event")
	b.ReportMetric(theirs, "hand-ns/event")
	b.ReportMetric(theirs/ours, "of-hand")
	b.ReportMetric(0, "ns/op")
}

// processorTime is what the process has used: other processes do not disturb it.
func processorTime() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now)
	return time.Duration(now.Nano())
}

func openReal(tb testing.TB) (demux.Host, *eventloop.Loop) {
	tb.Helper()
	h := realdemux.NewHost()
	l, err := eventloop.Open(h, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return h, l
}

// BenchmarkRealDispatch has handlers that do nothing, and handlers that read and
// write their eventfd.
func BenchmarkRealDispatch(b *testing.B) {
	for _, bench := range [...]struct {
		registered, active int
		moves              bool
	}{{100, 1, false}, {100, 1, true}, {100, 100, false}, {100, 100, true}, {5_000, 100, true}, {10_000, 1, false}, {10_000, 100, false}} {
		b.Run(fmt.Sprintf("registered=%d/active=%d/moves=%v", bench.registered, bench.active, bench.moves), func(b *testing.B) {
			dispatchInTurn(b, bench.registered, bench.active, bench.moves)
		})
	}
}

func dispatchInTurn(b *testing.B, registered, active int, moves bool) {
	b.Helper()
	h, l := openReal(b)
	var buf, one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	sum := uint64(0)
	fds := eventfds(b, registered, active)
	for _, fd := range fds {
		on := demux.Handle(fd)
		fn := func(ev demux.Event) { sum += uint64(ev.Ready) }
		if moves {
			fn = func(demux.Event) {
				_, _ = h.Read(on, buf[:])
				_, _ = h.Write(on, one[:])
			}
		}
		if _, err := l.Watch(on, demux.Readable, demux.Level, fn); err != nil {
			b.Fatal(err)
		}
	}
	hand := newByHand(b)
	if moves { // or what one side writes would cost time for the other's epoll too
		fds = eventfds(b, registered, active)
	}
	for _, fd := range fds {
		fn := func(bits uint32) { sum += uint64(bits) }
		if moves {
			fn = func(uint32) {
				rawRead(fd, buf[:])
				rawWrite(fd, one[:])
			}
		}
		hand.watch(b, fd, fn)
	}
	inTurn(b, func() int {
		n, err := l.RunOnce(-1)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}, hand.once)
}

// BenchmarkRealPost is a post and its answer, between two goroutines.
func BenchmarkRealPost(b *testing.B) {
	for _, processors := range [...]int{1, 2} {
		b.Run(fmt.Sprintf("processors=%d", processors), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			_, l := openReal(b)
			done, answer := make(chan error, 1), make(chan struct{}, 1)
			go func() { done <- l.Run(b.Context()) }()
			fn := func() { answer <- struct{}{} }
			b.ReportAllocs()
			for b.Loop() {
				_ = l.Post(fn)
				<-answer
			}
			_ = l.Close()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		})
	}
}
