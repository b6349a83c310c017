package layers_test

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// forbidden are imports that the linter must report, each in a file of its
// own that is added to a copy of this tree.
var forbidden = []struct {
	folder, path string
	why          string
}{
	{"demux", "reactortest/scheduler", "the contract imports the standard library only"},
	{"demux", "testing", "what ships knows no test framework"},
	{"demux/frame", "reactortest/scheduler", "what backends have in common imports the contract only"},
	{"demux/frame", "testing", "what ships knows no test framework"},
	{"demux/epoll", "reactortest/scheduler", "a backend imports the contract and what backends have in common"},
	{"demux/epoll", "golang.org/x/sys/unix", "a backend makes no system call itself"},
	{"demux/epoll", "testing", "what ships knows no test framework"},
	{"demux/kqueue", "reactortest/demux/epoll", "a backend knows no other"},
	{"demux/iocp", "reactortest/demux/epoll", "a backend knows no other"},
	{"scheduler", "reactortest/demux", "decisions know nothing of what is decided"},
	{"scheduler", "testing", "what ships knows no test framework"},
	{"scheduler/bubble", "reactortest/demux", "a runner knows the scheduler only"},
	{"shim/sim", "reactortest/proptest", "what rewired code calls knows no judge"},
	{"shim/net", "reactortest/eventloop", "what rewired code calls knows no reactor"},
	{"shim/std", "reactortest/internal/rewire", "what a build is made of knows no builder"},
	{"fakedemux", "reactortest/eventloop", "a kernel knows no reactor"},
	{"fakedemux", "reactortest/demux/frame", "a kernel is below its backend"},
	{"fakedemux", "golang.org/x/sys/unix", "the simulation runs anywhere"},
	{"fakedemux", "os", "the simulation runs anywhere"},
	{"fakedemux", "sync", "the simulation blocks only through its runner"},
	{"fakedemux", "testing", "what ships knows no test framework"},
	{"fakedemux", "math/rand", "randomness comes from scheduler"},
	{"fakedemux/internal/errno", "reactortest/scheduler", "numbers know nothing of runs"},
	{"fakedemux/internal/machine", "reactortest/demux/epoll", "a machine knows no dialect"},
	{"fakedemux/internal/machine", "sync", "the simulation blocks only through its runner"},
	{"fakedemux/internal/objects", "reactortest/demux/kqueue", "an object knows no dialect"},
	{"fakedemux/internal/epolls", "reactortest/fakedemux/internal/kqueues", "no dialect knows another one"},
	{"fakedemux/internal/kqueues", "reactortest/fakedemux/internal/ports", "no dialect knows another one"},
	{"realdemux", "reactortest/fakedemux", "the real kernel knows no simulated one"},
	{"realdemux", "math/rand/v2", "randomness comes from scheduler"},
	{"eventloop", "reactortest/fakedemux", "a reactor sees the contract alone"},
	{"eventloop/stream", "reactortest/fakedemux", "streams see the loop and the contract alone"},
	{"eventloop", "reactortest/demux/epoll", "a reactor sees no backend"},
	{"eventloop", "math/rand", "randomness comes from scheduler"},
	{"proptest", "reactortest/realdemux", "the judge works without a real kernel"},
	{"proptest", "crypto/rand", "randomness comes from scheduler"},
	{"proptest/demuxsuite", "reactortest/eventloop", "a room of the judge knows the core and no other room"},
	{"proptest/watcher", "reactortest/proptest/demuxsuite", "a room of the judge knows the core and no other room"},
	{"proptest/internal/core", "reactortest/eventloop", "the judge's core knows no subject"},
	{"proptest/internal/render", "reactortest/scheduler", "a page knows time lines only"},
	{"fuzz", "reactortest/eventloop", "fuzz goes through the judge"},
	{"internal/golden", "reactortest/demux", "the file format knows no story"},
	{"internal/layers", "reactortest/demux", "it holds tests only"},
	{"internal/story", "reactortest/proptest", "stories are played, not judged"},
	{"internal/rewire", "reactortest/shim/order", "it reads the source of shims and calls none"},
	{"internal/planted", "reactortest/realdemux", "a list of subjects knows no host"},
	{"internal/measure", "reactortest/fakedemux", "it sees what a user of the judge sees"},
	{"internal/planted/loop", "reactortest/proptest", "subjects are judged from outside"},
	{"internal/planted/legal", "reactortest/internal/planted/loop", "other architectures do without the loop"},
	{"internal/planted/timers", "reactortest/proptest", "subjects are judged from outside"},
	{"internal/planted/timers", "reactortest/scheduler", "subjects are judged from outside"},
}

