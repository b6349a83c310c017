//go:build linux

// Package limits raises the limit of open files.
package limits

import (
	"os"
	"syscall"
)

// enough descriptors for 10 000 socketpairs, which is the most that a program here opens.
const enough = 1 << 15

// ManyFiles raises the limit of descriptors of this process to what the programs here need
// at most, or as far as the system lets it.
func ManyFiles() error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	if r.Max < enough { // a privileged process may
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: enough, Max: enough}) == nil {
			return nil
		}
	}
	r.Cur = r.Max
	return os.NewSyscallError("setrlimit", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r))
}
