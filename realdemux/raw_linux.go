//go:build linux && !race && !msan && !asan

package realdemux

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of this file do not tell the Go scheduler that a system call begins
// and ends. That saves 50 to 100 ns a call, and is right only for calls that
// cannot block: the thread keeps its P meanwhile, so no other goroutine gets
// that P and the garbage collector waits for the call. What they return with an
// error is not a count of bytes. They are small enough to be inlined: some processors
// lose their predictions of returns in a system call, and each return that follows is
// slow.

// rawRead is read(2) of a non-blocking descriptor.
func rawRead(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	r, _, e := syscall.RawSyscall6(unix.SYS_READ, fd, uintptr(unsafe.Pointer(p)), uintptr(n), 0, 0, 0)
	return int(r), e
}

// rawWrite is write(2) to a non-blocking descriptor.
func rawWrite(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	r, _, e := syscall.RawSyscall6(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(p)), uintptr(n), 0, 0, 0)
	return int(r), e
}

// rawReceive is recv(2) of a non-blocking socket.
func rawReceive(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	r, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(p)), uintptr(n), 0, 0, 0)
	return int(r), e
}

// rawSend is send(2) to a non-blocking socket.
func rawSend(fd uintptr, p *byte, n int) (int, syscall.Errno) {
	r, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, fd, uintptr(unsafe.Pointer(p)), uintptr(n), unix.MSG_NOSIGNAL, 0, 0)
	return int(r), e
}
