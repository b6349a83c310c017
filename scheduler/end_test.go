package scheduler_test

import (
	"testing"
	"time"

	"reactortest/scheduler"
)

// TestTimeEndsWithTheLastTask has a timer that sets itself forever: with no
// task left it does not fire, and Run returns.
func TestTimeEndsWithTheLastTask(t *testing.T) {
	s := scheduler.NewTasks(scheduler.NewCoroutine(), scheduler.NewRecorder(0), scheduler.Budget{})
	fired := 0
	var again func()
	again = func() {
		fired++
		s.At(s.Now()+time.Second, again)
	}
	s.At(time.Second, again)
	s.Go("sleeper", func() {
		s.Block(scheduler.Call{Name: "sleep", Handle: -1}, 3*time.Second+time.Millisecond)
	})
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if fired != 3 {
		t.Errorf("the timer fired %d times, want 3", fired)
	}
}
