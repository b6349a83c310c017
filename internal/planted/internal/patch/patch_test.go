package patch_test

import (
	"strings"
	"testing"

	"reactortest/internal/planted/internal/patch"
)

const source = "a\nb\nc\nd\ne\nf\n"

func TestApply(t *testing.T) {
	tests := []struct {
		why     string
		diff    string
		want    string
		changed int
		err     string
	}{
		{why: "a line is replaced", diff: "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", want: "a\nB\nc\nd\ne\nf\n", changed: 2},
		{why: "two hunks", diff: "@@ -1,2 +1,1 @@\n-a\n b\n@@ -6,1 +5,2 @@\n f\n+g\n", want: "b\nc\nd\ne\nf\ng\n", changed: 2},
		{why: "text behind the head is a hint for readers", diff: "@@ -2,1 +2,1 @@ func f()\n-b\n+B\n", want: "a\nB\nc\nd\ne\nf\n", changed: 2},
		{why: "no hunk", diff: "", err: "no hunk"},
		{why: "a foreign line", diff: "@@ -1,1 +1,1 @@\n!a\n", err: "neither stays"},
		{why: "an empty line is not context", diff: "@@ -1,1 +1,1 @@\n\n", err: "neither stays"},
		{why: "no head", diff: "-a\n", err: "no head"},
		{why: "context that differs", diff: "@@ -1,2 +1,2 @@\n a\n-x\n+B\n", err: "line 2"},
		{why: "the wrong line", diff: "@@ -2,2 +2,2 @@\n a\n-b\n+B\n", err: "line 2"},
		{why: "the wrong line of the result", diff: "@@ -1,1 +2,1 @@\n-a\n+A\n", err: "at line 1"},
		{why: "hunks out of order", diff: "@@ -3,1 +3,1 @@\n-c\n+C\n@@ -1,1 +1,1 @@\n-a\n+A\n", err: "before line 4"},
		{why: "a hunk behind the end", diff: "@@ -9,1 +9,1 @@\n-c\n+C\n", err: "behind the end"},
		{why: "a hunk that runs over the end", diff: "@@ -6,2 +6,1 @@\n f\n-g\n", err: "line 7"},
		{why: "fewer lines than said", diff: "@@ -1,2 +1,2 @@\n a\n", err: "too early"},
		{why: "more lines than said", diff: "@@ -1,1 +1,1 @@\n-a\n-b\n+A\n", err: "more lines"},
		{why: "line 0", diff: "@@ -0,1 +1,1 @@\n-a\n+A\n", err: "before line 1"},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			got, changed, err := patch.Apply(source, "--- a\n+++ b\n"+test.diff)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error: %v, want one with %q", err, test.err)
			}
			if got != test.want || changed != test.changed {
				t.Errorf("got %q, %d changed, want %q, %d", got, changed, test.want, test.changed)
			}
		})
	}
	for _, diff := range []string{"\n", "--- a\n", "@@ -1,1 +1,1 @@\n-a\n+A\n", "--- a\n+++ b\n@@ -1,1 +1,1 @@\n-a\n+A"} {
		if _, _, err := patch.Apply(source, diff); err == nil {
			t.Errorf("%q: no error", diff)
		}
	}
}
