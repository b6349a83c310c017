package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

var dialects = []string{"epoll", "kqueue-freebsd", "kqueue-darwin", "iocp"}

// correct are engines that keep every rule.
var correct = []struct {
	why    string
	engine proptest.NewEngine
}{
	{why: "one loop", engine: newEngine(flaws{})},
	{why: "oneshot", engine: newEngine(flaws{mode: demux.Oneshot})},
	{why: "edge", engine: newEngine(flaws{mode: demux.Edge})},
	{why: "three loops", engine: newEngine(flaws{more: 2})},
	{why: "a thread for each connection", engine: newBlocking},
	{why: "it declares that it ends at FIN", engine: newEngine(flaws{endsAtFIN: true, says: proptest.EngineDeclared{EndsAtFIN: true}})},
	{why: "it declares that Stop leaves connections open", engine: newEngine(flaws{keepsOnStop: true, says: proptest.EngineDeclared{StopKeepsConns: true}})},
	{why: "it sends on connections that Stop has left open", engine: newEngine(flaws{keepsOnStop: true, sendsStopped: true, says: proptest.EngineDeclared{StopKeepsConns: true}})},
	{
		why:    "it declares what outlives it",
		engine: newEngine(flaws{leaksTask: true, says: proptest.EngineDeclared{Outlives: []string{"goroutine", "epoll", "eventfd", "kqueue", "pipe reader", "pipe writer", "completion port", "afd"}}}),
	},
}

// TestCorrectEngines judges engines that keep every rule.
func TestCorrectEngines(t *testing.T) {
	for _, tt := range correct {
		for _, dialect := range dialects {
			t.Run(tt.why+"/"+dialect, func(t *testing.T) {
				o := proptest.Options{Dialect: dialect, Subject: "correct", Dir: t.TempDir(), Runs: 600}
				switch {
				case testing.Short():
					o.Runs = 10
				case tt.why == correct[0].why:
					o.Runs = 2000
				}
				r, err := proptest.CheckEngine(tt.engine, &o)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range r.Failures {
					t.Errorf("%s", f.Screen("replay"))
				}
				c := &r.Simulated
				if missing := c.Missing(); len(missing) > 0 && !testing.Short() {
					t.Errorf("not evaluated: %q", missing)
				}
				t.Log(c.Counts(), c.Elapsed, c.Figures)
			})
		}
	}
}

