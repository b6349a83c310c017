package fidelity

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// duoRunning plays duos on the running kernel: T is a thread of its own.
type duoRunning struct {
	thread   *duoThread
	seq      *duoSequence
	number   int
	fds      [duoAllSlot]int
	names    [duoAllSlot][]byte // from the beginning
	open     []int              // what is to be closed at the end
	call     *duoAct
	out      Outcome
	rested   bool // out was taken over
	patience time.Duration
	got      int
	buffer   []byte
	polls    []unix.PollFd
	signals  chan os.Signal
}

// duoBase is the number of the first descriptor of a duo.
const duoBase = 1000

// duoThread is T: an operating system thread that makes one system call at a time.
// Whether it is blocked is read from /proc/self/task.
type duoThread struct {
	work   chan struct{}
	tid    int
	number uintptr // of the system call
	args   [6]uintptr
	result uintptr
	errno  unix.Errno
	done   atomic.Bool
	call   int // /proc/self/task/TID/syscall
	stat   int // and stat
	text   [512]byte

	buffer []byte // memory for arguments, which the garbage collector does not move
	events [duoAllSlot]unix.EpollEvent
	polls  [duoWatched]unix.PollFd
	sets   [3]unix.FdSet
	spec   unix.Timespec
	name   []byte
}

func newDuoRunning() (*duoRunning, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < duoBase+64 {
		return nil, fmt.Errorf("fidelity: the limit of open descriptors is %d, and %d are needed (%v)", limit.Cur, duoBase+64, err)
	}
	m := &duoRunning{buffer: make([]byte, duoBulk), signals: make(chan os.Signal, 1)}
	signal.Notify(m.signals, unix.SIGUSR1, unix.SIGUSR2)
	// Go's handlers have SA_RESTART. The flags are the second word of the kernel's
	// struct sigaction.
	var action [8]uintptr
	if _, _, e := unix.Syscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGUSR2), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0); e != 0 {
		return nil, fmt.Errorf("fidelity: sigaction: %w", e)
	}
	action[1] &^= 0x10000000
	if _, _, e := unix.Syscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGUSR2), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0); e != 0 {
		return nil, fmt.Errorf("fidelity: sigaction: %w", e)
	}
	t := &duoThread{work: make(chan struct{}), buffer: make([]byte, duoBulk)}
	ready := make(chan error)
	go t.run(ready)
	if err := <-ready; err != nil {
		return nil, err
	}
	m.thread = t
	return m, nil
}

// close ends T.
func (m *duoRunning) close() {
	signal.Stop(m.signals)
	close(m.thread.work)
	_ = unix.Close(m.thread.call)
	_ = unix.Close(m.thread.stat)
}

