// Package closing has loops with a bug in one part: the end of watches and loops.
package closing
