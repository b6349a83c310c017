package realdemux

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxRaw is the largest buffer that is given to a call which the Go scheduler does
// not know of. Copying that much takes about 10 us. For more bytes the cost of
// telling the scheduler does not matter.
const maxRaw = 64 << 10

// standard reports whether fd is standard input, output or error: those are
// seldom non-blocking, and the process may have got them from anywhere.
func standard(fd uintptr) bool { return fd <= 2 }

// socketSet has the descriptors below 32768 that are known to be sockets. The calls for
// sockets alone cost less than read(2) and write(2). Any goroutine may use it. Its user need
// not hear of every descriptor that is closed: one that has become something else answers
// with ENOTSOCK.
type socketSet [512]atomic.Uint64

func (s *socketSet) add(fd int) {
	if i := uint(fd) / 64; i < uint(len(s)) && !standard(uintptr(fd)) && !viaSocketcall {
		s[i].Or(1 << (uint(fd) % 64))
	}
}

func (s *socketSet) remove(fd uintptr) {
	if s.has(fd) {
		s[fd/64].And(^(1 << (fd % 64)))
	}
}

func (s *socketSet) has(fd uintptr) bool {
	return fd/64 < uintptr(len(s)) && s[fd/64].Load()&(1<<(fd%64)) != 0
}

// read reads from a socket or a pipe, and names the call that it made. recv(2) of no bytes
// waits for some; read(2) does not.
func (s *socketSet) read(fd uintptr, b []byte) (n int, call string, e syscall.Errno) {
	if len(b) > 0 && len(b) <= maxRaw && s.has(fd) {
		if n, e = rawReceive(fd, unsafe.SliceData(b), len(b)); e != unix.ENOTSOCK {
			return n, "recvfrom", e
		}
		s.remove(fd)
	}
	if len(b) > maxRaw || standard(fd) {
		n, e = hookedRead(fd, b)
	} else {
		n, e = rawRead(fd, unsafe.SliceData(b), len(b))
	}
	return n, "read", e
}

// write writes to a socket or a pipe, and names the call that it made. A peer that
// is gone is EPIPE and not the end of the process: the Go runtime ignores the
// SIGPIPE of every descriptor but standard output and standard error, os/signal.
func (s *socketSet) write(fd uintptr, b []byte) (n int, call string, e syscall.Errno) {
	if len(b) > 0 && len(b) <= maxRaw && s.has(fd) {
		if n, e = rawSend(fd, unsafe.SliceData(b), len(b)); e != unix.ENOTSOCK {
			return n, "sendto", e
		}
		s.remove(fd)
	}
	switch {
	case standard(fd):
		return writeStandard(fd, b)
	case len(b) > maxRaw:
		n, e = hookedWrite(fd, b)
	default:
		n, e = rawWrite(fd, unsafe.SliceData(b), len(b))
	}
	return n, "write", e
}

// writeStandard is write for standard input, output and error. If it is a socket,
// there is no SIGPIPE.
func writeStandard(fd uintptr, b []byte) (int, string, syscall.Errno) {
	n, err := unix.SendmsgN(int(fd), b, nil, nil, unix.MSG_NOSIGNAL)
	if e := errorNumber(err); e != unix.ENOTSOCK {
		return max(n, 0), "sendmsg", e
	}
	n, e := hookedWrite(fd, b)
	return n, "write", e
}

// viaSocketcall tells that accept4, recvfrom and sendto may be missing from the kernel's
// table of calls, socketcall(2): 386 and s390x got them with Linux 4.3.
const viaSocketcall = runtime.GOARCH == "386" || runtime.GOARCH == "s390x"

// accept takes a connection, whose descriptor is non-blocking and closed on exec.
// Who has connected is not asked for.
func accept(l uintptr) (int, syscall.Errno) {
	const flags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	if viaSocketcall || standard(l) {
		fd, _, err := unix.Accept4(int(l), flags)
		return fd, errorNumber(err)
	}
	fd, _, e := syscall.RawSyscall6(unix.SYS_ACCEPT4, l, 0, 0, flags, 0, 0)
	return int(fd), e
}
