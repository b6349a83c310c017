package core

import (
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Laned is a Suite that has names of its own for tasks, as time lines show them.
type Laned interface {
	// Lane returns what the task called task is called in a time line.
	Lane(task string) string
}

// laneOf returns what a suite calls a task.
func laneOf(s Suite, task string) string {
	if l, is := s.(Laned); is {
		return l.Lane(task)
	}
	return task
}

// teller is a strategy that answers as another one does. It keeps in words what
// was decided.
type teller struct {
	scheduler.Strategy
	suite  Suite
	kernel *fakedemux.Kernel
	told   map[int]string // by the number of a decision that was not quiet; never ranged over
}

// Choose answers as the other strategy does.
func (t *teller) Choose(c *scheduler.Choice) int {
	got := t.Strategy.Choose(c)
	if got > 0 && got < c.N {
		number := len(t.kernel.Recorder().Decisions())
		t.told[number] = t.kernel.Words(c, got, func(task string) string { return laneOf(t.suite, task) })
	}
	return got
}

// Err returns why the other strategy gave no answer.
func (t *teller) Err() error {
	if e, has := t.Strategy.(interface{ Err() error }); has {
		return e.Err()
	}
	return nil
}
