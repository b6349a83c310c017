package story_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/internal/golden"
	"reactortest/internal/story"
	"reactortest/realdemux"
)

// TestScriptsOnTheRealKernel plays the scripts that say "real" on the running
// kernel: the simulated one must not differ.
func TestScriptsOnTheRealKernel(t *testing.T) {
	files, err := filepath.Glob(scripts)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := golden.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		if !story.Real(s) {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			m := &machine{Host: realdemux.NewHost()}
			defer m.closeAll()
			got, err := story.PlayOn(m, s)
			if err != nil {
				t.Fatalf("%v\noutput so far:\n%s", err, got)
			}
			if want, _ := s.Output("epoll"); got != want.Text {
				t.Errorf("%s: the running kernel differs (- the script, + the running kernel)\n%s", file, golden.Diff(want.Text, got))
			}
		})
	}
}

// machine is the running kernel. It remembers what it opened.
type machine struct {
	demux.Host
	open []demux.Handle
}

func (m *machine) closeAll() {
	for _, h := range m.open {
		_ = m.Host.Close(h)
	}
}

func (m *machine) Epoll() epoll.Syscalls { return calls{m} }

func (m *machine) opened(err error, handles ...demux.Handle) error {
	if err == nil {
		m.open = append(m.open, handles...)
	}
	return err
}

func (m *machine) Close(h demux.Handle) error {
	for i, have := range m.open {
		if have == h {
			m.open = append(m.open[:i], m.open[i+1:]...)
			break
		}
	}
	return m.Host.Close(h)
}

func (m *machine) Pair() (a, b demux.Handle, err error) {
	a, b, err = m.Host.Pair()
	return a, b, m.opened(err, a, b)
}

func (m *machine) Pipe() (r, w demux.Handle, err error) {
	r, w, err = m.Host.Pipe()
	return r, w, m.opened(err, r, w)
}

func (m *machine) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	h, at, err := m.Host.Listen(addr, backlog)
	return h, at, m.opened(err, h)
}

func (m *machine) Connect(addr netip.AddrPort) (demux.Handle, error) {
	h, err := m.Host.Connect(addr)
	return h, m.opened(err, h)
}

func (m *machine) Accept(l demux.Handle) (demux.Handle, error) {
	h, err := m.Host.Accept(l)
	return h, m.opened(err, h)
}

func (m *machine) Dup(h demux.Handle) (demux.Handle, error) {
	h, err := m.Host.Dup(h)
	return h, m.opened(err, h)
}

func (m *machine) File() (demux.Handle, error) {
	fd, err := unix.Open(os.Args[0], unix.O_RDONLY|unix.O_CLOEXEC, 0)
	return demux.Handle(fd), m.opened(err, demux.Handle(fd))
}

// calls are the system calls of a story.
type calls struct{ m *machine }

func number(err error) epoll.Errno {
	var e unix.Errno
	errors.As(err, &e)
	return epoll.Errno(e)
}

func (c calls) EpollCreate1(flags int) (int, epoll.Errno) {
	fd, err := unix.EpollCreate1(flags | unix.EPOLL_CLOEXEC)
	return fd, number(c.m.opened(err, demux.Handle(fd)))
}

func (c calls) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	return number(unix.EpollCtl(epfd, op, fd, &unix.EpollEvent{Events: ev.Events, Fd: int32(ev.Data)}))
}

func (c calls) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	got := make([]unix.EpollEvent, len(events))
	n, err := unix.EpollWait(epfd, got, msec)
	for errors.Is(err, unix.EINTR) { // the Go runtime's own signals
		n, err = unix.EpollWait(epfd, got, msec)
	}
	for i := range max(n, 0) {
		events[i] = epoll.Event{Events: got[i].Events, Data: uint64(got[i].Fd)}
	}
	return n, number(err)
}

func (c calls) EpollPwait2(int, []epoll.Event, *epoll.Timespec) (int, epoll.Errno) {
	return -1, epoll.ENOSYS
}

func (c calls) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	fd, err := unix.Eventfd(initval, flags|unix.EFD_CLOEXEC)
	return fd, number(c.m.opened(err, demux.Handle(fd)))
}

func (c calls) Read(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Read(fd, b)
	return n, number(err)
}

func (c calls) Write(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Write(fd, b)
	return n, number(err)
}

func (c calls) Close(fd int) epoll.Errno { return number(unix.Close(fd)) }

func (c calls) Now() time.Duration { return c.m.Now() }
