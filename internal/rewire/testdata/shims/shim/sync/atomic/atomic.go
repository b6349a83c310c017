// Package atomic is a stand-in.
package atomic

import "sync/atomic"

func AddInt32(p *int32, d int32) int32 { return atomic.AddInt32(p, d) }

type Pointer[T any] struct{ p atomic.Pointer[T] }

func (p *Pointer[T]) Load() *T   { return p.p.Load() }
func (p *Pointer[T]) Store(v *T) { p.p.Store(v) }
