package proptest

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// caseTB is the testing.TB that a factory gets: a failure fails the run, with
// its tape, and not yet the test. What it does not override is the caller's
// testing.TB, which the command has not.
type caseTB struct {
	testing.TB
	judge    *judge
	notes    bool
	failed   string
	cleanups []func()
}

// noter is what the built-in reactor finds its judge by, to have its
// observer's steps in the history.
type noter interface {
	note(format string, args ...any)
}

func (t *caseTB) note(format string, args ...any) {
	if !t.notes || !t.judge.verbose {
		return
	}
	t.judge.mu.Lock()
	defer t.judge.mu.Unlock()
	t.judge.note(entry{kind: entryNote, text: fmt.Sprintf(format, args...)})
}

func (t *caseTB) say(text string) {
	if t.failed == "" {
		t.failed = text
	}
}

// Helper does nothing.
func (t *caseTB) Helper() {}

// Name returns the name of the test, or "reactortest" in the command.
func (t *caseTB) Name() string {
	if t.TB == nil {
		return "reactortest"
	}
	return t.TB.Name()
}

// Cleanup has f called when the run is over.
func (t *caseTB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *caseTB) cleanup() {
	for len(t.cleanups) > 0 {
		f := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		f()
	}
}

// Failed reports whether the case has failed.
func (t *caseTB) Failed() bool { return t.failed != "" }

// Fail fails the run.
func (t *caseTB) Fail() { t.failRun("Fail") }

func (t *caseTB) failRun(text string) {
	t.say(text)
	t.judge.failRun("the subject failed its case: %s", text)
}

// FailNow fails the run and ends the task.
func (t *caseTB) FailNow() {
	t.failRun("FailNow")
	runtime.Goexit()
}

// Error fails the run.
func (t *caseTB) Error(args ...any) { t.failRun(fmt.Sprint(args...)) }

// Errorf fails the run.
func (t *caseTB) Errorf(format string, args ...any) { t.failRun(fmt.Sprintf(format, args...)) }

// Fatal fails the run and ends the task.
func (t *caseTB) Fatal(args ...any) {
	t.failRun(fmt.Sprint(args...))
	runtime.Goexit()
}

// Fatalf fails the run and ends the task.
func (t *caseTB) Fatalf(format string, args ...any) {
	t.failRun(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Log and Logf put a line into the history.
func (t *caseTB) Log(args ...any) { t.note("log: %s", fmt.Sprint(args...)) }

// Logf puts a line into the history.
func (t *caseTB) Logf(format string, args ...any) { t.note("log: %s", fmt.Sprintf(format, args...)) }

// trimStack returns the frames of a stack from where the panic began, as
// lines with a tab, at most 12 of them.
func trimStack(stack []byte) []byte {
	if i := bytes.LastIndex(stack, []byte("\npanic(")); i >= 0 {
		stack = stack[i+1:]
	}
	lines := bytes.Split(bytes.TrimSpace(stack), []byte("\n"))
	if len(lines) > 12 {
		lines = lines[:12]
	}
	return bytes.Join(lines, []byte("\n"))
}
