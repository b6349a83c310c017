package fakedemux_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// machine is one of the two kernels. Descriptors are numbered from 0, lowest
// free first.
type machine interface {
	do(s step) outcome
	// poll returns the conditions of a descriptor; ok is false if it cannot
	// be asked.
	poll(fd int) (mask uint32, ok bool)
	// unread returns the bytes that have arrived.
	unread(fd int) int
	end()
}

// step is one call.
type step struct {
	call   string
	fd     int
	other  int // epoll_ctl: the target
	op     int // epoll_ctl
	n      int // bytes, events, value, backlog
	bits   uint32
	data   uint64
	chars  byte // what is written
	listen int  // connect: the number of the listener, from 0, open or not
}

func (s step) String() string {
	switch s.call {
	case "epoll_ctl":
		op := map[int]string{epoll.CtlAdd: "add", epoll.CtlMod: "mod", epoll.CtlDel: "del"}[s.op]
		return fmt.Sprintf("epoll_ctl(%d, %s, %d, %s, data %d)", s.fd, op, s.other, bits(s.bits), s.data)
	case "connect":
		return fmt.Sprintf("connect(listener %d)", s.listen)
	case "pair", "pipe", "epoll_create", "file":
		return s.call + "()"
	case "eventfd", "listen":
		return fmt.Sprintf("%s(%d)", s.call, s.n)
	case "dup", "close", "shutdown", "accept":
		return fmt.Sprintf("%s(%d)", s.call, s.fd)
	case "signal":
		return fmt.Sprintf("write(%d, the number %d)", s.fd, s.data)
	default:
		return fmt.Sprintf("%s(%d, %d)", s.call, s.fd, s.n)
	}
}

// outcome is what a call returned.
type outcome struct {
	n      int // of a call that makes descriptors: the first
	m      int // and the second
	errno  epoll.Errno
	data   string
	events []epoll.Event
}

func (o outcome) String() string {
	var b strings.Builder
	fmt.Fprint(&b, o.n)
	if o.m != 0 {
		fmt.Fprint(&b, ",", o.m)
	}
	if o.errno != 0 {
		return errnoName(o.errno)
	}
	if o.data != "" && len(o.data) <= 32 {
		fmt.Fprintf(&b, " %q", o.data)
	}
	for _, ev := range o.events {
		fmt.Fprintf(&b, " %d:%s", ev.Data, bits(ev.Events))
	}
	return b.String()
}

func errnoName(e epoll.Errno) string {
	if name := e.Name(); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", uint16(e))
}

type bitName struct {
	bit  uint32
	name string
}

var bitNames = [...]bitName{
	{epoll.EPOLLIN, "IN"},
	{epoll.EPOLLOUT, "OUT"},
	{epoll.EPOLLERR, "ERR"},
	{epoll.EPOLLHUP, "HUP"},
	{epoll.EPOLLRDHUP, "RDHUP"},
	{epoll.EPOLLONESHOT, "ONESHOT"},
	{epoll.EPOLLET, "ET"},
	{epoll.EPOLLPRI, "PRI"},
	{exclusive, "EXCLUSIVE"},
}

func bits(m uint32) string {
	var names []string
	for _, b := range bitNames {
		if m&b.bit != 0 {
			names = append(names, b.name)
			m &^= b.bit
		}
	}
	if m != 0 {
		names = append(names, fmt.Sprintf("%#x", m))
	}
	if names == nil {
		return "0"
	}
	return strings.Join(names, "|")
}

// payload is n bytes that tell where they came from.
func payload(s step) []byte {
	b := make([]byte, s.n)
	for i := range b {
		b[i] = s.chars + byte(i)
	}
	return b
}

// simulated is the simulated kernel, quiet, on the direct runner.
type simulated struct {
	k     *fakedemux.Kernel
	calls epoll.Syscalls
	addrs []netip.AddrPort
}

func newSimulated() *simulated {
	k := fakedemux.New(&fakedemux.Options{
		Runner:       scheduler.NewDirect(),
		StreamBuffer: 1 << 20,
		Budget:       scheduler.Budget{Steps: 1 << 30},
	})
	return &simulated{k: k, calls: k.Epoll()}
}

