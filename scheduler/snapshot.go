package scheduler

import "fmt"

// Snapshot is the state of a run that hangs, for a watchdog.
type Snapshot struct {
	Task      string     // that has control, "" if none has
	Tasks     []string   // what each other task that has not ended does, in the order they were started
	Decisions []Decision // made so far
}

// Snapshot returns the state of a run that hangs, for the onHang of a Watchdog. A
// goroutine that is not a task may call it while the task that has control
// neither makes a simulated call nor ends. If that task does make a call in the
// meantime, the snapshot may be inconsistent. Snapshot does not synchronize with
// the task, because a task that hangs cannot cooperate.
//
//go:norace
func (s *Tasks) Snapshot() Snapshot {
	snap := Snapshot{}
	current := s.current
	if current != nil {
		snap.Task = current.name
	}
	for _, t := range s.all {
		if t == current || t.state == taskEnded {
			continue
		}
		line := "task " + t.name + " is at " + t.call.Name
		if t.state == taskBlocked {
			line = "task " + t.name + " waits in " + t.call.Name
		}
		if t.call.Handle >= 0 {
			line += fmt.Sprintf(" on handle %d", t.call.Handle)
		}
		snap.Tasks = append(snap.Tasks, line)
	}
	for i := range s.recorder.decisions { //nolint:staticcheck // append of all would be seen by the race detector
		snap.Decisions = append(snap.Decisions, s.recorder.decisions[i])
	}
	return snap
}
