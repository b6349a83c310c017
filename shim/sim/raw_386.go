//go:build linux

package sim

import "golang.org/x/sys/unix"

// architecture are the raw calls of this architecture that newer ones do without.
var architecture = []Trap{
	{unix.SYS_EPOLL_WAIT, "epoll_wait", rawEpollWait},
	{unix.SYS_EPOLL_CREATE, "epoll_create", func(*[6]uintptr) (int, error) { return EpollCreate1(0) }},
	{unix.SYS_EVENTFD, "eventfd", func(a *[6]uintptr) (int, error) { return Eventfd(uint(uint32(a[0])), 0) }},
	{unix.SYS_DUP2, "dup2", func(a *[6]uintptr) (int, error) { return integer(a[1]), Dup2(integer(a[0]), integer(a[1])) }},
	{unix.SYS_PIPE, "pipe", func(a *[6]uintptr) (int, error) { return rawPipe2(&[6]uintptr{a[0]}) }},
	{unix.SYS_FCNTL, "fcntl", rawFcntl},
	{unix.SYS_FCNTL64, "fcntl64", rawFcntl},
}

const (
	sysEpollWait = unix.SYS_EPOLL_WAIT
	sysFcntl     = unix.SYS_FCNTL64
)
