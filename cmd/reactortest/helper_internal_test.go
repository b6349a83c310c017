package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// result is what one call of the program did.
type result struct {
	code     int
	out, err string
}

// call runs a command line in this process.
func call(ctx context.Context, args ...string) result {
	var out, err bytes.Buffer
	c := &command{ctx: ctx, out: &out, err: &err}
	code := c.run(args)
	return result{code, out.String(), err.String()}
}

// want fails the test unless the call ended with code and said all of words, on
// the output or as an error.
func (r result) want(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit status %d, want %d", r.code, code)
	}
	for _, w := range words {
		if !strings.Contains(r.out+r.err, w) {
			t.Errorf("nothing says %q", w)
		}
	}
	if t.Failed() {
		t.Fatalf("output:\n%s\nerrors:\n%s", r.out, r.err)
	}
}

const stale = "planted/stale-event"

// broken is a check of a planted subject, made once for all tests.
var broken = sync.OnceValues(func() (result, string) {
	dir, err := os.MkdirTemp("", "reactortest")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	r := call(context.Background(), "check", "-subject", stale, "-runs", "10000", "-dir", dir)
	saved, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
	if len(saved) != 1 {
		return r, ""
	}
	text, err := os.ReadFile(saved[0])
	if err != nil {
		panic(err)
	}
	return r, string(text)
})

var tapeLine = regexp.MustCompile(`(?m)^    tape: (\S+)`)

// tape returns the tape that the check of the planted subject printed.
func tape(t *testing.T) string {
	t.Helper()
	r, _ := broken()
	found := tapeLine.FindStringSubmatch(r.out)
	if found == nil {
		t.Fatalf("no tape in\n%s%s", r.out, r.err)
	}
	return found[1]
}

// screen returns the failure in an output, without its tape.
func screen(out string) string {
	_, failure, _ := strings.Cut(out, "--- FAIL")
	_, history, _ := strings.Cut(failure, "    #0 ")
	return history
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
