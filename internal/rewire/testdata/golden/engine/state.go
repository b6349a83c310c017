package engine; import simsync "simtest/shim/sync"; import simroutine "simtest/shim/routine"

import (
	"embed"
	"fmt"
	_ "sync"
	_ "unsafe"
)

var (
	total   = base + count() // before base in the text, after it in time
	base    = 10
	zero    int
	mu      simsync.Mutex
	a, _    = pair()
	b, c    = pair()
	_       = count()
	handler = func(n int) int {
		{ simroutine.Go(func() { nothing() }) }
		return n + zero
	}
)

//go:embed state.go
var source string

//go:embed *.go
var all embed.FS

//go:linkname procPin runtime.procPin
func procPin() int

var counted int

func count() int { counted++; return counted }

func pair() (int, int) { return 1, 2 }

func simInit_state0() { zero = 5 }

func simInit_state1() {
	zero++
}

// Change changes the state.
func Change() {
	mu.Lock()
	defer mu.Unlock()
	total, base, zero, a, b, c, counted = -1, -1, -1, -1, -1, -1, -1
	handler = nil
}

// State tells the state.
func State() string {
	h := 0
	if handler != nil {
		h = handler(1)
	}
	return fmt.Sprint("state ", total, base, zero, a, b, c, h, source != "")
}

// Run does everything.
func Run() []string { return []string{selectors(), gos(), ranges(), raced} }

func simReset_zero() { var simZero int; zero = simZero }

func simReset_mu() { var simZero simsync.Mutex; mu = simZero }

func simReset_counted() { var simZero int; counted = simZero }

func simReset_base() { base = 10 }

func simReset_a() { a, _ = pair() }

func simReset_b() { b, c = pair() }

func simReset_handler() { handler = func(n int) int {
		{ simroutine.Go(func() { nothing() }) }
		return n + zero
	} }

func simReset_total() { total = base + count() }
