package realdemux

import "golang.org/x/sys/unix"

// sharing is the option with which the kernel divides the connections among the
// listeners. With SO_REUSEPORT one of them gets all; setsockopt(2), SO_REUSEPORT_LB.
const sharing = unix.SO_REUSEPORT_LB
