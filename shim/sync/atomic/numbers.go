package atomic

import "sync/atomic"

// Int32 is the standard library's.
type Int32 struct{ v atomic.Int32 }

// Load is that of the standard library.
func (x *Int32) Load() int32 { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Int32) Store(v int32) { point(); x.v.Store(v) }

// Add is that of the standard library.
func (x *Int32) Add(d int32) int32 { point(); return x.v.Add(d) }

// And is that of the standard library.
func (x *Int32) And(mask int32) int32 { point(); return x.v.And(mask) }

// Or is that of the standard library.
func (x *Int32) Or(mask int32) int32 { point(); return x.v.Or(mask) }

// Swap is that of the standard library.
func (x *Int32) Swap(v int32) int32 { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Int32) CompareAndSwap(old, v int32) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadInt32 is that of the standard library.
func LoadInt32(p *int32) int32 { point(); return atomic.LoadInt32(p) }

// StoreInt32 is that of the standard library.
func StoreInt32(p *int32, v int32) { point(); atomic.StoreInt32(p, v) }

// AddInt32 is that of the standard library.
func AddInt32(p *int32, d int32) int32 { point(); return atomic.AddInt32(p, d) }

// AndInt32 is that of the standard library.
func AndInt32(p *int32, mask int32) int32 { point(); return atomic.AndInt32(p, mask) }

// OrInt32 is that of the standard library.
func OrInt32(p *int32, mask int32) int32 { point(); return atomic.OrInt32(p, mask) }

// SwapInt32 is that of the standard library.
func SwapInt32(p *int32, v int32) int32 { point(); return atomic.SwapInt32(p, v) }

// CompareAndSwapInt32 is that of the standard library.
func CompareAndSwapInt32(p *int32, old, v int32) bool {
	point()
	return atomic.CompareAndSwapInt32(p, old, v)
}

// Int64 is the standard library's.
type Int64 struct{ v atomic.Int64 }

// Load is that of the standard library.
func (x *Int64) Load() int64 { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Int64) Store(v int64) { point(); x.v.Store(v) }

// Add is that of the standard library.
func (x *Int64) Add(d int64) int64 { point(); return x.v.Add(d) }

// And is that of the standard library.
func (x *Int64) And(mask int64) int64 { point(); return x.v.And(mask) }

// Or is that of the standard library.
func (x *Int64) Or(mask int64) int64 { point(); return x.v.Or(mask) }

// Swap is that of the standard library.
func (x *Int64) Swap(v int64) int64 { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Int64) CompareAndSwap(old, v int64) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadInt64 is that of the standard library.
func LoadInt64(p *int64) int64 { point(); return atomic.LoadInt64(p) }

// StoreInt64 is that of the standard library.
func StoreInt64(p *int64, v int64) { point(); atomic.StoreInt64(p, v) }

// AddInt64 is that of the standard library.
func AddInt64(p *int64, d int64) int64 { point(); return atomic.AddInt64(p, d) }

// AndInt64 is that of the standard library.
func AndInt64(p *int64, mask int64) int64 { point(); return atomic.AndInt64(p, mask) }

// OrInt64 is that of the standard library.
func OrInt64(p *int64, mask int64) int64 { point(); return atomic.OrInt64(p, mask) }

// SwapInt64 is that of the standard library.
func SwapInt64(p *int64, v int64) int64 { point(); return atomic.SwapInt64(p, v) }

// CompareAndSwapInt64 is that of the standard library.
func CompareAndSwapInt64(p *int64, old, v int64) bool {
	point()
	return atomic.CompareAndSwapInt64(p, old, v)
}

// Uint32 is the standard library's.
type Uint32 struct{ v atomic.Uint32 }

// Load is that of the standard library.
func (x *Uint32) Load() uint32 { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Uint32) Store(v uint32) { point(); x.v.Store(v) }

// Add is that of the standard library.
func (x *Uint32) Add(d uint32) uint32 { point(); return x.v.Add(d) }

// And is that of the standard library.
func (x *Uint32) And(mask uint32) uint32 { point(); return x.v.And(mask) }

// Or is that of the standard library.
func (x *Uint32) Or(mask uint32) uint32 { point(); return x.v.Or(mask) }

// Swap is that of the standard library.
func (x *Uint32) Swap(v uint32) uint32 { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Uint32) CompareAndSwap(old, v uint32) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadUint32 is that of the standard library.
func LoadUint32(p *uint32) uint32 { point(); return atomic.LoadUint32(p) }

// StoreUint32 is that of the standard library.
func StoreUint32(p *uint32, v uint32) { point(); atomic.StoreUint32(p, v) }

// AddUint32 is that of the standard library.
func AddUint32(p *uint32, d uint32) uint32 { point(); return atomic.AddUint32(p, d) }

