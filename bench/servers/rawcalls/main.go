//go:build linux

// An echo server on epoll whose loop makes its calls by syscall.RawSyscall6: the Go
// scheduler does not learn of them. It is what a Go program can reach at best, and no
// program can live with it, because a call that blocks keeps the processor from all other
// goroutines.
package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address))
}

func read(fd int, b []byte) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), e
}

func write(fd int, b []byte) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), e
}

func wait(epfd int, events []unix.EpollEvent) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), ^uintptr(0), 0, 0)
	return int(n), e
}

type server struct {
	epfd int
	buf  []byte
	rest map[int][]byte // what a socket has not accepted
}

func run(network, address string) error {
	fd, err := serve.Listen(network, address)
	if err != nil {
		return err
	}
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	s := &server{epfd: epfd, buf: make([]byte, serve.Buffer), rest: map[int][]byte{}}
	s.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN)
	events := make([]unix.EpollEvent, 1024)
	for {
		n, e := wait(epfd, events)
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return e
		}
		for i := range events[:n] {
			if ev := &events[i]; int(ev.Fd) == fd {
				s.accept(network, fd)
			} else if ev.Events&unix.EPOLLOUT != 0 {
				s.flush(int(ev.Fd))
			} else {
				s.echo(int(ev.Fd))
			}
		}
	}
}

func (s *server) control(op, fd int, events uint32) {
	if err := unix.EpollCtl(s.epfd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		serve.Exit(err)
	}
}

func (s *server) accept(network string, l int) {
	for {
		fd, _, err := unix.Accept4(l, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err == unix.EAGAIN {
			return
		}
		if err != nil {
			serve.Exit(err)
		}
		serve.NoDelay(network, fd)
		s.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN)
	}
}

func (s *server) echo(fd int) {
	n, e := read(fd, s.buf)
	if e == unix.EAGAIN {
		return
	}
	if n <= 0 || e != 0 {
		_ = unix.Close(fd)
		return
	}
	sent, e := write(fd, s.buf[:n])
	if e == unix.EAGAIN {
		sent, e = 0, 0
	}
	if e != 0 {
		_ = unix.Close(fd)
		return
	}
	if sent < n {
		s.rest[fd] = append([]byte(nil), s.buf[sent:n]...)
		s.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLOUT)
	}
}

func (s *server) flush(fd int) {
	b := s.rest[fd]
	n, e := write(fd, b)
	if e == unix.EAGAIN {
		n, e = 0, 0
	}
	if e != 0 {
		delete(s.rest, fd)
		_ = unix.Close(fd)
		return
	}
	if b = b[n:]; len(b) > 0 {
		s.rest[fd] = b
		return
	}
	delete(s.rest, fd)
	s.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN)
}
