package scheduler

import "math/bits"

// generator is SplitMix64 (Steele, Lea, Flood 2014): one word of state, any
// seed is good, and runs are numbered apart by the seed alone. It is written
// here so that a seed means the same with every release of Go.
type generator struct{ state uint64 }

// newGenerator returns the generator of one run of a strategy.
func newGenerator(seed uint64, run int) generator {
	g := generator{state: seed}
	g.state = g.next() + uint64(run)
	g.state = g.next()
	return g
}

func (g *generator) next() uint64 {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1. The bias, n in 2^64, is below notice.
func (g *generator) below(n int) int {
	high, _ := bits.Mul64(g.next(), uint64(n))
	return int(high)
}

// draw answers a choice without Alts: quiet as often as the choice asks for,
// any of the others otherwise.
func (g *generator) draw(c *Choice) int {
	if c.Quiet == 0 {
		return g.below(c.N)
	}
	if g.below(256) < int(c.Quiet) {
		return 0
	}
	return 1 + g.below(c.N-1)
}
