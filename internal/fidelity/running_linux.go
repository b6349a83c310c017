//go:build !mips && !mipsle && !mips64 && !mips64le

// Linux on MIPS is left out: its error numbers, and some of its other numbers, are
// not those that the simulated kernel has.

package fidelity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// running is the running kernel. Descriptors are moved to numbers from base on,
// so that nothing else in this process takes one in between.
type running struct {
	numbers
	open     []bool
	sequence int
	buffer   []byte
	raw      []unix.EpollEvent
	events   []epoll.Event
	polls    []unix.PollFd
	lingers  []int // TCP sockets, which leave nothing behind at the end
	file     bool  // the sequence has opened a file
}

// base is the number of the first descriptor, and scratch where others are made.
const (
	base    = 400
	scratch = 900
)

// nonblock are the flags of every socket.
const nonblock = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC

func newRunning() (machine, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, fmt.Errorf("fidelity: getrlimit: %w", err)
	}
	if limit.Cur < scratch+8 {
		return nil, fmt.Errorf("fidelity: the limit of open descriptors is %d, and %d are needed", limit.Cur, scratch+8)
	}
	return &running{
		buffer: make([]byte, maxBytes), raw: make([]unix.EpollEvent, maxEvents), events: make([]epoll.Event, maxEvents),
	}, nil
}

func (m *running) begin(sequence int) {
	m.clear()
	m.open, m.lingers, m.sequence = m.open[:0], m.lingers[:0], sequence
}

func (m *running) end() {
	for _, fd := range m.lingers { // no TIME-WAIT: it would use up the ports
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	for i, open := range m.open {
		if open {
			_ = unix.Close(base + i)
		}
	}
	m.open = m.open[:0]
	if m.file {
		m.file = false
		_ = unix.Unlink(filePath())
	}
}

// filePath is the name of the file that sequences open.
func filePath() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("reactortest-fidelity-%d", os.Getpid()))
}

func (m *running) now() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return time.Duration(ts.Nano())
}

func (m *running) do(c *Call) Outcome {
	o := m.call(c)
	m.made(c, &o)
	return o
}

// fd is the descriptor of the process that r names.
func (m *running) fd(r Ref) int {
	if n := m.number(r); n >= 0 {
		return base + n
	}
	return -1
}

// place moves fd to the lowest free number.
func (m *running) place(fd int) int {
	i := slices.Index(m.open, false)
	if i < 0 {
		i = len(m.open)
		m.open = append(m.open, false)
	}
	flags := 0
	if exec, _ := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); exec&unix.FD_CLOEXEC != 0 {
		flags = unix.O_CLOEXEC
	}
	if err := unix.Dup3(fd, base+i, flags); err != nil {
		panic(err)
	}
	_ = unix.Close(fd)
	m.open[i] = true
	return i
}

func (m *running) one(fd int, err error) Outcome {
	if err != nil {
		return failed(number(err))
	}
	return Outcome{N: m.place(fd)}
}

func (m *running) both(fds [2]int, err error) Outcome {
	if err != nil {
		return failed(number(err))
	}
	return Outcome{N: m.place(fds[0]), M: m.place(fds[1])}
}

func number(err error) epoll.Errno {
	var e unix.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return epoll.Errno(e)
	default:
		panic(err)
	}
}

func count(n int, err error) Outcome { return result(n, number(err)) }

// call makes those that make descriptors.
func (m *running) call(c *Call) Outcome {
	fd := m.fd(c.FD)
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opEpollCreate:
		return m.one(unix.EpollCreate1(unix.EPOLL_CLOEXEC | c.Extra))
	case opSocketpair:
		return m.both(unix.Socketpair(unix.AF_UNIX, c.N|nonblock|c.Extra, 0))
	case opPipe:
		var fds [2]int
		err := unix.Pipe2(fds[:], unix.O_NONBLOCK|unix.O_CLOEXEC|c.Extra)
		return m.both(fds, err)
	case opEventfd:
		return m.one(unix.Eventfd(uint(c.Data), unix.EFD_NONBLOCK|unix.EFD_CLOEXEC|c.Flags|c.Extra))
	case opMemfd:
		return m.one(unix.MemfdCreate("plain", 0))
	case opTimerfd:
		return m.one(unix.TimerfdCreate(c.N, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC|c.Extra))
	case opSocket:
		return m.newSocket(c)
	case opAccept:
		n, _, err := unix.Accept4(fd, nonblock|c.Extra)
		return m.tcp(m.one(n, err))
	case opDup:
		return m.one(unix.FcntlInt(uintptr(fd), unix.F_DUPFD, scratch))
	case opAcceptFrom:
		return m.accept(c, fd)
	case opOpen:
		m.file = true
		return m.one(unix.Open(filePath(), opened(c), 0o600))
	case opDirectory:
		return m.one(unix.Open("/tmp", unix.O_RDONLY, 0))
	case opDupFrom:
		return m.one(unix.FcntlInt(uintptr(fd), [...]int{unix.F_DUPFD, unix.F_DUPFD_CLOEXEC}[c.Flags], scratch))
	case opDup2, opDup3:
		return m.dupTo(c, fd)
	default:
		return m.socket(c, fd)
	}
}

