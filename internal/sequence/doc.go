// Package sequence has the parts that comparisons of two kernels share, whatever
// calls they make: it draws a sequence, shrinks a sequence that fails, writes the
// names in it, and counts what the sequences have done in a table.
package sequence
