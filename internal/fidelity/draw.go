package fidelity

import "reactortest/scheduler"

// What is drawn. A quiet strategy draws the first alternative of everything.
var (
	pointCall     = scheduler.NewPoint("fidelity-call")     // which call comes next
	pointArgument = scheduler.NewPoint("fidelity-argument") // with what
)

// draw puts the questions of a sequence to a strategy.
type draw struct {
	recorder *scheduler.Recorder
}

// below returns a number from 0 to n-1.
func (d *draw) below(n int) int { return d.recorder.Pick(pointArgument, n) }

// oneIn reports true once in n times.
func (d *draw) oneIn(n int) bool { return d.below(n) == n-1 }

func pickFrom[T any](d *draw, all ...T) T { return all[d.below(len(all))] }

// weighted returns an index, each as often as its weight says.
func (d *draw) weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := d.recorder.Pick(pointCall, sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	panic("fidelity: no alternative")
}
