//go:build linux

package sim_test

import (
	"errors"
	"fmt"
	"io"
	realnet "net"
	realos "os"
	"slices"
	realsyscall "syscall"
	"testing"

	realunix "golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/internal/trial"
	"reactortest/shim/net"
	"reactortest/shim/os"
	"reactortest/shim/routine"
	"reactortest/shim/sim"
	"reactortest/shim/syscall"
	"reactortest/shim/unix"
)

// TestNoRun makes calls while no run is on: they never reach the operating system.
func TestNoRun(t *testing.T) {
	if !sim.Real() {
		t.Fatal("calls do not go to the operating system from the start")
	}
	var old net.TCPConn
	trial.Play(t, nil, scheduler.NewQuiet(), 0, func(*trial.Run) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		old = *c.(*net.TCPConn)
	})
	defer sim.Simulate(sim.Simulate(true))
	for _, f := range []func() error{
		func() error { _, err := unix.Read(0, nil); return err },
		func() error { return syscall.Close(1) },
		func() error { _, _, e := syscall.Syscall(realsyscall.SYS_CLOSE, 1, 0, 0); return e },
		func() error { _, err := unix.Eventfd(0, 0); return err },
		func() error { _, err := unix.EpollWait(0, nil, 0); return err },
		func() error { _, err := net.Listen("tcp", ":0"); return err },
		func() error { return os.Remove("/tmp/there is no such file") },
	} {
		if err := f(); !errors.Is(err, realsyscall.EBADF) {
			t.Errorf("got %v, want EBADF", err)
		}
	}
	if _, err := old.Write([]byte("x")); !errors.Is(err, realnet.ErrClosed) {
		t.Errorf("a connection of another run: %v", err)
	}
	if _, err := realos.Stdout.Stat(); err != nil {
		t.Errorf("a call has reached the operating system: %v", err)
	}
}

// TestConnectionOfAnotherRun uses a connection in the run after its own, where its number
// names something else.
func TestConnectionOfAnotherRun(t *testing.T) {
	var old realnet.Listener
	for range 2 {
		trial.Quiet(t, func(r *trial.Run) {
			if old != nil {
				if _, err := unix.Eventfd(0, 0); err != nil {
					t.Error(err)
				}
				if err := old.Close(); !errors.Is(err, realnet.ErrClosed) || len(r.Kernel.Leaks()) != 1 {
					t.Errorf("got %v, open are %v", err, r.Kernel.Leaks())
				}
			}
			old, _ = net.Listen("tcp", "127.0.0.1:0")
		})
	}
}

// TestTraps makes a raw call that the simulation does not have.
func TestTraps(t *testing.T) {
	r := trial.Quiet(t, func(*trial.Run) {
		n, _, e := syscall.Syscall(realsyscall.SYS_FSYNC, 1, 0, 0)
		if int(n) != -1 || e != realsyscall.ENOSYS {
			t.Errorf("%d %v", int(n), e)
		}
	})
	want := []bubble.Call{{Name: fmt.Sprintf("syscall %d", realsyscall.SYS_FSYNC), Handle: -1, N: -1, Errno: int(realsyscall.ENOSYS)}}
	if !slices.Equal(r.Calls, want) {
		t.Errorf("the judge has heard %v, want %v", r.Calls, want)
	}
	numbers := map[uintptr]string{}
	for _, trap := range sim.Traps() {
		if was, twice := numbers[trap.Number]; twice || trap.Name == "" {
			t.Errorf("%q and %q have the number %d", trap.Name, was, trap.Number)
		}
		numbers[trap.Number] = trap.Name
	}
	if numbers[realunix.SYS_EPOLL_PWAIT] != "epoll_pwait" || numbers[realunix.SYS_FSYNC] != "" {
		t.Errorf("the traps are %v", numbers)
	}
}

// TestWakeIsASwitchPoint looks for the run that shows a lost wakeup: a loop that clears
// its note before it looks whether there is work, and a goroutine that wakes before it
// leaves the work.
func TestWakeIsASwitchPoint(t *testing.T) {
	lost := 0
	for n := range 200 {
		r := trial.Play(t, &fakedemux.Options{First: 3}, scheduler.NewRandom(1), n, func(r *trial.Run) {
			note, _ := unix.Eventfd(0, 0)
			work := make(chan int, 1)
			routine.Go(func() {
				b := make([]byte, 8)
				for {
					_, _ = unix.Read(note, b)
					select {
					case <-work:
						return
					default:
					}
				}
			})
			_, _ = unix.Write(note, []byte{1, 0, 0, 0, 0, 0, 0, 0})
			work <- 1 // too late
		})
		if len(r.Left) > 0 {
			lost++
		}
	}
	if lost == 0 || lost == 200 {
		t.Errorf("%d of 200 runs have lost the wakeup", lost)
	}
}

// TestPerturb echoes on the operating system while calls fall short: nothing is lost.
func TestPerturb(t *testing.T) {
	defer sim.Perturb(0, 0)
	for seed := range uint64(5) {
		sim.Perturb(seed, 50)
		for _, c := range ways {
			got := ""
			c.program(func(format string, args ...any) { got += fmt.Sprintf(format+"\n", args...) })
			if want := "hello <nil> <nil>\nworld <nil> <nil>\n<nil>\n"; got != want {
				t.Errorf("%s, seed %d: got %q", c.name, seed, got)
			}
		}
	}
}

// TestPerturbations counts what Perturb does to calls on a pair of stream sockets.
func TestPerturbations(t *testing.T) {
	defer sim.Perturb(0, 0)
	p, err := realsyscall.Socketpair(realsyscall.AF_UNIX, realsyscall.SOCK_STREAM|realsyscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer realsyscall.Close(p[0])
	defer realsyscall.Close(p[1])
	epfd, _ := unix.EpollCreate1(0)
	defer unix.Close(epfd)

	count := func() (reads, writes, waits int) {
		b := make([]byte, 10)
		for range 200 {
			n, _ := unix.Write(p[0], b)
			if n < len(b) {
				writes++
			}
			_, _ = realsyscall.Write(p[0], b)
			m, _ := unix.Read(p[1], b)
			if m < len(b) {
				reads++
			}
			if _, err := unix.EpollWait(epfd, make([]realunix.EpollEvent, 4), 1); errors.Is(err, realunix.EINTR) {
				waits++
			}
			_, _ = io.ReadFull(reader(p[1]), make([]byte, n+10-m))
		}
		return reads, writes, waits
	}
	if reads, writes, _ := count(); reads+writes > 0 { // signals of the Go runtime interrupt waits
		t.Errorf("without Perturb %d reads and %d writes fell short", reads, writes)
	}
	sim.Perturb(1, 30)
	if reads, writes, waits := count(); reads == 0 || writes == 0 || waits == 0 {
		t.Errorf("%d reads, %d writes, %d waits fell short", reads, writes, waits)
	}
	for _, fd := range p {
		if err := unix.EpollCtl(epfd, realunix.EPOLL_CTL_ADD, fd, &realunix.EpollEvent{Events: realunix.EPOLLHUP | realunix.EPOLLET}); err != nil {
			t.Error(err)
		}
	}
	if reads, writes, _ := count(); reads+writes > 0 {
		t.Errorf("%d reads and %d writes fell short of a descriptor with edges", reads, writes)
	}
}

// reader reads a descriptor.
type reader int

func (r reader) Read(p []byte) (int, error) { return realsyscall.Read(int(r), p) }
