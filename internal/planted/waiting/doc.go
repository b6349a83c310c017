// Package waiting has loops that wait for a wrong length of time. Each has a bug
// in one part.
package waiting
