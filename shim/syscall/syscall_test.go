//go:build linux

package syscall_test

import (
	"fmt"
	"slices"
	"strings"
	realsyscall "syscall"
	"testing"

	"reactortest/shim/internal/trial"
	"reactortest/shim/syscall"
)

// must ends the program if a call failed that may not.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// program says the same in the simulation and on the operating system.
func program(say func(format string, args ...any)) {
	l := must(syscall.Socket(realsyscall.AF_INET, realsyscall.SOCK_STREAM, 0))
	syscall.CloseOnExec(l)
	say("%v", syscall.Bind(l, &realsyscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	say("%v", syscall.Listen(l, 8))
	at := must(syscall.Getsockname(l))
	c := must(syscall.Socket(realsyscall.AF_INET, realsyscall.SOCK_STREAM, 0))
	say("%v", syscall.SetNonblock(c, true))
	say("%v", syscall.Connect(c, at))
	d, from, err := syscall.Accept4(l, realsyscall.SOCK_NONBLOCK)
	say("%v %v", from.(*realsyscall.SockaddrInet4).Addr, err)
	say("%d", must(syscall.GetsockoptInt(c, realsyscall.SOL_SOCKET, realsyscall.SO_ERROR)))
	say("%v", must(syscall.Getpeername(c)).(*realsyscall.SockaddrInet4).Port == at.(*realsyscall.SockaddrInet4).Port)
	_, err = syscall.Getpeername(l)
	say("%v", err)

	n, oobn, _, sa, err := syscall.Recvmsg(d, nil, nil, realsyscall.MSG_ERRQUEUE)
	say("%d %d %v %v", n, oobn, sa, err)
	n, err = syscall.SendmsgN(c, []byte("hello"), nil, nil, 0)
	say("%d %v", n, err)
	say("%v", syscall.Sendmsg(c, []byte("!"), nil, nil, 0))
	b := make([]byte, 10)
	n, _, _, sa, err = syscall.Recvmsg(d, b, nil, 0)
	say("%s %v %v", b[:n], sa, err)
	n, sa, err = syscall.Recvfrom(d, b, 0)
	say("%d %v %v", n, sa, err)

	say("%v", syscall.SetsockoptTimeval(d, realsyscall.SOL_SOCKET, realsyscall.SO_RCVTIMEO, &realsyscall.Timeval{}))
	say("%v", syscall.SetsockoptLinger(d, realsyscall.SOL_SOCKET, realsyscall.SO_LINGER, &realsyscall.Linger{Onoff: 1}))
	say("%v", syscall.Close(d))
	n, err = syscall.Read(c, b)
	say("%d %v", n, err)
	n, err = syscall.Write(c, b)
	say("%d %v", n, err)

	p, err := syscall.Socketpair(realsyscall.AF_UNIX, realsyscall.SOCK_STREAM, 0)
	say("%v", err)
	say("%d", must(syscall.Write(p[0], []byte("x"))))
	e := must(syscall.Dup(p[1]))
	say("%v %d", syscall.Dup3(p[1], e, realsyscall.O_CLOEXEC), must(syscall.Read(e, b)))
	n, err = syscall.Sendfile(p[0], p[1], nil, 1)
	say("%d %v", n, err)
	q := make([]int, 2)
	say("%v", syscall.Pipe(q))
	_, err = syscall.Seek(q[0], 0, 0) // the offset beside an error is another one on 32 bits
	say("%v", err)
	_, err = syscall.EpollCreate(0)
	say("%v", err)
	_, err = syscall.Open("/tmp/reactortest has no such file", realsyscall.O_RDONLY, 0)
	say("%v %v", err, syscall.Unlink("/tmp/reactortest has no such file"))
	for _, fd := range []int{l, c, e, p[0], p[1], q[0], q[1]} {
		say("%v", syscall.Close(fd))
	}
}

// TestTheSameAsTheRunningKernel plays the program on both.
func TestTheSameAsTheRunningKernel(t *testing.T) {
	var got, want []string
	r := trial.Quiet(t, func(*trial.Run) {
		program(func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) })
	})
	program(func(format string, args ...any) { want = append(want, fmt.Sprintf(format, args...)) })
	if len(got) == 0 || !slices.Equal(got, want) || len(r.Kernel.Leaks()) > 0 {
		t.Errorf("in the simulation:\n%s\non the operating system:\n%s\nleaks %v", strings.Join(got, "\n"), strings.Join(want, "\n"), r.Kernel.Leaks())
	}
}
