// Package sequence has what comparisons of two kernels have in common, whatever
// calls they make: how a sequence is drawn, how one that fails is made smaller, how
// what it names is written, and the table of what the sequences have done.
package sequence
