//go:build linux

package sim

import "golang.org/x/sys/unix"

// architecture are the raw calls whose numbers not every architecture has.
var architecture = []Trap{
	{unix.SYS_ACCEPT, "accept", func(a *[6]uintptr) (int, error) { return rawAccept(&[6]uintptr{a[0], a[1], a[2]}) }},
	{unix.SYS_FCNTL, "fcntl", rawFcntl},
}

const (
	sysEpollWait = ^uintptr(0) // it has none
	sysFcntl     = unix.SYS_FCNTL
)
