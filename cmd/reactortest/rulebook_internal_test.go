package main

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/rules.md anew")

// TestRuleBook compares docs/rules.md with the rules of the code.
func TestRuleBook(t *testing.T) {
	const file = "../../docs/rules.md"
	want := ruleBook()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date: write it anew with -update", file)
	}
}
