package scheduler_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// asks runs digits, as a fuzz target would, through a subject that asks
// choices of the given bounds, and reports whether broken holds for the
// answers.
func asks(bounds []int, broken func(got []int) bool) func(string) ([]scheduler.Decision, bool) {
	return func(digits string) ([]scheduler.Decision, bool) {
		rec := scheduler.NewRecorder(0)
		rec.Begin(scheduler.NewReplayBytes([]byte(digits)))
		var got []int
		for _, n := range bounds {
			got = append(got, rec.Pick(pointOrder, n))
		}
		return rec.Decisions(), broken(got)
	}
}

func repeat(n, times int) (list []int) {
	for range times {
		list = append(list, n)
	}
	return list
}

func TestShrink(t *testing.T) {
	for _, c := range []struct {
		why    string
		digits string
		fails  func(string) ([]scheduler.Decision, bool)
		want   string
	}{
		{
			"what does not fail stays as it is", "1203",
			asks(repeat(4, 4), func([]int) bool { return false }), "1203",
		},
		{
			"what always fails needs no digits", "31232123",
			asks(repeat(4, 8), func([]int) bool { return true }), "",
		},
		{
			"one deviation at its place", "31232123",
			asks(repeat(4, 8), func(got []int) bool { return got[3] != 0 }), "0001",
		},
		{
			"a deviation as small as it may be", "99999999",
			asks(repeat(10, 8), func(got []int) bool { return got[2] >= 7 }), "007",
		},
		{
			"two that need each other", "99999999",
			asks(repeat(10, 8), func(got []int) bool { return got[1] > 0 && got[5] > 0 }), "010001",
		},
		{
			"a failure that may come earlier is cut to the front", "00000000000100",
			asks(repeat(2, 14), func(got []int) bool {
				for _, g := range got {
					if g == 1 {
						return true
					}
				}
				return false
			}), "1",
		},
		{
			"bytes of a fuzzer become digits", "\xff\x00!z~",
			asks(repeat(4, 8), func(got []int) bool { return got[3] == 1 }), "0001",
		},
		{
			"a deviation that is followed by choices of its own", "100111",
			func(digits string) ([]scheduler.Decision, bool) {
				rec := scheduler.NewRecorder(0)
				rec.Begin(scheduler.NewReplayBytes([]byte(digits)))
				if rec.Fault(pointFault, 0) { // delayed: three choices more
					for range 3 {
						rec.Fault(pointFault, 0)
					}
				}
				first, second := rec.Fault(pointOrder, 0), rec.Fault(pointOrder, 0)
				return rec.Decisions(), first && second
			}, "011",
		},
		{
			"a deviation that spares the run choices", "111",
			func(digits string) ([]scheduler.Decision, bool) {
				rec := scheduler.NewRecorder(0)
				rec.Begin(scheduler.NewReplayBytes([]byte(digits)))
				if !rec.Fault(pointFault, 0) { // not refused: two choices more
					rec.Fault(pointFault, 0)
					rec.Fault(pointFault, 0)
				}
				first, second := rec.Fault(pointOrder, 0), rec.Fault(pointOrder, 0)
				return rec.Decisions(), first && second
			}, "00011",
		},
		{
			"without decisions the candidates are kept", "99999999",
			func(digits string) ([]scheduler.Decision, bool) { return nil, strings.Contains(digits, "9") }, "9",
		},
	} {
		if got := scheduler.Shrink(c.digits, c.fails, 0); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestShrinkKeepsToItsBudget(t *testing.T) {
	fails := asks(repeat(10, 40), func(got []int) bool { return got[3] > 4 && got[17] > 0 && got[30] > 0 })
	digits := strings.Repeat("7", 40)
	for _, budget := range []int{1, 2, 10, 100} {
		tries := 0
		got := scheduler.Shrink(digits, func(s string) ([]scheduler.Decision, bool) {
			tries++
			return fails(s)
		}, budget)
		if tries > budget {
			t.Errorf("%d tries with a budget of %d", tries, budget)
		}
		if _, failed := fails(got); !failed {
			t.Errorf("with a budget of %d the result %q does not fail", budget, got)
		}
	}
}

// Whatever the bug: the result fails, is not longer nor richer in deviations,
// and shrinking it again or anew changes nothing.
func TestShrinkProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := rapid.SliceOfN(rapid.IntRange(2, 6), 4, 24).Draw(t, "bounds")
		places := rapid.SliceOfN(rapid.IntRange(0, len(bounds)-1), 1, 3).Draw(t, "places")
		digits := rapid.StringMatching(`[0-5a-z!]{0,30}`).Draw(t, "digits")
		fails := asks(bounds, func(got []int) bool {
			for _, p := range places {
				if got[p] == 0 {
					return false
				}
			}
			return true
		})
		decisions, failed := fails(digits)
		small := scheduler.Shrink(digits, fails, 0)
		if !failed {
			if small != digits {
				t.Fatalf("%q does not fail, and became %q", digits, small)
			}
			return
		}
		if _, failed := fails(small); !failed {
			t.Fatalf("%q fails, %q does not", digits, small)
		}
		before := len(scheduler.FindDeviations(decisions).List)
		if after := len(small) - strings.Count(small, "0"); after > before {
			t.Fatalf("%q has %d deviations, %q has %d", digits, before, small, after)
		}
		different := map[int]bool{}
		for _, p := range places {
			different[p] = true
		}
		if after := len(small) - strings.Count(small, "0"); after != len(different) {
			t.Fatalf("%q has %d deviations, %d would do", small, after, len(different))
		}
		if again := scheduler.Shrink(small, fails, 0); again != small {
			t.Fatalf("shrinking %q again gives %q", small, again)
		}
		if anew := scheduler.Shrink(digits, fails, 0); anew != small {
			t.Fatalf("shrinking %q gives %q and %q", digits, small, anew)
		}
	})
}
