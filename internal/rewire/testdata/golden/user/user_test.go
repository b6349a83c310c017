package main; import simxsync "simtest/shim/sync"

import (
	_ "sync"
	"testing"

	"simtest/shim/order"
)

func TestRewired(t *testing.T) {
	var mu simxsync.Mutex
	mu.Lock()
	if len(order.Modules()) == 0 {
		t.Error("not rewired")
	}
}