func (t *duoThread) run(ready chan<- error) {
	runtime.LockOSThread() // and the thread ends with the goroutine
	t.tid = unix.Gettid()
	// Go's scheduler sends SIGURG, which would end a poll.
	var mask unix.Sigset_t
	for i := range mask.Val {
		mask.Val[i] = ^mask.Val[i]
	}
	mask.Val[0] &^= 1<<(unix.SIGUSR1-1) | 1<<(unix.SIGUSR2-1)
	err := unix.PthreadSigmask(unix.SIG_SETMASK, &mask, nil)
	if err == nil {
		t.call, err = unix.Open(fmt.Sprintf("/proc/self/task/%d/syscall", t.tid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err == nil {
		t.stat, err = unix.Open(fmt.Sprintf("/proc/self/task/%d/stat", t.tid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	ready <- err
	for range t.work {
		t.result, _, t.errno = unix.Syscall6(t.number, t.args[0], t.args[1], t.args[2], t.args[3], t.args[4], t.args[5])
		t.done.Store(true)
	}
}

// blocked reports whether T sleeps in its system call.
func (t *duoThread) blocked() bool {
	n, err := unix.Pread(t.call, t.text[:], 0)
	if err != nil || n <= 0 {
		return false
	}
	var number uintptr
	var first uintptr
	if _, err := fmt.Sscanf(string(t.text[:n]), "%d 0x%x", &number, &first); err != nil || number != t.number || first != t.args[0] {
		return false
	}
	n, err = unix.Pread(t.stat, t.text[:], 0)
	if err != nil || n <= 0 {
		return false
	}
	stat := string(t.text[:n])
	i := strings.LastIndexByte(stat, ')')
	return i >= 0 && strings.HasPrefix(stat[i+1:], " S")
}

// begin makes the objects of s.
func (m *duoRunning) begin(s *duoSequence) {
	m.seq, m.call, m.got = s, nil, 0
	m.number++
	m.open = m.open[:0]
	for i := range m.fds {
		m.fds[i] = -1
	}
	for i, o := range s.objects {
		m.setup(o, m.fds[i*duoSlots:(i+1)*duoSlots])
	}
	for i := range m.names {
		m.names[i] = nil
		if r := s.role(int8(i)); r.listener() || r == roleUDP || r == roleUDPAlone {
			m.names[i] = m.raw(int8(i))
		}
	}
}

// end closes what is open, and ends T's call.
func (m *duoRunning) end() {
	for m.call != nil && !m.thread.done.Load() {
		m.signal(0)
		runtime.Gosched()
		_, _ = unix.Poll(nil, 1)
	}
	if m.call != nil && m.call.Op == duoAccept && m.thread.errno == 0 {
		_ = unix.Close(int(m.thread.result))
	}
	m.call = nil
	for _, fd := range m.fds { // no TIME-WAIT
		if fd >= 0 {
			_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		}
	}
	for _, fd := range m.fds {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// place moves a descriptor to the numbers of duos.
func (m *duoRunning) place(fd int, err error) int {
	if err != nil {
		panic(fmt.Sprintf("fidelity: the running kernel makes no object: %v", err))
	}
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, duoBase)
	if err != nil {
		panic(fmt.Sprintf("fidelity: dup: %v", err))
	}
	_ = unix.Close(fd)
	return n
}

func (m *duoRunning) setup(o duoObject, f []int) {
	two := func(typ int) {
		fds, err := unix.Socketpair(unix.AF_UNIX, typ, 0)
		f[0] = m.place(fds[0], err)
		f[1] = m.place(fds[1], err)
	}
	switch o {
	case duoNothing, duoObjects:
	case duoPipe:
		var fds [2]int
		err := unix.Pipe2(fds[:], 0)
		f[0], f[1] = m.place(fds[0], err), m.place(fds[1], err)
	case duoPair:
		two(unix.SOCK_STREAM)
	case duoDatagrams:
		two(unix.SOCK_DGRAM)
	case duoUnix, duoTCP, duoUnixListener, duoTCPListener:
		m.listener(o, f)
	case duoUDP:
		m.udp(f)
	case duoEventfd, duoSemaphore:
		f[0] = m.place(unix.Eventfd(0, int(o-duoEventfd)))
	case duoTimerfd:
		f[0] = m.place(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))
	case duoEpoll:
		f[0] = m.place(unix.EpollCreate1(0))
	}
}

func (m *duoRunning) socket(family int) int {
	fd := m.place(unix.Socket(family, unix.SOCK_STREAM, 0))
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 100_000)
	}
	return fd
}

func (m *duoRunning) listener(o duoObject, f []int) {
	family := unix.AF_UNIX
	var at unix.Sockaddr = &unix.SockaddrUnix{}
	if o == duoTCP || o == duoTCPListener {
		family = unix.AF_INET
		n := m.number + os.Getpid()<<14
		at = &unix.SockaddrInet4{Addr: [4]byte{127, byte(n>>16) | 2, byte(n >> 8), byte(n)}}
	}
	i := 0
	if o == duoUnix || o == duoTCP {
		i = 2
	}
	f[i] = m.socket(family)
	if err := unix.Bind(f[i], at); err != nil {
		panic(err)
	}
	if err := unix.Listen(f[i], 0); err != nil {
		panic(err)
	}
	if i == 0 {
		for i := 1; i < duoSlots; i++ {
			f[i] = m.socket(family)
		}
		return
	}
	name, err := unix.Getsockname(f[i])
	if err != nil {
		panic(err)
	}
	f[0] = m.socket(family)
	if err := unix.Connect(f[0], name); err != nil {
		panic(err)
	}
	fd, _, err := unix.Accept(f[i])
	f[1] = m.place(fd, err)
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(f[1], unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
}

func (m *duoRunning) udp(f []int) {
	var names [3]unix.Sockaddr
	for i := range names {
		f[i] = m.place(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0))
		if err := unix.Bind(f[i], &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			panic(err)
		}
		names[i], _ = unix.Getsockname(f[i])
	}
	_ = unix.Connect(f[0], names[1])
	_ = unix.Connect(f[1], names[0])
}

func (m *duoRunning) fd(slot int8) int {
	if slot < 0 {
		return -1
	}
	return m.fds[slot]
}

// raw is the struct sockaddr of a slot, nil for none.
func (m *duoRunning) raw(slot int8) []byte {
	b := make([]byte, 128)
	size := uint32(len(b))
	if slot < 0 {
		return nil
	}
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(m.fd(slot)), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return nil
	}
	return b[:size]
}

func (m *duoRunning) name(slot int8) []byte {
	if slot < 0 {
		return nil
	}
	return m.names[slot]
}

// start lets T make a call.
func (m *duoRunning) start(a *duoAct) {
	t := m.thread
	m.call = a
	t.done.Store(false)
	t.args = [6]uintptr{uintptr(m.fd(a.Slot))}
	memory := func(p unsafe.Pointer, n int) { t.args[1], t.args[2] = uintptr(p), uintptr(n) }
	switch a.Op { //nolint:exhaustive // the others are the main task's
	case duoRead:
		t.number = unix.SYS_READ
		memory(unsafe.Pointer(&t.buffer[0]), a.N)
	case duoRecv:
		t.number = unix.SYS_RECVFROM
		memory(unsafe.Pointer(&t.buffer[0]), a.N)
	case duoWrite:
		t.number = unix.SYS_WRITE
		memory(unsafe.Pointer(&t.buffer[0]), len(duoPayload(m.seq, a, t.buffer)))
	case duoSend:
		t.number = unix.SYS_SENDTO
		memory(unsafe.Pointer(&t.buffer[0]), len(duoPayload(m.seq, a, t.buffer)))
		t.args[3] = unix.MSG_NOSIGNAL
		m.named(a.Other, 4)
	case duoAccept:
		t.number = unix.SYS_ACCEPT4
		t.args[3] = unix.SOCK_CLOEXEC
	case duoConnect:
		t.number = unix.SYS_CONNECT
		m.named(a.Other, 1)
	case duoWait:
		t.number = unix.SYS_EPOLL_WAIT
		memory(unsafe.Pointer(&t.events[0]), len(t.events))
		t.args[3] = uintptr(a.N)
	default:
		m.startPoll(a)
	}
	t.work <- struct{}{}
}

// named makes the address of a slot the arguments from i on.
func (m *duoRunning) named(slot int8, i int) {
	t := m.thread
	if t.name = m.name(slot); len(t.name) > 0 {
		t.args[i], t.args[i+1] = uintptr(unsafe.Pointer(&t.name[0])), uintptr(len(t.name))
	}
}

func (m *duoRunning) startPoll(a *duoAct) {
	t := m.thread
	var timeout uintptr
	if a.N >= 0 {
		t.spec = unix.NsecToTimespec(int64(a.N) * 1e6)
		timeout = uintptr(unsafe.Pointer(&t.spec))
	}
	t.args = [6]uintptr{uintptr(unsafe.Pointer(&t.polls[0])), duoWatched}
	top := 0
	t.sets = [3]unix.FdSet{}
	for i, w := range a.Watch {
		fd := m.fd(w.Slot)
		t.polls[i] = unix.PollFd{Fd: -1, Events: int16(w.Events)}
		if w.Events == 0 {
			continue
		}
		t.polls[i].Fd = int32(fd)
		for set, asked := range duoSelects {
			if w.Events&asked != 0 && fd >= 0 {
				t.sets[set].Set(fd)
				top = max(top, fd+1)
			}
		}
	}
	switch a.Op { //nolint:exhaustive // the others do not poll
	case duoPoll:
		t.number, t.args[2] = unix.SYS_POLL, uintptr(a.N)
	case duoPpoll:
		t.number, t.args[2] = unix.SYS_PPOLL, timeout
	case duoSelect:
		t.number = unix.SYS_PSELECT6
		t.args = [6]uintptr{
			uintptr(top), uintptr(unsafe.Pointer(&t.sets[0])), uintptr(unsafe.Pointer(&t.sets[1])), uintptr(unsafe.Pointer(&t.sets[2])), timeout,
		}
	}
}

// ended is the outcome of T's call.
func (m *duoRunning) ended() Outcome {
	t, a := m.thread, m.call
	n, e := int(t.result), epoll.Errno(t.errno)
	switch a.Op { //nolint:exhaustive // the others return a number
	case duoRead, duoRecv:
		return m.read(a, n, e, t.buffer)
	case duoAccept:
		if e == 0 {
			m.fds[a.Other] = m.place(n, nil)
		}
	case duoWait:
		var events [duoAllSlot]epoll.Event
		for i, ev := range t.events[:max(n, 0)] {
			events[i] = epoll.Event{Events: ev.Events, Data: uint64(uint32(ev.Fd))}
		}
		return duoEvents(m.seq, events[:max(n, 0)], e)
	case duoPoll, duoPpoll:
		return duoPolled(m.seq, a, n, e, func(i int) uint32 { return uint32(uint16(t.polls[i].Revents)) })
	case duoSelect:
		return duoSelected(m.seq, a, n, e, func(set int, slot int8) bool {
			return m.fd(slot) >= 0 && t.sets[set].IsSet(m.fd(slot))
		})
	}
	return result(n, e)
}

func (m *duoRunning) read(a *duoAct, n int, e epoll.Errno, buffer []byte) Outcome {
	if e != 0 {
		return failed(e)
	}
	if r := m.seq.role(a.Slot); r.socket() || r == roleNone {
		m.got += n
	}
	return Outcome{N: n, Data: duoData(m.seq, buffer[:n])}
}

// rest waits until T is blocked or has ended; it looks, and does not guess.
func (m *duoRunning) rest() {
	if m.call == nil {
		return
	}
	must := m.call.N > 0 && (m.call.Op == duoWait || m.call.Op.polls()) // its timeout passes
	for !m.thread.done.Load() {
		if !must && m.thread.blocked() {
			return
		}
		_, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
		runtime.Gosched()
	}
}

// look fills in what can be seen.
func (m *duoRunning) look(step *duoStep) {
	m.rest()
	switch {
	case m.call == nil:
		step.state, step.task = duoIdle, Outcome{}
	case m.thread.done.Load():
		if !m.rested {
			m.out, m.rested = duoResult(m.seq, m.call, m.ended()), true
		}
		step.state, step.task = duoEnded, m.out
	default:
		step.state, step.task = duoBlocked, Outcome{}
	}
	m.polls = m.polls[:0]
	for _, fd := range m.fds {
		m.polls = append(m.polls, unix.PollFd{Fd: int32(fd), Events: everything})
	}
	for {
		if _, err := unix.Poll(m.polls, 0); err == nil {
			break
		}
	}
	for i := range step.polled {
		step.polled[i] = uint32(uint16(m.polls[i].Revents)) &^ m.seq.unclear()
	}
}

// play makes the calls of s, and takes out of the candidates those that it does not
// follow. It returns the step at which none was left, and what it was then.
func (m *duoRunning) play(s *duoSequence, candidates [][]duoStep, patience time.Duration) (left []bool, failed int, seen duoStep) {
	m.patience = patience
	m.begin(s)
	defer m.end()
	left = make([]bool, len(candidates))
	for i := range left {
		left[i] = true
	}
	for i := 0; i <= len(s.acts); i++ {
		var step duoStep
		want := m.first(candidates, left)[i]
		last := i == len(s.acts)
		unseen := false
		switch {
		case last:
			m.signal(0)
		case want.skipped:
			step.skipped = true
		case s.acts[i].Task:
			m.rested = false
			m.start(&s.acts[i])
			unseen = s.fast(i)
		default:
			step.main = duoResult(s, &s.acts[i], m.main(&s.acts[i], &want))
			unseen = s.fast(i)
		}
		if unseen {
			step.state = duoUnknown
		}
		deadline := time.Time{}
		for {
			if !step.skipped && !unseen {
				m.look(&step)
			}
			if keep(candidates, left, i, &step) {
				break
			}
			if deadline.IsZero() {
				deadline = time.Now().Add(patience)
			}
			if !s.network() || time.Now().After(deadline) {
				return left, i, step
			}
			_, _ = unix.Poll(nil, 1)
		}
		if step.state == duoEnded {
			m.call = nil
		}
	}
	return left, -1, duoStep{}
}

// first returns the first candidate that is left.
func (m *duoRunning) first(candidates [][]duoStep, left []bool) []duoStep {
	for i, c := range candidates {
		if left[i] {
			return c
		}
	}
	return nil
}

// keep takes out the candidates that do not have the i-th step, unless none has it.
func keep(candidates [][]duoStep, left []bool, i int, step *duoStep) bool {
	var keeps [4]bool
	found := false
	for c := range candidates {
		keeps[c] = left[c] && candidates[c][i].equal(step)
		found = found || keeps[c]
	}
	if found {
		copy(left, keeps[:len(left)])
	}
	return found
}

// without makes a call with O_NONBLOCK. Only calls that look at the flag when they
// begin are made so while T may be in another one.
func (m *duoRunning) without(fd int, call func() Outcome) Outcome {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags|unix.O_NONBLOCK)
	}
	o := call()
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFL, flags)
	}
	return o
}

