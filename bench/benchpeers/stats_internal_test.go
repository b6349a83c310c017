//go:build linux

package main

import (
	"math"
	"testing"
)

func TestRank(t *testing.T) {
	tests := []struct {
		why     string
		n, want int
	}{
		{"five values lie on one side of the median with 1/16", 5, 0},
		{"six do with 1/32", 6, 1},
		{"the usual table of the sign test", 9, 2},
		{"a full run", 15, 4},
		{"nothing was measured", 0, 0},
	}
	for _, test := range tests {
		if got := rank(test.n); got != test.want {
			t.Errorf("%s: rank(%d) = %d, want %d", test.why, test.n, got, test.want)
		}
	}
}

func TestMedian(t *testing.T) {
	e := median([]float64{7, 1, 5, 3, 6, 2, 4})
	if e.median != 4 || e.low != 1 || e.high != 7 || !e.interval() {
		t.Errorf("median of 1 to 7: %+v", e)
	}
	if e := median([]float64{1, 2}); e.median != 1.5 || e.interval() {
		t.Errorf("median of two: %+v", e)
	}
	if e := median(nil); !math.IsNaN(e.median) || e.interval() {
		t.Errorf("median of nothing: %+v", e)
	}
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		why     string
		atLeast bool
		e       estimateOf
		want    string
	}{
		{"all of it above", true, estimateOf{low: 1.2, high: 1.4, n: 15}, met},
		{"the bound itself is allowed", true, estimateOf{low: 1, high: 1.4, n: 15}, met},
		{"all of it below", true, estimateOf{low: 0.8, high: 0.9, n: 15}, missed},
		{"the bound lies inside", true, estimateOf{low: 0.9, high: 1.1, n: 15}, undecided},
		{"too few rounds", true, estimateOf{low: 1.2, high: 1.4, n: 5}, undecided},
		{"at most, all of it below", false, estimateOf{low: 0.8, high: 0.9, n: 15}, met},
		{"at most, all of it above", false, estimateOf{low: 1.1, high: 1.2, n: 15}, missed},
		{"at most, the bound lies inside", false, estimateOf{low: 0.9, high: 1.1, n: 15}, undecided},
		{"nothing was measured", false, median(nil), undecided},
	}
	for _, test := range tests {
		tg := target{atLeast: test.atLeast, bound: 1}
		if got := tg.verdict(test.e); got != test.want {
			t.Errorf("%s: %s, want %s", test.why, got, test.want)
		}
	}
}
