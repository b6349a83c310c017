// Package timers has loops whose timers run early, late, out of order or not at
// all. Each has a bug in one part.
package timers
