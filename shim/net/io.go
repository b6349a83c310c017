//go:build linux

package net

import (
	"io"
	"syscall"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

// mostBytes is what one call of package net reads or writes at most of a stream;
// maxRW of internal/poll.
const mostBytes = 1 << 30

// read is read(2). It does not ask for nothing.
func (s *socket) read(p []byte) (n int, err error) {
	err = s.locked("read", &s.reader, func(sys *sim.System) (err error) {
		if len(p) == 0 {
			return nil
		}
		some := p
		if s.typ != fakedemux.TypeDatagram && len(some) > mostBytes {
			some = some[:mostBytes]
		}
		n, err = s.retry(sys, &s.reader, "read", func(l fakedemux.Linux) (int, epoll.Errno) { return l.Read(s.fd, some) })
		if n == 0 && err == nil && s.typ != fakedemux.TypeDatagram {
			err = io.EOF
		}
		return err
	})
	return n, err
}

// write is write(2), until all is written.
func (s *socket) write(p []byte) (done int, err error) {
	err = s.locked("write", &s.writer, func(sys *sim.System) error {
		for {
			some := p[done:]
			if s.typ != fakedemux.TypeDatagram && len(some) > mostBytes {
				some = some[:mostBytes]
			}
			n, err := s.retry(sys, &s.writer, "write", func(l fakedemux.Linux) (int, epoll.Errno) { return l.Write(s.fd, some) })
			done += n
			switch {
			case err != nil || done == len(p):
				return err
			case n == 0:
				return io.ErrUnexpectedEOF
			}
		}
	})
	return done, err
}

// receive is recvfrom(2).
func (s *socket) receive(p []byte) (n int, from fakedemux.Sockaddr, err error) {
	err = s.locked("recvfrom", &s.reader, func(sys *sim.System) (err error) {
		n, err = s.retry(sys, &s.reader, "recvfrom", func(l fakedemux.Linux) (n int, e epoll.Errno) {
			n, from, e = l.Recvfrom(s.fd, p, 0)
			return n, e
		})
		return err
	})
	return n, from, err
}

// send is sendto(2).
func (s *socket) send(p []byte, to fakedemux.Sockaddr) error {
	return s.locked("sendto", &s.writer, func(sys *sim.System) error {
		_, err := s.retry(sys, &s.writer, "sendto", func(l fakedemux.Linux) (int, epoll.Errno) { return l.Sendto(s.fd, p, 0, to) })
		return err
	})
}

// receiveMessage is recvmsg(2). The simulation has no control data.
func (s *socket) receiveMessage(p []byte) (n, flags int, from fakedemux.Sockaddr, err error) {
	m := fakedemux.Message{Vectors: [][]byte{p}}
	err = s.locked("recvmsg", &s.reader, func(sys *sim.System) (err error) {
		n, err = s.retry(sys, &s.reader, "recvmsg", func(l fakedemux.Linux) (int, epoll.Errno) {
			return l.Recvmsg(s.fd, &m, syscall.MSG_CMSG_CLOEXEC)
		})
		return err
	})
	return n, m.Flags, m.Name, err
}

// sendMessage is sendmsg(2).
func (s *socket) sendMessage(p, oob []byte, to fakedemux.Sockaddr) (n int, err error) {
	m := fakedemux.Message{Name: to, Vectors: [][]byte{p}, Control: oob}
	err = s.locked("sendmsg", &s.writer, func(sys *sim.System) (err error) {
		n, err = s.retry(sys, &s.writer, "sendmsg", func(l fakedemux.Linux) (int, epoll.Errno) { return l.Sendmsg(s.fd, &m, 0) })
		return err
	})
	return n, err
}

// accept is accept4(2). Like package net it takes the next connection if one was
// aborted before it was accepted.
func (s *socket) accept() (c *socket, err error) {
	err = s.locked("accept", &s.reader, func(sys *sim.System) error {
		for {
			n, from, e := sys.Linux.AcceptFrom(s.fd, epoll.NonBlock|epoll.CloseOnExec)
			sys.Tell("accept", s.fd, n, e)
			switch e { //nolint:exhaustive // every other number is an error
			case 0:
				at, e := sys.Linux.Getsockname(n)
				sys.Tell("getsockname", n, 0, e)
				c = &socket{run: s.run, fd: n, family: s.family, typ: s.typ, network: s.network, linked: true}
				c.local, c.remote = address(s.network, at), address(s.network, from)
				return nil
			case epoll.EINTR, epoll.ECONNABORTED:
			case epoll.EAGAIN:
				if err := s.wait(sys, &s.reader); err != nil {
					return err
				}
			default:
				return failure("accept4", e)
			}
		}
	})
	return c, err
}

// connect is connect(2), until the connection is made.
func (s *socket) connect(to fakedemux.Sockaddr) error {
	err := s.locked("connect", &s.writer, func(sys *sim.System) error {
		e := sys.Linux.Connect(s.fd, to)
		sys.Tell("connect", s.fd, 0, e)
		switch e { //nolint:exhaustive // every other number is an error
		case 0, epoll.EISCONN:
			return nil
		case epoll.EINPROGRESS, epoll.EALREADY, epoll.EINTR:
			return s.connected(sys)
		default:
			return failure("connect", e)
		}
	})
	if err != nil {
		return err
	}
	s.linked = true
	return nil
}

// connected waits until a connect is over.
func (s *socket) connected(sys *sim.System) error {
	for {
		if err := s.wait(sys, &s.writer); err != nil {
			return err
		}
		pending, e := sys.Linux.SocketError(s.fd)
		if sys.Tell("getsockopt", s.fd, int(pending), e); e != 0 {
			return failure("getsockopt", e)
		}
		switch pending { //nolint:exhaustive // every other number is an error
		case epoll.EINPROGRESS, epoll.EALREADY, epoll.EINTR:
		case epoll.EISCONN:
			return nil
		case 0: // the wait may have ended for another reason
			_, e := sys.Linux.Getpeername(s.fd)
			if sys.Tell("getpeername", s.fd, 0, e); e == 0 {
				return nil
			}
		default:
			return failure("connect", pending)
		}
	}
}

// names asks the kernel for the addresses of s.
func (s *socket) names() error {
	return s.shared("getsockname", func(sys *sim.System) error {
		at, e := sys.Linux.Getsockname(s.fd)
		if sys.Tell("getsockname", s.fd, 0, e); e == 0 {
			s.local = address(s.network, at)
		}
		if !s.linked {
			return nil
		}
		to, e := sys.Linux.Getpeername(s.fd)
		if sys.Tell("getpeername", s.fd, 0, e); e == 0 {
			s.remote = address(s.network, to)
		}
		return nil
	})
}

// open makes a nonblocking socket.
func open(network string, family, typ int, only6 bool) (*socket, error) {
	fd, err := sim.Socket(family, typ|epoll.NonBlock|epoll.CloseOnExec, 0)
	if err != nil {
		return nil, wrap("socket", err)
	}
	s := &socket{run: bubble.Current(), fd: fd, family: family, typ: typ, network: network}
	if family == fakedemux.FamilyIPv6 {
		only := 0
		if only6 {
			only = 1
		}
		_ = s.option(syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, only) // package net does not look either
	}
	return s, nil
}

// wrap is os.NewSyscallError of what package sim returns.
func wrap(call string, err error) error {
	return failure(call, sim.Number(err))
}
