//go:build amd64 || arm64

package fakedemux_test

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func init() { runningSide = newRunningSide }

// rawBase is the number of the first descriptor of the world: nothing else in
// this process takes one there.
const rawBase = 700

func newRunningSide(t *testing.T) *side {
	t.Helper()
	runtime.LockOSThread() // of signals
	open := 0
	s := &side{calls: raw{}, base: rawBase}
	end := func() {
		for i := range open {
			unix.Close(rawBase + i)
		}
		open = 0
	}
	s.begin = func() error {
		end()
		return s.populate(func(fd int) int {
			if err := unix.Dup3(fd, rawBase+open, 0); err != nil {
				panic(err)
			}
			unix.Close(fd)
			open++
			return rawBase + open - 1
		})
	}
	t.Cleanup(func() {
		end()
		runtime.UnlockOSThread()
	})
	return s
}

// raw are the calls of the running kernel as they are: no argument is looked at
// before the kernel does.
type raw struct{}

var _ linuxSurface = raw{}

// call makes a system call, again if a signal of Go's scheduler has ended it.
//
//go:uintptrescapes
func call(number uintptr, args ...uintptr) (int, epoll.Errno) {
	var a [6]uintptr
	copy(a[:], args)
	for {
		n, _, e := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		switch {
		case e == unix.EINTR:
		case e != 0:
			return -1, epoll.Errno(e)
		default:
			return int(n), 0
		}
	}
}

func (raw) EpollCreate1(flags int) (int, epoll.Errno) {
	return call(unix.SYS_EPOLL_CREATE1, uintptr(flags))
}

func (raw) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	var native *unix.EpollEvent
	if ev != nil {
		native = &unix.EpollEvent{Events: ev.Events, Fd: int32(ev.Data), Pad: int32(ev.Data >> 32)}
	}
	_, e := call(unix.SYS_EPOLL_CTL, uintptr(epfd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(native)))
	return e
}

func (raw) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	return call(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(msec), 0, 8)
}

func (raw) EpollPwait(epfd int, events []epoll.Event, msec int, mask fakedemux.Sigset) (int, epoll.Errno) {
	return call(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(msec), uintptr(unsafe.Pointer(&mask)), 8)
}

func (raw) EpollPwait2(epfd int, events []epoll.Event, ts *epoll.Timespec) (int, epoll.Errno) {
	return call(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(unsafe.Pointer(ts)), 0, 8)
}

func (raw) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	return call(unix.SYS_EVENTFD2, uintptr(initval), uintptr(flags))
}

func (raw) Read(fd int, b []byte) (int, epoll.Errno) {
	return call(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
}

func (raw) Write(fd int, b []byte) (int, epoll.Errno) {
	return call(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
}

func (raw) Close(fd int) epoll.Errno {
	_, e := call(unix.SYS_CLOSE, uintptr(fd))
	return e
}

func (raw) Now() time.Duration { return 0 }

func (raw) Poll(fd int, events uint32) uint32 {
	p := []unix.PollFd{{Fd: int32(fd), Events: int16(events)}}
	var now unix.Timespec
	if _, e := call(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(p))), 1, uintptr(unsafe.Pointer(&now)), 0, 8); e != 0 {
		panic(e)
	}
	return uint32(uint16(p[0].Revents))
}

func pollfds(fds []fakedemux.PollFD) []unix.PollFd {
	var p []unix.PollFd
	for _, f := range fds {
		p = append(p, unix.PollFd{Fd: int32(f.FD), Events: int16(f.Events)})
	}
	return p
}

func (raw) PollFiles(fds []fakedemux.PollFD, msec int) (int, epoll.Errno) {
	p := pollfds(fds)
	now := unix.NsecToTimespec(int64(int32(msec)) * 1e6)
	n, e := call(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(unsafe.Pointer(&now)), 0, 8)
	for i := range p {
		fds[i].Revents = uint32(uint16(p[i].Revents))
	}
	return n, e
}

func (raw) Ppoll(fds []fakedemux.PollFD, timeout *epoll.Timespec, mask *fakedemux.Sigset) (int, epoll.Errno) {
	p := pollfds(fds)
	ts := *timeout // Linux changes it
	return call(unix.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), uintptr(unsafe.Pointer(&ts)), uintptr(unsafe.Pointer(mask)), 8)
}

func (raw) Select(n int, read, write, except *fakedemux.FDSet, timeout *epoll.Timespec) (int, epoll.Errno) {
	ts := *timeout
	return call(unix.SYS_PSELECT6, uintptr(n), uintptr(unsafe.Pointer(read)), uintptr(unsafe.Pointer(write)), uintptr(unsafe.Pointer(except)), uintptr(unsafe.Pointer(&ts)))
}

