package main

import (
	"errors"
	"fmt"

	"reactortest/scheduler"
)

// mailbox is a queue with a consumer that sleeps, and a lost wakeup that takes
// an order of three threads: a poster looks whether the consumer sleeps before it
// queues. The more posters there are, the more of them would have to be passed
// over for the others not to wake the consumer after all.
type mailbox struct {
	tasks    *scheduler.Tasks
	consumer *scheduler.Task
	queued   int
	sleeping bool
	signal   bool // a wakeup for a consumer that is awake
}

func (m *mailbox) at(what string) { m.tasks.Switch(scheduler.Call{Name: what, Handle: -1}) }

func (m *mailbox) consume() {
	for {
		m.sleeping = true
		if m.queued == 0 {
			m.at("wait")
			if !m.signal {
				m.tasks.Block(scheduler.Call{Name: "wait", Handle: -1}, -1)
			}
			m.signal = false
		}
		m.sleeping = false
		m.queued = 0
	}
}

func (m *mailbox) post() {
	m.at("post")
	sleeping := m.sleeping
	m.at("looked")
	m.queued++
	if sleeping {
		m.signal = true
		m.tasks.Ready(m.consumer)
	}
}

// postsEach is how often each poster of a mailbox posts.
const postsEach = 5

// lose makes runs of a mailbox until a wakeup is lost, and returns how many it
// took, or one more than most.
func lose(strategy scheduler.Strategy, posters, most int) (int, error) {
	recorder := scheduler.NewRecorder(0)
	tasks := scheduler.NewTasks(scheduler.NewCoroutinePool(), recorder, scheduler.Budget{})
	defer tasks.Close()
	for run := range most {
		strategy.Begin(run)
		recorder.Begin(strategy)
		tasks.Reset()
		m := &mailbox{tasks: tasks}
		m.consumer = tasks.Go("consumer", m.consume)
		for range posters {
			tasks.Go("poster", func() {
				for range postsEach {
					m.post()
				}
			})
		}
		var asleep *scheduler.Deadlock
		if err := tasks.Run(); !errors.As(err, &asleep) {
			return 0, fmt.Errorf("the mailbox with %d posters: %w", posters, err)
		}
		strategy.End(scheduler.Result{Decisions: len(recorder.Decisions()), Steps: tasks.StepsByTask()})
		if m.queued > 0 {
			return run + 1, nil
		}
	}
	return most + 1, nil
}
