// Package story plays golden scripts on a kernel: small stories about handles and
// a reactor. Package golden reads and writes the files.
//
//	# A handler closes its neighbor, whose event is already in the batch.
//	pair a A
//	pair b B
//	watch a r level
//	watch b r level
//	on a close b
//	write A x
//	write B x
//	iterate 1
//
//	Output:
//		#1 wait 0s     a:r b:r
//		#1 dispatch a  r
//		#1 drop b      r  stale
//
// A command that has a result prints itself and the result. A success without a
// result prints nothing, and a failure prints the name of the error. A script
// that begins with "real" also runs on the running kernel, which must give the
// same output.
//
// docs/golden-scripts.md has all commands, and says how to write a script.
package story
