// Package sim carries the system calls of rewired code to the simulated kernel of
// the run that is on. It is what the packages beside it have in common: syscall,
// unix, net and os export the functions of their namesakes that the simulation must
// answer, with the same signatures, and each of them goes through [Enter].
//
//	func Dup(fd int) (int, error) {
//		if sim.Real() {
//			return syscall.Dup(fd)
//		}
//		return sim.Dup(fd)
//	}
//
// A call has one of three answers. While a bubble is on, the kernel of the bubble
// answers it, and the bubble hears of the result. Otherwise, after Simulate(true), it
// fails with EBADF: whatever runs between two runs has no descriptors. Otherwise it
// goes to the operating system. There, Perturb makes it fall short in ways that Linux
// allows.
//
// Variables of rewired packages are initialized before any function of a judge runs.
// The linker flag -X reactortest/shim/sim.initially=simulated has the effect of
// Simulate(true) from the start.
package sim
