package fakedemux_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"reactortest/fakedemux"
)

// TestDocHasEveryClass: the table of the package documentation is that of
// Classes, in its order.
func TestDocHasEveryClass(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z])  ([a-z-]+) +(faithful|posix|adversarial) .*$`).FindAllStringSubmatch(string(text), -1) {
		got = append(got, fmt.Sprint(m[1:], strings.HasSuffix(m[0], "; no budget")))
	}
	for _, c := range fakedemux.Classes() {
		want = append(want, fmt.Sprint([]string{string(c.Letter), c.Point.String(), c.Mode.String()}, !c.Budgeted))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the documentation has\n%v\nClasses has\n%v", got, want)
	}
}

// TestDocNamesFacts: every fact that the documentation calls seen is there.
func TestDocNamesFacts(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	prose := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "//", "")), " ")
	for _, m := range regexp.MustCompile(`seen, ([^.;]+)[.;]`).FindAllStringSubmatch(prose, -1) {
		if strings.HasPrefix(m[1], "the ") {
			continue // several at once
		}
		found := false
		for _, f := range facts {
			found = found || strings.HasPrefix(m[1], f.name) || strings.HasPrefix(f.name, m[1])
		}
		if !found {
			t.Errorf("no fact is called %q", m[1])
		}
	}
}
