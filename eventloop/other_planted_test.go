package eventloop_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// planted are mistakes in other tasks. Each edit replaces a text that is in its
// file once.
var planted = []struct {
	name  string
	why   string
	edits [][3]string // file, from, to
	test  string      // of otherTasks
	says  string      // in the report
}{
	{
		name: "done-twice", why: "Cancel takes a work that runs for one that waits", test: "works", says: "done was called 2 times",
		edits: [][3]string{{"other.go", `	if w.state != workQueued {
		return false, w.stop
	}
	o.remove(w)
`, `	if w.state == workOver {
		return false, nil
	}
	if w.state == workQueued {
		o.remove(w)
	}
`}},
	},
	{
		name: "cancel-tells-nobody", why: "Cancel takes a work out of the queue, and the loop is not woken for its done", test: "works", says: "deadlock",
		edits: [][3]string{{"work.go", `		w.err = demux.ErrCanceled
		l.finish(w)
`, `		w.err = demux.ErrCanceled
`}},
	},
	{
		name: "lost-work", why: "a worker sees an empty queue, and is taken off the count later: a Go in between starts no other", test: "works", says: "deadlock",
		edits: [][3]string{
			{"other.go", "		o.workers--\n		return nil, nil\n", "		return nil, nil\n"},
			{"work.go", `		if w, ctx = l.other.dequeue(); w == nil {
			return
`, `		if w, ctx = l.other.dequeue(); w == nil {
			l.host.Yield("planted")
			l.other.mu.Lock()
			l.other.workers--
			l.other.mu.Unlock()
			return
`},
		},
	},
	{
		name: "one-too-many", why: "the limit of workers is looked at before the queue, and counted after it", test: "works", says: "more than Workers",
		edits: [][3]string{{"other.go", "	if o.workers == o.limit {\n", "	if o.workers > o.limit {\n"}},
	},
	{
		name: "close-keeps-the-queue", why: "Close lets the workers go on with what waits", test: "works-and-close", says: "began after Close",
		edits: [][3]string{{"other.go", "	for o.first != nil {\n", "	for o.first != nil && o.limit == 0 {\n"}},
	},
	{
		name: "close-tells-no-work", why: "Close does not end the contexts of the works that run", test: "works-and-close", says: "context that is not done",
		edits: [][3]string{{"other.go", "	if stop != nil {\n		stop()\n", "	if stop != nil && o.limit == 0 {\n		stop()\n"}},
	},
	{
		name: "signal-lost", why: "the mark of a queued signal is cleared after its function: a signal in between is lost", test: "signals", says: "deadlock",
		edits: [][3]string{
			{"signal.go", "		posted.Store(false) // before", "		// before"},
			{"signal.go", "			s.fn(sig)\n		}\n", "			s.fn(sig)\n		}\n		l.host.Yield(\"planted\")\n		posted.Store(false)\n"},
		},
	},
	{
		name: "signal-after-close", why: "a signal that waits in the posted queue is told although its watch was closed", test: "signals", says: "after Close",
		edits: [][3]string{{"signal.go", "if !s.closed {", "if s.fn != nil {"}},
	},
}

// every is made 1 by make test-streams.
var every = flag.Int("eventloop.every", 2, "search for one of so many planted mistakes")

// TestOtherTasksPlanted builds the tests with each mistake, and sees that
// TestOtherTasks finds it.
func TestOtherTasksPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package with each mistake; go test without -short does")
	}
	for i, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			if i%max(*every, 1) != 0 {
				t.Skip("searched for with -eventloop.every=1")
			}
			overlay := overlay(t, p.edits)
			cmd := exec.Command("go", "test", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-run", "^TestOtherTasks$/^"+p.test+"$", ".", "-args", "-eventloop.saved", t.TempDir())
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("not found: %s", p.why)
			}
			if !strings.Contains(string(out), p.says) || !strings.Contains(string(out), "replay:") {
				t.Errorf("%s: the report does not say %q:\n%.3000s", p.why, p.says, out)
			}
		})
	}
}

// overlay writes the changed files, and returns the file that go test -overlay
// reads.
func overlay(t *testing.T, edits [][3]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	texts := map[string]string{}
	for _, e := range edits {
		file, from, to := e[0], e[1], e[2]
		if _, ok := texts[file]; !ok {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts[file] = string(b)
		}
		if n := strings.Count(texts[file], from); n != 1 {
			t.Fatalf("%s has %d times:\n%s", file, n, from)
		}
		texts[file] = strings.Replace(texts[file], from, to, 1)
		path, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		replace[path] = filepath.Join(dir, file)
		if err := os.WriteFile(replace[path], []byte(texts[file]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
