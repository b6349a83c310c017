// Package dispatch has loops that bring events to the wrong watch or to no
// watch. Each has a bug in one part.
package dispatch
