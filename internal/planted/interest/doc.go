// Package interest has loops that get the interest or the mode of a watch wrong.
// Each has a bug in one part.
package interest
