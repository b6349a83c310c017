package core

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
)

// Noter is what the testing.TB of a case offers besides: a line in the history
// that is shown and never judged.
type Noter interface {
	Note(format string, args ...any)
	// Noting reports whether the run keeps what Note is given.
	Noting() bool
}

// caseTB is the testing.TB that a subject is made with: a failure fails the run,
// with its tape, and not yet the test. What it does not override is the
// caller's testing.TB, which the command has not.
type caseTB struct {
	testing.TB
	run      *Case
	notes    bool
	failed   string
	cleanups []func()
}

var _ Noter = (*caseTB)(nil)

// Note puts a line into the history of a verbose run.
func (t *caseTB) Note(format string, args ...any) {
	if !t.Noting() {
		return
	}
	t.through("log", func() {
		t.run.Lock()
		defer t.run.Unlock()
		t.run.Note(Entry{Kind: EntryNote, Text: fmt.Sprintf(format, args...)})
	})
}

// through carries out f the way in which the calling goroutine reaches the case.
func (t *caseTB) through(call string, f func()) {
	if t.run.Through != nil && !t.run.over {
		t.run.Through(call, f)
		return
	}
	f()
}

// Noting reports whether the run keeps notes.
func (t *caseTB) Noting() bool { return t.notes && t.run.Verbose }

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

// cleanup calls what Cleanup was given, the last one first. One that panics or
// leaves by Goexit fails the run and not the search.
func (t *caseTB) cleanup() {
	for len(t.cleanups) > 0 {
		f := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		if cause := guarded(f); cause != "" && t.failed == "" && !t.run.over {
			t.fail("in Cleanup: " + cause)
		}
	}
}

// runCleanups calls what Cleanup was given, in the current goroutine.
func (t *caseTB) runCleanups() {
	for len(t.cleanups) > 0 {
		f := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		f()
	}
}

// guarded calls f in a goroutine of its own, which a panic or a Goexit may end,
// and returns what ended it, "" if f returned.
func guarded(f func()) (cause string) {
	done := make(chan string)
	go func() {
		said := "it left by runtime.Goexit"
		defer func() {
			if p := recover(); p != nil {
				said = fmt.Sprintf("panic: %v", p)
			}
			done <- said
		}()
		f()
		said = ""
	}()
	return <-done
}

// Failed reports whether the case has failed.
func (t *caseTB) Failed() bool { return t.failed != "" }

func (t *caseTB) fail(text string) {
	t.through("fail", func() {
		t.run.Lock()
		defer t.run.Unlock()
		if t.failed == "" {
			t.failed = text
		}
		t.run.failTest(text)
	})
}

func (t *caseTB) failNow(text string) {
	t.fail(text)
	runtime.Goexit()
}

// Fail fails the run.
func (t *caseTB) Fail() { t.fail("Fail") }

// FailNow fails the run and ends the task.
func (t *caseTB) FailNow() { t.failNow("FailNow") }

// Error fails the run.
func (t *caseTB) Error(args ...any) { t.fail(fmt.Sprint(args...)) }

// Errorf fails the run.
func (t *caseTB) Errorf(format string, args ...any) { t.fail(fmt.Sprintf(format, args...)) }

// Fatal fails the run and ends the task.
func (t *caseTB) Fatal(args ...any) { t.failNow(fmt.Sprint(args...)) }

// Fatalf fails the run and ends the task.
func (t *caseTB) Fatalf(format string, args ...any) { t.failNow(fmt.Sprintf(format, args...)) }

// skipped is what a subject is told that skips: a rule would pass without having
// been judged.
const skipped = "it skipped, and a subject under judgment cannot: skip before the suite is called: "

// Skip fails the run: a subject under judgment cannot skip.
func (t *caseTB) Skip(args ...any) { t.failNow(skipped + fmt.Sprint(args...)) }

// Skipf fails the run: a subject under judgment cannot skip.
func (t *caseTB) Skipf(format string, args ...any) { t.failNow(skipped + fmt.Sprintf(format, args...)) }

// SkipNow fails the run: a subject under judgment cannot skip.
func (t *caseTB) SkipNow() { t.failNow(skipped + "SkipNow") }

// Skipped reports false.
func (t *caseTB) Skipped() bool { return false }

// Log puts a line into the history.
func (t *caseTB) Log(args ...any) { t.Note("log: %s", fmt.Sprint(args...)) }

// Logf puts a line into the history.
func (t *caseTB) Logf(format string, args ...any) { t.Note("log: %s", fmt.Sprintf(format, args...)) }

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