// TestFace judges a correct engine as a user does.
func TestFace(t *testing.T) {
	o := proptest.Options{Dir: t.TempDir()}
	if d, err := realdemux.Open(); err == nil {
		o.Host, o.HostRuns = realdemux.NewHost, 2
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	o.TestEngine(t, newEngine(flaws{}))
}

// TestBrokenEngines plants an engine for each rule.
func TestBrokenEngines(t *testing.T) {
	for i, tt := range []struct {
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
		{rule: "no-lost-wakeup", why: "it wakes too soon, and looks at the queue every 100 ms", flaws: flaws{wakesFirst: true, slowPolls: true}},
		{rule: "bytes-intact", why: "Async writes at once, whatever waits to be sent", flaws: flaws{asyncDirect: true}},
		{rule: "bytes-intact", why: "Async keeps the bytes of its caller", flaws: flaws{keepsBytes: true}},
		{rule: "no-leaked-handle", why: "it forgets a connection that cannot be registered", flaws: flaws{leaksOnFailure: true}},
		{rule: "silent-after-close", why: "it calls Woken of a connection that is closed", flaws: flaws{wakesClosed: true}},
		{rule: "owns-its-handles", why: "it writes to a handle that it has closed", flaws: flaws{writesClosed: true}},
		{rule: "ready-is-served", why: "it accepts one connection for an edge", flaws: flaws{acceptsOne: true}},
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
			if testing.Short() && i%8 != 0 {
				t.Skip("one of eight in short tests")
			}
			o := proptest.Options{Subject: "broken", Dir: t.TempDir(), Runs: 500, NoShrink: true}
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

// TestTellsCauses judges engines whose violations tell what has led to them.
func TestTellsCauses(t *testing.T) {
	if testing.Short() {
		t.Skip("it searches for seconds")
	}
	for _, tt := range []struct {
		rule, want string
		flaws      flaws
	}{
		{rule: "half-close-drains", want: "before Closed; the engine has never called read, and had closed no connection before", flaws: flaws{dropsAtEnd: true}},
		{rule: "idle-blocks", want: ", and accept has no descriptors, for the first time", flaws: flaws{spinsOnExhaustion: true}},
		{rule: "bounded-iteration", want: " and no wait for events, while another connection", flaws: flaws{unbounded: true}},
		{rule: "fair-within-k", want: " and its thread has waited for events ", flaws: flaws{unfair: true}},
	} {
		o := proptest.Options{Subject: "broken", Dir: t.TempDir(), Runs: 500, NoShrink: true}
		o.Cause = func(rule, text string) string { return fmt.Sprint(rule, strings.Contains(text, tt.want)) }
		r, err := proptest.CheckEngine(newEngine(tt.flaws), &o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(r.Failures, func(f *proptest.Failure) bool { return f.Rule == tt.rule && strings.Contains(f.Text, tt.want) }) {
			t.Errorf("%s is never broken with %q", tt.rule, tt.want)
		}
	}
}

// TestSameReportTwice makes a search twice: nothing depends on what came before.
func TestSameReportTwice(t *testing.T) {
	runs := 200
	if testing.Short() {
		runs = 40
	}
	for _, f := range []flaws{{}, {wakesFirst: true}, {dropsAtEnd: true}} {
		var texts []string
		for _, workers := range []int{1, 1, 2} {
			o := proptest.Options{Subject: "twice", Dir: t.TempDir(), Runs: runs, Workers: workers, NoShrink: true}
			r, err := proptest.CheckEngine(newEngine(f), &o)
			if err != nil {
				t.Fatal(err)
			}
			r.Simulated.Elapsed = 0
			r.Saved = nil
			text := r.Simulated.Counts()
			for _, f := range r.Failures {
				text += "\n" + f.Tape + " " + f.Text
			}
			for _, f := range r.Simulated.Figures {
				text += "\n" + f.String()
			}
			texts = append(texts, text)
		}
		if texts[0] != texts[1] || texts[0] != texts[2] {
			t.Errorf("%+v: these differ:\n%s\n%s\n%s", f, texts[0], texts[1], texts[2])
		}
	}
}

// TestReplay makes the run of a failure again.
func TestReplay(t *testing.T) {
	subject := newEngine(flaws{dropsUnsent: true})
	o := proptest.Options{Subject: "replayed", Dir: t.TempDir(), Runs: 500}
	r, err := proptest.CheckEngine(subject, &o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		again, err := proptest.ReplayEngine(f.Tape, subject, &o)
		if err != nil {
			t.Fatal(err)
		}
		if again.Failure == nil || again.Failure.Text != f.Text || again.Diverged != "" {
			t.Errorf("%s: %s: %+v, %s", f.Rule, f.Tape, again.Failure, again.Diverged)
		}
	}
	if len(r.Failures) == 0 {
		t.Error("no failure was found")
	}
}

// TestReal judges engines on the real kernel, for a few runs.
func TestReal(t *testing.T) {
	if d, err := realdemux.Open(); err != nil {
		t.Skipf("not judged: %v", err)
	} else if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		rule  string
		flaws flaws
	}{
		{},
		{rule: "close-runs-once", flaws: flaws{closesTwice: true}},
		{rule: "no-leaked-handle", flaws: flaws{keepsHandle: true}},
	} {
		o := proptest.Options{Subject: "real", Dir: t.TempDir(), Runs: 1, Host: realdemux.NewHost, HostRuns: 12, NoShrink: true}
		if tt.rule != "" {
			o.Workload = "e1+peer.2,write.5,fin"
			o.HostRuns = 2
		}
		r, err := proptest.CheckEngine(newEngine(tt.flaws), &o)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Real == nil:
			if tt.rule == "" {
				t.Error("nothing was judged on the real kernel")
			}
		case tt.rule == "":
			for _, f := range r.Failures {
				t.Error(f.Screen("replay"))
			}
			t.Log(r.Real.Counts(), r.Real.Elapsed)
		case r.Broken(tt.rule) == nil:
			t.Errorf("%s is kept on the real kernel", tt.rule)
		}
	}
}

// TestFuzzer makes the runs of a few inputs.
func TestFuzzer(t *testing.T) {
	o := proptest.Options{Subject: "fuzzed", Dir: t.TempDir()}
	for _, tt := range []struct {
		why   string
		flaws flaws
		fails bool
	}{
		{why: "a correct engine"},
		{why: "an engine that calls Closed twice", flaws: flaws{closesTwice: true}, fails: true},
	} {
		f := proptest.NewEngineFuzzer(newEngine(tt.flaws), &o)
		failed := false
		for _, input := range []string{"", "1", "0123456789"} {
			failure, err := f.Run(t, []byte(input), []byte(input))
			if err != nil {
				t.Fatal(err)
			}
			failed = failed || failure != nil
		}
		f.Close()
		if failed != tt.fails {
			t.Errorf("%s: failed is %v", tt.why, failed)
		}
	}
}

// TestExplain asks for the run nearest to a failing one that passes.
func TestExplain(t *testing.T) {
	subject := newEngine(flaws{wakesFirst: true})
	o := proptest.Options{Subject: "explained", Dir: t.TempDir(), Runs: 300, Workload: "e1+peer.1,write.5,stay+push.1ms.5"}
	r, err := proptest.CheckEngine(subject, &o)
	if err != nil || r.Failure == nil {
		t.Fatalf("%v, %v", r, err)
	}
	_, e, err := proptest.ExplainEngine(r.Failure.Tape, subject, &o)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		t.Error("nothing was explained")
	}
	t.Log(r.Failure.Screen("replay"))
}

// TestBrokenAdapters has engines that do not keep to the interface in a way that only
// the adapter can be blamed for.
func TestBrokenAdapters(t *testing.T) {
	for _, tt := range []struct {
		why    string
		engine proptest.NewEngine
		says   string
	}{
		{why: "no engine", engine: func(testing.TB, demux.Host) proptest.Engine { return nil }, says: "returned nil"},
		{why: "Ready is called twice", engine: wrapped(func(e proptest.Engine, addr string, h proptest.EngineHandler) error {
			h.Ready()
			return e.Serve(addr, h)
		}), says: "adapter"},
		{why: "Serve returns at once", engine: wrapped(func(proptest.Engine, string, proptest.EngineHandler) error { return nil }), says: "before it called Ready"},
		{why: "a nil connection", engine: wrapped(func(e proptest.Engine, addr string, h proptest.EngineHandler) error {
			return e.Serve(addr, nilConns{h})
		}), says: "adapter"},
	} {
		o := proptest.Options{Subject: "adapter", Dir: t.TempDir(), Runs: 50}
		r, err := proptest.CheckEngine(tt.engine, &o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Failure == nil || r.Failure.Rule != "run-error" || !strings.Contains(r.Failure.Text, tt.says) {
			t.Errorf("%s: %+v", tt.why, r.Failure)
		}
	}
}

// wrapped returns correct engines with another Serve.
func wrapped(serve func(e proptest.Engine, addr string, h proptest.EngineHandler) error) proptest.NewEngine {
	return func(t testing.TB, h demux.Host) proptest.Engine { return &wrapper{newEngine(flaws{})(t, h), serve} }
}

type wrapper struct {
	proptest.Engine
	serve func(e proptest.Engine, addr string, h proptest.EngineHandler) error
}

// Serve calls the function.
func (w *wrapper) Serve(addr string, h proptest.EngineHandler) error {
	return w.serve(w.Engine, addr, h)
}

// nilConns opens no connection.
type nilConns struct{ proptest.EngineHandler }

// Open hides the connection.
func (h nilConns) Open(proptest.EngineConn) []byte { return h.EngineHandler.Open(nil) }

// TestDigests makes all runs, whatever they find, and tells the same digests twice.
func TestDigests(t *testing.T) {
	var reports [2]*proptest.Report
	for i := range reports {
		r, err := proptest.CheckEngine(newEngine(flaws{closesTwice: true}), &proptest.Options{Runs: 1100, Digests: true, ShrinkCalls: 1, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Failure == nil || len(r.Digests) != 1100 {
			t.Fatalf("failure %v, %d digests", r.Failure, len(r.Digests))
		}
		reports[i] = r
	}
	if !slices.Equal(reports[0].Digests, reports[1].Digests) {
		t.Error("the digests differ")
	}
}
