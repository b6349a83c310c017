package server_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/proptest"
)

func TestLong(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("LONG"))
	if n == 0 {
		t.Skip()
	}
	for _, tt := range correct {
		for _, dialect := range dialects {
			for _, plan := range []*fakedemux.Plan{nil, {Faults: 10}, {Faults: 3, Off: "rfn"}} {
				r, err := proptest.CheckEngine(tt.engine, &proptest.Options{Seed: 77, Dialect: dialect, Plan: plan, Subject: "correct", Dir: t.TempDir(), Runs: n})
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range r.Failures {
					t.Errorf("%s", f.Screen("replay"))
				}
				t.Log(tt.why, dialect, plan, r.Simulated.Counts(), r.Simulated.Elapsed.Round(time.Millisecond), r.Simulated.Missing())
			}
		}
	}
}
