//go:build linux

package syscall

import (
	"syscall"

	"reactortest/shim/sim"
)

// Syscall is syscall.Syscall. See sim.Traps for the calls that the simulation has.
//
//go:uintptrescapes
func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	a := [6]uintptr{a1, a2, a3}
	if !sim.Real() {
		r1, err = sim.Raw(trap, &a)
		return r1, 0, err
	}
	if err := sim.ShortRaw(trap, &a); err != 0 {
		return ^uintptr(0), 0, err
	}
	return syscall.Syscall(trap, a[0], a[1], a[2])
}

// Syscall6 is syscall.Syscall6.
//
//go:uintptrescapes
func Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	a := [6]uintptr{a1, a2, a3, a4, a5, a6}
	if !sim.Real() {
		r1, err = sim.Raw(trap, &a)
		return r1, 0, err
	}
	if err := sim.ShortRaw(trap, &a); err != 0 {
		return ^uintptr(0), 0, err
	}
	return syscall.Syscall6(trap, a[0], a[1], a[2], a[3], a[4], a[5])
}

// RawSyscall is syscall.RawSyscall.
//
//go:uintptrescapes
func RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	a := [6]uintptr{a1, a2, a3}
	if !sim.Real() {
		r1, err = sim.Raw(trap, &a)
		return r1, 0, err
	}
	if err := sim.ShortRaw(trap, &a); err != 0 {
		return ^uintptr(0), 0, err
	}
	return syscall.RawSyscall(trap, a[0], a[1], a[2])
}

// RawSyscall6 is syscall.RawSyscall6.
//
//go:uintptrescapes
func RawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	a := [6]uintptr{a1, a2, a3, a4, a5, a6}
	if !sim.Real() {
		r1, err = sim.Raw(trap, &a)
		return r1, 0, err
	}
	if err := sim.ShortRaw(trap, &a); err != 0 {
		return ^uintptr(0), 0, err
	}
	return syscall.RawSyscall6(trap, a[0], a[1], a[2], a[3], a[4], a[5])
}
