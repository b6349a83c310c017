//go:build linux

package sim

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// ShortRaw changes the arguments of a raw call that goes to the operating system, if
// Perturb asks for it. An error other than 0 is what the call returns instead.
func ShortRaw(number uintptr, a *[6]uintptr) syscall.Errno {
	if perturbing.Load() == nil {
		return 0
	}
	fd := integer(a[0])
	switch number {
	case unix.SYS_READ:
		a[2] = uintptr(len(ShortRead(fd, buffer(a[1], a[2]))))
	case unix.SYS_WRITE:
		a[2] = uintptr(len(ShortWrite(fd, buffer(a[1], a[2]))))
	case unix.SYS_READV, unix.SYS_WRITEV:
		if n := integer(a[2]); n > 1 {
			a[2] = uintptr(len(ShortVectors(fd, make([][]byte, n), number == unix.SYS_WRITEV)))
		}
	case unix.SYS_CLOSE:
		Closed(fd)
	case unix.SYS_EPOLL_CTL:
		if ev := (*Event)(pointer(a[3])); ev != nil {
			Registered(integer(a[1]), integer(a[2]), ev.Events)
		}
	case unix.SYS_EPOLL_PWAIT, sysEpollWait:
		if room := integer(a[2]); room > 0 {
			some, interrupted := ShortWait(make([]struct{}, room), integer(a[3]))
			if a[2] = uintptr(len(some)); interrupted {
				return syscall.EINTR
			}
		}
	}
	return 0
}
