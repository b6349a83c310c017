// Package routine is one of the shims that every build needs.
package routine
