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
	thread *duoThread
	seq    *duoSequence
	number int
	fds    [duoAllSlot]int
	names  [duoAllSlot][]byte // from the beginning
	lost   []int              // descriptors that have no slot any more

	call     *duoAct
	out      Outcome
	rested   bool // out was taken over
	patience time.Duration
	got      int
	buffer   []byte
	polls    []unix.PollFd
	file     int // what sendfile copies
	signals  chan os.Signal
}

// duoBase is the number of the first descriptor of a duo: a select has room for it, and
// nothing else in this process takes one there.
const duoBase = 940

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
	iov    [3]unix.Iovec
	msg    unix.Msghdr
	offset int64
}

func newDuoRunning() (*duoRunning, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, fmt.Errorf("fidelity: getrlimit: %w", err)
	}
	if limit.Cur < duoBase+64 {
		return nil, fmt.Errorf("fidelity: the limit of open descriptors is %d, and %d are needed", limit.Cur, duoBase+64)
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
	var err error
	if m.file, err = unix.MemfdCreate("plain", unix.MFD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("fidelity: memfd_create: %w", err)
	}
	if _, err = unix.Write(m.file, duoContent); err != nil {
		return nil, fmt.Errorf("fidelity: write: %w", err)
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
	_ = unix.Close(m.file)
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
	for _, fd := range append(m.lost, m.fds[:]...) {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	m.lost = m.lost[:0]
}

// put gives a slot a descriptor.
func (m *duoRunning) put(slot int8, fd int) {
	if old := m.fds[slot]; old >= 0 {
		m.lost = append(m.lost, old)
	}
	m.fds[slot] = fd
}

// ended is the outcome of T's call.
func (m *duoRunning) ended() Outcome {
	t, a := m.thread, m.call
	n, e := int(t.result), epoll.Errno(t.errno)
	switch a.Op { //nolint:exhaustive // the others return a number
	case duoRead, duoRecv:
		o := m.read(a, n, e, t.buffer)
		if a.Form == duoMessage {
			o.M = duoMessageFlags(int(t.msg.Flags), e)
		}
		return o
	case duoAccept:
		if e == 0 {
			m.put(a.Other, m.place(n, nil))
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
		step := m.step(i, &m.first(candidates, left)[i])
		if !m.settles(&step, func() bool { return keep(candidates, left, i, &step) }) {
			return left, i, step
		}
		if step.state == duoEnded {
			m.call = nil
		}
	}
	return left, -1, duoStep{}
}

// step makes the i-th call; the last one ends T's.
func (m *duoRunning) step(i int, want *duoStep) (step duoStep) {
	switch s := m.seq; {
	case i == len(s.acts):
		m.signal(0)
		return step
	case want.skipped:
		step.skipped = true
		return step
	case s.acts[i].Task:
		m.rested = false
		m.start(&s.acts[i])
	default:
		step.main = duoResult(s, &s.acts[i], m.main(&s.acts[i], want))
	}
	if m.seq.fast(i) {
		step.state = duoUnknown
	}
	return step
}

// settles looks until what is seen is agreed on, for as long as its patience lasts: what
// is on the network takes its time, and so may a signal on its way to T.
func (m *duoRunning) settles(step *duoStep, agreed func() bool) bool {
	for began := m.now(); ; {
		if !step.skipped && step.state != duoUnknown {
			m.look(step)
		}
		if agreed() {
			return true
		}
		if m.now()-began > m.patience {
			return false
		}
		_, _ = unix.Poll(nil, 1)
	}
}

// now is a clock that goes on.
func (*duoRunning) now() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return time.Duration(ts.Nano())
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