// Sigaction puts back what was set.
func (raw) Sigaction(signal, flags int) epoll.Errno {
	var before [8]uintptr
	if _, e := call(unix.SYS_RT_SIGACTION, uintptr(signal), 0, uintptr(unsafe.Pointer(&before)), 8); e != 0 {
		return e
	}
	after := before
	after[1] = after[1]&^fakedemux.SigRestart | uintptr(flags)
	if _, e := call(unix.SYS_RT_SIGACTION, uintptr(signal), uintptr(unsafe.Pointer(&after)), 0, 8); e != 0 {
		return e
	}
	_, e := call(unix.SYS_RT_SIGACTION, uintptr(signal), uintptr(unsafe.Pointer(&before)), 0, 8)
	return e
}

func (raw) Dup(fd int) (int, epoll.Errno) { return call(unix.SYS_DUP, uintptr(fd)) }

func (raw) Pipe2(flags int) (r, w int, e epoll.Errno) {
	var fds [2]int32
	_, e = call(unix.SYS_PIPE2, uintptr(unsafe.Pointer(&fds)), uintptr(flags))
	return int(fds[0]), int(fds[1]), e
}

func (raw) MemfdCreate() (int, epoll.Errno) {
	return call(unix.SYS_MEMFD_CREATE, uintptr(unsafe.Pointer(unsafe.StringData("plain\x00"))), 0)
}

func (raw) SetNonblock(fd int, on bool) epoll.Errno {
	flags, e := call(unix.SYS_FCNTL, uintptr(fd), unix.F_GETFL)
	if e != 0 {
		return e
	}
	flags &^= unix.O_NONBLOCK
	if on {
		flags |= unix.O_NONBLOCK
	}
	_, e = call(unix.SYS_FCNTL, uintptr(fd), unix.F_SETFL, uintptr(flags))
	return e
}

// lastMask is what Sigprocmask has set.
var lastMask fakedemux.Sigset

// Sigprocmask sets the mask for a moment only.
func (raw) Sigprocmask(mask fakedemux.Sigset) fakedemux.Sigset {
	var before, set fakedemux.Sigset
	for _, step := range [...][2]*fakedemux.Sigset{{&mask, &before}, {&before, &set}} {
		if _, e := call(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(step[0])), uintptr(unsafe.Pointer(step[1])), 8); e != 0 {
			panic(e)
		}
	}
	old := lastMask
	lastMask = set
	return old
}

// Tgkill sends to this thread, whatever the task is, or to thread 0.
func (raw) Tgkill(t *scheduler.Task, signal int) epoll.Errno {
	tid := 0
	if t != nil {
		tid = 1 << 22 // beyond the largest number: a thread that has ended
	}
	_, e := call(unix.SYS_TGKILL, uintptr(os.Getpid()), uintptr(tid), uintptr(signal))
	return e
}

func (raw) Socket(family, typ int) (int, epoll.Errno) {
	return call(unix.SYS_SOCKET, uintptr(family), uintptr(typ), 0)
}

func (raw) Socketpair(family, typ int) (a, b int, e epoll.Errno) {
	var fds [2]int32
	_, e = call(unix.SYS_SOCKETPAIR, uintptr(family), uintptr(typ), 0, uintptr(unsafe.Pointer(&fds)))
	return int(fds[0]), int(fds[1]), e
}

// address is a struct sockaddr, for the family of fd if it says none.
func (r raw) address(fd int, to fakedemux.Sockaddr) []byte {
	family := to.Family
	if family == 0 {
		if family, _, _ = r.SocketType(fd); family == 0 {
			family = unix.AF_INET
		}
	}
	if to.Family == fakedemux.FamilyNone {
		return make([]byte, 16)
	}
	port := []byte{byte(to.Port >> 8), byte(to.Port)}
	switch {
	case to.Path != "" || family == unix.AF_UNIX:
		b := []byte{unix.AF_UNIX, 0}
		if to.Path != "" {
			return append(append(b, to.Path...), make([]byte, max(0, min(1, 108-len(to.Path))))...)
		}
		if to.Name == "" {
			return b
		}
		name := to.Name
		if strings.HasPrefix(name, unixName) {
			name = fmt.Sprint(os.Getpid(), name)
		}
		return append(append(b, 0), name...)
	case family == unix.AF_INET6:
		if !to.Addr.IsValid() {
			to.Addr = netip.IPv6Loopback()
		}
		a := to.Addr.As16()
		b := append([]byte{unix.AF_INET6, 0}, port...)
		return append(append(append(b, 0, 0, 0, 0), a[:]...), 0, 0, 0, 0)
	default:
		if !to.Addr.IsValid() {
			to.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		a := to.Addr.As4()
		b := append([]byte{unix.AF_INET, 0}, port...)
		return append(append(b, a[:]...), make([]byte, 8)...)
	}
}

// parseAddress reads a struct sockaddr.
func parseAddress(b []byte) (at fakedemux.Sockaddr) {
	if len(b) < 2 {
		return at
	}
	at.Family = int(b[0])
	switch at.Family {
	case unix.AF_INET:
		at.Port, at.Addr = uint16(b[2])<<8|uint16(b[3]), netip.AddrFrom4([4]byte(b[4:8]))
	case unix.AF_INET6:
		at.Port, at.Addr = uint16(b[2])<<8|uint16(b[3]), netip.AddrFrom16([16]byte(b[8:24]))
	case unix.AF_UNIX:
		switch name := string(b[2:]); {
		case name == "":
		case name[0] == 0:
			at.Name = strings.TrimPrefix(name[1:], fmt.Sprint(os.Getpid()))
		default:
			at.Path = strings.TrimRight(name, "\x00")
		}
	}
	return at
}

func (r raw) Bind(fd int, to fakedemux.Sockaddr) epoll.Errno {
	b := r.address(fd, to)
	_, e := call(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return e
}

func (raw) Listen(fd, backlog int) epoll.Errno {
	_, e := call(unix.SYS_LISTEN, uintptr(fd), uintptr(backlog))
	return e
}

func (r raw) Connect(fd int, to fakedemux.Sockaddr) epoll.Errno {
	b := r.address(fd, to)
	_, e := call(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return e
}

func (raw) Accept4(fd, flags int) (int, epoll.Errno) {
	return call(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, uintptr(flags))
}

func (raw) AcceptFrom(fd, flags int) (int, fakedemux.Sockaddr, epoll.Errno) {
	var b [128]byte
	size := int32(len(b))
	n, e := call(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b[:]))), uintptr(unsafe.Pointer(&size)), uintptr(flags))
	if e != 0 {
		return n, fakedemux.Sockaddr{}, e
	}
	return n, parseAddress(b[:size]), 0
}

