package main

import (
	"sync"
	"testing"

	"simtest/shim/order"
)

func TestRewired(t *testing.T) {
	var mu sync.Mutex
	mu.Lock()
	if len(order.Modules()) == 0 {
		t.Error("not rewired")
	}
}
