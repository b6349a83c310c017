//go:build linux

package net

import (
	"net"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

// socket is a simulated descriptor of package net. It does what internal/poll.FD does:
// one reader and one writer at a time, deadlines, and a descriptor that is closed when
// nobody uses it any more.
type socket struct {
	run     *bubble.Bubble // in another run, the number names something else
	fd      int
	family  int
	typ     int
	network string
	local   net.Addr
	remote  net.Addr
	linked  bool        // connected by Dial: a datagram socket then has one peer
	gone    atomic.Bool // Close was called, and may not have been carried out

	// Only functions given to sim.Enter use the following, so no two goroutines do.
	users   int  // calls that need the descriptor
	closing bool // Close was called
	closed  bool
	closers []*scheduler.Task // wait until closed
	reader  side
	writer  side
}

// side is one direction of a socket.
type side struct {
	busy    bool              // a call is on its way
	queue   []*scheduler.Task // wait until busy is false
	waiting *scheduler.Task   // the call waits for the socket
	stirred bool              // and shall look at deadline and closing again

	deadline time.Duration // by the kernel's clock
	limited  bool          // there is a deadline
}

// enter carries f out on the kernel. It returns net.ErrClosed if the run of s is not on.
func (s *socket) enter(call string, f func(sys *sim.System) error) (err error) {
	if bubble.Current() != s.run || !sim.Enter(call, s.fd, func(sys *sim.System) { err = f(sys) }) {
		return net.ErrClosed
	}
	return err
}

// locked carries f out as the only call on its side of s.
func (s *socket) locked(call string, d *side, f func(sys *sim.System) error) error {
	return s.enter(call, func(sys *sim.System) error {
		if err := s.lock(sys, d); err != nil {
			return err
		}
		err := s.check(sys, d)
		if err == nil {
			err = f(sys)
		}
		s.unlock(sys, d)
		return err
	})
}

// shared carries f out beside other calls.
func (s *socket) shared(call string, f func(sys *sim.System) error) error {
	return s.enter(call, func(sys *sim.System) error {
		if err := s.use(); err != nil {
			return err
		}
		err := f(sys)
		s.leave(sys)
		return err
	})
}

func (s *socket) use() error {
	if s.closing {
		return net.ErrClosed
	}
	s.users++
	return nil
}

// leave ends a use of s. The last one closes the descriptor if Close was called.
func (s *socket) leave(sys *sim.System) {
	if s.users--; s.users > 0 || !s.closing {
		return
	}
	e := sys.Linux.Close(s.fd)
	sys.Tell("close", s.fd, 0, e)
	s.closed = true
	for _, t := range s.closers {
		sys.Kernel.Tasks().Ready(t)
	}
}

func (s *socket) lock(sys *sim.System, d *side) error {
	tasks := sys.Kernel.Tasks()
	for me := tasks.Current(); d.busy && !s.closing; {
		d.queue = append(d.queue, me)
		tasks.Block(scheduler.Call{Name: "lock of a connection", Handle: s.fd}, -1)
		d.queue = slices.DeleteFunc(d.queue, func(t *scheduler.Task) bool { return t == me })
	}
	if err := s.use(); err != nil {
		return err
	}
	d.busy = true
	return nil
}

func (s *socket) unlock(sys *sim.System, d *side) {
	d.busy = false
	if len(d.queue) > 0 {
		sys.Kernel.Tasks().Ready(d.queue[0])
	}
	s.leave(sys)
}

// check returns why a call may not begin or go on.
func (s *socket) check(sys *sim.System, d *side) error {
	switch {
	case s.closing:
		return net.ErrClosed
	case d.limited && sys.Kernel.Now() >= d.deadline:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// wait waits until the socket is ready in the direction of d.
func (s *socket) wait(sys *sim.System, d *side) error {
	want := demux.Readable
	if d == &s.writer {
		want = demux.Writable
	}
	for {
		if err := s.check(sys, d); err != nil {
			return err
		}
		deadline := time.Duration(-1)
		if d.limited {
			deadline = d.deadline
		}
		d.waiting, d.stirred = sys.Kernel.Tasks().Current(), false
		ready, err := sys.Kernel.AwaitUnless(demux.Handle(s.fd), want, deadline, func() bool { return d.stirred })
		d.waiting = nil
		if ready || err != nil {
			return err
		}
	}
}

// stir makes a call that waits look again.
func (d *side) stir(sys *sim.System) {
	d.stirred = true
	if d.waiting != nil {
		sys.Kernel.Tasks().Ready(d.waiting)
	}
}

// retry makes a call until it neither was interrupted nor has to wait.
func (s *socket) retry(sys *sim.System, d *side, name string, call func(l fakedemux.Linux) (int, epoll.Errno)) (int, error) {
	for {
		n, e := call(sys.Linux)
		sys.Tell(name, s.fd, n, e)
		switch e { //nolint:exhaustive // every other number is an error
		case 0:
			return n, nil
		case epoll.EINTR:
		case epoll.EAGAIN:
			if err := s.wait(sys, d); err != nil {
				return 0, err
			}
		default:
			return 0, failure(name, e)
		}
	}
}

// failure is the error of a system call.
func failure(call string, e epoll.Errno) error {
	if e == 0 {
		return nil
	}
	return os.NewSyscallError(call, syscall.Errno(e))
}

// close closes the descriptor once nobody uses it. Calls that wait end.
func (s *socket) close() error {
	return s.command("close", true, func(sys *sim.System) error {
		if err := s.use(); err != nil {
			return err
		}
		s.closing = true
		s.reader.stir(sys)
		s.writer.stir(sys)
		for _, t := range slices.Concat(s.reader.queue, s.writer.queue) {
			sys.Kernel.Tasks().Ready(t)
		}
		s.leave(sys)
		for !s.closed {
			s.closers = append(s.closers, sys.Kernel.Tasks().Current())
			sys.Kernel.Tasks().Block(scheduler.Call{Name: "close", Handle: s.fd}, -1)
		}
		return nil
	})
}

// never is a time until a deadline that is as good as none. The sum with the clock of a
// run does not overflow.
const never = 100 * 365 * 24 * time.Hour

// limit sets the deadline of some sides. A zero time is none.
func (s *socket) limit(t time.Time, sides ...*side) error {
	left := time.Until(t)
	at, limited := s.run.Elapsed()+left, !t.IsZero() && left < never
	return s.command("deadline", false, func(sys *sim.System) error {
		if err := s.use(); err != nil {
			return err
		}
		for _, d := range sides {
			d.deadline, d.limited = max(at, 0), limited
			d.stir(sys)
		}
		s.leave(sys)
		return nil
	})
}

// command carries out f, which fails only if s was closed. Programs close connections
// and set deadlines while they hold a lock: package net/http does. If that is a lock of
// package sync, f is posted.
func (s *socket) command(call string, last bool, f func(sys *sim.System) error) error {
	if !s.run.RealLocks {
		return s.enter(call, f)
	}
	if bubble.Current() != s.run {
		return net.ErrClosed
	}
	if was := s.gone.Load(); was || last && !s.gone.CompareAndSwap(was, true) {
		return net.ErrClosed
	}
	sim.Post(call, s.fd, func(sys *sim.System) { _ = f(sys) })
	return nil
}

// shutdown is shutdown(2).
func (s *socket) shutdown(how int) error {
	return s.shared("shutdown", func(sys *sim.System) error {
		e := sys.Linux.Shutdown(s.fd, how)
		sys.Tell("shutdown", s.fd, 0, e)
		return failure("shutdown", e)
	})
}

// option is setsockopt(2) of an int.
func (s *socket) option(level, name, value int) error {
	v := int32(value)
	return s.set(level, name, sim.Memory(&v))
}

func (s *socket) set(level, name int, value []byte) error {
	return s.shared("setsockopt", func(sys *sim.System) error {
		e := sys.Linux.Setsockopt(s.fd, level, name, value)
		sys.Tell("setsockopt", s.fd, 0, e)
		return failure("setsockopt", e)
	})
}

// dup returns a duplicate of the descriptor.
func (s *socket) dup() (fd int, err error) {
	err = s.shared("fcntl", func(sys *sim.System) error {
		n, e := sys.Linux.Fcntl(s.fd, fakedemux.DupFDCloseOnExec, 0)
		sys.Tell("fcntl", s.fd, n, e)
		fd = n
		return failure("fcntl", e)
	})
	return fd, err
}
