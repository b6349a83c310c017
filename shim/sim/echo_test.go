//go:build linux

package sim_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	realsyscall "syscall"
	"testing"
	"unsafe"

	realunix "golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/shim/internal/trial"
	"reactortest/shim/net"
	"reactortest/shim/routine"
	"reactortest/shim/syscall"
	"reactortest/shim/unix"
)

// calls are the system calls of an echo server, in one of the ways to make them.
type calls struct {
	name    string
	listen  func() (fd int, at string, err error)
	accept  func(fd int) (int, error)
	create  func() (int, error)
	control func(epfd, op, fd int, events uint32, data *int) error
	wait    func(epfd int, ready []*int) (int, error)
	note    func() (int, error)
	read    func(fd int, p []byte) (int, error)
	write   func(fd int, p []byte) (int, error)
	close   func(fd int) error
}

// put puts a pointer where engines do in an epoll_event, and get reads it. Something else
// keeps the memory in its place.
func put(fd *int32, p *int) {
	bits := uint64(uintptr(unsafe.Pointer(p)))
	*(*[2]uint32)(unsafe.Pointer(fd)) = [2]uint32{uint32(bits), uint32(bits >> 32)}
}

func get(fd *int32) *int {
	halves := *(*[2]uint32)(unsafe.Pointer(fd))
	bits := uintptr(uint64(halves[0]) | uint64(halves[1])<<32)
	return *(**int)(unsafe.Pointer(&bits))
}

var ways = []calls{
	{
		name: "unix",
		listen: func() (int, string, error) {
			fd, err := unix.Socket(realunix.AF_INET, realunix.SOCK_STREAM|realunix.SOCK_NONBLOCK, realunix.IPPROTO_TCP)
			if err != nil {
				return fd, "", err
			}
			if err = errors.Join(unix.SetsockoptInt(fd, realunix.SOL_SOCKET, realunix.SO_REUSEADDR, 1),
				unix.Bind(fd, &realunix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 10)); err != nil {
				return fd, "", err
			}
			at, err := unix.Getsockname(fd)
			return fd, fmt.Sprintf("127.0.0.1:%d", at.(*realunix.SockaddrInet4).Port), err
		},
		accept: func(fd int) (int, error) {
			n, _, err := unix.Accept4(fd, realunix.SOCK_NONBLOCK)
			return n, err
		},
		create: func() (int, error) { return unix.EpollCreate1(realunix.EPOLL_CLOEXEC) },
		control: func(epfd, op, fd int, events uint32, data *int) error {
			ev := realunix.EpollEvent{Events: events}
			put(&ev.Fd, data)
			return unix.EpollCtl(epfd, op, fd, &ev)
		},
		wait: func(epfd int, ready []*int) (int, error) {
			events := make([]realunix.EpollEvent, len(ready))
			n, err := unix.EpollWait(epfd, events, -1)
			for i := range max(n, 0) {
				ready[i] = get(&events[i].Fd)
			}
			return n, err
		},
		note:  func() (int, error) { return unix.Eventfd(0, realunix.EFD_NONBLOCK|realunix.EFD_CLOEXEC) },
		read:  unix.Read,
		write: unix.Write,
		close: unix.Close,
	},
	{
		name: "syscall",
		listen: func() (int, string, error) {
			fd, err := syscall.Socket(realsyscall.AF_INET6, realsyscall.SOCK_STREAM, 0)
			if err != nil {
				return fd, "", err
			}
			if err = errors.Join(syscall.SetNonblock(fd, true), syscall.Bind(fd, &realsyscall.SockaddrInet6{}), syscall.Listen(fd, 10)); err != nil {
				return fd, "", err
			}
			at, err := syscall.Getsockname(fd)
			return fd, fmt.Sprintf("127.0.0.1:%d", at.(*realsyscall.SockaddrInet6).Port), err
		},
		accept: func(fd int) (int, error) {
			n, _, err := syscall.Accept(fd)
			if err == nil {
				err = syscall.SetNonblock(n, true)
			}
			return n, err
		},
		create: func() (int, error) { return syscall.EpollCreate1(0) },
		control: func(epfd, op, fd int, events uint32, data *int) error {
			ev := realsyscall.EpollEvent{Events: events}
			put(&ev.Fd, data)
			return syscall.EpollCtl(epfd, op, fd, &ev)
		},
		wait: func(epfd int, ready []*int) (int, error) {
			events := make([]realsyscall.EpollEvent, len(ready))
			n, err := syscall.EpollWait(epfd, events, -1)
			for i := range max(n, 0) {
				ready[i] = get(&events[i].Fd)
			}
			return n, err
		},
		note: func() (int, error) {
			n, _, e := syscall.Syscall(realsyscall.SYS_EVENTFD2, 0, realsyscall.O_NONBLOCK, 0)
			return result(n, e)
		},
		read:  syscall.Read,
		write: syscall.Write,
		close: syscall.Close,
	},
	{
		name:   "raw",
		listen: func() (int, string, error) { return listenRaw() },
		accept: func(fd int) (int, error) {
			var from realsyscall.RawSockaddrInet4
			size := uint32(unsafe.Sizeof(from))
			n, _, e := unix.Syscall6(realunix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)), realunix.SOCK_NONBLOCK, 0, 0)
			if e == 0 && (from.Family != realunix.AF_INET || from.Addr != [4]byte{127, 0, 0, 1} || size != 16) {
				return -1, fmt.Errorf("a connection from %v, %d bytes", from, size)
			}
			return result(n, e)
		},
		create: func() (int, error) {
			n, _, e := syscall.RawSyscall(realsyscall.SYS_EPOLL_CREATE1, 0, 0, 0)
			return result(n, e)
		},
		control: func(epfd, op, fd int, events uint32, data *int) error {
			ev := realsyscall.EpollEvent{Events: events}
			put(&ev.Fd, data)
			_, _, e := syscall.RawSyscall6(realsyscall.SYS_EPOLL_CTL, uintptr(epfd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(&ev)), 0, 0)
			return failure(e)
		},
		wait: func(epfd int, ready []*int) (int, error) {
			events := make([]realsyscall.EpollEvent, len(ready))
			n, _, e := syscall.Syscall6(realsyscall.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), ^uintptr(0), 0, 0)
			for i := range max(int(n), 0) {
				ready[i] = get(&events[i].Fd)
			}
			return result(n, e)
		},
		note: func() (int, error) {
			n, _, e := unix.RawSyscall6(realunix.SYS_EVENTFD2, 0, realunix.EFD_NONBLOCK, 0, 0, 0, 0)
			return result(n, e)
		},
		read: func(fd int, p []byte) (int, error) {
			n, _, e := syscall.RawSyscall(realsyscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
			return result(n, e)
		},
		write: func(fd int, p []byte) (int, error) {
			if len(p) == 8 { // a note
				n, _, e := unix.Syscall(realunix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), 8)
				return result(n, e)
			}
			iov := []realsyscall.Iovec{{Base: &p[0]}, {Base: &p[len(p)-1]}}
			iov[0].SetLen(len(p) - 1)
			iov[1].SetLen(1)
			n, _, e := syscall.RawSyscall(realsyscall.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
			return result(n, e)
		},
		close: func(fd int) error {
			_, _, e := unix.Syscall(realunix.SYS_CLOSE, uintptr(fd), 0, 0)
			return failure(e)
		},
	},
}

