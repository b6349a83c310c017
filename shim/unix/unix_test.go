//go:build linux

package unix_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	realunix "golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/shim/internal/trial"
	"reactortest/shim/unix"
)

// must ends the program if a call failed that may not.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// scenarios are programs that say the same in the simulation and on the operating
// system.
var scenarios = []struct {
	name string
	f    func(say func(format string, args ...any))
}{
	{"errors", func(say func(string, ...any)) {
		b := make([]byte, 4)
		fd := 900 // nobody has it
		for _, f := range []func() (int, error){
			func() (int, error) { return unix.Read(fd, b) },
			func() (int, error) { return unix.Write(fd, b) },
			func() (int, error) { return unix.Readv(fd, [][]byte{b}) },
			func() (int, error) { return unix.Writev(fd, [][]byte{b}) },
			func() (int, error) { return unix.Dup(fd) },
			func() (int, error) { return 0, unix.Close(fd) },
			func() (int, error) { return 0, unix.SetNonblock(fd, true) },
			func() (int, error) { n, sa, err := unix.Accept4(fd, 0); say("%v", sa); return n, err },
			func() (int, error) { n, sa, err := unix.Accept(fd); say("%v", sa); return n, err },
			func() (int, error) { n, sa, err := unix.Recvfrom(fd, b, 0); say("%v", sa); return n, err },
			func() (int, error) {
				n, _, _, sa, err := unix.Recvmsg(fd, b, nil, 0)
				say("%v", sa)
				return n, err
			},
			func() (int, error) { return unix.SendmsgN(fd, b, nil, nil, 0) },
			func() (int, error) { return 0, unix.Sendto(fd, b, 0, &realunix.SockaddrInet4{Port: 1}) },
			func() (int, error) { return 0, unix.Sendto(fd, b, 0, &realunix.SockaddrInet4{Port: 1 << 20}) },
			func() (int, error) { return 0, unix.Send(fd, b, 0) },
			func() (int, error) { return unix.Sendfile(fd, fd, nil, 1) },
			func() (int, error) { return unix.FcntlInt(uintptr(fd), realunix.F_GETFL, 0) },
			func() (int, error) { return unix.IoctlGetInt(fd, realunix.TIOCINQ) },
			func() (int, error) { return unix.GetsockoptInt(fd, realunix.SOL_SOCKET, realunix.SO_ERROR) },
			func() (int, error) { return unix.EpollWait(fd, make([]realunix.EpollEvent, 1), 0) },
			func() (int, error) { return unix.EpollCreate(0) },
			func() (int, error) { return unix.EpollCreate1(1) },
			func() (int, error) { return unix.Eventfd(0, 1<<20) },
			func() (int, error) { return unix.Socket(realunix.AF_INET, 77, 0) },
			func() (int, error) { sa, err := unix.Getsockname(fd); return len(fmt.Sprint(sa)), err },
			func() (int, error) { sa, err := unix.Getpeername(fd); return len(fmt.Sprint(sa)), err },
			func() (int, error) { return 0, unix.Pipe2(make([]int, 3), 0) },
			func() (int, error) { p, err := unix.Socketpair(realunix.AF_UNIX, 77, 0); return p[0], err },
		} {
			n, err := f()
			say("%d %v", n, err)
		}
	}},
	{"a unix socket with a path, vectors and a peek", func(say func(string, ...any)) {
		l := must(unix.Socket(realunix.AF_UNIX, realunix.SOCK_STREAM, 0))
		say("%v", unix.Bind(l, &realunix.SockaddrUnix{Name: "@reactortest-shim"}))
		say("%v", unix.Listen(l, 1))
		c := must(unix.Socket(realunix.AF_UNIX, realunix.SOCK_STREAM|realunix.SOCK_CLOEXEC, 0))
		say("%v", unix.Connect(c, &realunix.SockaddrUnix{Name: "@reactortest-shim"}))
		d, from, err := unix.Accept4(l, realunix.SOCK_NONBLOCK)
		say("%q %v", from.(*realunix.SockaddrUnix).Name, err)
		say("%q", must(unix.Getsockname(d)).(*realunix.SockaddrUnix).Name)
		n, err := unix.Read(d, make([]byte, 1))
		say("%d %v", n, err)
		say("%d", must(unix.Writev(c, [][]byte{[]byte("ab"), nil, []byte("cde")})))
		b := make([]byte, 10)
		n, sa, err := unix.Recvfrom(d, b, realunix.MSG_PEEK)
		say("%s %v %v", b[:n], sa, err)
		say("%d", must(unix.IoctlGetInt(d, realunix.TIOCINQ)))
		v := [][]byte{make([]byte, 1), make([]byte, 9)}
		n, err = unix.Readv(d, v)
		say("%d %v %s %s", n, err, v[0], v[1][:n-1])
		say("%v", must(unix.FcntlInt(uintptr(d), realunix.F_GETFL, 0))&realunix.O_NONBLOCK != 0)
		say("%d", must(unix.FcntlInt(uintptr(c), realunix.F_GETFD, 0)))
		say("%v %v", unix.Shutdown(c, realunix.SHUT_WR), unix.Close(l))
		n, err = unix.Read(d, b)
		say("%d %v", n, err)
		e := must(unix.FcntlInt(uintptr(d), realunix.F_DUPFD_CLOEXEC, 0))
		say("%v %v", unix.Close(d), unix.Close(e))
		say("%v", unix.Send(c, b, realunix.MSG_NOSIGNAL))
		unix.Close(c)
	}},
	{"UDP", func(say func(string, ...any)) {
		s := must(unix.Socket(realunix.AF_INET6, realunix.SOCK_DGRAM, realunix.IPPROTO_UDP))
		say("%v", unix.Bind(s, &realunix.SockaddrInet6{}))
		port := must(unix.Getsockname(s)).(*realunix.SockaddrInet6).Port
		c := must(unix.Socket(realunix.AF_INET, realunix.SOCK_DGRAM, 0))
		say("%v", unix.Connect(c, &realunix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
		say("%d", must(unix.Write(c, []byte("hello"))))
		b := make([]byte, 3)
		n, _, flags, from, err := unix.Recvmsg(s, b, nil, 0)
		say("%s %v %v %v", b[:n], flags == realunix.MSG_TRUNC, from.(*realunix.SockaddrInet6).Addr, err)
		say("%v", unix.Sendto(s, []byte("back"), 0, from))
		n, sa, err := unix.Recvfrom(c, make([]byte, 10), 0)
		say("%d %v %v", n, sa.(*realunix.SockaddrInet4).Port == port, err)
		unix.Close(c)
		unix.Close(s)
	}},
	{"options", func(say func(string, ...any)) {
		fd := must(unix.Socket(realunix.AF_INET, realunix.SOCK_STREAM, 0))
		say("%v", unix.SetsockoptInt(fd, realunix.SOL_SOCKET, realunix.SO_REUSEPORT, 1))
		say("%d", must(unix.GetsockoptInt(fd, realunix.SOL_SOCKET, realunix.SO_REUSEPORT)))
		say("%v", unix.SetsockoptInt(fd, realunix.IPPROTO_TCP, realunix.TCP_NODELAY, 1))
		say("%v", unix.SetsockoptLinger(fd, realunix.SOL_SOCKET, realunix.SO_LINGER, &realunix.Linger{Onoff: 1, Linger: 3}))
		l := must(unix.GetsockoptLinger(fd, realunix.SOL_SOCKET, realunix.SO_LINGER))
		say("%v", *l)
		say("%v", unix.SetsockoptInt(fd, realunix.SOL_SOCKET, 9999, 1))
		say("%v", unix.SetsockoptByte(fd, realunix.SOL_SOCKET, realunix.SO_REUSEPORT, 1))
		unix.Close(fd)
	}},
	{"poll, timerfd, eventfd", func(say func(string, ...any)) {
		timer := must(unix.TimerfdCreate(realunix.CLOCK_MONOTONIC, realunix.TFD_NONBLOCK))
		spec := realunix.ItimerSpec{Value: realunix.NsecToTimespec(int64(5 * time.Millisecond))}
		say("%v", unix.TimerfdSettime(timer, 0, &spec, nil))
		note := must(unix.Eventfd(3, realunix.EFD_NONBLOCK))
		fds := []realunix.PollFd{{Fd: int32(timer), Events: realunix.POLLIN}, {Fd: int32(note), Events: realunix.POLLIN | realunix.POLLOUT}, {Fd: -1}}
		n, err := unix.Poll(fds, 0)
		say("%d %v %x", n, err, fds[1].Revents)
		timeout := realunix.NsecToTimespec(int64(time.Second))
		n, err = unix.Ppoll(fds[:1], &timeout, nil)
		say("%d %v %x", n, err, fds[0].Revents)
		b := make([]byte, 8)
		say("%d", must(unix.Read(timer, b)))
		say("%d %v", must(unix.Read(note, b)), b)
		n, err = unix.Read(note, b)
		say("%d %v", n, err)
		unix.Close(timer)
		unix.Close(note)
		epfd := must(unix.EpollCreate1(0))
		before := time.Now()
		n, err = unix.EpollWait(epfd, make([]realunix.EpollEvent, 4), 5)
		say("%d %v %v", n, err, time.Since(before) >= 5*time.Millisecond)
		unix.Close(epfd)
	}},
	{"sendfile", func(say func(string, ...any)) {
		file := must(unix.MemfdCreate("x", 0))
		say("%d", must(unix.Write(file, []byte("0123456789"))))
		p := must(unix.Socketpair(realunix.AF_UNIX, realunix.SOCK_STREAM, 0))
		offset := int64(3)
		n, err := unix.Sendfile(p[0], file, &offset, 5)
		say("%d %v %d", n, err, offset)
		b := make([]byte, 20)
		n = must(unix.Read(p[1], b))
		say("%s", b[:n])
		say("%d", must(unix.Seek(file, 0, 0)))
		n, err = unix.Sendfile(p[0], file, nil, 4)
		say("%d %v", n, err)
		for _, fd := range []int{file, p[0], p[1]} {
			unix.Close(fd)
		}
	}},
	{"pipes and raw calls", func(say func(string, ...any)) {
		p := make([]int, 2)
		say("%v", unix.Pipe2(p, realunix.O_NONBLOCK))
		w := must(unix.Dup(p[1]))
		n, _, e := unix.RawSyscall(realunix.SYS_WRITE, uintptr(w), uintptr(unsafe.Pointer(&[]byte("xyz")[0])), 3)
		say("%d %d", n, e)
		unread := int32(0)
		_, _, e = unix.Syscall(realunix.SYS_IOCTL, uintptr(p[0]), realunix.TIOCINQ, uintptr(unsafe.Pointer(&unread)))
		say("%d %d", unread, e)
		flags, _, e := unix.Syscall(realunix.SYS_FCNTL, uintptr(p[0]), realunix.F_GETFL, 0)
		say("%v %d", flags&realunix.O_NONBLOCK != 0, e)
		b := make([]byte, 2)
		n, _, e = unix.Syscall6(realunix.SYS_READ, uintptr(p[0]), uintptr(unsafe.Pointer(&b[0])), 2, 0, 0, 0)
		say("%d %d %s", n, e, b)
		n, _, e = unix.RawSyscall6(realunix.SYS_READ, 901, uintptr(unsafe.Pointer(&b[0])), 2, 0, 0, 0)
		say("%d %d", int(n), e)
		for _, fd := range []int{p[0], p[1], w} {
			say("%v", unix.Close(fd))
		}
		q := must(unix.Socketpair(realunix.AF_UNIX, realunix.SOCK_DGRAM, 0))
		iov := []realunix.Iovec{{Base: &b[0]}, {Base: &b[1]}}
		iov[0].SetLen(1)
		iov[1].SetLen(1)
		h := realunix.Msghdr{Iov: &iov[0]}
		h.SetIovlen(2)
		n, _, e = unix.Syscall(realunix.SYS_SENDMSG, uintptr(q[0]), uintptr(unsafe.Pointer(&h)), 0)
		say("%d %d", n, e)
		iov[0].SetLen(1)
		h.SetIovlen(1)
		n, _, e = unix.Syscall(realunix.SYS_RECVMSG, uintptr(q[1]), uintptr(unsafe.Pointer(&h)), 0)
		say("%d %d %x", n, e, h.Flags)
		n, _, e = unix.Syscall6(realunix.SYS_SENDTO, uintptr(q[0]), uintptr(unsafe.Pointer(&b[0])), 2, 0, 0, 0)
		say("%d %d", n, e)
		n, _, e = unix.Syscall6(realunix.SYS_RECVFROM, uintptr(q[1]), uintptr(unsafe.Pointer(&b[0])), 2, 0, 0, 0)
		say("%d %d", n, e)
		typ, size := int32(0), uint32(4)
		_, _, e = unix.Syscall6(realunix.SYS_GETSOCKOPT, uintptr(q[0]), realunix.SOL_SOCKET, realunix.SO_TYPE, uintptr(unsafe.Pointer(&typ)), uintptr(unsafe.Pointer(&size)), 0)
		say("%d %d %d", typ, size, e)
		say("%v %v", unix.Close(q[0]), unix.Close(q[1]))
	}},
}

// TestTheSameAsTheRunningKernel plays each scenario on both.
func TestTheSameAsTheRunningKernel(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			var got, want []string
			r := trial.Quiet(t, func(*trial.Run) {
				s.f(func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) })
			})
			s.f(func(format string, args ...any) { want = append(want, fmt.Sprintf(format, args...)) })
			if len(got) == 0 || !slices.Equal(got, want) || len(r.Kernel.Leaks()) > 0 {
				t.Errorf("in the simulation:\n%s\non the operating system:\n%s\nleaks %v", strings.Join(got, "\n"), strings.Join(want, "\n"), r.Kernel.Leaks())
			}
		})
	}
}

