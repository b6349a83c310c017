//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/shim/sim"
)

// SetsockoptInt is unix.SetsockoptInt.
func SetsockoptInt(fd, level, opt, value int) error {
	if sim.Real() {
		return unix.SetsockoptInt(fd, level, opt, value)
	}
	return sim.SetsockoptInt(fd, level, opt, value)
}

// SetsockoptByte is unix.SetsockoptByte.
func SetsockoptByte(fd, level, opt int, value byte) error {
	if sim.Real() {
		return unix.SetsockoptByte(fd, level, opt, value)
	}
	return sim.Setsockopt(fd, level, opt, []byte{value})
}

// SetsockoptString is unix.SetsockoptString.
func SetsockoptString(fd, level, opt int, s string) error {
	if sim.Real() {
		return unix.SetsockoptString(fd, level, opt, s)
	}
	return sim.Setsockopt(fd, level, opt, []byte(s))
}

// SetsockoptLinger is unix.SetsockoptLinger.
func SetsockoptLinger(fd, level, opt int, l *unix.Linger) error {
	if sim.Real() {
		return unix.SetsockoptLinger(fd, level, opt, l)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(l))
}

// SetsockoptTimeval is unix.SetsockoptTimeval.
func SetsockoptTimeval(fd, level, opt int, tv *unix.Timeval) error {
	if sim.Real() {
		return unix.SetsockoptTimeval(fd, level, opt, tv)
	}
	return sim.Setsockopt(fd, level, opt, sim.Timeval(int64(tv.Sec), int64(tv.Usec))) //nolint:unconvert // they have 32 bits elsewhere
}

// SetsockoptInet4Addr is unix.SetsockoptInet4Addr.
func SetsockoptInet4Addr(fd, level, opt int, value [4]byte) error {
	if sim.Real() {
		return unix.SetsockoptInet4Addr(fd, level, opt, value)
	}
	return sim.Setsockopt(fd, level, opt, value[:])
}

// SetsockoptIPMreq is unix.SetsockoptIPMreq.
func SetsockoptIPMreq(fd, level, opt int, mreq *unix.IPMreq) error {
	if sim.Real() {
		return unix.SetsockoptIPMreq(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// SetsockoptIPMreqn is unix.SetsockoptIPMreqn.
func SetsockoptIPMreqn(fd, level, opt int, mreq *unix.IPMreqn) error {
	if sim.Real() {
		return unix.SetsockoptIPMreqn(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// SetsockoptIPv6Mreq is unix.SetsockoptIPv6Mreq.
func SetsockoptIPv6Mreq(fd, level, opt int, mreq *unix.IPv6Mreq) error {
	if sim.Real() {
		return unix.SetsockoptIPv6Mreq(fd, level, opt, mreq)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(mreq))
}

// BindToDevice is unix.BindToDevice.
func BindToDevice(fd int, device string) error {
	return SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, device)
}

// GetsockoptInt is unix.GetsockoptInt.
func GetsockoptInt(fd, level, opt int) (int, error) {
	if sim.Real() {
		return unix.GetsockoptInt(fd, level, opt)
	}
	return sim.GetsockoptInt(fd, level, opt)
}

// GetsockoptInet4Addr is unix.GetsockoptInet4Addr.
func GetsockoptInet4Addr(fd, level, opt int) (value [4]byte, err error) {
	if sim.Real() {
		return unix.GetsockoptInet4Addr(fd, level, opt)
	}
	_, err = sim.Getsockopt(fd, level, opt, value[:])
	return value, err
}
