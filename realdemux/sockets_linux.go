package realdemux

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socketOf makes a socket that is non-blocking and closed on exec.
func socketOf(family, typ int) (int, error) {
	return unix.Socket(family, typ|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// recvfrom is recvfrom(2). The one of x/sys allocates the address.
func recvfrom(fd int, b []byte) (int, netip.AddrPort, error) {
	var from unix.RawSockaddrAny
	size := uint32(unsafe.Sizeof(from))
	n, _, e := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0,
		uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return 0, netip.AddrPort{}, e
	}
	if size == 0 { // a stream has nobody to name
		return int(n), netip.AddrPort{}, nil
	}
	switch from.Addr.Family {
	case unix.AF_INET:
		a := (*unix.RawSockaddrInet4)(unsafe.Pointer(&from))
		return int(n), netip.AddrPortFrom(netip.AddrFrom4(a.Addr), portOf(&a.Port)), nil
	case unix.AF_INET6:
		a := (*unix.RawSockaddrInet6)(unsafe.Pointer(&from))
		return int(n), netip.AddrPortFrom(netip.AddrFrom16(a.Addr), portOf(&a.Port)), nil
	default:
		return int(n), netip.AddrPort{}, nil
	}
}

// sendto is sendto(2), without SIGPIPE.
func sendto(fd int, b []byte, to netip.AddrPort) (int, error) {
	var (
		four unix.RawSockaddrInet4
		six  unix.RawSockaddrInet6
		at   = unsafe.Pointer(&four)
		size = unsafe.Sizeof(four)
	)
	switch ip := to.Addr(); {
	case !ip.IsValid():
		at, size = nil, 0
	case ip.Is6() && !ip.Is4In6():
		six.Family, six.Addr = unix.AF_INET6, ip.As16()
		setPort(&six.Port, to.Port())
		at, size = unsafe.Pointer(&six), unsafe.Sizeof(six)
	default:
		four.Family, four.Addr = unix.AF_INET, ip.As4()
		setPort(&four.Port, to.Port())
	}
	n, _, e := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL,
		uintptr(at), size)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// portOf returns a port that stands in the order of the network.
func portOf(p *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(p))
	return uint16(b[0])<<8 | uint16(b[1])
}

func setPort(p *uint16, port uint16) {
	*(*[2]byte)(unsafe.Pointer(p)) = [2]byte{byte(port >> 8), byte(port)}
}
