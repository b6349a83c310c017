package main

import (
	"fmt"
	"os"
	"strings"

	"reactortest/proptest"
	"reactortest/scheduler"
)

// replay makes the run of a tape again.
func (c *command) replay(args []string) int {
	f := c.flags("replay", "TAPE|FILE")
	if code, done := parse(f, args); done {
		return code
	}
	if f.NArg() != 1 {
		return c.usage("replay takes one tape, or one file that has one; got %d", f.NArg())
	}
	text, err := readTape(f.Arg(0))
	if err != nil {
		return c.usage("%v", err)
	}
	tape, err := scheduler.ParseTape(text)
	if err != nil {
		return c.usage("%v", err)
	}
	subject, err := lookup(tape.Subject)
	if err != nil {
		return c.usage("tape %s: %v", tape, err)
	}
	r, err := proptest.Replay(text, subject, &proptest.Options{Subject: tape.Subject})
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
	c.printFailure(tape.Subject, r.Failure)
	return exitViolation
}

// readTape returns the tape in word: itself, or what the file of that name has.
func readTape(word string) (string, error) {
	if strings.HasPrefix(word, "rt") && strings.Contains(word, "~") {
		return word, nil
	}
	info, err := os.Stat(word)
	if err != nil {
		return "", fmt.Errorf("%q is neither a tape (rt2/...~DIGEST) nor a file", word)
	}
	if info.Size() > scheduler.MaxSaved {
		return "", fmt.Errorf("file %s: %d bytes, a saved run has at most %d", word, info.Size(), scheduler.MaxSaved)
	}
	text, err := os.ReadFile(word)
	if err != nil {
		return "", err
	}
	saved, err := scheduler.ParseSaved(string(text))
	if err != nil {
		return "", fmt.Errorf("file %s: %w", word, err)
	}
	return saved.Tape.String(), nil
}

func (c *command) printFailure(subject string, f *proptest.Failure) {
	fmt.Fprintf(c.out, "--- FAIL: %s/%s\n    %s", subject, f.Rule, f.Screen("go run ./cmd/reactortest replay "+f.Tape))
}
