// Package posting has loops with a wrong queue of posted functions, or a wrong
// wake. Each has a bug in one part.
package posting
