package watcher

import (
	"strings"
	"testing"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// drawn returns the workload that a seed draws.
func drawn(seed uint64) *workload {
	rec := scheduler.NewRecorder(0)
	random := scheduler.NewRandom(seed)
	random.Begin(0)
	rec.Begin(random)
	return drawWorkload(core.NewDrawer(rec))
}

// TestTextIsTheWorkload reads the text of drawn workloads.
func TestTextIsTheWorkload(t *testing.T) {
	has := make([]int, len(features))
	for seed := range uint64(5000) {
		w := drawn(seed)
		text := w.String()
		again, err := parseWorkload(text)
		if err != nil {
			t.Fatalf("seed %d: %q: %v", seed, text, err)
		}
		if got := again.String(); got != text {
			t.Fatalf("seed %d: %q is read as %q", seed, text, got)
		}
		for i, f := range features {
			if f.has(w) {
				has[i]++
			}
			if f.has(w) != f.has(again) {
				t.Fatalf("seed %d: %q: %s is %v when it is drawn, and %v when it is read", seed, text, f.name, f.has(w), f.has(again))
			}
		}
	}
	for i, n := range has {
		if n == 0 {
			t.Errorf("none of 5000 workloads is %s", features[i].name)
		}
	}
}

// TestShrunkTextIsRead removes each element and each word, and lowers each
// number: what shrinking does must be readable, or it cannot be done.
func TestShrunkTextIsRead(t *testing.T) {
	for seed := range uint64(300) {
		elements := strings.Split(drawn(seed).String(), "+")
		for i := 1; i < len(elements); i++ {
			removed := strings.Join(append(append([]string{}, elements[:i]...), elements[i+1:]...), "+")
			if w, err := parseWorkload(removed); err != nil || w.String() != removed {
				t.Fatalf("without element %q, %q: %v", elements[i], removed, err)
			}
			words := strings.Split(elements[i], ",")
			for k := 1; k < len(words); k++ {
				less := strings.Join(append(append([]string{}, words[:k]...), words[k+1:]...), ",")
				if _, err := parseWorkload(version + "+" + less); err != nil {
					t.Fatalf("without word %q, %q: %v", words[k], less, err)
				}
			}
		}
	}
}

func TestStopsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"no moment", "stop"},
		{"an unknown moment", "stop.never"},
		{"no wait", "stop.outside"},
		{"a wait without a unit", "stop.outside.3"},
		{"a number with a unit", "stop.timer.3ms"},
		{"more calls than are counted", "stop.handler.65"},
		{"a number of calls before Run", "stop.before-run.1"},
		{"a watch that another thread would close", "stop.outside.1ms,with-a-watch"},
		{"another word", "stop.timer.1,stays"},
		{"too many", strings.Repeat("stop.timer.1+", limitStops) + "stop.timer.1"},
	} {
		if w, err := parseWorkload(version + "+" + c.text); err == nil {
			t.Errorf("%s: %q is read as %q", c.why, c.text, w)
		}
	}
}

func TestTextIsRefused(t *testing.T) {
	for _, row := range []struct {
		why, text, says string
	}{
		{"an unknown element", "w1+sundial.5ms", "sundial"},
		{"a delay without a unit", "w1+settable.5", `"5"`},
		{"a delay that no run has", "w1+settable.9999999h", "1440h"},
		{"something after the action", "w1+settable.5ms,do.reset.0,again.5ms", "again"},
		{"an action of another word", "w1+settable.5ms,often.5ms", "again"},
		{"too many timers", "w1+crowd.1025.5ms.1ms", "1025"},
		{"a crowd without a spread", "w1+crowd.8.5ms", "SPREAD"},
		{"a crowd with two words", "w1+crowd.8.5ms.1ms,stop.2,stop.3", "SPREAD"},
		{"a crowd that is told something else", "w1+crowd.8.5ms.1ms,start.2", "stop"},
		{"wakes without a count", "w1+wakes.5ms", "COUNT"},
		{"wakes with a word", "w1+wakes.5ms.1,stop.1", "COUNT"},
		{"a flag with a value", "w1+outlives-timers.1", "alone"},
		{"a reset without a number", "w1+timer.5ms,do.reset", "NUMBER"},
	} {
		t.Run(row.why, func(t *testing.T) {
			if _, err := parseWorkload(row.text); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error is %v, want one with %q", err, row.says)
			}
		})
	}
}

func TestNumbersThatAreRefused(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"no number", "gap"},
		{"more handles than there may be", "gap.4097"},
		{"a word too many", "gap.1,stays"},
		{"no mode", "watches.70"},
		{"an unknown mode", "watches.70.often"},
		{"more watches than there may be", "watches.1025.level"},
		{"more output than there may be", "pair.level.rw,output.65537"},
		{"more drains than there may be", "pair.level.r,drain.65"},
		{"an action that is not drawn", "pair.level.r,do.resume.0"},
	} {
		if w, err := parseWorkload(version + "+" + c.text); err == nil {
			t.Errorf("%s: %q is read as %q", c.why, c.text, w)
		}
	}
}
