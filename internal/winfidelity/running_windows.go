package winfidelity

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/realdemux"
)

// What x/sys does not have.
var (
	ntdll           = windows.NewLazySystemDLL("ntdll.dll")
	queryCompletion = ntdll.NewProc("NtQueryIoCompletion")
	ws2             = windows.NewLazySystemDLL("ws2_32.dll")
	ioctl           = ws2.NewProc("ioctlsocket")
)

// Running returns the running system: Windows, or Wine. Elsewhere it returns
// errors.ErrUnsupported.
func Running() (*System, error) {
	calls, err := realdemux.IOCP()
	if err != nil {
		return nil, err
	}
	for _, p := range []*windows.LazyProc{queryCompletion, ioctl} {
		if err := p.Find(); err != nil {
			return nil, err
		}
	}
	s := &System{Host: realdemux.NewHost(), Calls: calls, Packets: packets, Unread: unread}
	if realdemux.Wine() {
		s.Differs = wineDiffers
	}
	return s, nil
}

// packets is NtQueryIoCompletion: the depth of the queue.
func packets(port demux.Handle) int {
	var depth int32
	const basicInformation = 0
	status, _, _ := syscall.SyscallN(queryCompletion.Addr(), uintptr(port), basicInformation,
		uintptr(unsafe.Pointer(&depth)), unsafe.Sizeof(depth), 0)
	if status != 0 {
		return 0
	}
	return int(depth)
}

// unread is FIONREAD.
func unread(socket demux.Handle) int {
	const fionread = 0x4004667f
	var n uint32
	r, _, _ := syscall.SyscallN(ioctl.Addr(), uintptr(socket), fionread, uintptr(unsafe.Pointer(&n)))
	if int32(r) != 0 {
		return 0
	}
	return int(n)
}
