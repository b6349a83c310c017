//go:build linux

package main

import (
	"math"
	"slices"
)

// estimateOf is a median with the interval in which the true median lies with a probability
// of 95 % at least. The interval has the k-th smallest and the k-th largest value as its ends,
// where k is the largest number for which fewer than k heads among n throws of a coin have a
// probability of 2.5 % at most. No distribution is assumed. Fewer than 6 values have no
// interval.
type estimateOf struct {
	median, low, high float64
	n                 int
}

func (e estimateOf) interval() bool { return e.n >= 6 }

func median(values []float64) estimateOf {
	n := len(values)
	if n == 0 {
		return estimateOf{median: math.NaN(), low: math.NaN(), high: math.NaN()}
	}
	v := slices.Sorted(slices.Values(values))
	e := estimateOf{n: n, median: (v[(n-1)/2] + v[n/2]) / 2, low: v[0], high: v[n-1]}
	if k := rank(n); k > 0 {
		e.low, e.high = v[k-1], v[n-k]
	}
	return e
}

// rank returns the largest k with P(fewer than k heads of n) <= 2.5 %, 0 if there is none.
func rank(n int) int {
	p := math.Pow(0.5, float64(n)) // of exactly k heads
	sum := 0.0
	for k := range n {
		if sum += p; sum > 0.025 {
			return k
		}
		p *= float64(n-k) / float64(k+1)
	}
	return 0
}