// transfer is a preadv2 or a pwritev2 that does not block.
func (m *duoRunning) transfer(number uintptr, fd int, b []byte) (int, epoll.Errno) {
	var first *byte
	if len(b) > 0 {
		first = &b[0]
	}
	v := unix.Iovec{Base: first, Len: uint64(len(b))}
	const noWait = 8 // RWF_NOWAIT
	for {
		n, _, e := unix.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, ^uintptr(0), ^uintptr(0), noWait)
		switch {
		case e == unix.EINTR:
		case e == unix.EOPNOTSUPP && number == unix.SYS_PWRITEV2:
			var n int
			var err error
			m.without(fd, func() Outcome { n, err = unix.Write(fd, b); return Outcome{} })
			return n, number32(err)
		case e == unix.EOPNOTSUPP:
			var n int
			var err error
			m.without(fd, func() Outcome { n, err = unix.Read(fd, b); return Outcome{} })
			return n, number32(err)
		default:
			return int(n), epoll.Errno(e)
		}
	}
}

func number32(err error) epoll.Errno { return number(err) }

// main makes a call of the main task. want is what the simulation has returned.
func (m *duoRunning) main(a *duoAct, want *duoStep) Outcome {
	fd := m.fd(a.Slot)
	switch a.Op { //nolint:exhaustive // the others are T's
	case duoRead:
		clear(m.buffer[:a.N])
		n, e := m.transfer(unix.SYS_PREADV2, fd, m.buffer[:a.N])
		return m.read(a, n, e, m.buffer)
	case duoRecv:
		n, _, err := unix.Recvfrom(fd, m.buffer[:a.N], unix.MSG_DONTWAIT)
		return m.read(a, n, number(err), m.buffer)
	case duoWrite:
		return result(m.transfer(unix.SYS_PWRITEV2, fd, duoPayload(m.seq, a, m.buffer)))
	case duoSend:
		name := m.name(a.Other)
		b := duoPayload(m.seq, a, m.buffer)
		var at unsafe.Pointer
		if len(name) > 0 {
			at = unsafe.Pointer(&name[0])
		}
		n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&m.buffer[0])), uintptr(len(b)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, uintptr(at), uintptr(len(name)))
		return result(int(n), epoll.Errno(e))
	case duoAccept:
		return m.without(fd, func() Outcome {
			n, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			if err == nil {
				m.fds[a.Other] = m.place(n, nil)
			}
			return failed(number(err))
		})
	case duoConnect:
		return m.without(fd, func() Outcome {
			name := m.name(a.Other)
			var at unsafe.Pointer
			if len(name) > 0 {
				at = unsafe.Pointer(&name[0])
			}
			_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(at), uintptr(len(name)))
			return failed(epoll.Errno(e))
		})
	case duoDrain:
		return m.drain(a, fd, want)
	case duoFill:
		return m.fill(a, fd)
	case duoSignal:
		m.signal(a.N)
		return Outcome{}
	default:
		return m.control(a, fd)
	}
}

