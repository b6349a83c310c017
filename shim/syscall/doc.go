// Package syscall has the functions of the standard library's syscall that rewired code
// calls instead: those that take or return a descriptor. They have the same signatures
// and the same results, -1 with an error where the standard library returns that. In a
// bubble the simulated kernel answers them, see package sim. Everything else of package
// syscall stays the standard library's: types, constants, errors, and functions that
// have nothing to do with descriptors.
package syscall
