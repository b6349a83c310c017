package sequence

import "reactortest/scheduler"

// Draw puts the questions of a sequence to a strategy.
type Draw struct {
	Recorder *scheduler.Recorder
	Call     scheduler.Point // which call comes next
	Argument scheduler.Point // with what
}

// Below returns a number from 0 to n-1. A quiet strategy draws 0.
func (d *Draw) Below(n int) int { return d.Recorder.Pick(d.Argument, n) }

// OneIn returns true once in n times.
func (d *Draw) OneIn(n int) bool { return d.Below(n) == n-1 }

// Pick returns one of all. A quiet strategy draws the first.
func Pick[T any](d *Draw, all ...T) T { return all[d.Below(len(all))] }

// Weighted returns an index, each with a frequency in proportion to its weight.
func (d *Draw) Weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := d.Recorder.Pick(d.Call, sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	panic("sequence: no alternative")
}
