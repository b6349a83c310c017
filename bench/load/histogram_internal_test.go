//go:build linux

package main

import (
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var h histogram
	for i := 1; i <= 100_000; i++ {
		h.add(time.Duration(i))
	}
	for q, want := range map[float64]int64{0.5: 50_000, 0.99: 99_000} {
		got := h.quantile(q)
		if got > want+1 || got < want-want/(1<<fine) {
			t.Errorf("quantile %v is %d, want %d or up to 1/%d less", q, got, want, 1<<fine)
		}
	}
}

func TestBuckets(t *testing.T) {
	for v := uint64(0); v < 1<<40; v += 1 + v/7 {
		b := bucket(v)
		if floor(b) > int64(v) || floor(b+1) <= int64(v) {
			t.Fatalf("%d is in bucket %d, from %d to %d", v, b, floor(b), floor(b+1))
		}
	}
}
