package scheduler

// Mutex is a sync.Locker whose waiters are tasks, for subjects that must hold
// a lock during a simulated call. A task that waits for a sync.Mutex held by a
// parked task would stop the simulation. Code outside any task, such as the
// set-up of a run, may take a Mutex if it is free.
type Mutex struct {
	tasks   *Tasks
	locked  bool
	holder  *Task   // nil: code outside of any task
	waiters []*Task // in the order of their Lock
}

// NewMutex returns an unlocked mutex for the tasks of s.
func NewMutex(s *Tasks) *Mutex { return &Mutex{tasks: s} }

// Lock takes m. It is a switch point, and waits while another task holds m. It
// panics if no other task could ever unlock m.
func (m *Mutex) Lock() {
	call := Call{Name: "lock", Handle: -1}
	m.tasks.Switch(call)
	t := m.tasks.current
	if t == nil && m.locked {
		panic("scheduler: Lock of a held Mutex outside of any task")
	}
	for m.locked {
		if m.holder == t {
			panic("scheduler: Lock of a Mutex that the task already holds")
		}
		m.waiters = append(m.waiters, t)
		if m.tasks.Block(call, -1) == Deadlocked {
			panic("scheduler: Lock of a Mutex that nobody can unlock")
		}
	}
	m.locked, m.holder = true, t
}

// Unlock releases m and makes the first waiter runnable. It never switches.
// It panics if the calling task does not hold m.
func (m *Mutex) Unlock() {
	if !m.tasks.stopping && (!m.locked || m.holder != m.tasks.current) {
		panic("scheduler: Unlock of a Mutex that the task does not hold")
	}
	m.locked, m.holder = false, nil
	if len(m.waiters) > 0 {
		t := m.waiters[0]
		m.waiters = m.waiters[1:]
		m.tasks.Ready(t)
	}
}
