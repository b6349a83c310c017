package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"reactortest/proptest"
	"reactortest/scheduler"
)

// replay makes the run of a tape again.
func (c *command) replay(args []string) int {
	f := c.flags("replay", "[-v] TAPE|FILE")
	details := f.Bool("v", false, "show every line: the loop's own calls too")
	if code, done := parse(f, args); done {
		return code
	}
	if f.NArg() != 1 {
		return c.usage("replay takes one tape, or one file that has one; got %d", f.NArg())
	}
	saved, err := proptest.ReadTape(f.Arg(0))
	if err != nil {
		return c.usage("%v", err)
	}
	tape := saved.Tape
	r, known, err := replayTape(f.Arg(0), tape)
	if !known && goTest.MatchString(tape.Subject) {
		return c.usage("subject %q is a test of yours, which go test replays:\n    %s", tape.Subject, testCommand(f.Arg(0), &saved))
	}
	if !known {
		return c.usage("tape %s: %v", tape, err)
	}
	if err != nil {
		return c.usage("%v", err)
	}
	if r.Failure == nil && r.Diverged != "" {
		fmt.Fprintf(c.out, "%s: the run breaks no rule now: %s\n", tape, r.Diverged)
		return exitClean
	}
	if r.Failure == nil {
		fmt.Fprintf(c.out, "%s: the run breaks no rule\n", tape)
		return exitClean
	}
	if *details {
		r.Failure.History = r.Failure.Details
	}
	c.printFailure(tape.Subject, r.Failure)
	return exitViolation
}

// goTest matches the name of a test.
var goTest = regexp.MustCompile(`^(Test|Fuzz|Example)(\P{Ll}|$)`)

// testCommand returns the command that replays a run of a test, from the root of
// its module. word is the tape, or the file that it is in: the folder of a package
// is above testdata.
func testCommand(word string, saved *scheduler.Saved) string {
	folder := "./PACKAGE"
	if before, _, found := strings.Cut(filepath.ToSlash(filepath.Clean(word)), "testdata/"); found && !strings.Contains(word, "~") {
		folder = "./" + before
	}
	test, tape := saved.Tape.Subject, saved.Tape.String()
	if saved.Rule != "" {
		test += "/" + saved.Tape.Dialect + "/" + saved.Rule
	}
	return proptest.ReplayCommand(strings.TrimSuffix(folder, "/"), test, tape)
}

func (c *command) printFailure(subject string, f *proptest.Failure) {
	fmt.Fprintf(c.out, "--- FAIL: %s/%s\n    %s", subject, f.Rule, f.Screen(replayCommand(f)))
}

// replayCommand is the command that replays a failure, "" if nothing does.
func replayCommand(f *proptest.Failure) string {
	if f.Tape == "" {
		return ""
	}
	return "go run ./cmd/reactortest replay '" + f.Tape + "'"
}
