// Package naive_test plays docs/four-bugs.md: somebody writes a loop, in a module
// of their own, and tests it.
package naive_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the screens in docs/four-bugs.md anew")

const (
	root = "../.."
	page = root + "/docs/four-bugs.md"
)

// fixes mend naive.go. Each rule is broken before its fix and kept after all of
// them.
var fixes = []struct{ rule, from, to string }{
	{"timers-not-early", "d.Truncate(time.Millisecond)", "max(d, 0)"},
	{"bounded-iteration", `	for {
		l.mu.Lock()
		if len(l.posted) == 0 || l.closed.Load() {
			l.mu.Unlock()
			return
		}
		fn := l.posted[0]
		l.posted = l.posted[1:]
		l.mu.Unlock()
		fn()
	}
`, `	l.mu.Lock()
	posted := l.posted
	l.posted = nil
	l.mu.Unlock()
	for _, fn := range posted {
		if !l.closed.Load() {
			fn()
		}
	}
`},
	{"no-leaked-handle", "return l.demux.Wake()\n}\n\nfunc (l *Loop) dispatch", "return l.demux.Close()\n}\n\nfunc (l *Loop) dispatch"},
	{"no-stale-dispatch", "	w := &Watch{loop: l, handle: h, want: want, fn: fn}\n", "	l.opened++\n	w := &Watch{loop: l, handle: h, token: l.opened, want: want, fn: fn}\n"},
	{"no-stale-dispatch", "	handle demux.Handle\n", "	handle demux.Handle\n	token  demux.Token // new for each watch\n"},
	{"no-stale-dispatch", "	closing bool\n", "	opened  demux.Token\n"},
	{"no-stale-dispatch", "Register(h, demux.Token(h), want, mode)", "Register(h, w.token, want, mode)"},
	{"no-stale-dispatch", "Modify(w.handle, demux.Token(w.handle), want, mode)", "Modify(w.handle, w.token, want, mode)"},
	{"no-stale-dispatch", "	l.watches[h] = w\n", "	l.watches[w.token] = w\n"},
	{"no-stale-dispatch", "delete(w.loop.watches, w.handle)", "delete(w.loop.watches, w.token)"},
	{"no-stale-dispatch", "l.watches[demux.Handle(ev.Token)]", "l.watches[ev.Token]"},
	{"no-stale-dispatch", "map[demux.Handle]*Watch", "map[demux.Token]*Watch"},
}

// module is the reader's module.
type module struct{ dir string }

func newModule(t *testing.T) *module {
	t.Helper()
	m := &module{filepath.Join(t.TempDir(), "naive")}
	clone, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(m.dir, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	m.write(t, "go.mod", "module example.com/naive\n\ngo 1.26.0\n\nrequire reactortest v0.0.0\n\nreplace reactortest => "+clone+"\n")
	if out, code := m.sh(t, "go mod tidy"); code != 0 {
		t.Fatalf("go mod tidy: %s", out)
	}
	return m
}

func (m *module) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sh runs a command line in the root of the module.
func (m *module) sh(t *testing.T, line string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// mend carries out the fixes.
func (m *module) mend(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "naive.go"))
	if err != nil {
		t.Fatal(err)
	}
	mended := string(text)
	for _, f := range fixes {
		if !strings.Contains(mended, f.from) {
			t.Fatalf("naive.go does not have what mends %s:\n%s", f.rule, f.from)
		}
		mended = strings.ReplaceAll(mended, f.from, f.to)
	}
	m.write(t, "naive.go", mended)
}

// TestFourBugs reports the four bugs of the loop in one go test, replays each by
// the printed command, mends them, and sees the saved tapes pass.
func TestFourBugs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	m := newModule(t)
	first, code := m.sh(t, "go test .")
	if code != 1 {
		t.Fatalf("go test . exits with %d:\n%s", code, first)
	}
	rules := map[string]bool{}
	for _, f := range fixes {
		rules[f.rule] = true
		if !strings.Contains(first, "--- FAIL: TestLoop/epoll/"+f.rule+" ") {
			t.Errorf("%s is not reported by name:\n%s", f.rule, first)
		}
	}
	if len(rules) != 4 {
		t.Fatalf("%d bugs", len(rules))
	}
	commands := regexp.MustCompile(`(?m)^ +replay: (go test .*)$`).FindAllStringSubmatch(first, -1)
	if len(commands) < 4 {
		t.Fatalf("%d commands are printed", len(commands))
	}
	for _, c := range commands {
		if out, code := m.sh(t, c[1]); code != 1 || !strings.Contains(out, "--- FAIL: TestLoop/epoll/") {
			t.Errorf("%s\nexits with %d:\n%s", c[1], code, out)
		}
	}
	m.mend(t)
	for _, c := range commands {
		if out, code := m.sh(t, c[1]+" -v"); code != 0 || !strings.Contains(out, "the run breaks no rule now") {
			t.Errorf("after the fixes\n%s\nexits with %d:\n%s", c[1], code, out)
		}
	}
	all, code := m.sh(t, "go test -v .")
	if code != 0 {
		t.Errorf("after the fixes go test exits with %d:\n%s", code, all)
	}
	second := strings.Join(regexp.MustCompile(`(?m)^.*saved tape.*\n|^ok.*\n`).FindAllString(all, -1), "")
	for rule := range rules {
		if !strings.Contains(second, "keeps "+rule+" now") {
			t.Errorf("nothing says that the saved run of %s keeps it now:\n%s", rule, second)
		}
	}
	checkPage(t, map[string]string{"found": first, "mended": second})
}

// checkPage compares the screens of the page with what was printed.
func checkPage(t *testing.T, screens map[string]string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	times := regexp.MustCompile(`\d+\.\d\ds|\d\.\d\d\ds`)
	block := regexp.MustCompile("(?s)(<!-- screen: (\\w+) -->\n```text\n)(.*?)(```)")
	got := block.ReplaceAllStringFunc(string(text), func(old string) string {
		part := block.FindStringSubmatch(old)
		screen, known := screens[part[2]]
		if !known {
			t.Errorf("%s has a screen %q, and nothing prints it", page, part[2])
		}
		var lines []string
		for line := range strings.Lines(times.ReplaceAllString(screen, "0.00s")) {
			if line = strings.TrimRight(line, " \n\t"); line != "" {
				lines = append(lines, line)
			}
		}
		return part[1] + strings.Join(lines, "\n") + "\n" + part[4]
	})
	switch {
	case got == string(text):
	case *update:
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is out of date: go test ./examples/naive -update writes its screens anew", page)
	}
}
