//go:build linux && !amd64 && !arm64 && !386

package sim

import "golang.org/x/sys/unix"

// architecture are the raw calls whose numbers not every architecture has.
var architecture []Trap

const (
	sysEpollWait = ^uintptr(0) // a number of its own, if it has one
	sysFcntl     = unix.SYS_FCNTL
)
