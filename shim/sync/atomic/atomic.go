// Package atomic has the operations of the standard library's sync/atomic for programs
// that run on a simulated kernel. With Switch on, each operation is a switch point: other
// goroutines may act before it.
package atomic

import (
	"sync/atomic"
	"unsafe"

	"reactortest/scheduler/bubble"
)

// on says whether operations are switch points.
var on atomic.Bool

// Switch sets whether operations are switch points in the runs to come, and returns the
// previous setting. It is off when a program starts. No run is on when it is called.
func Switch(points bool) (was bool) { return on.Swap(points) }

func point() {
	if !on.Load() {
		return
	}
	if b := bubble.Current(); b != nil {
		b.Point("atomic")
	}
}

// Value is the standard library's.
type Value struct{ v atomic.Value }

// Load is that of the standard library.
func (x *Value) Load() any { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Value) Store(v any) { point(); x.v.Store(v) }

// Swap is that of the standard library.
func (x *Value) Swap(v any) any { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Value) CompareAndSwap(old, v any) bool { point(); return x.v.CompareAndSwap(old, v) }

// Pointer is the standard library's.
type Pointer[T any] struct{ v atomic.Pointer[T] }

// Load is that of the standard library.
func (x *Pointer[T]) Load() *T { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Pointer[T]) Store(v *T) { point(); x.v.Store(v) }

// Swap is that of the standard library.
func (x *Pointer[T]) Swap(v *T) *T { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Pointer[T]) CompareAndSwap(old, v *T) bool { point(); return x.v.CompareAndSwap(old, v) }

// Bool is the standard library's.
type Bool struct{ v atomic.Bool }

// Load is that of the standard library.
func (x *Bool) Load() bool { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Bool) Store(v bool) { point(); x.v.Store(v) }

// Swap is that of the standard library.
func (x *Bool) Swap(v bool) bool { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Bool) CompareAndSwap(old, v bool) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadPointer is that of the standard library.
func LoadPointer(p *unsafe.Pointer) unsafe.Pointer { point(); return atomic.LoadPointer(p) }

// StorePointer is that of the standard library.
func StorePointer(p *unsafe.Pointer, v unsafe.Pointer) { point(); atomic.StorePointer(p, v) }

// SwapPointer is that of the standard library.
func SwapPointer(p *unsafe.Pointer, v unsafe.Pointer) unsafe.Pointer {
	point()
	return atomic.SwapPointer(p, v)
}

// CompareAndSwapPointer is that of the standard library.
func CompareAndSwapPointer(p *unsafe.Pointer, old, v unsafe.Pointer) bool {
	point()
	return atomic.CompareAndSwapPointer(p, old, v)
}
