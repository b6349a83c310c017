package scheduler

import "fmt"

// Snapshot is what a watchdog sees of a run that hangs.
type Snapshot struct {
	Task      string     // that has control, "" if none has
	Tasks     []string   // what each other task that has not ended does, in the order they were started
	Decisions []Decision // made so far
	Steps     int        // simulated calls made so far
}

// Snapshot returns the state of a run that hangs, for the onHang of a Watchdog: a
// goroutine that is no task may call it while the task that has control neither
// makes a simulated call nor ends. If it does after all, the snapshot may be of
// neither moment. What it reads is not synchronized with that task: nothing that
// hangs could be asked to do so.
//
//go:norace
func (s *Tasks) Snapshot() Snapshot {
	snap := Snapshot{Steps: s.steps}
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
