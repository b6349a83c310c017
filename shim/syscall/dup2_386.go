//go:build linux

package syscall

import (
	"syscall"

	"reactortest/shim/sim"
)

// Dup2 is syscall.Dup2, which newer architectures do without.
func Dup2(fd, to int) error {
	if sim.Real() {
		return syscall.Dup2(fd, to)
	}
	return sim.Dup2(fd, to)
}
