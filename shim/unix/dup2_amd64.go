//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/shim/sim"
)

// Dup2 is unix.Dup2, which newer architectures do without.
func Dup2(fd, to int) error {
	if sim.Real() {
		return unix.Dup2(fd, to)
	}
	return sim.Dup2(fd, to)
}
