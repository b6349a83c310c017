package layers_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "reactortest"

// layer is a row of the table of who may import whom. Lists hold import paths
// without the module's name; "/..." behind one means everything below it too.
// The standard library is free but for deny.
type layer struct {
	folder string
	why    string
	free   bool     // may import anything
	allow  []string // of this module
	extern []string // of other modules
	deny   []string // of the standard library
}

// pure is what the simulation may not import: it runs anywhere, on one thread.
var pure = []string{"testing", "math/rand", "crypto/rand", "os", "syscall", "sync", "net", "!sync/atomic", "!net/netip"}

var layers = []layer{
	{
		folder: "demux", why: "the contract knows no kernel and no test",
		deny: []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "demux/frame", why: "what all backends have in common names none of them",
		allow: []string{"demux"},
		deny:  []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "demux/*", why: "a backend turns the contract into one kernel's calls",
		allow: []string{"demux", "demux/frame"},
		deny:  []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "scheduler", why: "decisions know nothing of what is decided",
		deny: []string{"testing", "crypto/rand"},
	},
	{
		folder: "scheduler/bubble", why: "the one runner that needs testing/synctest",
		allow: []string{"scheduler"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "shim/rand", why: "the one shim of a source of randomness",
		allow: []string{"scheduler/bubble"},
		deny:  []string{"testing", "crypto/rand"},
	},
	{
		folder: "shim/internal/trial", why: "runs the programs of the shims' tests",
		allow: []string{"scheduler", "scheduler/bubble", "fakedemux"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "shim/...", why: "what rewired code calls instead of the operating system and the runtime",
		allow: []string{"demux", "demux/epoll", "scheduler", "scheduler/bubble", "fakedemux", "shim/..."}, extern: []string{"golang.org/x/sys/..."},
		deny: []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "eventloop", why: "a reactor sees the contract alone, so any demux can be put under it",
		allow: []string{"demux"},
		deny:  []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "eventloop/stream", why: "streams see the loop and the contract alone",
		allow: []string{"demux", "eventloop"},
		deny:  []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "fakedemux", why: "the simulation runs anywhere, on one thread, from decisions alone",
		allow: []string{"demux", "demux/epoll", "demux/kqueue", "demux/iocp", "scheduler/...", "fakedemux/internal/..."},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/errno", why: "why calls fail, and the numbers of every kernel",
		allow: []string{"demux/epoll", "demux/kqueue", "demux/iocp"},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/machine", why: "the bottom of the simulated kernel knows no object and no dialect",
		allow: []string{"scheduler", "fakedemux/internal/errno"},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/objects", why: "objects know that they are watched, and no dialect",
		allow: []string{"scheduler", "fakedemux/internal/errno", "fakedemux/internal/machine"},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/epolls", why: "a dialect knows the objects, and no other dialect",
		allow: []string{"demux/epoll", "scheduler", "fakedemux/internal/errno", "fakedemux/internal/machine", "fakedemux/internal/objects"},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/kqueues", why: "a dialect knows the objects, and no other dialect",
		allow: []string{"demux/kqueue", "scheduler", "fakedemux/internal/errno", "fakedemux/internal/machine", "fakedemux/internal/objects"},
		deny:  pure,
	},
	{
		folder: "fakedemux/internal/ports", why: "a dialect knows the objects, and no other dialect",
		allow: []string{"demux", "demux/iocp", "scheduler", "fakedemux/internal/errno", "fakedemux/internal/machine", "fakedemux/internal/objects"},
		deny:  pure,
	},
	{
		folder: "realdemux", why: "the operating system, and nothing that is simulated",
		allow: []string{"demux/..."}, extern: []string{"golang.org/x/sys/..."},
		deny: []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/demuxsuite", why: "a room of the judge knows the core and no other room",
		allow: []string{"demux", "scheduler", "fakedemux", "proptest/internal/core"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/program", why: "a room of the judge knows the core and no other room",
		allow: []string{"demux", "demux/epoll", "scheduler", "scheduler/bubble", "fakedemux", "proptest/internal/core", "proptest/internal/bubbled"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/server", why: "a room of the judge knows the core and no other room",
		allow: []string{"demux", "scheduler/...", "fakedemux", "proptest/internal/bubbled", "proptest/internal/core", "shim/order"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/watcher", why: "a room of the judge knows the core and no other room",
		allow: []string{"demux", "scheduler/...", "fakedemux", "eventloop", "proptest/internal/bubbled", "proptest/internal/core"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/internal/bubbled", why: "runs in bubbles, whatever the subject is",
		allow: []string{"scheduler/...", "fakedemux", "proptest/internal/core"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/internal/render", why: "a page knows time lines and nothing of how they came about",
		deny: []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "proptest/internal/core", why: "the judge's core knows no subject",
		allow:  []string{"demux", "scheduler", "fakedemux", "proptest/internal/render"},
		extern: []string{"pgregory.net/rapid/...", "github.com/google/go-cmp/..."},
		deny:   []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "proptest", why: "the face of the judge, which works without a real kernel",
		allow: []string{"demux", "scheduler", "fakedemux", "proptest/..."},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "fakenet", why: "package net over the simulated kernel, for programs that the judge runs in a bubble",
		allow: []string{"fakedemux", "scheduler", "scheduler/bubble", "proptest", "shim/net", "shim/routine"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "fuzz", why: "entry points of go test -fuzz over the judge",
		allow: []string{"proptest/...", "scheduler", "fakedemux", "internal/golden"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/golden", why: "a file format, whatever the stories are about",
		deny: []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/layers", why: "tests only",
		deny: []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/story", why: "plays scripts on the simulated kernel",
		allow: []string{"demux/...", "scheduler", "fakedemux", "eventloop", "internal/golden"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/fidelity", why: "compares the simulated kernel with the running one",
		allow: []string{"demux/...", "scheduler", "fakedemux", "internal/golden", "internal/sequence"}, extern: []string{"golang.org/x/sys/..."},
		deny: []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/winfidelity", why: "compares the simulated Windows with the running one",
		allow: []string{"demux/...", "realdemux", "scheduler", "fakedemux", "internal/sequence"}, extern: []string{"golang.org/x/sys/..."},
		deny: []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/sequence", why: "what comparisons have in common, whatever calls they make",
		allow: []string{"scheduler"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/engines", why: "the matrix of engines: it builds test programs, and reads what the judge wrote",
		allow: []string{"proptest", "internal/rewire"},
		deny:  []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "internal/rewire", why: "it reads and writes source, whatever the shims do",
		deny: []string{"testing", "math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted", why: "the list of broken subjects, as the judge takes them",
		allow: []string{"demux", "proptest", "internal/planted/..."},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/measure", why: "a command that searches for the planted bugs",
		allow: []string{"scheduler", "proptest", "internal/planted"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/loop", why: "subjects are judged from outside, as a stranger's reactor is",
		allow: []string{"demux"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/legal", why: "subjects are judged from outside, as a stranger's reactor is",
		allow: []string{"demux"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/engine", why: "the list of broken servers, as the judge takes them",
		allow: []string{"demux", "proptest", "internal/planted/engine/..."},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/engine/serve", why: "an engine sees the contract, and the interface that it is judged by",
		allow: []string{"demux", "proptest/server"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/engine/bugs", why: "a planted bug is an engine with one wrong part",
		allow: []string{"demux", "proptest/server", "internal/planted/engine/serve"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{
		folder: "internal/planted/*", why: "a planted bug is a loop with one wrong part",
		allow: []string{"demux", "internal/planted/loop"},
		deny:  []string{"math/rand", "crypto/rand"},
	},
	{folder: "cmd/...", why: "puts everything together", free: true},
	{folder: "examples/...", why: "programs as a user writes them", free: true},
	{folder: "internal/speed", why: "benchmarks only"},
	{folder: "bench/...", why: "measures across all layers", free: true},
}

// goPackage is what go list -json prints of a package.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// systems are those whose build-tagged files differ.
var systems = []string{"linux", "darwin", "windows"}

func TestImportsFollowTheLayers(t *testing.T) {
	sources(t) // go test caches by the files that the test itself reads
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			for _, p := range listPackages(t, system) {
				checkPackage(t, p)
			}
		})
	}
}

// listPackages returns the packages of the module as the given system builds
// them, their tests left out.
func listPackages(t *testing.T, system string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags=reactortest_net", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root()
	cmd.Env = append(cmd.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v%s", err, stderr(err))
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}

func checkPackage(t *testing.T, p goPackage) {
	t.Helper()
	folder := strings.TrimPrefix(p.ImportPath, module+"/")
	row := findLayer(folder)
	if row == nil {
		t.Errorf("%s has no row in the table of layers: add one, and its list in .golangci.yml", folder)
		return
	}
	var shown []string
	for _, path := range p.Imports {
		if inner, ok := strings.CutPrefix(path, module+"/"); ok {
			shown = append(shown, inner)
		} else if strings.Contains(path, ".") {
			shown = append(shown, path)
		}
		if rule := row.forbids(path); rule != "" {
			t.Errorf("%s imports %s: %s (%s)", folder, path, rule, row.why)
		}
	}
	t.Logf("%-20s -> %s", folder, strings.Join(shown, " "))
}

func findLayer(folder string) *layer {
	for i := range layers {
		pattern := layers[i].folder
		if matchTree(pattern, folder) {
			return &layers[i]
		}
		if ok, err := filepath.Match(pattern, folder); err == nil && ok {
			return &layers[i]
		}
	}
	return nil
}

// forbids returns the rule that an import of path breaks, "" if none.
func (l *layer) forbids(path string) string {
	if l.free {
		return ""
	}
	if inner, ok := strings.CutPrefix(path, module+"/"); ok {
		if matchAny(l.allow, inner) {
			return ""
		}
		return "of this module it may import only [" + strings.Join(l.allow, " ") + "]"
	}
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		if matchAny(l.extern, path) {
			return ""
		}
		return "of other modules it may import only [" + strings.Join(l.extern, " ") + "]"
	}
	if slices.Contains(l.deny, "!"+path) {
		return ""
	}
	for _, denied := range l.deny {
		if matchTree(denied+"/...", path) {
			return "of the standard library it may not import " + denied
		}
	}
	return ""
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matchTree(pattern, path) })
}

// matchTree matches "a/b" exactly, and "a/b/..." with a/b and all below it.
func matchTree(pattern, path string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == tree || strings.HasPrefix(path, tree+"/")
	}
	return path == pattern
}

// root is the folder of go.mod, seen from the one that a test runs in.
func root() string { return filepath.Join("..", "..") }

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "\n" + string(exit.Stderr)
	}
	return ""
}

func TestTableOfLayers(t *testing.T) {
	for _, tt := range []struct {
		folder, path string
		ok           bool
		why          string
	}{
		{"demux", "time", true, "the standard library is free"},
		{"demux", "testing/iotest", false, "a denied package denies what is below it"},
		{"demux/epoll", "reactortest/demux", true, "a backend is written against the contract"},
		{"demux/epoll", "reactortest/demux/frame", true, "and from the parts that all backends have in common"},
		{"demux/frame", "reactortest/demux/epoll", false, "those parts know no backend: the row before the pattern counts"},
		{"fakedemux", "reactortest/demux/frame", false, "a kernel is below its backend"},
		{"demux/epoll", "reactortest/demux/kqueue", false, "an exact row does not open the tree below it"},
		{"fakedemux", "sync", false, "the simulation blocks through its runner"},
		{"fakedemux", "sync/atomic", true, "the inbox of wakes from outside"},
		{"fakedemux", "reactortest/demux/epoll", true, "it implements the backends' calls"},
		{"fakedemux/internal/objects", "reactortest/fakedemux/internal/machine", true, "objects are made of what a machine has"},
		{"fakedemux/internal/objects", "reactortest/fakedemux/internal/ports", false, "they know no dialect"},
		{"fakedemux/internal/epolls", "reactortest/fakedemux/internal/objects", true, "a dialect watches objects"},
		{"fakedemux/internal/epolls", "reactortest/fakedemux", false, "and knows no calls"},
		{"eventloop", "reactortest/fakedemux", false, "product code knows no simulation"},
		{"realdemux", "golang.org/x/sys/unix", true, "its calls"},
		{"scheduler", "golang.org/x/sys/unix", false, "another module"},
		{"shim/net", "reactortest/shim/sim", true, "every shim carries its calls through one package"},
		{"shim/net", "reactortest/proptest", false, "and none knows the judge"},
		{"shim/std", "reactortest/scheduler/bubble", true, "it waits on the clock of a run"},
		{"shim/std", "reactortest/internal/rewire", false, "what a build is made of knows no builder"},
		{"eventloop", "reactortest/shim/net", false, "only rewired code calls a shim"},
		{"proptest/demuxsuite", "reactortest/proptest/internal/core", true, "a room is built on the core"},
		{"proptest/demuxsuite", "reactortest/proptest", false, "a room knows no other suite"},
		{"proptest/watcher", "reactortest/proptest/demuxsuite", false, "nor does another"},
		{"proptest/internal/core", "reactortest/proptest/demuxsuite", false, "the core knows no subject"},
		{"proptest/watcher", "reactortest/proptest/internal/render", false, "a suite does not render"},
		{"cmd/reactortest", "reactortest/realdemux", true, "the command may use anything"},
	} {
		row := findLayer(tt.folder)
		if row == nil {
			t.Errorf("%s: no row", tt.folder)
			continue
		}
		if rule := row.forbids(tt.path); (rule == "") != tt.ok {
			t.Errorf("%s imports %s: rule %q, want allowed = %v: %s", tt.folder, tt.path, rule, tt.ok, tt.why)
		}
	}
	if findLayer("newcomer") != nil {
		t.Error("a package that no row names was found in the table")
	}
}
