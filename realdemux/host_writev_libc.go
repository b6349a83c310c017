//go:build darwin || openbsd

package realdemux

import "golang.org/x/sys/unix"

// writev is writev(2). No buffers are one that is empty. SIGPIPE is the Go runtime's,
// which ignores it for all but standard output and standard error.
func writev(fd int, bufs [][]byte) (int, error) {
	if len(bufs) == 0 {
		bufs = [][]byte{nil}
	}
	return unix.Writev(fd, bufs)
}
