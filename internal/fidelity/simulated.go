package fidelity

import (
	"encoding/binary"
	"net/netip"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// simulated is the simulated kernel, faithful and quiet, on the direct runner.
type simulated struct {
	numbers
	k      *fakedemux.Kernel
	linux  fakedemux.Linux
	calls  epoll.Syscalls // of linux, or a mutation of them
	mutate func(epoll.Syscalls) epoll.Syscalls
	change *Mutation // of the other calls
	buffer []byte
	events []epoll.Event
}

// openFlags are those of every call that makes descriptors.
const openFlags = epoll.NonBlock | epoll.CloseOnExec

// farAhead is where the simulated clock begins: a time that is over when the
// clock of the running kernel began must be over here too.
const farAhead = time.Hour

func newSimulated(mutation *Mutation) *simulated {
	mutate := mutation.wrap()
	k := fakedemux.New(&fakedemux.Options{
		Runner:       scheduler.NewDirect(),
		StreamBuffer: 200_000,
		Budget:       scheduler.Budget{Steps: 1 << 30},
	})
	return &simulated{k: k, linux: k.Linux(), mutate: mutate, change: mutation, buffer: make([]byte, maxBytes), events: make([]epoll.Event, maxEvents)}
}

func (m *simulated) begin(int) {
	m.clear()
	m.k.Reset(nil)
	m.k.Sleep(farAhead)
	m.calls = m.linux
	if m.mutate != nil {
		m.calls = m.mutate(m.linux)
	}
}

func (m *simulated) do(c *Call) Outcome {
	made := c
	if m.change != nil && m.change.call != nil {
		changed := *c
		m.change.call(m, &changed)
		c = &changed
	}
	o := m.call(c)
	if m.change != nil && m.change.outcome != nil {
		m.change.outcome(c, &o)
	}
	m.made(made, &o)
	return o
}

// call makes those that make descriptors.
func (m *simulated) call(c *Call) Outcome {
	fd := m.number(c.FD)
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opEpollCreate:
		return result(m.calls.EpollCreate1(epoll.CloseOnExec | c.Extra))
	case opSocketpair:
		return two(m.linux.Socketpair(familyUnix, c.N|openFlags|c.Extra))
	case opPipe:
		return two(m.linux.Pipe2(openFlags | c.Extra))
	case opEventfd:
		return result(m.calls.Eventfd(uint(c.Data), openFlags|c.Flags|c.Extra))
	case opMemfd:
		return result(m.linux.MemfdCreate())
	case opTimerfd:
		return result(m.linux.TimerfdCreate(c.N, openFlags|c.Extra))
	case opSocket:
		return result(m.linux.Socket(c.Flags, c.N|openFlags|c.Extra))
	case opAccept:
		return result(m.linux.Accept4(fd, openFlags|c.Extra))
	case opDup:
		return result(m.linux.Dup(fd))
	case opAcceptFrom:
		return m.accept(c, fd)
	case opOpen:
		return result(m.linux.Open("/tmp/fidelity", opened(c)))
	case opDirectory:
		return result(m.linux.Open("/tmp", 0))
	case opDupFrom:
		return result(m.linux.Fcntl(fd, []int{fakedemux.DupFD, fakedemux.DupFDCloseOnExec}[c.Flags], 0))
	case opDup2:
		return result(m.linux.Dup2(fd, m.number(c.Other)))
	case opDup3:
		return result(m.linux.Dup3(fd, m.number(c.Other), c.Flags))
	default:
		return m.socket(c, fd)
	}
}

// socket makes the calls on sockets, and those on timers.
func (m *simulated) socket(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opShutdown:
		return failed(m.linux.Shutdown(fd, c.N+c.Extra))
	case opBind:
		return failed(m.linux.Bind(fd, fakedemux.Sockaddr{Name: nameOf(c.FD)}))
	case opListen:
		return failed(m.linux.Listen(fd, c.N))
	case opConnect:
		return failed(m.linux.Connect(fd, m.address(c.Other, fd)))
	case opError:
		pending, e := m.linux.SocketError(fd)
		return result(int(pending), e)
	case opLinger:
		return failed(m.linux.ResetOnClose(fd))
	case opSettime, opGettime:
		return m.timer(c, fd)
	case opSendto, opUrgent:
		return result(m.linux.Sendto(fd, payload(m.buffer, c), c.Flags, m.destination(c, fd)))
	case opRecvfrom, opRecvUrgent:
		clear(m.buffer[:c.N])
		n, _, e := m.linux.Recvfrom(fd, m.buffer[:c.N], c.Flags)
		return m.received(n, e)
	case opPoll:
		return Outcome{N: int(m.linux.Poll(fd, everything))}
	default:
		return m.common(c, fd)
	}
}

