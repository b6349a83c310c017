//go:build linux

// An echo server on epoll by the functions of golang.org/x/sys/unix.
package main

import (
	"errors"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address))
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
	if err := s.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN); err != nil {
		return err
	}
	events := make([]unix.EpollEvent, 1024)
	for {
		n, err := unix.EpollWait(epfd, events, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
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

func (s *server) control(op, fd int, events uint32) error {
	return unix.EpollCtl(s.epfd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

func (s *server) accept(network string, l int) {
	for {
		fd, _, err := unix.Accept4(l, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if errors.Is(err, unix.EAGAIN) {
			return
		}
		if err != nil {
			serve.Exit(err)
		}
		serve.NoDelay(network, fd)
		if err := s.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN); err != nil {
			serve.Exit(err)
		}
	}
}

func (s *server) echo(fd int) {
	n, err := unix.Read(fd, s.buf)
	if errors.Is(err, unix.EAGAIN) {
		return
	}
	if n <= 0 || err != nil {
		_ = unix.Close(fd)
		return
	}
	sent, err := unix.Write(fd, s.buf[:n])
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		_ = unix.Close(fd)
		return
	}
	if sent = max(sent, 0); sent < n {
		s.rest[fd] = append([]byte(nil), s.buf[sent:n]...)
		if err := s.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLOUT); err != nil {
			serve.Exit(err)
		}
	}
}

func (s *server) flush(fd int) {
	b := s.rest[fd]
	n, err := unix.Write(fd, b)
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		delete(s.rest, fd)
		_ = unix.Close(fd)
		return
	}
	if b = b[max(n, 0):]; len(b) > 0 {
		s.rest[fd] = b
		return
	}
	delete(s.rest, fd)
	if err := s.control(unix.EPOLL_CTL_MOD, fd, unix.EPOLLIN); err != nil {
		serve.Exit(err)
	}
}