// TestLintReportsForbiddenImports needs golangci-lint, which the gate puts on
// PATH; the gate fails if this test was skipped there.
func TestLintReportsForbiddenImports(t *testing.T) {
	if testing.Short() {
		t.Skip("the linter takes a while, and looks at sources only")
	}
	linter, err := exec.LookPath("golangci-lint")
	if err != nil {
		t.Skip("golangci-lint is not on PATH; .ci/run installs it")
	}
	tree := copyTree(t)
	if got := lint(t, linter, tree); len(got) > 0 {
		t.Fatalf("the tree as it is breaks import rules:\n%s", got)
	}
	for _, f := range forbidden {
		t.Run(f.folder+"->"+f.path, func(t *testing.T) {
			// One at a time: together some would be import cycles, which hide the rest.
			name := f.folder + "/forbidden_import.go"
			write(t, tree, name, fmt.Sprintf("package %s\n\nimport _ %q\n", packageName(t, tree, f.folder), f.path))
			defer os.Remove(filepath.Join(tree, filepath.FromSlash(name)))
			got := lint(t, linter, tree)
			for _, r := range got {
				if filepath.ToSlash(r.Pos.Filename) == name && strings.Contains(r.Text, "'"+f.path+"'") {
					return
				}
			}
			t.Errorf("the linter does not report it, but %v: %s", got, f.why)
		})
	}
}

// report is an issue in the linter's JSON.
type report struct {
	FromLinter string
	Text       string
	Pos        struct{ Filename string }
}

// lint runs the import rules over tree and returns what depguard reports.
func lint(t *testing.T, linter, tree string) []report {
	t.Helper()
	cmd := exec.Command(linter, "run", "--enable-only=depguard", "--output.json.path=stdout",
		"--show-stats=false", "--issues-exit-code=0", "./...")
	cmd.Dir = tree
	cmd.Env = append(cmd.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir())
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("golangci-lint: %v%s", err, stderr(err))
	}
	var all struct{ Issues []report }
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("golangci-lint: %v in\n%s", err, out)
	}
	return all.Issues
}

// copyTree copies what the import rules look at to a new folder.
func copyTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	for name, text := range sources(t) {
		write(t, tree, name, text)
	}
	return tree
}

// sources reads every Go file of the module that is no test, with go.mod,
// go.sum and the linter's rules, by its slash-separated name.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root(), path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if leftOut(filepath.ToSlash(name)) {
				return filepath.SkipDir
			}
			return nil
		}
		if !ofInterest(d.Name()) {
			return nil
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// leftOut names folders that are no part of the module.
func leftOut(folder string) bool {
	base := filepath.Base(folder)
	return folder == "thirdparty" || base == "testdata" || base == ".git"
}

func ofInterest(file string) bool {
	switch file {
	case "go.mod", "go.sum", ".golangci.yml":
		return true
	default:
		return strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
	}
}

// packageName returns the name of the package in folder, or the folder's own
// if the tree has none there yet.
func packageName(t *testing.T, tree, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(tree, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		return filepath.Base(folder)
	}
	f, err := parser.ParseFile(token.NewFileSet(), names[0], nil, parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	return f.Name.Name
}

func write(t *testing.T, tree, name, text string) {
	t.Helper()
	path := filepath.Join(tree, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
