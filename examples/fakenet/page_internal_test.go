//go:build linux

package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"reactortest/fakenet"
)

var update = flag.Bool("update", false, "write the report that docs/fakenet.md shows anew")

const (
	page      = "../../docs/fakenet.md"
	pageBegin = "The report ends with a time line like this one. It is shortened here.\n\n```text\n"
	pageEnd   = "```\n"
	pageLines = 10 // of the time line, up to the one that broke the rule
)

// TestPage sees that the page shows what the command above the report prints.
func TestPage(t *testing.T) {
	r, err := (&fakenet.Options{Runs: 200, Dir: t.TempDir()}).Check(t, counter(readIsLine))
	if err != nil || r.Failure == nil {
		t.Fatalf("found %+v, %v", r, err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), pageBegin)
	shown, after, ends := strings.Cut(rest, pageEnd)
	if !begins || !ends {
		t.Fatalf("%s has no report after %q", page, pageBegin)
	}
	want := shorten(r.Failure.Screen(""))
	if shown == want {
		return
	}
	if !*update {
		t.Fatalf("%s shows\n%s\nand the command prints\n%s\ngo test ./examples/fakenet -run TestPage -update writes it", page, shown, want)
	}
	if err := os.WriteFile(page, []byte(before+pageBegin+want+pageEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shorten keeps the head of a report, and the end of its time line.
func shorten(screen string) string {
	lines := strings.Split(screen, "\n")
	mark := 0
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), ">") {
			mark = i
		}
	}
	short := append(lines[:2:2], "    ...")
	return strings.Join(append(short, lines[max(mark-pageLines, 2):mark+1]...), "\n") + "\n"
}
