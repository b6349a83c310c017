// Package order is one of the shims that every build needs.
package order
