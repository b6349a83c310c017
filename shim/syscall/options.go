//go:build linux

package syscall

import (
	"syscall"

	"reactortest/shim/sim"
)

// SetsockoptInt is syscall.SetsockoptInt.
func SetsockoptInt(fd, level, opt, value int) error {
	if sim.Real() {
		return syscall.SetsockoptInt(fd, level, opt, value)
	}
	return sim.SetsockoptInt(fd, level, opt, value)
}

// SetsockoptByte is syscall.SetsockoptByte.
func SetsockoptByte(fd, level, opt int, value byte) error {
	if sim.Real() {
		return syscall.SetsockoptByte(fd, level, opt, value)
	}
	return sim.Setsockopt(fd, level, opt, []byte{value})
}

// SetsockoptString is syscall.SetsockoptString.
func SetsockoptString(fd, level, opt int, s string) error {
	if sim.Real() {
		return syscall.SetsockoptString(fd, level, opt, s)
	}
	return sim.Setsockopt(fd, level, opt, []byte(s))
}

// SetsockoptLinger is syscall.SetsockoptLinger.
func SetsockoptLinger(fd, level, opt int, l *syscall.Linger) error {
	if sim.Real() {
		return syscall.SetsockoptLinger(fd, level, opt, l)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(l))
}

// SetsockoptTimeval is syscall.SetsockoptTimeval.
func SetsockoptTimeval(fd, level, opt int, tv *syscall.Timeval) error {
	if sim.Real() {
		return syscall.SetsockoptTimeval(fd, level, opt, tv)
	}
	return sim.Setsockopt(fd, level, opt, sim.Timeval(int64(tv.Sec), int64(tv.Usec))) //nolint:unconvert // they have 32 bits elsewhere
}

// SetsockoptInet4Addr is syscall.SetsockoptInet4Addr.
func SetsockoptInet4Addr(fd, level, opt int, value [4]byte) error {
	if sim.Real() {
		return syscall.SetsockoptInet4Addr(fd, level, opt, value)
	}
	return sim.Setsockopt(fd, level, opt, value[:])
}

// SetsockoptIPMreq is syscall.SetsockoptIPMreq.
func SetsockoptIPMreq(fd, level, opt int, mreq *syscall.IPMreq) error {
	if sim.Real() {
		return syscall.SetsockoptIPMreq(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// SetsockoptIPMreqn is syscall.SetsockoptIPMreqn.
func SetsockoptIPMreqn(fd, level, opt int, mreq *syscall.IPMreqn) error {
	if sim.Real() {
		return syscall.SetsockoptIPMreqn(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// SetsockoptIPv6Mreq is syscall.SetsockoptIPv6Mreq.
func SetsockoptIPv6Mreq(fd, level, opt int, mreq *syscall.IPv6Mreq) error {
	if sim.Real() {
		return syscall.SetsockoptIPv6Mreq(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// BindToDevice is syscall.BindToDevice.
func BindToDevice(fd int, device string) error {
	return SetsockoptString(fd, syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, device)
}

// GetsockoptInt is syscall.GetsockoptInt.
func GetsockoptInt(fd, level, opt int) (int, error) {
	if sim.Real() {
		return syscall.GetsockoptInt(fd, level, opt)
	}
	return sim.GetsockoptInt(fd, level, opt)
}

// GetsockoptInet4Addr is syscall.GetsockoptInet4Addr.
func GetsockoptInet4Addr(fd, level, opt int) (value [4]byte, err error) {
	if sim.Real() {
		return syscall.GetsockoptInet4Addr(fd, level, opt)
	}
	_, err = sim.Getsockopt(fd, level, opt, value[:])
	return value, err
}
