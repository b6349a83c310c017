package sync

import "sync/atomic"

// Once is sync.Once.
type Once struct {
	done atomic.Bool
	m    Mutex
}

// Do calls f if no Do of o has called its function. It returns when the first call has
// returned.
func (o *Once) Do(f func()) {
	if o.done.Load() {
		return
	}
	o.m.Lock()
	defer o.m.Unlock()
	if !o.done.Load() {
		defer o.done.Store(true)
		f()
	}
}

// OnceFunc returns a function that calls f once. If f panics, every call panics with the
// same value.
func OnceFunc(f func()) func() {
	once := OnceValue(func() struct{} { f(); return struct{}{} })
	return func() { once() }
}

// OnceValue returns a function that calls f once and returns what f has returned.
func OnceValue[T any](f func() T) func() T {
	once := OnceValues(func() (T, struct{}) { return f(), struct{}{} })
	return func() T {
		v, _ := once()
		return v
	}
}

// OnceValues returns a function that calls f once and returns what f has returned.
func OnceValues[T, U any](f func() (T, U)) func() (T, U) {
	var (
		once     Once
		first    T
		second   U
		returned bool
		cause    any
	)
	return func() (T, U) {
		once.Do(func() {
			defer func() {
				if !returned {
					cause = recover()
				}
			}()
			first, second = f()
			returned = true
		})
		if !returned {
			panic(cause)
		}
		return first, second
	}
}