// TestLimits is about the table of descriptors: the first are taken, and their number is
// that of getrlimit.
func TestLimits(t *testing.T) {
	trial.Play(t, &fakedemux.Options{First: 3, Descriptors: 5}, scheduler.NewQuiet(), 0, func(*trial.Run) {
		var limit realunix.Rlimit
		if err := unix.Getrlimit(realunix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur != 5 {
			t.Errorf("%v %v", limit, err)
		}
		if err := unix.Setrlimit(realunix.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
		limit.Max *= 2
		if err := unix.Setrlimit(realunix.RLIMIT_NOFILE, &limit); !errors.Is(err, realunix.EPERM) {
			t.Error(err)
		}
		a, b := must(unix.Eventfd(0, 0)), must(unix.Eventfd(0, 0))
		c, err := unix.Eventfd(0, 0)
		if a != 3 || b != 4 || c != -1 || !errors.Is(err, realunix.EMFILE) {
			t.Errorf("%d %d %d %v", a, b, c, err)
		}
	})
}

// TestClocks compares the clocks with that of package time.
func TestClocks(t *testing.T) {
	trial.Quiet(t, func(r *trial.Run) {
		time.Sleep(time.Second)
		var wall, mono realunix.Timespec
		unix.ClockGettime(realunix.CLOCK_REALTIME, &wall)
		unix.ClockGettime(realunix.CLOCK_MONOTONIC, &mono)
		if time.Now().UnixNano() != wall.Nano() || mono.Nano() != int64(r.Bubble.Elapsed()) || mono.Sec != 1 {
			t.Errorf("%v %v", wall, mono)
		}
		if err := unix.SchedSetaffinity(0, &realunix.CPUSet{}); err != nil {
			t.Error(err)
		}
	})
}
