//go:build linux

package sim

import (
	"syscall"
	"unsafe"
)

// Event is a struct epoll_event, whose layout depends on the architecture.
type Event = syscall.EpollEvent

// data returns the 64 bits that belong to the program: programs put a descriptor
// there, or a pointer.
func data(ev *Event) uint64 { return uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32 }

func setData(ev *Event, d uint64) { ev.Fd, ev.Pad = int32(uint32(d)), int32(uint32(d>>32)) }

// Memory returns the bytes of a value.
func Memory[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }

// pointer turns an argument of a raw call into what it points to. The directive
// uintptrescapes of the functions that have the argument keeps the memory in its place.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// buffer is the memory that an address and a size of a raw call mean.
func buffer(p, n uintptr) []byte {
	if p == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), int(n))
}

// vectors are the buffers that an array of struct iovec means.
func vectors(p unsafe.Pointer, n int) [][]byte {
	if p == nil || n <= 0 {
		return nil
	}
	all := make([][]byte, n)
	for i, v := range unsafe.Slice((*syscall.Iovec)(p), n) {
		all[i] = unsafe.Slice(v.Base, int(v.Len))
	}
	return all
}

// eventsAt are the n events that a raw call points to.
func eventsAt(p uintptr, n int) []Event { return unsafe.Slice((*Event)(pointer(p)), n) }

// address is the reverse of pointer, for memory that something else keeps in its place.
func address(p *byte) uintptr { return uintptr(unsafe.Pointer(p)) }

// base is where the vectors of a message are, and nameLength where the size of its
// name is.
func base(h *syscall.Msghdr) unsafe.Pointer       { return unsafe.Pointer(h.Iov) }
func nameLength(h *syscall.Msghdr) unsafe.Pointer { return unsafe.Pointer(&h.Namelen) }

// Timeval returns a struct timeval as the simulated kernel has it: two numbers of 64 bits,
// on every architecture.
func Timeval(seconds, microseconds int64) []byte {
	tv := [2]int64{seconds, microseconds}
	return Memory(&tv)
}
