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

// TestBrokenEngines plants an engine for each rule.
func TestBrokenEngines(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		why   string
		flaws flaws
	}{
		{rule: "close-runs-once", why: "it calls Closed twice", flaws: flaws{closesTwice: true}},
		{rule: "owns-its-handles", why: "it closes the handle, and then calls Closed", flaws: flaws{closesHandleFirst: true}},
		{rule: "owns-its-handles", why: "it closes the handle twice", flaws: flaws{closesNumberTwice: true}},
		{rule: "no-leaked-handle", why: "it does not close the handle", flaws: flaws{keepsHandle: true}},
		{rule: "no-leaked-registration", why: "it does not deregister the handle", flaws: flaws{keepsRegistration: true}},
		{rule: "half-close-drains", why: "a hang-up ends the connection, whatever is unread", flaws: flaws{dropsAtEnd: true}},
		{rule: "bytes-intact", why: "it sends a byte again after a short write", flaws: flaws{answersTwice: true}},
		{rule: "bytes-intact", why: "it loses a byte of a long read", flaws: flaws{dropsByte: true}},
		{rule: "ready-is-served", why: "it does not read from a peer that does not read", flaws: flaws{stopsReading: true}},
		{rule: "write-completes-or-fails", why: "it closes without sending what it keeps", flaws: flaws{dropsUnsent: true}},
		{rule: "half-close-answers", why: "it drops its output at the end of the input", flaws: flaws{endsAtFIN: true}},
		{rule: "bounded-iteration", why: "it reads until there is nothing left", flaws: flaws{unbounded: true}},
		{rule: "fair-within-k", why: "it leaves out one of the ready connections", flaws: flaws{unfair: true}},
		{rule: "idle-blocks", why: "it polls", flaws: flaws{polls: true}},
		{rule: "idle-blocks", why: "it calls accept again and again without descriptors", flaws: flaws{spinsOnExhaustion: true}},
		{rule: "no-lost-wakeup", why: "it wakes the loop, and then puts the work into the queue", flaws: flaws{wakesFirst: true}},
		{rule: "no-lost-wakeup", why: "it does not wake the loop", flaws: flaws{noWake: true}},
		{rule: "no-lost-wakeup", why: "it looks at the queue every 100 ms", flaws: flaws{noWake: true, slowPolls: true}},
		{rule: "accept-survives-exhaustion", why: "it does not accept any more after a failure", flaws: flaws{deafAfterExhaustion: true}},
		{rule: "error-stays-local", why: "it ends when accept fails", flaws: flaws{endsOnError: true}},
		{rule: "error-stays-local", why: "a failure of one connection ends all", flaws: flaws{endsOthers: true}},
		{rule: "stop-completes", why: "it does not call Closed at its end", flaws: flaws{keepsOnStop: true}},
		{rule: "stop-completes", why: "Stop does not return", flaws: flaws{stopWaits: true}},
		{rule: "no-leaked-goroutine", why: "it leaves a thread behind", flaws: flaws{leaksTask: true}},
		{rule: "timers-not-early", why: "its timers run a millisecond early", flaws: flaws{earlyTimer: true}},
		{rule: "timers-run", why: "its timers run a second late", flaws: flaws{lateTimer: true}},
		{rule: "cancelled-timer-silent", why: "stop returns true and does nothing", flaws: flaws{stopLies: true}},
		{rule: "no-leaked-timer", why: "a timer is a thread, which nobody stops", flaws: flaws{timerTask: true}},
		{rule: "silent-after-close", why: "Data comes after Closed", flaws: flaws{dataAfterClose: true}},
		{rule: "close-after-open", why: "Data comes before Open", flaws: flaws{dataBeforeOpen: true}},
		{rule: "one-handler-at-a-time", why: "another thread calls Data too", flaws: flaws{twoThreads: true}},
	} {
		t.Run(tt.rule+"/"+tt.why, func(t *testing.T) {
			o := proptest.Options{Subject: "broken", Dir: t.TempDir(), Runs: 2000, NoShrink: true}
			r, err := proptest.CheckEngine(newEngine(tt.flaws), &o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Broken(tt.rule) == nil {
				t.Errorf("%s: %s is kept", tt.why, tt.rule)
			}
			for _, f := range r.Failures {
				t.Logf("%s: %s", f.Rule, f.Text)
			}
			t.Log(r.Simulated.Runs, "runs in", r.Simulated.Elapsed)
		})
	}
}
