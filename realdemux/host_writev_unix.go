//go:build linux || dragonfly || freebsd || netbsd

package realdemux

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// writev is writev(2) of up to demux.MaxVector buffers, whose vectors stand on the stack.
// No buffers are one that is empty: NetBSD's writev(2) refuses none. SIGPIPE is the Go
// runtime's, which ignores it for all but standard output and standard error.
func writev(fd int, bufs [][]byte) (int, error) {
	var vectors [demux.MaxVector]unix.Iovec
	for i, b := range bufs {
		vectors[i].Base = unsafe.SliceData(b)
		vectors[i].SetLen(len(b))
	}
	r, _, e := unix.Syscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vectors)), uintptr(max(len(bufs), 1)))
	if e != 0 {
		return 0, e
	}
	return int(r), nil
}
