package scheduler_test

import (
	"math"
	"testing"
	"time"

	"reactortest/scheduler"
)

// One decision through the recorder, by strategy.
func BenchmarkDecision(b *testing.B) {
	alts := make([]scheduler.Alternative, 4)
	for i := range alts {
		alts[i].Actor = uint64(i)
	}
	order := scheduler.Choice{Point: pointOrder, N: len(alts), Alts: alts}
	for _, c := range strategies {
		b.Run(c.name, func(b *testing.B) {
			s, rec := c.new(1), scheduler.NewRecorder(0)
			s.Begin(0)
			rec.Begin(s)
			b.ReportAllocs()
			for i := range b.N {
				if i%scheduler.DefaultDecisions == 0 {
					rec.Begin(s)
				}
				rec.Choose(&order)
			}
		})
	}
}

// One switch from task to task, its decision included.
func BenchmarkSwitch(b *testing.B) {
	rec := scheduler.NewRecorder(0)
	strategy := scheduler.NewRoundRobin()
	s := scheduler.NewTasks(scheduler.NewCoroutine(), rec, scheduler.Budget{Steps: math.MaxInt})
	defer s.Stop()
	rec.Begin(strategy)
	for range 2 {
		s.Go("t", func() {
			for range b.N / 2 {
				s.Switch(at("call"))
				if len(rec.Decisions()) == scheduler.DefaultDecisions {
					rec.Begin(strategy)
				}
			}
		})
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Run(); err != nil {
		b.Fatal(err)
	}
}

// One call of a task that is alone: no decision, no switch.
func BenchmarkSwitchAlone(b *testing.B) {
	s := newTasksOn(b, scheduler.NewDirect(), nil, scheduler.Budget{Steps: math.MaxInt})
	b.ReportAllocs()
	for range b.N {
		s.Switch(at("call"))
	}
}

// A small whole run: three tasks, six deliveries, about thirty decisions.
func BenchmarkRun(b *testing.B) {
	s := newTasks(b, nil, scheduler.Budget{})
	strategy := scheduler.NewSearch(1)
	b.ReportAllocs()
	for run := range b.N {
		play(strategy, run, s)
	}
}

// What the watchdog costs a run.
func BenchmarkWatchdog(b *testing.B) {
	w := scheduler.NewWatchdog(time.Minute, func([]byte) {})
	defer w.Stop()
	b.ReportAllocs()
	for range b.N {
		w.Begin()
		w.End()
	}
}
