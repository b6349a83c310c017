package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const updateFlag = "update"

// RegisterUpdate registers the flag -update. Call it from a package variable
// or an init function of the tests that call Run. The package does not register the
// flag itself, because a program that imports it through another package may have
// a flag of that name.
func RegisterUpdate() bool {
	flag.Bool(updateFlag, false, "rewrite the output sections of golden scripts")
	return true
}

func updating() bool {
	f := flag.Lookup(updateFlag)
	return f != nil && f.Value.String() == "true"
}

// Run plays every script that glob matches, each in a subtest with its file's
// name, and compares the result of play with the section for dialect. It plays a
// script twice, and both results must be the same. With -update it rewrites the
// section in place; commands and comments stay.
func Run(t *testing.T, glob, dialect string, play func(s *Script) (string, error)) {
	t.Helper()
	run(t, glob, dialect, play, (*Script).SetOutput)
}

// RunBeside does what Run does, for a second dialect: with -update it leaves the
// common section as it is and writes a section for the dialect where the output
// differs.
func RunBeside(t *testing.T, glob, dialect string, play func(s *Script) (string, error)) {
	t.Helper()
	run(t, glob, dialect, play, (*Script).SetOwnOutput)
}

type setter func(s *Script, dialect, text string)

func run(t *testing.T, glob, dialect string, play func(s *Script) (string, error), set setter) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no script matches %s", glob)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		t.Run(name, func(t *testing.T) { runFile(t, file, dialect, play, set) })
	}
}

func runFile(t *testing.T, file, dialect string, play func(s *Script) (string, error), set setter) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := playFile(t, file, text, play)
	if again := playFile(t, file, text, play); again != got {
		t.Fatalf("%s: played twice, it gives two outputs (- first, + second)\n%s", file, Diff(got, again))
	}
	s, err := Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := s.Output(dialect)
	if ok && want.Text == got {
		return
	}
	if updating() {
		set(s, dialect, got)
		if err := os.WriteFile(file, s.Format(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !ok {
		t.Fatalf("%s has no output for %s; run the test with -update and read what it writes", file, dialect)
	}
	t.Errorf("%s:%d: output for %s differs (- want, + got)\n%s", file, want.Line, dialect, Diff(want.Text, got))
}

// playFile plays a script that is parsed afresh, so that a player that keeps
// something in it is noticed. The result ends in a line feed unless empty.
func playFile(t *testing.T, file string, text []byte, play func(s *Script) (string, error)) string {
	t.Helper()
	s, err := Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := play(s)
	if err != nil {
		t.Fatalf("%v\noutput so far:\n%s", err, got)
	}
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	return got
}
