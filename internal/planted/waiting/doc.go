// Package waiting has loops with a bug in one part: how long the loop waits.
package waiting
