//go:build linux

package sim

import (
	"errors"
	"sync"
	"syscall"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// System is the simulated kernel, for code that Enter carries out.
type System struct {
	Bubble *bubble.Bubble
	Kernel *fakedemux.Kernel
	Linux  fakedemux.Linux

	events []epoll.Event // memory of EpollWait
}

// simulation is what has a simulated kernel: *fakedemux.Kernel, and whatever embeds it.
type simulation interface{ Simulation() *fakedemux.Kernel }

// Tell tells the judge what a call has returned.
func (s *System) Tell(call string, fd, n int, e epoll.Errno) { s.Bubble.Called(call, fd, n, int(e)) }

// visit is a call on its way to the kernel and back. It is used again, so that a call
// costs no memory of its own.
type visit struct {
	System
	name   string
	fd     int
	enter  func(*System)
	writes bool // the call writes to fd, which may wake another goroutine
	call   func(fakedemux.Linux) (int, epoll.Errno)
	carry  func() // the method run

	n int
	e epoll.Errno
}

var visits = sync.Pool{New: func() any {
	v := &visit{}
	v.carry = v.run
	return v
}}

func (v *visit) run() {
	if v.enter != nil {
		v.enter(&v.System)
		return
	}
	if v.writes && v.wakes(v.fd) {
		v.n, v.e = v.wake(v.name, v.fd, v.call)
	} else {
		v.n, v.e = v.call(v.Linux)
	}
	v.Tell(v.name, v.fd, v.n, v.e)
}

// Enter carries f out as a call of the current goroutine on the kernel of the run that
// is on. f may make several calls, and may block. f tells the judge of each of them.
// Enter returns false, and does nothing, if no run is on. It does not return if the run
// is over.
func Enter(name string, fd int, f func(*System)) bool {
	b := bubble.Current()
	if b == nil {
		return false
	}
	v := begin(b, name, fd)
	v.enter = f
	b.Do(name, fd, v.carry)
	v.end()
	return true
}

// Post is Enter for a call whose result nobody waits for: the goroutine goes on at once.
// See bubble.Bubble.Post.
func Post(name string, fd int, f func(*System)) bool {
	b := bubble.Current()
	if b == nil {
		return false
	}
	v := begin(b, name, fd)
	v.enter = f
	b.Post(name, fd, func() { v.run(); v.end() })
	return true
}

// Call makes one call of the kernel. It returns -1 with an error.
func Call(name string, fd int, f func(fakedemux.Linux) (int, epoll.Errno)) (int, error) {
	return call(name, fd, false, f)
}

func call(name string, fd int, writes bool, f func(fakedemux.Linux) (int, epoll.Errno)) (int, error) {
	b := bubble.Current()
	if b == nil {
		return -1, syscall.EBADF
	}
	v := begin(b, name, fd)
	v.call, v.writes = f, writes
	b.Do(name, fd, v.carry)
	n, e := v.n, v.e
	v.end()
	return n, Errno(e)
}

func begin(b *bubble.Bubble, name string, fd int) *visit {
	v := visits.Get().(*visit)
	v.name, v.fd = name, fd
	v.Bubble, v.Kernel = b, b.Kernel().(simulation).Simulation()
	v.Linux = v.Kernel.Linux()
	return v
}

func (v *visit) end() {
	v.System = System{events: v.events}
	v.enter, v.call, v.writes = nil, nil, false
	visits.Put(v)
}

// Errno turns the number of an error into an error.
func Errno(e epoll.Errno) error {
	if e == 0 {
		return nil
	}
	return syscall.Errno(e)
}

// Number turns an error of this package back into its number, 0 for nil.
func Number(err error) epoll.Errno {
	var e syscall.Errno
	if !errors.As(err, &e) {
		return 0
	}
	return epoll.Errno(e)
}

// only turns a result without a number into an error.
func only(_ int, err error) error { return err }

// wakers are the eventfds of a run. Programs wake each other by writing to them, so
// such a write must be a switch point. The kernel does not make it one, because
// programs may hold a lock over it; in a bubble, nobody holds a lock that the kernel
// does not know.
var wakers struct {
	of      *bubble.Bubble
	objects map[uint64]bool
}

// remember adds the eventfd fd to the wakers.
func (s *System) remember(fd int) {
	if wakers.of != s.Bubble {
		wakers.of, wakers.objects = s.Bubble, map[uint64]bool{}
	}
	wakers.objects[s.object(fd)] = true
}

func (s *System) object(fd int) uint64 {
	if fd < 0 {
		return 0
	}
	return s.Kernel.Object(demux.Handle(fd))
}

// wakes reports whether a write to fd has to be made a switch point.
func (s *System) wakes(fd int) bool {
	if wakers.of != s.Bubble || !wakers.objects[s.object(fd)] {
		return false
	}
	p, _ := s.Kernel.Plan()
	return !p.WakeSwitches // with this setting it is one already
}

// wake carries out a write to a waker. Others may act before it, and between its effect
// and its return.
func (s *System) wake(name string, fd int, write func(fakedemux.Linux) (int, epoll.Errno)) (int, epoll.Errno) {
	s.Kernel.Tasks().Switch(scheduler.Call{Name: name, Handle: fd, Object: s.object(fd)})
	n, e := write(s.Linux)
	s.Kernel.Tasks().Switch(scheduler.Call{Name: "wake-return", Handle: -1})
	return n, e
}
