package realdemux

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxRaw is the largest buffer that is given to a call which the Go scheduler does
// not know of. Copying that much takes about 10 us. For more bytes the cost of
// telling the scheduler does not matter.
const maxRaw = 64 << 10

// standard reports whether fd is standard input, output or error: those are
// seldom non-blocking, and the process may have got them from anywhere.
func standard(fd uintptr) bool { return fd <= 2 }

func read(fd uintptr, b []byte) (int, syscall.Errno) {
	if len(b) > maxRaw || standard(fd) {
		return hookedRead(fd, b)
	}
	return rawRead(fd, b)
}

// write writes to a socket or a pipe, and names the call that it made. A peer that
// is gone is EPIPE and not the end of the process: the Go runtime ignores the
// SIGPIPE of every descriptor but standard output and standard error, os/signal.
func write(fd uintptr, b []byte) (n int, call string, e syscall.Errno) {
	switch {
	case standard(fd):
		return writeStandard(fd, b)
	case len(b) > maxRaw:
		n, e = hookedWrite(fd, b)
	default:
		n, e = rawWrite(fd, b)
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

// viaSocketcall tells that accept4 may be missing from the kernel's table of
// calls, socketcall(2): 386 and s390x got it with Linux 4.3.
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
