package fakedemux_test

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// running is the running kernel. Descriptors are moved to numbers from base
// on, so that nothing else in this process takes one in between.
type running struct {
	open  []bool
	addrs []netip.AddrPort
}

const base = 500

// place moves fd to the lowest free number.
func (m *running) place(fd int) int {
	i := slices.Index(m.open, false)
	if i < 0 {
		i = len(m.open)
		m.open = append(m.open, false)
	}
	if err := unix.Dup3(fd, base+i, unix.O_CLOEXEC); err != nil {
		panic(err)
	}
	unix.Close(fd)
	m.open[i] = true
	return i
}

func (m *running) made(fd int, err error) outcome {
	if err != nil {
		return outcome{n: -1, errno: errno(err)}
	}
	return outcome{n: m.place(fd)}
}

func errno(err error) epoll.Errno {
	var e unix.Errno
	if err == nil || !errors.As(err, &e) {
		return 0
	}
	return epoll.Errno(e)
}

const streamFlags = unix.SOCK_STREAM | unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC

func (m *running) do(s step) outcome {
	fd := s.fd
	if fd >= 0 {
		fd += base
	}
	switch s.call {
	case "pair", "pipe":
		var fds [2]int
		var err error
		if s.call == "pair" {
			fds, err = unix.Socketpair(unix.AF_UNIX, streamFlags, 0)
		} else {
			err = unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC)
		}
		if err != nil {
			return outcome{errno: errno(err)}
		}
		return outcome{n: m.place(fds[0]), m: m.place(fds[1])}
	case "eventfd":
		return m.made(unix.Eventfd(uint(s.n), unix.EFD_NONBLOCK|unix.EFD_CLOEXEC))
	case "epoll_create":
		return m.made(unix.EpollCreate1(unix.EPOLL_CLOEXEC))
	case "file":
		return m.made(unix.MemfdCreate("plain", unix.MFD_CLOEXEC))
	case "listen":
		return m.listen(s.n)
	case "connect":
		fd, err := unix.Socket(unix.AF_INET, streamFlags, 0)
		if err != nil {
			panic(err)
		}
		at := m.addrs[s.listen]
		noDelay(fd)
		err = unix.Connect(fd, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
		if err != nil && err != unix.EINPROGRESS {
			panic(err)
		}
		return outcome{n: m.place(fd)}
	case "accept":
		fd, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err == nil {
			noDelay(fd)
		}
		return m.made(fd, err)
	case "result":
		return m.result(fd)
	case "shutdown":
		return outcome{errno: errno(unix.Shutdown(fd, unix.SHUT_WR))}
	case "dup":
		return m.made(unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, base+400))
	case "close":
		if s.fd >= 0 && s.fd < len(m.open) {
			m.open[s.fd] = false
		}
	}
	return common(native{}, s, base)
}

// noDelay switches off the delay of small segments; tcp(7), TCP_NODELAY.
func noDelay(fd int) {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		panic(err)
	}
}

func (m *running) listen(backlog int) outcome {
	fd, err := unix.Socket(unix.AF_INET, streamFlags, 0)
	if err != nil {
		panic(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		panic(err)
	}
	if err := unix.Listen(fd, backlog); err != nil {
		panic(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		panic(err)
	}
	in := sa.(*unix.SockaddrInet4)
	m.addrs = append(m.addrs, netip.AddrPortFrom(netip.AddrFrom4(in.Addr), uint16(in.Port)))
	return outcome{n: m.place(fd)}
}

// result is what the simulated ConnectResult is.
func (m *running) result(fd int) outcome {
	e, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return outcome{errno: errno(err)}
	}
	if e != 0 {
		return outcome{errno: epoll.Errno(e)}
	}
	_, err = unix.Getpeername(fd)
	return outcome{errno: errno(err)}
}

func (m *running) poll(fd int) (uint32, bool) {
	p := []unix.PollFd{{Fd: int32(base + fd), Events: unix.POLLIN | unix.POLLOUT | unix.POLLRDHUP}}
	if _, err := unix.Poll(p, 0); err != nil {
		return 0, false
	}
	return uint32(uint16(p[0].Revents)), p[0].Revents&unix.POLLNVAL == 0
}

func (m *running) unread(fd int) int {
	n, _ := unix.IoctlGetUint32(base+fd, unix.TIOCINQ)
	return int(n)
}

func (m *running) end() {
	for i, open := range m.open {
		if open {
			unix.Close(base + i)
		}
	}
	m.open = nil
}

func init() {
	waitRunning = func(epfd int) ([]epoll.Event, epoll.Errno) {
		events := make([]epoll.Event, 4)
		n, e := native{}.EpollWait(epfd, events, 0)
		return events[:max(n, 0)], e
	}
}

// native are the running kernel's calls.
type native struct{}

func (native) EpollCreate1(flags int) (int, epoll.Errno) {
	fd, err := unix.EpollCreate1(flags)
	return fd, errno(err)
}

func (native) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	return errno(unix.EpollCtl(epfd, op, fd, &unix.EpollEvent{Events: ev.Events, Fd: int32(ev.Data)}))
}

func (native) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	raw := make([]unix.EpollEvent, len(events))
	n, err := unix.EpollWait(epfd, raw, msec)
	for i := range max(n, 0) {
		events[i] = epoll.Event{Events: raw[i].Events, Data: uint64(raw[i].Fd)}
	}
	return n, errno(err)
}

func (native) EpollPwait2(int, []epoll.Event, *epoll.Timespec) (int, epoll.Errno) {
	return -1, epoll.ENOSYS
}

func (native) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	fd, err := unix.Eventfd(initval, flags)
	return fd, errno(err)
}

func (native) Read(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Read(fd, b)
	return n, errno(err)
}

func (native) Write(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Write(fd, b)
	return n, errno(err)
}

func (native) Close(fd int) epoll.Errno { return errno(unix.Close(fd)) }
func (native) Now() time.Duration       { return 0 }