func (m *simulated) do(s step) outcome {
	h := demux.Handle(s.fd)
	switch s.call {
	case "pair":
		a, b, err := m.k.Pair()
		return outcome{n: int(a), m: int(b), errno: number(err)}
	case "pipe":
		a, b, err := m.k.Pipe()
		return outcome{n: int(a), m: int(b), errno: number(err)}
	case "eventfd":
		fd, e := m.calls.Eventfd(uint(s.n), epoll.NonBlock)
		return outcome{n: fd, errno: e}
	case "epoll_create":
		fd, e := m.calls.EpollCreate1(0)
		return outcome{n: fd, errno: e}
	case "file":
		fd, err := m.k.File()
		return outcome{n: int(fd), errno: number(err)}
	case "listen":
		fd, at, err := m.k.Listen("127.0.0.1:0", s.n)
		m.addrs = append(m.addrs, at)
		return outcome{n: int(fd), errno: number(err)}
	case "connect":
		fd, err := m.k.Connect(m.addrs[s.listen])
		return outcome{n: int(fd), errno: number(err)}
	case "accept":
		fd, err := m.k.Accept(h)
		return outcome{n: int(fd), errno: number(err)}
	case "result":
		return outcome{errno: number(m.k.ConnectResult(h))}
	case "shutdown":
		return outcome{errno: number(m.k.CloseWrite(h))}
	case "dup":
		fd, err := m.k.Dup(h)
		return outcome{n: int(fd), errno: number(err)}
	default:
		return common(m.calls, s, 0)
	}
}

// common are the calls that epoll.Syscalls has. base is what is added to a
// descriptor.
func common(calls epoll.Syscalls, s step, base int) outcome {
	fd := s.fd
	if fd >= 0 {
		fd += base
	}
	switch s.call {
	case "close":
		return outcome{errno: calls.Close(fd)}
	case "read":
		b := make([]byte, s.n)
		n, e := calls.Read(fd, b)
		if n == 8 && (b[0] < ' ' || b[0] > '~') { // a number: lowest byte first, on every machine
			binary.LittleEndian.PutUint64(b, binary.NativeEndian.Uint64(b))
		}
		return outcome{n: n, errno: e, data: string(b[:max(n, 0)])}
	case "signal":
		n, e := calls.Write(fd, binary.NativeEndian.AppendUint64(nil, s.data))
		return outcome{n: n, errno: e}
	case "write":
		n, e := calls.Write(fd, payload(s))
		return outcome{n: n, errno: e}
	case "epoll_ctl":
		other := s.other
		if other >= 0 {
			other += base
		}
		return outcome{errno: calls.EpollCtl(fd, s.op, other, &epoll.Event{Events: s.bits, Data: s.data})}
	case "epoll_wait":
		ev := make([]epoll.Event, s.n)
		n, e := calls.EpollWait(fd, ev, 0)
		return outcome{n: n, errno: e, events: ev[:max(n, 0)]}
	default:
		panic("unknown call " + s.call)
	}
}

// number is the error number of what a Host returned.
func number(err error) epoll.Errno {
	var e demux.Errno
	switch {
	case err == nil:
		return 0
	case errors.Is(err, demux.ErrAgain):
		return epoll.EAGAIN
	case errors.As(err, &e):
		return epoll.Errno(e.Number())
	default:
		panic(err)
	}
}

// exclusive is EPOLLEXCLUSIVE.
const exclusive = 1 << 28

const everything = epoll.EPOLLIN | epoll.EPOLLOUT | epoll.EPOLLRDHUP

func (m *simulated) poll(fd int) (uint32, bool) {
	probe, e := m.calls.EpollCreate1(0)
	if e != 0 {
		return 0, false
	}
	defer m.calls.Close(probe)
	if m.calls.EpollCtl(probe, epoll.CtlAdd, fd, &epoll.Event{Events: everything}) != 0 {
		return 0, false
	}
	var ev [1]epoll.Event
	m.calls.EpollWait(probe, ev[:], 0)
	return ev[0].Events, true
}

func (m *simulated) unread(fd int) int { return m.k.Unread(demux.Handle(fd)) }

func (m *simulated) end() {}
