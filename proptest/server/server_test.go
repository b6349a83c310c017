package server_test

import (
	"testing"
	"time"

	"reactortest/proptest"
)

var dialects = []string{"epoll", "kqueue-freebsd", "kqueue-darwin", "iocp"}

// TestCorrectEngine judges an engine that keeps every rule.
func TestCorrectEngine(t *testing.T) {
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			r, err := proptest.CheckEngine(newEngine(flaws{}), &proptest.Options{Dialect: dialect, Subject: "correct", Dir: t.TempDir(), Runs: 2000})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Failures {
				t.Errorf("%s", f.Screen("replay"))
			}
			t.Log(r.Simulated.Counts(), r.Simulated.Elapsed.Round(time.Millisecond), r.Simulated.Missing())
			for _, f := range r.Simulated.Figures {
				t.Log(f)
			}
			for _, f := range r.Simulated.Features {
				t.Log(f.Name, f.Runs)
			}
		})
	}
}
