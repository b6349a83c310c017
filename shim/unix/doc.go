// Package unix has the functions of golang.org/x/sys/unix that rewired code calls
// instead: those that take or return a descriptor. They have the same signatures and
// the same results, -1 with an error where x/sys returns that. In a bubble the simulated
// kernel answers them, see package sim. Everything else stays that of x/sys: types,
// constants, errors, and functions that have nothing to do with descriptors.
package unix
