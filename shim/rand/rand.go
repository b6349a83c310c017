// Package rand has the top-level functions of math/rand and math/rand/v2 for programs
// that run on a simulated kernel: in a run they draw the same numbers every time.
package rand

import (
	"math/rand/v2"
	"sync"

	"reactortest/scheduler/bubble"
)

var (
	mu  sync.Mutex
	in  *bubble.Bubble
	gen *rand.Rand
)

// draw calls f with the generator of the run, or with one of the process.
func draw[T any](f func(r *rand.Rand) T) T {
	mu.Lock()
	defer mu.Unlock()
	b := bubble.Current()
	if gen == nil || b != in {
		seed := uint64(1)
		if b == nil {
			seed = rand.Uint64()
		}
		in, gen = b, rand.New(rand.NewPCG(seed, 0))
	}
	return f(gen)
}

// Int returns a non-negative number.
func Int() int { return draw((*rand.Rand).Int) }

// Intn returns a number below n.
func Intn(n int) int { return draw(func(r *rand.Rand) int { return r.IntN(n) }) }

// IntN returns a number below n.
func IntN(n int) int { return Intn(n) }

// Int31 returns a non-negative number of 31 bits.
func Int31() int32 { return draw((*rand.Rand).Int32) }

// Int32 returns a non-negative number of 31 bits.
func Int32() int32 { return draw((*rand.Rand).Int32) }

// Int31n returns a number below n.
func Int31n(n int32) int32 { return draw(func(r *rand.Rand) int32 { return r.Int32N(n) }) }

// Int32N returns a number below n.
func Int32N(n int32) int32 { return Int31n(n) }

// Int63 returns a non-negative number of 63 bits.
func Int63() int64 { return draw((*rand.Rand).Int64) }

// Int64 returns a non-negative number of 63 bits.
func Int64() int64 { return draw((*rand.Rand).Int64) }

// Int63n returns a number below n.
func Int63n(n int64) int64 { return draw(func(r *rand.Rand) int64 { return r.Int64N(n) }) }

// Int64N returns a number below n.
func Int64N(n int64) int64 { return Int63n(n) }

// Uint32 returns a number of 32 bits.
func Uint32() uint32 { return draw((*rand.Rand).Uint32) }

// Uint64 returns a number of 64 bits.
func Uint64() uint64 { return draw((*rand.Rand).Uint64) }

// Uint32N returns a number below n.
func Uint32N(n uint32) uint32 { return draw(func(r *rand.Rand) uint32 { return r.Uint32N(n) }) }

// Uint64N returns a number below n.
func Uint64N(n uint64) uint64 { return draw(func(r *rand.Rand) uint64 { return r.Uint64N(n) }) }

// Float32 returns a number in [0, 1).
func Float32() float32 { return draw((*rand.Rand).Float32) }

// Float64 returns a number in [0, 1).
func Float64() float64 { return draw((*rand.Rand).Float64) }

// Perm returns a permutation of the numbers below n.
func Perm(n int) []int { return draw(func(r *rand.Rand) []int { return r.Perm(n) }) }

// Shuffle shuffles n elements.
func Shuffle(n int, swap func(i, j int)) {
	draw(func(r *rand.Rand) struct{} { r.Shuffle(n, swap); return struct{}{} })
}

// Seed does nothing.
func Seed(int64) {}