func result(n uintptr, e realsyscall.Errno) (int, error) { return int(n), failure(e) }

func failure(e realsyscall.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

func listenRaw() (int, string, error) {
	n, _, e := unix.Syscall(realunix.SYS_SOCKET, realunix.AF_INET, realunix.SOCK_STREAM|realunix.SOCK_NONBLOCK, 0)
	if e != 0 {
		return -1, "", e
	}
	at := realsyscall.RawSockaddrInet4{Family: realunix.AF_INET, Addr: [4]byte{127, 0, 0, 1}}
	size := uint32(unsafe.Sizeof(at))
	on := int32(1)
	steps := []func() (uintptr, uintptr, realsyscall.Errno){
		func() (uintptr, uintptr, realsyscall.Errno) {
			return unix.Syscall6(realunix.SYS_SETSOCKOPT, n, realunix.SOL_SOCKET, realunix.SO_REUSEADDR, uintptr(unsafe.Pointer(&on)), 4, 0)
		},
		func() (uintptr, uintptr, realsyscall.Errno) {
			return unix.Syscall(realunix.SYS_BIND, n, uintptr(unsafe.Pointer(&at)), uintptr(size))
		},
		func() (uintptr, uintptr, realsyscall.Errno) { return unix.Syscall(realunix.SYS_LISTEN, n, 10, 0) },
		func() (uintptr, uintptr, realsyscall.Errno) {
			return unix.Syscall(realunix.SYS_GETSOCKNAME, n, uintptr(unsafe.Pointer(&at)), uintptr(unsafe.Pointer(&size)))
		},
	}
	for _, f := range steps {
		if _, _, e := f(); e != 0 {
			return -1, "", e
		}
	}
	port := (*[2]byte)(unsafe.Pointer(&at.Port))
	return int(n), fmt.Sprintf("127.0.0.1:%d", int(port[0])<<8|int(port[1])), nil
}

// serve echoes until a note comes, and closes everything.
func (c *calls) serve(listener, note int) error {
	epfd, err := c.create()
	if err != nil {
		return err
	}
	var open []*int // in this order it closes them: the order of a map would be another one in each run
	add := func(fd int) error {
		p := new(int)
		*p = fd
		open = append(open, p)
		return c.control(epfd, realunix.EPOLL_CTL_ADD, fd, realunix.EPOLLIN, p)
	}
	if err := errors.Join(add(listener), add(note)); err != nil {
		return err
	}
	for ready := make([]*int, 4); ; {
		n, err := c.wait(epfd, ready)
		if err != nil && !errors.Is(err, realunix.EINTR) {
			return err
		}
		for _, p := range ready[:max(n, 0)] {
			switch *p {
			case note:
				for _, p := range open {
					err = errors.Join(err, c.close(*p))
				}
				return errors.Join(err, c.close(epfd))
			case listener:
				fd, err := c.accept(listener)
				if err == nil {
					err = add(fd)
				}
				if err != nil {
					return err
				}
			default:
				if c.echo(*p) {
					open = slices.DeleteFunc(open, func(q *int) bool { return q == p })
				}
			}
		}
	}
}

// echo answers what has arrived. It closes fd at its end.
func (c *calls) echo(fd int) (closed bool) {
	b := make([]byte, 64)
	n, err := c.read(fd, b)
	switch {
	case errors.Is(err, realunix.EAGAIN):
		return false
	case err != nil || n == 0:
		_ = c.close(fd)
		return true
	}
	for rest := b[:n]; len(rest) > 0; {
		n, err := c.write(fd, rest)
		if err != nil && !errors.Is(err, realunix.EAGAIN) {
			break
		}
		rest = rest[max(n, 0):]
	}
	return false
}

// program is a run of the server with a client of package net.
func (c *calls) program(say func(format string, args ...any)) {
	listener, at, err := c.listen()
	if err != nil {
		say("listen: %v", err)
		return
	}
	note, err := c.note()
	if err != nil {
		say("note: %v", err)
		return
	}
	over := make(chan struct{})
	routine.Go(func() {
		defer close(over)
		if err := c.serve(listener, note); err != nil {
			say("serve: %v", err)
		}
	})
	client, err := net.Dial("tcp", at)
	if err != nil {
		say("dial: %v", err)
		return
	}
	for _, s := range []string{"hello", "world"} {
		b := make([]byte, len(s))
		_, err := client.Write([]byte(s))
		_, err2 := io.ReadFull(client, b)
		say("%s %v %v", b, err, err2)
	}
	client.Close()
	_, err = c.write(note, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	say("%v", err)
	<-over
}

// TestEcho plays the server, made with each kind of calls, on both kernels.
func TestEcho(t *testing.T) {
	for _, c := range ways {
		t.Run(c.name, func(t *testing.T) {
			want := "hello <nil> <nil>\nworld <nil> <nil>\n<nil>\n"
			got := ""
			r := trial.Quiet(t, func(*trial.Run) {
				c.program(func(format string, args ...any) { got += fmt.Sprintf(format+"\n", args...) })
			})
			if got != want || len(r.Kernel.Leaks()) > 0 {
				t.Errorf("in the simulation: %s\nleaks %v", got, r.Kernel.Leaks())
			}
			got = ""
			c.program(func(format string, args ...any) { got += fmt.Sprintf(format+"\n", args...) })
			if got != want {
				t.Errorf("on the operating system: %s", got)
			}
		})
	}
}

// TestEchoRunsRepeat makes runs with faults twice.
func TestEchoRunsRepeat(t *testing.T) {
	for _, c := range ways {
		for n := range 20 {
			digest := func() string {
				r := trial.Play(t, &fakedemux.Options{First: 3, Plan: &fakedemux.DefaultPlan}, scheduler.NewRandom(1), n, func(r *trial.Run) { c.program(r.Say) })
				return r.Digest() + fmt.Sprint(r.Kernel.Recorder().Decisions())
			}
			if a, b := digest(), digest(); a != b {
				t.Fatalf("%s, run %d: two runs differ:\n%s\n%s", c.name, n, a, b)
			}
		}
	}
}

// TestAllocations counts what a call costs beyond the call itself.
func TestAllocations(t *testing.T) {
	trial.Quiet(t, func(*trial.Run) {
		p, err := unix.Socketpair(realunix.AF_UNIX, realunix.SOCK_STREAM, 0)
		if err != nil {
			t.Error(err)
			return
		}
		b := make([]byte, 1)
		n := testing.AllocsPerRun(100, func() {
			_, _ = unix.Write(p[0], b)
			_, _ = unix.Read(p[1], b)
		})
		if n > 6 {
			t.Errorf("a Write and a Read allocate %v times", n)
		}
		t.Logf("a Write and a Read allocate %v times", n)
	})
}
