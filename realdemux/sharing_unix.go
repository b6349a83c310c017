//go:build linux || dragonfly

package realdemux

import "golang.org/x/sys/unix"

// sharing is the option with which the kernel divides the connections among the
// listeners; socket(7), setsockopt(2) of DragonFly.
const sharing = unix.SO_REUSEPORT