// socket makes the calls on sockets, and those on timers.
func (m *running) socket(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opShutdown:
		return failed(number(unix.Shutdown(fd, c.N+c.Extra)))
	case opBind:
		return m.bind(c.FD, fd)
	case opListen:
		return failed(number(unix.Listen(fd, c.N)))
	case opConnect:
		return failed(number(unix.Connect(fd, m.address(c.Other, fd))))
	case opError:
		return count(unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR))
	case opLinger:
		return failed(number(unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})))
	case opSettime, opGettime:
		return m.timer(c, fd)
	case opSendto, opUrgent:
		return count(unix.SendmsgN(fd, payload(m.buffer, c), nil, m.destination(c, fd), unix.MSG_NOSIGNAL|c.Flags))
	case opRecvfrom, opRecvUrgent:
		clear(m.buffer[:c.N])
		n, _, err := unix.Recvfrom(fd, m.buffer[:c.N], c.Flags)
		return m.received(n, err)
	case opPoll:
		var mask [1]uint32
		m.conditions([]Ref{c.FD}, mask[:])
		return Outcome{N: int(mask[0])}
	default:
		return m.common(c, fd)
	}
}

// common are the calls of epoll.Syscalls.
func (m *running) common(c *Call, fd int) Outcome {
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opAdd, opMod, opDel:
		ev := unix.EpollEvent{Events: c.Bits, Fd: int32(c.Data), Pad: int32(c.Data >> 32)}
		return failed(number(unix.EpollCtl(fd, ctlOp(c.Op)+c.Extra, m.fd(c.Other), &ev)))
	case opWait:
		return m.wait(fd, c.N, time.Duration(c.Data))
	case opRead:
		n, err := unix.Read(fd, m.buffer[:c.N])
		return m.received(n, err)
	case opWrite:
		return count(unix.Write(fd, payload(m.buffer, c)))
	case opSignal:
		return count(unix.Write(fd, binary.NativeEndian.AppendUint64(m.buffer[:0], c.Data)))
	case opClose:
		err := unix.Close(fd)
		if n := m.number(c.FD); n >= 0 && n < len(m.open) {
			m.open[n] = false
		}
		return failed(number(err))
	default:
		return m.program(c, fd)
	}
}

func (m *running) received(n int, err error) Outcome {
	if err != nil {
		return failed(number(err))
	}
	return Outcome{N: n, Data: string(m.buffer[:min(n, len(m.buffer))])}
}

func (m *running) wait(fd, n int, timeout time.Duration) Outcome {
	raw := m.raw[:n]
	var first *unix.EpollEvent
	if n > 0 {
		first = &raw[0]
	}
	// x/sys has no wrapper of epoll_pwait2, which takes 64-bit times on every
	// architecture; the timeout of epoll_wait is too coarse.
	ts := epoll.Timespec{Sec: int64(timeout / time.Second), Nsec: int64(timeout % time.Second)}
	var r uintptr
	e := unix.EINTR
	for e == unix.EINTR { // a signal of Go's scheduler
		r, _, e = unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(first)), uintptr(n),
			uintptr(unsafe.Pointer(&ts)), 0, 0)
	}
	if e != 0 {
		return failed(epoll.Errno(e))
	}
	for i, ev := range raw[:r] {
		m.events[i] = epoll.Event{Events: ev.Events, Data: uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32}
	}
	return Outcome{N: int(r), Events: m.events[:r]}
}

func (m *running) newSocket(c *Call) Outcome {
	o := m.one(unix.Socket(c.Flags, c.N|nonblock|c.Extra, 0))
	if c.Flags != familyUnix && c.N == typeStream {
		return m.tcp(o)
	}
	return o
}

// tcp prepares a socket that was made, if it is one of TCP: no delay of small
// segments, no TIME-WAIT at the end.
func (m *running) tcp(o Outcome) Outcome {
	if o.Errno == 0 && unix.SetsockoptInt(base+o.N, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) == nil {
		m.lingers = append(m.lingers, base+o.N)
	}
	return o
}

