// Command user uses a module that is rewired.
package main

import (
	"fmt"
	"sync"

	"simtest/shim/order"
	"simtest/shim/routine"
	simsync "simtest/shim/sync"

	"example.com/engine"
	"example.com/mid"
	"example.com/old"
)

func main() {
	for _, line := range engine.Run() {
		fmt.Println(line)
	}
	fmt.Println(mid.Run())
	fmt.Println(engine.State())
	engine.Change()
	fmt.Println(engine.State())
	order.Reset("")
	fmt.Println(engine.State())
	var mu sync.Mutex
	mu.Lock()
	go func() {}()
	fmt.Println("locks:", simsync.Locks > 0, "goroutines:", routine.Started > 0, "modules:", order.Modules())
	if len(order.Modules()) > 0 {
		fmt.Println(old.Run())
	}
}
