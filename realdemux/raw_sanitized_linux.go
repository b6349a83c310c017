//go:build linux && (race || msan || asan)

package realdemux

import "syscall"

// In builds with a sanitizer, the calls of x/sys tell it which memory the kernel
// reads and writes. Its race detector also learns from them that a write comes
// before the read that sees it.

func rawRead(fd uintptr, b []byte) (int, syscall.Errno) { return hookedRead(fd, b) }

func rawWrite(fd uintptr, b []byte) (int, syscall.Errno) { return hookedWrite(fd, b) }
