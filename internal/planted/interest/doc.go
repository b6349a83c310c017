// Package interest has loops with a bug in one part: what a watch wants, and the mode in which it wants it.
package interest
