package scheduler_test

import (
	"testing"

	"reactortest/scheduler"
)

type lastAlt struct{}

func (lastAlt) Begin(int) bool                 { return true }
func (lastAlt) Choose(c *scheduler.Choice) int { return c.N - 1 }
func (lastAlt) End(scheduler.Result)           {}

func BenchmarkSwitch(b *testing.B) {
	rec := scheduler.NewRecorder(1 << 40)
	s := scheduler.NewTasks(scheduler.NewCoroutine(), rec, scheduler.Budget{Steps: 1 << 40})
	rec.Begin(lastAlt{})
	for range 2 {
		s.Go("t", func() {
			for range b.N / 2 {
				s.Switch(scheduler.Call{Name: "x", Handle: -1})
				if len(rec.Decisions()) > 10000 {
					rec.Begin(lastAlt{})
				}
			}
		})
	}
	b.ReportAllocs()
	if err := s.Run(); err != nil {
		b.Fatal(err)
	}
}

func TestGoexit(t *testing.T) {
	rec := scheduler.NewRecorder(0)
	s := scheduler.NewTasks(scheduler.NewCoroutine(), rec, scheduler.Budget{})
	for range 100 {
		s.Reset()
		rec.Begin(nil)
		s.Go("a", func() { defer func() { recover(); s.Switch(scheduler.Call{Name: "again"}) }(); s.Block(scheduler.Call{Name: "forever", Handle: -1}, -1) })
		s.Go("b", func() { (&testing.T{}).FailNow() })
		if err := s.Run(); err == nil {
			t.Fatal("no error")
		}
	}
	t.Log(s.Run())
}
