// Package dispatch has loops with a bug in one part: events that reach the wrong watch, or none.
package dispatch
