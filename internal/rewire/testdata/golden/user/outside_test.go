package main_test; import simsync "simtest/shim/sync"; import simorder "simtest/shim/order"

import (
	_ "sync"
	"testing"

	"example.com/engine"
)

func TestOutside(t *testing.T) {
	var mu simsync.Mutex
	mu.Lock()
	for k := range simorder.Map(map[string]int{"a": 1}) {
		t.Log(k, engine.State())
	}
}
