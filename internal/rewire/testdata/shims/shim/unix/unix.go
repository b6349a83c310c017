// Package unix is a stand-in.
package unix

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Reads counts calls.
var Reads int

func Read(fd int, p []byte) (int, error) {
	Reads++
	return len(p), nil
}

func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	if trap == unix.SYS_READ {
		return 1, 0, 0
	}
	return 0, 0, syscall.ENOSYS
}