func (r raw) Accept(fd int) (int, fakedemux.Sockaddr, epoll.Errno) { return r.AcceptFrom(fd, 0) }

func (raw) Shutdown(fd, how int) epoll.Errno {
	_, e := call(unix.SYS_SHUTDOWN, uintptr(fd), uintptr(how))
	return e
}

// option is getsockopt of SOL_SOCKET.
func option(fd, name int) (int, epoll.Errno) {
	var v, size int32 = 0, 4
	_, e := call(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, uintptr(name), uintptr(unsafe.Pointer(&v)), uintptr(unsafe.Pointer(&size)))
	return int(v), e
}

func (raw) SocketError(fd int) (pending, e epoll.Errno) {
	n, e := option(fd, unix.SO_ERROR)
	return epoll.Errno(n), e
}

func (raw) SocketType(fd int) (family, typ int, e epoll.Errno) {
	if family, e = option(fd, unix.SO_DOMAIN); e != 0 {
		return 0, 0, e
	}
	typ, e = option(fd, unix.SO_TYPE)
	return family, typ, e
}

func (raw) ResetOnClose(fd int) epoll.Errno {
	linger := unix.Linger{Onoff: 1}
	_, e := call(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER, uintptr(unsafe.Pointer(&linger)), unsafe.Sizeof(linger))
	return e
}

func nameBy(number uintptr, fd int) (fakedemux.Sockaddr, epoll.Errno) {
	var b [128]byte
	size := int32(len(b))
	if _, e := call(number, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b[:]))), uintptr(unsafe.Pointer(&size))); e != 0 {
		return fakedemux.Sockaddr{}, e
	}
	return parseAddress(b[:size]), 0
}

func (raw) Getsockname(fd int) (fakedemux.Sockaddr, epoll.Errno) {
	return nameBy(unix.SYS_GETSOCKNAME, fd)
}

func (raw) Getpeername(fd int) (fakedemux.Sockaddr, epoll.Errno) {
	return nameBy(unix.SYS_GETPEERNAME, fd)
}

func (r raw) Sendto(fd int, b []byte, flags int, to fakedemux.Sockaddr) (int, epoll.Errno) {
	flags |= unix.MSG_NOSIGNAL
	if to == (fakedemux.Sockaddr{}) {
		return call(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(flags), 0, 0)
	}
	name := r.address(fd, to)
	return call(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(flags), uintptr(unsafe.Pointer(unsafe.SliceData(name))), uintptr(len(name)))
}

func (raw) Recvfrom(fd int, b []byte, flags int) (int, fakedemux.Sockaddr, epoll.Errno) {
	var name [128]byte
	size := int32(len(name))
	n, e := call(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(flags), uintptr(unsafe.Pointer(unsafe.SliceData(name[:]))), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return n, fakedemux.Sockaddr{}, e
	}
	return n, parseAddress(name[:size]), 0
}

func (raw) TimerfdCreate(clock, flags int) (int, epoll.Errno) {
	return call(unix.SYS_TIMERFD_CREATE, uintptr(clock), uintptr(flags))
}

func (raw) TimerfdSettime(fd, flags int, spec *fakedemux.Itimerspec) (old fakedemux.Itimerspec, e epoll.Errno) {
	_, e = call(unix.SYS_TIMERFD_SETTIME, uintptr(fd), uintptr(flags), uintptr(unsafe.Pointer(spec)), uintptr(unsafe.Pointer(&old)))
	return old, e
}

func (raw) TimerfdGettime(fd int) (spec fakedemux.Itimerspec, e epoll.Errno) {
	_, e = call(unix.SYS_TIMERFD_GETTIME, uintptr(fd), uintptr(unsafe.Pointer(&spec)))
	return spec, e
}