// here is the loopback address of the sockets of a type. For TCP it is one that
// only this sequence uses: ports in TIME-WAIT do not run out. A UDP socket that
// is not bound has the address 127.0.0.1.
func (m *running) here(typ int) [4]byte {
	if typ == typeDatagram {
		return [4]byte{127, 0, 0, 1}
	}
	n := m.sequence + os.Getpid()<<14
	return [4]byte{127, byte(n>>16) | 1, byte(n >> 8), byte(n)}
}

func (m *running) bind(r Ref, fd int) Outcome {
	family, typ := m.kind(fd)
	var at unix.Sockaddr = &unix.SockaddrInet4{Addr: m.here(typ)}
	switch family {
	case familyIPv6:
		at = &unix.SockaddrInet6{Addr: here6}
	case familyUnix:
		at = &unix.SockaddrUnix{Name: m.abstract(nameOf(r))}
	}
	return failed(number(unix.Bind(fd, at)))
}

// here6 is the loopback address of IPv6.
var here6 = [16]byte{15: 1}

func (m *running) abstract(name string) string {
	return fmt.Sprintf("@reactortest %d %d %s", os.Getpid(), m.sequence, name)
}

// kind is the family and the type of a socket.
func (m *running) kind(fd int) (family, typ int) {
	family, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	typ, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return family, typ
}

// address is what simulated.address is.
func (m *running) address(r Ref, asks int) unix.Sockaddr {
	family, typ := m.kind(asks)
	otherFamily, otherType := m.kind(m.fd(r))
	if family == otherFamily && typ == otherType {
		at, _ := unix.Getsockname(m.fd(r))
		switch at := at.(type) {
		case *unix.SockaddrUnix:
			if at.Name != "" && at.Name != "@" { // x/sys calls no name so
				return at
			}
		case *unix.SockaddrInet4:
			if at.Port != 0 {
				at.Addr = m.here(typ)
				return at
			}
		case *unix.SockaddrInet6:
			if at.Port != 0 {
				at.Addr = here6
				return at
			}
		}
	}
	switch family {
	case familyUnix:
		return &unix.SockaddrUnix{Name: m.abstract(nobody)}
	case familyIPv6:
		return &unix.SockaddrInet6{Addr: here6, Port: nobodyPort}
	}
	return &unix.SockaddrInet4{Addr: m.here(typ), Port: nobodyPort}
}

// destination is where a datagram goes, nil for where the socket is connected.
func (m *running) destination(c *Call, fd int) unix.Sockaddr {
	if family, _ := m.kind(fd); c.Other == None || family == familyUnix {
		return nil
	}
	return m.address(c.Other, fd)
}

// native is ts as this machine has it.
func native(ts epoll.Timespec) unix.Timespec { return unix.NsecToTimespec(ts.Sec*1e9 + ts.Nsec) }

// timer is what simulated.timer is.
func (m *running) timer(c *Call, fd int) Outcome {
	var old unix.ItimerSpec
	if c.Op == opGettime {
		e := number(unix.TimerfdGettime(fd, &old))
		return timerState(old.Value != unix.Timespec{}, int(old.Interval.Sec), e)
	}
	flags, value, interval := timerSet(c)
	spec := unix.ItimerSpec{Value: native(value), Interval: native(interval)}
	e := number(unix.TimerfdSettime(fd, flags, &spec, &old))
	if e == 0 && (c.N == timerSoon || c.N == timerPast) {
		for p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}; errors.Is(pollOnce(p), unix.EINTR); {
		}
	}
	return timerState(old.Value != unix.Timespec{}, int(old.Interval.Sec), e)
}

func (m *running) conditions(refs []Ref, into []uint32) {
	m.polls = m.polls[:0]
	for _, r := range refs {
		m.polls = append(m.polls, unix.PollFd{Fd: int32(m.fd(r)), Events: everything})
	}
	if len(refs) == 0 {
		return
	}
	for {
		if _, err := unix.Poll(m.polls, 0); err == nil {
			break
		}
	}
	for i := range refs {
		into[i] = uint32(uint16(m.polls[i].Revents))
	}
}

func (m *running) unread(r Ref) int {
	n, _ := unix.IoctlGetUint32(m.fd(r), unix.TIOCINQ)
	return int(n)
}

// pollOnce waits for one of p, up to a second.
func pollOnce(p []unix.PollFd) error {
	_, err := unix.Poll(p, 1000)
	return err
}
