//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/shim/sim"
)

// FcntlInt is unix.FcntlInt.
func FcntlInt(fd uintptr, cmd, arg int) (int, error) {
	if sim.Real() {
		return unix.FcntlInt(fd, cmd, arg)
	}
	return sim.Fcntl(int(fd), cmd, arg)
}

// IoctlGetInt is unix.IoctlGetInt.
func IoctlGetInt(fd int, req uint) (int, error) {
	if sim.Real() {
		return unix.IoctlGetInt(fd, req)
	}
	n, err := sim.Ioctl(fd, int(req), 0)
	if err != nil {
		return 0, err
	}
	return n, nil
}

// IoctlSetPointerInt is unix.IoctlSetPointerInt.
func IoctlSetPointerInt(fd int, req uint, value int) error {
	if sim.Real() {
		return unix.IoctlSetPointerInt(fd, req, value)
	}
	_, err := sim.Ioctl(fd, int(req), value)
	return err
}

// MemfdCreate is unix.MemfdCreate.
func MemfdCreate(name string, flags int) (int, error) {
	if sim.Real() {
		return unix.MemfdCreate(name, flags)
	}
	return sim.MemfdCreate()
}

// GetsockoptLinger is unix.GetsockoptLinger.
func GetsockoptLinger(fd, level, opt int) (*unix.Linger, error) {
	if sim.Real() {
		return unix.GetsockoptLinger(fd, level, opt)
	}
	var l unix.Linger
	_, err := sim.Getsockopt(fd, level, opt, sim.Memory(&l))
	return &l, err
}

// SetsockoptUint64 is unix.SetsockoptUint64.
func SetsockoptUint64(fd, level, opt int, value uint64) error {
	if sim.Real() {
		return unix.SetsockoptUint64(fd, level, opt, value)
	}
	return sim.Setsockopt(fd, level, opt, sim.Memory(&value))
}

// SchedSetaffinity is unix.SchedSetaffinity. In a bubble it does nothing: there is no
// processor to choose.
func SchedSetaffinity(pid int, set *unix.CPUSet) error {
	if sim.Real() {
		return unix.SchedSetaffinity(pid, set)
	}
	return nil
}
