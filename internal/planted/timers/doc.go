// Package timers has loops with a bug in one part: timers that run early, late, out of order or in vain.
package timers
