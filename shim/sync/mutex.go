package sync

import "reactortest/scheduler/bubble"

// Mutex is sync.Mutex.
type Mutex struct {
	q    queue
	held bool
}

func (m *Mutex) isHeld() bool {
	if m.q.stale() {
		m.held = false
	}
	return m.held
}

func (m *Mutex) take() bool {
	if m.isHeld() {
		return false
	}
	m.held = true
	return true
}

// Lock takes m, and waits while somebody else holds it.
func (m *Mutex) Lock() { m.q.await("lock", m.take) }

// TryLock takes m if nobody holds it.
func (m *Mutex) TryLock() bool { return m.q.holds(m.take) }

// Unlock releases m. It panics if nobody holds it.
func (m *Mutex) Unlock() {
	m.q.changed(func() {
		if !m.isHeld() {
			misused("unlock of unlocked mutex")
		}
		m.held = false
	})
}

// RWMutex is sync.RWMutex.
type RWMutex struct {
	q       queue
	readers int
	writers int // that wait: later readers wait for them
	held    bool
}

// begin forgets an earlier run. The lock is held.
func (m *RWMutex) begin() {
	if m.q.stale() {
		m.readers, m.writers, m.held = 0, 0, false
	}
}

// Lock takes m for writing.
func (m *RWMutex) Lock() {
	waits := false
	m.q.await("lock", func() bool {
		m.begin()
		if m.held || m.readers > 0 {
			if !waits {
				waits = true
				m.writers++
			}
			return false
		}
		if waits {
			m.writers--
		}
		m.held = true
		return true
	})
}

// TryLock takes m for writing if nobody holds it.
func (m *RWMutex) TryLock() bool {
	return m.q.holds(func() bool {
		m.begin()
		if m.held || m.readers > 0 {
			return false
		}
		m.held = true
		return true
	})
}

// Unlock releases m. It panics if nobody holds it for writing.
func (m *RWMutex) Unlock() {
	m.q.changed(func() {
		m.begin()
		if !m.held {
			misused("Unlock of unlocked RWMutex")
		}
		m.held = false
	})
}

func (m *RWMutex) takeRead() bool {
	m.begin()
	if m.held || m.writers > 0 {
		return false
	}
	m.readers++
	return true
}

// RLock takes m for reading.
func (m *RWMutex) RLock() { m.q.await("lock for reading", m.takeRead) }

// TryRLock takes m for reading if that does not wait.
func (m *RWMutex) TryRLock() bool { return m.q.holds(m.takeRead) }

// RUnlock undoes one RLock. It panics if nobody holds m for reading.
func (m *RWMutex) RUnlock() {
	m.q.changed(func() {
		m.begin()
		if m.readers == 0 {
			misused("RUnlock of unlocked RWMutex")
			return
		}
		m.readers--
	})
}

// RLocker returns a Locker of RLock and RUnlock.
func (m *RWMutex) RLocker() Locker { return (*rlocker)(m) }

type rlocker RWMutex

func (r *rlocker) Lock()   { (*RWMutex)(r).RLock() }
func (r *rlocker) Unlock() { (*RWMutex)(r).RUnlock() }

// misused panics as the standard library does. When a run ends, its goroutines end
// wherever they are, and their deferred functions may release what they do not hold.
func misused(what string) {
	if !bubble.Over() {
		panic("sync: " + what)
	}
}
