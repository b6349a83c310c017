//go:build linux && (race || msan || asan)

package realdemux

import (
	"syscall"
	"unsafe"
)

// In builds with a sanitizer, the calls of x/sys tell it which memory the kernel
// reads and writes. Its race detector also learns from them that a write comes
// before the read that sees it.

func rawRead(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	return hookedRead(fd, unsafe.Slice(p, n))
}

func rawReceive(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	return hookedRead(fd, unsafe.Slice(p, n))
}

func rawSend(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	return hookedWrite(fd, unsafe.Slice(p, n))
}

func rawWrite(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	return hookedWrite(fd, unsafe.Slice(p, n))
}
