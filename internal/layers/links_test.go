package layers_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// links finds the targets of Markdown links, such as [the contract](contract.md).
var links = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// fences finds blocks of code.
var fences = regexp.MustCompile("(?ms)^```.*?^```$")

// relativeLinks returns the targets in text that are files, without anchors.
func relativeLinks(text string) []string {
	var found []string
	for _, m := range links.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target != "" && !strings.Contains(target, "://") {
			found = append(found, target)
		}
	}
	return found
}

// TestLinksPointToFiles follows every relative link of the pages for readers.
func TestLinksPointToFiles(t *testing.T) {
	pages, err := filepath.Glob(moduleRoot + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, moduleRoot+"/README.md", moduleRoot+"/CONTRIBUTING.md")
	followed := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range relativeLinks(string(text)) {
			followed++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s: the link to %s points to no file", page, target)
			}
		}
	}
	if followed == 0 {
		t.Error("no page has a link: the pattern finds nothing")
	}
}

func TestRelativeLinks(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"a page beside this one", "see [tapes](tapes.md).", "tapes.md"},
		{"an anchor is not part of the file", "[W6](contract.md#w6-oneshot)", "contract.md"},
		{"a place on the same page", "[below](#below)", ""},
		{"another site", "[Go](https://go.dev)", ""},
		{"code is not a link", "a\n```go\nf[int](x)\n```\n[b](b.md)", "b.md"},
		{"two on a line", "[a](a.md), [b](../b.go)", "a.md ../b.go"},
	} {
		if got := strings.Join(relativeLinks(c.text), " "); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.why, c.text, got, c.want)
		}
	}
}
