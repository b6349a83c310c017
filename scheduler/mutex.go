package scheduler

// Mutex is a sync.Locker whose waiters are tasks, for subjects that must hold
// a lock over a simulated call: a task that waits for a sync.Mutex held by a
// parked task would stop the simulation. Only tasks may use it.
type Mutex struct {
	tasks   *Tasks
	held    *Task
	waiters []*Task // in the order of their Lock
}

// NewMutex returns an unlocked mutex for the tasks of s.
func NewMutex(s *Tasks) *Mutex { return &Mutex{tasks: s} }

// Lock takes m. It is a switch point, and waits while another task holds m.
func (m *Mutex) Lock() {
	call := Call{Name: "lock", Handle: -1}
	m.tasks.Switch(call)
	t := m.tasks.current
	for m.held != nil {
		m.waiters = append(m.waiters, t)
		if m.tasks.Block(call, -1) == Deadlocked {
			panic("scheduler: Lock of a Mutex that the only task already holds")
		}
	}
	m.held = t
}

// Unlock gives m up and makes the first waiter runnable. It never switches.
// It panics if the calling task does not hold m.
func (m *Mutex) Unlock() {
	if m.held == nil || m.held != m.tasks.current && !m.tasks.stopping {
		panic("scheduler: Unlock of a Mutex that the task does not hold")
	}
	m.held = nil
	if len(m.waiters) > 0 {
		t := m.waiters[0]
		m.waiters = m.waiters[1:]
		m.tasks.Ready(t)
	}
}