// AndUint32 is that of the standard library.
func AndUint32(p *uint32, mask uint32) uint32 { point(); return atomic.AndUint32(p, mask) }

// OrUint32 is that of the standard library.
func OrUint32(p *uint32, mask uint32) uint32 { point(); return atomic.OrUint32(p, mask) }

// SwapUint32 is that of the standard library.
func SwapUint32(p *uint32, v uint32) uint32 { point(); return atomic.SwapUint32(p, v) }

// CompareAndSwapUint32 is that of the standard library.
func CompareAndSwapUint32(p *uint32, old, v uint32) bool {
	point()
	return atomic.CompareAndSwapUint32(p, old, v)
}

// Uint64 is the standard library's.
type Uint64 struct{ v atomic.Uint64 }

// Load is that of the standard library.
func (x *Uint64) Load() uint64 { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Uint64) Store(v uint64) { point(); x.v.Store(v) }

// Add is that of the standard library.
func (x *Uint64) Add(d uint64) uint64 { point(); return x.v.Add(d) }

// And is that of the standard library.
func (x *Uint64) And(mask uint64) uint64 { point(); return x.v.And(mask) }

// Or is that of the standard library.
func (x *Uint64) Or(mask uint64) uint64 { point(); return x.v.Or(mask) }

// Swap is that of the standard library.
func (x *Uint64) Swap(v uint64) uint64 { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Uint64) CompareAndSwap(old, v uint64) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadUint64 is that of the standard library.
func LoadUint64(p *uint64) uint64 { point(); return atomic.LoadUint64(p) }

// StoreUint64 is that of the standard library.
func StoreUint64(p *uint64, v uint64) { point(); atomic.StoreUint64(p, v) }

// AddUint64 is that of the standard library.
func AddUint64(p *uint64, d uint64) uint64 { point(); return atomic.AddUint64(p, d) }

// AndUint64 is that of the standard library.
func AndUint64(p *uint64, mask uint64) uint64 { point(); return atomic.AndUint64(p, mask) }

// OrUint64 is that of the standard library.
func OrUint64(p *uint64, mask uint64) uint64 { point(); return atomic.OrUint64(p, mask) }

// SwapUint64 is that of the standard library.
func SwapUint64(p *uint64, v uint64) uint64 { point(); return atomic.SwapUint64(p, v) }

// CompareAndSwapUint64 is that of the standard library.
func CompareAndSwapUint64(p *uint64, old, v uint64) bool {
	point()
	return atomic.CompareAndSwapUint64(p, old, v)
}

// Uintptr is the standard library's.
type Uintptr struct{ v atomic.Uintptr }

// Load is that of the standard library.
func (x *Uintptr) Load() uintptr { point(); return x.v.Load() }

// Store is that of the standard library.
func (x *Uintptr) Store(v uintptr) { point(); x.v.Store(v) }

// Add is that of the standard library.
func (x *Uintptr) Add(d uintptr) uintptr { point(); return x.v.Add(d) }

// And is that of the standard library.
func (x *Uintptr) And(mask uintptr) uintptr { point(); return x.v.And(mask) }

// Or is that of the standard library.
func (x *Uintptr) Or(mask uintptr) uintptr { point(); return x.v.Or(mask) }

// Swap is that of the standard library.
func (x *Uintptr) Swap(v uintptr) uintptr { point(); return x.v.Swap(v) }

// CompareAndSwap is that of the standard library.
func (x *Uintptr) CompareAndSwap(old, v uintptr) bool { point(); return x.v.CompareAndSwap(old, v) }

// LoadUintptr is that of the standard library.
func LoadUintptr(p *uintptr) uintptr { point(); return atomic.LoadUintptr(p) }

// StoreUintptr is that of the standard library.
func StoreUintptr(p *uintptr, v uintptr) { point(); atomic.StoreUintptr(p, v) }

// AddUintptr is that of the standard library.
func AddUintptr(p *uintptr, d uintptr) uintptr { point(); return atomic.AddUintptr(p, d) }

// AndUintptr is that of the standard library.
func AndUintptr(p *uintptr, mask uintptr) uintptr { point(); return atomic.AndUintptr(p, mask) }

// OrUintptr is that of the standard library.
func OrUintptr(p *uintptr, mask uintptr) uintptr { point(); return atomic.OrUintptr(p, mask) }

// SwapUintptr is that of the standard library.
func SwapUintptr(p *uintptr, v uintptr) uintptr { point(); return atomic.SwapUintptr(p, v) }

// CompareAndSwapUintptr is that of the standard library.
func CompareAndSwapUintptr(p *uintptr, old, v uintptr) bool {
	point()
	return atomic.CompareAndSwapUintptr(p, old, v)
}
