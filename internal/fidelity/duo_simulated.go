package fidelity

import (
	"bytes"
	"slices"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// duoSimulated plays duos on the simulated kernel: each of the two is a task.
type duoSimulated struct {
	k      *fakedemux.Kernel
	linux  fakedemux.Linux
	mutate *DuoMutation
	seq    *duoSequence
	fds    [duoAllSlot]int
	names  [duoAllSlot]fakedemux.Sockaddr // from the beginning
	task   *scheduler.Task
	call   *duoAct // T's, nil once its result has been told
	out    Outcome // of it
	got    int     // bytes that were read from sockets
	buffer []byte
	other  []byte        // of T
	flags  map[int]*bool // O_NONBLOCK, by number
	file   int           // what sendfile copies
}

func newDuoSimulated(m *DuoMutation) *duoSimulated {
	k := fakedemux.New(&fakedemux.Options{StreamBuffer: 200_000, Budget: scheduler.Budget{Steps: 1 << 30}})
	return &duoSimulated{k: k, linux: k.Linux(), mutate: m, buffer: make([]byte, duoBulk), other: make([]byte, duoBulk)}
}

// The signals of a duo: the handler of the first has SA_RESTART.
const (
	duoRestarts = 10 // SIGUSR1
	duoEnds     = 12 // SIGUSR2
)

// play makes the calls of s. With late, T acts after the call that follows a fast
// one, and otherwise before.
func (m *duoSimulated) play(s *duoSequence, late bool) (steps []duoStep, err error) {
	m.k.Reset(nil)
	m.seq, m.task, m.call, m.got, m.flags = s, nil, nil, 0, map[int]*bool{}
	for i := range m.fds {
		m.fds[i] = -1
	}
	steps = make([]duoStep, len(s.acts)+1)
	err = m.k.Run(func() {
		m.k.Sleep(farAhead)
		m.linux.Sigaction(duoEnds, 0)
		m.setup()
		for i := 0; i < len(s.acts); i++ {
			a, step := &s.acts[i], &steps[i]
			switch {
			case a.Task && m.call != nil:
				step.skipped = true
			case !s.fast(i):
				step.main = m.make(a)
				m.look(step)
			case late && a.Task:
				steps[i+1].main = m.make(&s.acts[i+1])
				m.make(a)
				step.state = duoUnknown
				i++
				m.look(&steps[i])
			default:
				step.main, step.state = m.make(a), duoUnknown
				if !late {
					m.rest()
				}
			}
		}
		if m.call != nil {
			m.linux.Tgkill(m.task, duoEnds)
		}
		m.look(&steps[len(s.acts)])
	})
	return steps, err
}

// fast reports whether the call after the i-th is made at once.
func (s *duoSequence) fast(i int) bool {
	if !s.acts[i].Fast || i+1 >= len(s.acts) || s.acts[i+1].Task {
		return false
	}
	next := &s.acts[i+1]
	if next.Op == duoFill || next.Op == duoDrain || next.Op == duoSettime || s.acts[i].Op == duoSettime {
		return false // many calls, or one that waits
	}
	r := s.role(next.Slot)
	toggles := next.Op == duoConnect || next.Op == duoAccept ||
		(next.Op == duoWrite || next.Op == duoFill) && (r == roleEventfd || r == roleSemaphore || r == roleNone)
	return !s.acts[i].Task || !toggles // which O_NONBLOCK T would see
}

// rest lets T run until it is blocked or has ended.
func (m *duoSimulated) rest() {
	if m.task == nil || m.call == nil {
		m.k.LetRun()
		return
	}
	_, blocked := m.k.AwaitBlocked(m.task)
	if blocked && m.call.N > 0 && (m.call.Op == duoWait || m.call.Op.polls()) {
		m.k.Sleep(time.Duration(m.call.N) * time.Millisecond)
		m.k.AwaitBlocked(m.task)
	}
	m.k.LetRun()
}

// look fills in what can be seen.
func (m *duoSimulated) look(step *duoStep) {
	m.rest()
	switch {
	case m.call == nil:
	case m.task.Ended():
		step.state, step.task = duoEnded, duoResult(m.seq, m.call, m.out)
		if m.call.Op == duoAccept && m.out.Errno == 0 {
			m.fds[m.call.Other] = m.out.N
			m.flags[m.out.N] = new(bool)
		}
		m.call = nil
	default:
		step.state = duoBlocked
	}
	for i, fd := range m.fds {
		if fd >= 0 {
			step.polled[i] = m.linux.Poll(fd, everything) &^ m.seq.unclear()
		}
	}
}

// make makes a call, or starts it if it is T's.
func (m *duoSimulated) make(a *duoAct) Outcome {
	if !a.Task {
		call := func() Outcome { return m.main(a) }
		if m.mutate != nil && m.mutate.main != nil {
			return duoResult(m.seq, a, m.mutate.main(m, a, call))
		}
		return duoResult(m.seq, a, call())
	}
	m.call, m.out = a, Outcome{}
	m.task = m.k.Start("T", func() {
		call := func() Outcome { return m.blocking(a, m.other) }
		if m.mutate != nil && m.mutate.task != nil {
			m.out = m.mutate.task(m, a, call)
		} else {
			m.out = call()
		}
	})
	return Outcome{}
}

// setup makes the objects.
func (m *duoSimulated) setup() {
	l := m.linux
	for i, o := range m.seq.objects {
		f := m.fds[i*duoSlots : (i+1)*duoSlots]
		switch o {
		case duoNothing, duoObjects:
		case duoPipe:
			f[0], f[1], _ = l.Pipe2(0)
		case duoPair:
			f[0], f[1], _ = l.Socketpair(familyUnix, typeStream)
		case duoDatagrams:
			f[0], f[1], _ = l.Socketpair(familyUnix, typeDatagram)
		case duoPackets:
			f[0], f[1], _ = l.Socketpair(familyUnix, typePacket)
		case duoUnix, duoTCP, duoUnixListener, duoTCPListener:
			m.listener(o, f)
		case duoUDP:
			m.udp(f)
		case duoEventfd, duoSemaphore:
			f[0], _ = l.Eventfd(0, int(o-duoEventfd))
		case duoTimerfd:
			f[0], _ = l.TimerfdCreate(1, 0)
		case duoEpoll:
			f[0], _ = l.EpollCreate1(0)
		}
	}
	if m.seq.copies() {
		m.file, _ = l.MemfdCreate()
		l.Write(m.file, duoContent)
	}
	for i, fd := range m.fds {
		m.names[i], _ = l.Getsockname(fd)
		m.flags[fd] = new(bool)
	}
}

func (m *duoSimulated) listener(o duoObject, f []int) {
	l := m.linux
	family := familyUnix
	if o == duoTCP || o == duoTCPListener {
		family = familyIPv4
	}
	at := 0
	if o == duoUnix || o == duoTCP {
		at = 2
	}
	f[at], _ = l.Socket(family, typeStream)
	l.Bind(f[at], fakedemux.Sockaddr{})
	l.Listen(f[at], 0)
	name, _ := l.Getsockname(f[at])
	if at == 0 {
		for i := 1; i < duoSlots; i++ {
			f[i], _ = l.Socket(family, typeStream)
		}
		return
	}
	f[0], _ = l.Socket(family, typeStream)
	l.Connect(f[0], name)
	f[1], _ = l.Accept4(f[at], 0)
}

func (m *duoSimulated) udp(f []int) {
	l := m.linux
	var names [3]fakedemux.Sockaddr
	for i := range names {
		f[i], _ = l.Socket(familyIPv4, typeDatagram)
		l.Bind(f[i], fakedemux.Sockaddr{})
		names[i], _ = l.Getsockname(f[i])
	}
	l.Connect(f[0], names[1])
	l.Connect(f[1], names[0])
}

// fd returns the number of a slot, -1 for none.
func (m *duoSimulated) fd(slot int8) int {
	if slot < 0 {
		return -1
	}
	return m.fds[slot]
}

func (m *duoSimulated) address(slot int8) fakedemux.Sockaddr {
	if slot < 0 {
		return fakedemux.Sockaddr{}
	}
	return m.names[slot]
}

// blocking makes a call that may block.
func (m *duoSimulated) blocking(a *duoAct, buffer []byte) Outcome {
	l, fd := m.linux, m.fd(a.Slot)
	if a.Form != duoPlain {
		return m.formed(a, fd, buffer)
	}
	switch a.Op { //nolint:exhaustive // the others are the main task's
	case duoSendfile:
		offset := int64(0)
		return result(l.Sendfile(fd, m.file, &offset, a.N))
	case duoRead:
		n, e := l.Read(fd, buffer[:a.N])
		return m.read(a, n, e, buffer)
	case duoRecv:
		n, _, e := l.Recvfrom(fd, buffer[:a.N], 0)
		return m.read(a, n, e, buffer)
	case duoWrite:
		return result(l.Write(fd, duoPayload(m.seq, a, buffer)))
	case duoSend:
		return result(l.Sendto(fd, duoPayload(m.seq, a, buffer), 0, m.address(a.Other)))
	case duoAccept:
		return result(l.Accept4(fd, 0))
	case duoConnect:
		return failed(l.Connect(fd, m.address(a.Other)))
	case duoWait:
		var events [duoAllSlot]epoll.Event
		n, e := l.EpollWait(fd, events[:], a.N)
		return duoEvents(m.seq, events[:max(n, 0)], e)
	default:
		return m.poll(a)
	}
}

// formed makes a transfer in another form.
func (m *duoSimulated) formed(a *duoAct, fd int, buffer []byte) Outcome {
	l := m.linux
	switch {
	case a.Op == duoRead:
		n, e := l.Readv(fd, parts(buffer[:a.N]))
		return m.read(a, n, e, buffer)
	case a.Op == duoWrite:
		return result(l.Writev(fd, parts(duoPayload(m.seq, a, buffer))))
	case a.Op == duoSend:
		msg := fakedemux.Message{Name: m.address(a.Other), Vectors: parts(duoPayload(m.seq, a, buffer))}
		return result(l.Sendmsg(fd, &msg, 0))
	case a.Form == duoAll:
		n, _, e := l.Recvfrom(fd, buffer[:a.N], waitAll)
		return m.read(a, n, e, buffer)
	default:
		msg := fakedemux.Message{Vectors: parts(buffer[:a.N])}
		n, e := l.Recvmsg(fd, &msg, 0)
		o := m.read(a, n, e, buffer)
		o.M = duoMessageFlags(msg.Flags, e)
		return o
	}
}

// waitAll is MSG_WAITALL.
const waitAll = 0x100

// duoMessageFlags are the flags that recvmsg returns, of those that it may.
func duoMessageFlags(flags int, e epoll.Errno) int {
	if e != 0 {
		return 0
	}
	return flags & wholeFlag
}

// copies reports whether the sequence has a sendfile.
func (s *duoSequence) copies() bool {
	return slices.ContainsFunc(s.acts, func(a duoAct) bool { return a.Op == duoSendfile })
}

// duoContent is what is in the file that sendfile copies.
var duoContent = bytes.Repeat([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 10_000)

func (m *duoSimulated) poll(a *duoAct) Outcome {
	l := m.linux
	if a.Op == duoSelect {
		var sets [3]fakedemux.FDSet
		top := 0
		for _, w := range a.Watch {
			fd := m.fd(w.Slot)
			for i := range sets {
				if w.Events&duoSelects[i] != 0 && fd >= 0 {
					sets[i].Set(fd)
					top = max(top, fd+1)
				}
			}
		}
		n, e := l.Select(top, &sets[0], &sets[1], &sets[2], duoTimeout(a.N))
		return duoSelected(m.seq, a, n, e, func(set int, slot int8) bool {
			return m.fd(slot) >= 0 && sets[set].Has(m.fd(slot))
		})
	}
	var fds [duoWatched]fakedemux.PollFD
	for i, w := range a.Watch {
		fds[i] = fakedemux.PollFD{FD: -1, Events: uint32(w.Events)}
		if w.Events != 0 {
			fds[i].FD = m.fd(w.Slot)
		}
	}
	var n int
	var e epoll.Errno
	if a.Op == duoPoll {
		n, e = l.PollFiles(fds[:], a.N)
	} else {
		n, e = l.Ppoll(fds[:], duoTimeout(a.N), nil)
	}
	return duoPolled(m.seq, a, n, e, func(i int) uint32 { return fds[i].Revents })
}

func duoTimeout(msec int) *epoll.Timespec {
	if msec < 0 {
		return nil
	}
	return &epoll.Timespec{Nsec: int64(msec) * 1e6}
}

// read is the outcome of a read.
func (m *duoSimulated) read(a *duoAct, n int, e epoll.Errno, buffer []byte) Outcome {
	if e != 0 {
		return failed(e)
	}
	if m.seq.role(a.Slot).socket() || m.seq.role(a.Slot) == roleNone {
		m.got += n
	}
	return Outcome{N: n, Data: duoData(m.seq, buffer[:n])}
}

// without makes a call that does not block, whatever the descriptor does.
func (m *duoSimulated) without(fd int, call func() Outcome) Outcome {
	m.linux.SetNonblock(fd, true)
	o := call()
	on := m.flags[fd]
	m.linux.SetNonblock(fd, on != nil && *on)
	return o
}

// main makes a call of the main task.
func (m *duoSimulated) main(a *duoAct) Outcome {
	l, fd := m.linux, m.fd(a.Slot)
	switch a.Op { //nolint:exhaustive // the others are T's
	case duoClose:
		return failed(l.Close(fd))
	case duoDup:
		return m.keep(a, result(l.Dup(fd)), m.flags[fd])
	case duoShutdown:
		return failed(l.Shutdown(fd, a.N))
	case duoReset:
		l.ResetOnClose(fd)
		return failed(l.Close(fd))
	case duoDrain:
		return m.drain(a, fd)
	case duoFill:
		return m.fill(a, fd)
	case duoSignal:
		m.signal(a.N)
		return Outcome{}
	case duoSettime:
		return m.settime(a, fd)
	case duoAdd:
		return failed(l.EpollCtl(fd, epoll.CtlAdd, m.fd(a.Other), &epoll.Event{Events: uint32(a.N), Data: uint64(a.Other)}))
	case duoDel:
		return failed(l.EpollCtl(fd, epoll.CtlDel, m.fd(a.Other), nil))
	case duoNonblock:
		e := l.SetNonblock(fd, a.N == 1)
		if on := m.flags[fd]; e == 0 && on != nil {
			*on = a.N == 1
		}
		return failed(e)
	case duoError:
		pending, e := l.SocketError(fd)
		return result(int(pending), e)
	case duoAccept:
		return m.without(fd, func() Outcome { return m.keep(a, m.blocking(a, m.buffer), new(bool)) })
	default:
		return m.without(fd, func() Outcome { return m.blocking(a, m.buffer) })
	}
}

// keep notes what a call has made.
func (m *duoSimulated) keep(a *duoAct, o Outcome, flag *bool) Outcome {
	if o.Errno == 0 {
		m.fds[a.Other] = o.N
		m.flags[o.N] = flag
	}
	return o
}

func (m *duoSimulated) signal(restarts int) {
	if m.call == nil {
		return
	}
	if restarts == 1 {
		m.linux.Tgkill(m.task, duoRestarts)
	} else {
		m.linux.Tgkill(m.task, duoEnds)
	}
}
