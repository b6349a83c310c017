package main

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

const page = "../../docs/streams.md"

var update = flag.Bool("update", false, "write the programs of docs/streams.md anew")

// TestPage sees that the page shows the files that are compiled and tested here, and else only
// pieces of more_internal_test.go.
func TestPage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	more, err := os.ReadFile("more_internal_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"main.go", "main_internal_test.go"}
	got := regexp.MustCompile("(?ms)^```go\n.*?^```$").ReplaceAllFunc(text, func(block []byte) []byte {
		piece := strings.TrimSuffix(strings.TrimPrefix(string(block), "```go\n"), "```")
		if strings.Contains(flat(string(more)), flat(piece)) {
			return block
		}
		if len(files) == 0 {
			t.Fatalf("%s has a program that no file has:\n%s", page, block)
		}
		program, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		files = files[1:]
		return []byte("```go\n" + string(program) + "```")
	})
	if len(files) > 0 {
		t.Errorf("%s does not show %v", page, files)
	}
	if string(got) == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s shows other programs than the files here have: go test ./examples/lines -run TestPage -update writes it", page)
	}
	if err := os.WriteFile(page, got, 0o644); err != nil {
		t.Fatal(err)
	}
}

// flat returns s without its indentation.
func flat(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