// control makes the calls that move no data.
func (m *duoRunning) control(a *duoAct, fd int) Outcome {
	switch a.Op { //nolint:exhaustive // the others are in main
	case duoClose:
		return failed(number(unix.Close(fd)))
	case duoDup:
		n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, duoBase)
		if err == nil {
			m.fds[a.Other] = n
		}
		return result(n, number(err))
	case duoShutdown:
		return failed(number(unix.Shutdown(fd, a.N)))
	case duoReset:
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		return failed(number(unix.Close(fd)))
	case duoSettime:
		flags, value, interval := timerSet(&Call{N: a.N})
		spec := unix.ItimerSpec{Value: native(value), Interval: native(interval)}
		e := number(unix.TimerfdSettime(fd, flags, &spec, nil))
		if e == 0 && a.N == timerSoon {
			_, _ = unix.Poll(nil, 1)
		}
		return failed(e)
	case duoAdd:
		ev := unix.EpollEvent{Events: uint32(a.N), Fd: int32(a.Other)}
		return failed(number(unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, m.fd(a.Other), &ev)))
	case duoDel:
		return failed(number(unix.EpollCtl(fd, unix.EPOLL_CTL_DEL, m.fd(a.Other), nil)))
	case duoError:
		return count(unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR))
	default:
		panic("fidelity: unknown call " + a.Op.String())
	}
}

