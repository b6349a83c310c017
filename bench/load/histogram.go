//go:build linux

package main

import (
	"math/bits"
	"time"
)

// fine is how many bits of a latency a histogram keeps: it errs by 1/32 at most.
const fine = 5

// histogram counts latencies.
type histogram struct {
	counts [(64 - fine + 1) << fine]int64
	all    int64
}

func (h *histogram) add(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0)))]++
	h.all++
}

// bucket keeps the highest bit of v and the fine ones below it.
func bucket(v uint64) int {
	if v < 1<<fine {
		return int(v)
	}
	shift := bits.Len64(v) - fine - 1
	return (shift+1)<<fine | int(v>>shift)&(1<<fine-1)
}

// floor is the smallest value of a bucket.
func floor(b int) int64 {
	if b < 1<<fine {
		return int64(b)
	}
	shift := b>>fine - 1
	return int64(1<<fine|b&(1<<fine-1)) << shift
}

// quantile returns the latency that a share q of all does not exceed, in nanoseconds.
func (h *histogram) quantile(q float64) int64 {
	left := int64(q * float64(h.all))
	for b, n := range h.counts {
		if left -= n; left < 0 {
			return floor(b)
		}
	}
	return 0
}