// common are the calls of epoll.Syscalls.
func (m *simulated) common(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opAdd, opMod, opDel:
		ev := epoll.Event{Events: c.Bits, Data: c.Data}
		return failed(m.calls.EpollCtl(fd, ctlOp(c.Op)+c.Extra, m.number(c.Other), &ev))
	case opWait:
		n, e := m.wait(fd, m.events[:c.N], time.Duration(c.Data))
		if e != 0 {
			return failed(e)
		}
		return Outcome{N: n, Events: m.events[:n]}
	case opRead:
		n, e := m.calls.Read(fd, m.buffer[:c.N])
		return m.received(n, e)
	case opWrite:
		return result(m.calls.Write(fd, payload(m.buffer, c)))
	case opSignal:
		return result(m.calls.Write(fd, binary.NativeEndian.AppendUint64(m.buffer[:0], c.Data)))
	case opClose:
		return failed(m.calls.Close(fd))
	default:
		return m.program(c, fd)
	}
}

func (m *simulated) wait(fd int, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	m.k.Progress() // no poll moves the clock
	if timeout == 0 {
		return m.calls.EpollWait(fd, events, 0)
	}
	return m.calls.EpollPwait2(fd, events, &epoll.Timespec{Nsec: int64(timeout)})
}

func (m *simulated) received(n int, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	return Outcome{N: n, Data: string(m.buffer[:min(n, len(m.buffer))])}
}

// timerSet is what timerfd_settime is given.
func timerSet(c *Call) (flags int, value, interval epoll.Timespec) {
	switch c.N {
	case timerPast:
		flags, value.Nsec = fakedemux.TimerAbsolute, 1
	case timerSoon:
		value.Nsec = 1
	case timerFar:
		value.Sec = 3600
	case timerWrong:
		value.Sec = -1
	}
	if c.Flags != 0 {
		interval.Sec = timerInterval
	}
	return flags | c.Extra, value, interval
}

// timer sets a timer or looks at it. What is left of its time is compared as
// "something" or "nothing".
func (m *simulated) timer(c *Call, fd int) Outcome {
	if c.Op == opGettime {
		spec, e := m.linux.TimerfdGettime(fd)
		return timerState(spec.Value != epoll.Timespec{}, int(spec.Interval.Sec), e)
	}
	flags, value, interval := timerSet(c)
	spec := fakedemux.Itimerspec{Value: value, Interval: interval}
	old, e := m.linux.TimerfdSettime(fd, flags, &spec)
	if e == 0 && c.N == timerSoon {
		m.k.Sleep(time.Microsecond)
	}
	return timerState(old.Value != epoll.Timespec{}, int(old.Interval.Sec), e)
}

// timerInterval is the interval of a timer that repeats, in seconds: so long
// that it does not.
const timerInterval = 2_000_000_000

// timerState is what a timer tells of itself.
func timerState(armed bool, interval int, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	o := Outcome{M: interval}
	if armed {
		o.N = 1
	}
	return o
}

// address is where r is bound, if it is of the type of the socket that asks, or
// a place where nobody is.
func (m *simulated) address(r Ref, asks int) fakedemux.Sockaddr {
	family, typ, _ := m.linux.SocketType(asks)
	otherFamily, otherType, _ := m.linux.SocketType(m.number(r))
	at, e := m.linux.Getsockname(m.number(r))
	if e == 0 && (at.Name != "" || at.Port != 0) && family == otherFamily && typ == otherType {
		at.Addr = netip.Addr{}
		return at
	}
	return fakedemux.Sockaddr{Name: nobody, Port: nobodyPort}
}

// destination is where a datagram goes, nothing for where the socket is
// connected.
func (m *simulated) destination(c *Call, fd int) fakedemux.Sockaddr {
	if family, _, _ := m.linux.SocketType(fd); c.Other == None || family == familyUnix {
		return fakedemux.Sockaddr{}
	}
	return m.address(c.Other, fd)
}

func (m *simulated) conditions(refs []Ref, into []uint32) {
	for i, r := range refs {
		into[i] = m.linux.Poll(m.number(r), everything)
	}
}

func (m *simulated) unread(r Ref) int { return m.k.Unread(demux.Handle(m.number(r))) }

// registered returns how many of the descriptors are registered at an epoll
// instance.
func (m *simulated) registered(refs []Ref) int {
	n := 0
	for _, r := range refs {
		if m.k.Registrations(m.number(r)) > 0 {
			n++
		}
	}
	return n
}

func two(a, b int, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	return Outcome{N: a, M: b}
}

func ctlOp(o Op) int {
	switch o { //nolint:exhaustive // the others are no epoll_ctl
	case opAdd:
		return epoll.CtlAdd
	case opMod:
		return epoll.CtlMod
	default:
		return epoll.CtlDel
	}
}

// Where nobody is.
const (
	nobody     = "nobody"
	nobodyPort = 1
)

// nameOf is the name that bind gives to the unix socket r.
func nameOf(r Ref) string { return "socket " + r.String() }