func (m *duoRunning) signal(restarts int) {
	if m.call == nil {
		return
	}
	n := unix.SIGUSR2
	if restarts == 1 {
		n = unix.SIGUSR1
	}
	_ = unix.Tgkill(unix.Getpid(), m.thread.tid, n)
}

// drain reads until there is nothing left, and T has added nothing. On the network it
// waits for what the simulation has found.
func (m *duoRunning) drain(a *duoAct, fd int, want *duoStep) Outcome {
	total := 0
	before := m.got
	r := m.seq.role(a.Slot)
	deadline := time.Now().Add(m.patience)
	empty := 0
	for reads := 0; ; reads++ {
		n, e := m.transfer(unix.SYS_PREADV2, fd, m.buffer[:1<<16])
		if n > 0 && e == 0 && reads < duoMost {
			total += n
			empty = 0
			m.rest()
			continue
		}
		total += max(n, 0)
		if r.socket() || r == roleNone {
			m.got = before + total
		}
		o := duoDrained(m.seq, a, total, m.got, e)
		if e != epoll.EAGAIN {
			return o
		}
		m.rest()
		if empty++; empty == 1 {
			continue
		}
		if !m.seq.network() || o.equal(&want.main) || time.Now().After(deadline) {
			return o
		}
		_, _ = unix.Poll(nil, 1)
	}
}

// fill writes until there is no room. On the network it looks again until nothing more
// is taken over by the other end.
func (m *duoRunning) fill(a *duoAct, fd int) Outcome {
	payload := duoFilling(m.seq, a, m.buffer)
	tries := 0
	for range 1 << 14 {
		_, e := m.transfer(unix.SYS_PWRITEV2, fd, payload)
		switch {
		case e == epoll.EAGAIN && m.seq.network() && tries < 3:
			tries++
			_, _ = unix.Poll(nil, 1)
		case e != 0:
			return failed(e)
		default:
			tries = 0
			m.rest()
		}
	}
	return Outcome{}
}
