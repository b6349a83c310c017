package engine

import (
	"embed"
	"fmt"
	"sync"
	_ "unsafe"
)

var (
	total   = base + count() // before base in the text, after it in time
	base    = 10
	zero    int
	mu      sync.Mutex
	a, _    = pair()
	b, c    = pair()
	_       = count()
	handler = func(n int) int {
		go nothing()
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

func init() { zero = 5 }

func init() {
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
