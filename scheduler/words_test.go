package scheduler_test

import (
	"testing"

	"reactortest/scheduler"
)

func TestRung(t *testing.T) {
	for _, tt := range []struct {
		why                      string
		limit, alternative, want int
	}{
		{"alternative 0 is all of it", 5, 0, 5},
		{"then comes one", 5, 1, 1},
		{"then half", 5, 2, 2},
		{"then all but one", 5, 3, 4},
		{"of two there are two rungs", 2, 1, 1},
		{"an alternative that is not there is the last one", 2, 9, 1},
	} {
		if got := scheduler.Rung(tt.limit, tt.alternative); got != tt.want {
			t.Errorf("%s: Rung(%d, %d) is %d, want %d", tt.why, tt.limit, tt.alternative, got, tt.want)
		}
	}
}

func TestPointsHaveTexts(t *testing.T) {
	if scheduler.PointTask.Text() == "" {
		t.Error("the point task has no text")
	}
	if got := scheduler.Point(255).Text(); got != "" {
		t.Errorf("a point that is not registered has the text %q", got)
	}
}
