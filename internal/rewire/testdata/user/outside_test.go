package main_test

import (
	"sync"
	"testing"

	"example.com/engine"
)

func TestOutside(t *testing.T) {
	var mu sync.Mutex
	mu.Lock()
	for k := range map[string]int{"a": 1} {
		t.Log(k, engine.State())
	}
}
