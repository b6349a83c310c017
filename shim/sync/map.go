package sync

import (
	"slices"
	"sync"
)

// Map is sync.Map whose Range goes in the order in which the keys were stored first.
type Map struct {
	mu      sync.Mutex
	entries map[any]*entry
	order   []*entry
}

type entry struct {
	key, value any
	gone       bool
}

// find returns the entry of key, nil if there is none. The lock is held.
func (m *Map) find(key any) *entry { return m.entries[key] }

func (m *Map) add(key, value any) {
	if m.entries == nil {
		m.entries = make(map[any]*entry)
	}
	e := &entry{key: key, value: value}
	m.entries[key] = e
	m.order = append(m.order, e)
}

func (m *Map) remove(e *entry) {
	e.gone = true
	delete(m.entries, e.key)
	i := slices.Index(m.order, e)
	m.order = slices.Delete(slices.Clone(m.order), i, i+1) // a Range may hold the old slice
}

// Load returns the value of key, and whether there is one.
func (m *Map) Load(key any) (value any, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.find(key); e != nil {
		return e.value, true
	}
	return nil, false
}

// Store sets the value of key.
func (m *Map) Store(key, value any) { m.Swap(key, value) }

// Swap sets the value of key and returns the previous one, and whether there was one.
func (m *Map) Swap(key, value any) (previous any, loaded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.find(key); e != nil {
		previous, e.value = e.value, value
		return previous, true
	}
	m.add(key, value)
	return nil, false
}

// LoadOrStore returns the value of key, and stores the given one if there is none.
func (m *Map) LoadOrStore(key, value any) (actual any, loaded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.find(key); e != nil {
		return e.value, true
	}
	m.add(key, value)
	return value, false
}

// LoadAndDelete deletes the value of key and returns it, and whether there was one.
func (m *Map) LoadAndDelete(key any) (value any, loaded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.find(key)
	if e == nil {
		return nil, false
	}
	m.remove(e)
	return e.value, true
}

// Delete deletes the value of key.
func (m *Map) Delete(key any) { m.LoadAndDelete(key) }

// CompareAndSwap sets the value of key if it is old.
func (m *Map) CompareAndSwap(key, old, value any) (swapped bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.find(key); e != nil && e.value == old {
		e.value = value
		return true
	}
	return false
}

// CompareAndDelete deletes the value of key if it is old.
func (m *Map) CompareAndDelete(key, old any) (deleted bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.find(key); e != nil && e.value == old {
		m.remove(e)
		return true
	}
	return false
}

// Clear deletes everything.
func (m *Map) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.order {
		e.gone = true
	}
	m.entries, m.order = nil, nil
}

// Range calls f for each key until f returns false.
func (m *Map) Range(f func(key, value any) bool) {
	m.mu.Lock()
	order := slices.Clone(m.order)
	m.mu.Unlock()
	for _, e := range order {
		m.mu.Lock()
		key, value, gone := e.key, e.value, e.gone
		m.mu.Unlock()
		if !gone && !f(key, value) {
			return
		}
	}
}
