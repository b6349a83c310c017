//go:build linux

package rewire

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"reactortest/internal/golden"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

const goldens = "testdata/golden"

// offline keeps the go command away from the network and from the user's settings.
func offline(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the report of linux/amd64 is compared")
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOSUMDB", "off")
}

// example rewires the modules in testdata for the program in testdata/user.
func example(t *testing.T) (*Options, *Report) {
	t.Helper()
	offline(t)
	o := &Options{
		Dir: "testdata/user", Out: filepath.Join(t.TempDir(), "out"), shims: "simtest/shim",
		Modules: []Module{{Path: "example.com/engine"}, {Path: "example.com/mid"}, {Path: "example.com/old"}},
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return o, r
}

// compare compares a text with a golden file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(goldens, filepath.FromSlash(name))
	if strings.HasSuffix(name, ".go") { // no tool takes it for source
		file += ".golden"
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s", name, golden.Diff(string(want), got))
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRewrittenFiles compares every file that is rewritten or generated with a golden
// file, and the lines of its statements with the original.
func TestRewrittenFiles(t *testing.T) {
	o, r := example(t)
	root := filepath.Join(o.Out, copies, "example.com")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		module, file, _ := strings.Cut(filepath.ToSlash(rel), "@v0.0.0/")
		original, err := os.ReadFile(filepath.Join("testdata", module, file))
		if err == nil && string(original) == read(t, name) {
			return nil
		}
		compare(t, module+"/"+file, read(t, name))
		if err == nil {
			sameLines(t, filepath.Join("testdata", module, file), name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	r.Print(&report)
	compare(t, "report.txt", report.String())
}

// TestOverlay compares the files of the user's module that the overlay replaces.
func TestOverlay(t *testing.T) {
	_, r := example(t)
	for name, to := range overlayOf(t, r) {
		if strings.HasSuffix(name, "/src/"+quietSelect.file) {
			if strings.Count(read(t, name), "\n") != strings.Count(read(t, to), "\n") || !strings.Contains(read(t, to), quietSelect.with) {
				t.Errorf("%s is not patched", name)
			}
			continue
		}
		compare(t, "user/"+filepath.Base(name), read(t, to))
		sameLines(t, name, to)
	}
}

func overlayOf(t *testing.T, r *Report) map[string]string {
	t.Helper()
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal([]byte(read(t, r.Overlay())), &overlay); err != nil {
		t.Fatal(err)
	}
	return overlay.Replace
}

// sameLines fails the test if a declared name, a literal or a return moved to another
// line.
func sameLines(t *testing.T, before, after string) {
	t.Helper()
	want, got := linesOf(t, before), linesOf(t, after)
	for name, line := range want {
		if got[name] != line {
			t.Errorf("%s: %s is on line %d, was on %d", after, name, got[name], line)
		}
	}
}

// linesOf returns the lines that are the same whatever is rewritten.
func linesOf(t *testing.T, name string) map[string]int {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	add := func(what string, p token.Pos) {
		if found[what] == 0 {
			found[what] = set.Position(p).Line
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name != "init" {
				add("func "+n.Name.Name, n.Pos())
				add("end of "+n.Name.Name, n.End())
			}
		case *ast.ImportSpec: // more of them are on the first line
			return false
		case *ast.BasicLit: // a number may have moved with a call
			if n.Kind == token.STRING {
				add(n.Value, n.Pos())
			}
		}
		return true
	})
	return found
}

// TestProgram runs a program with the rewired modules. The patch of the runtime is left
// out: it would compile the standard library anew.
func TestProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	_, r := example(t)
	overlay := map[string]string{}
	for name, to := range overlayOf(t, r) {
		if !strings.HasSuffix(name, "/src/"+quietSelect.file) {
			overlay[name] = to
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	goIn := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = "testdata/user"
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	compare(t, "program.txt", goIn("run", "-modfile="+r.ModFile(), "-overlay="+file, "."))
	goIn("test", "-modfile="+r.ModFile(), "-overlay="+file, ".")
}

// TestSecondRunDoesNothing runs twice, and again after a change of an input.
func TestSecondRunDoesNothing(t *testing.T) {
	o, first := example(t)
	before := tree(t, o.Out)
	second, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if first.Cached || !second.Cached {
		t.Errorf("cached: %v, then %v; want false, then true", first.Cached, second.Cached)
	}
	if err := os.WriteFile(filepath.Join(o.Out, stampFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	third, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if third.Cached || tree(t, o.Out) != before {
		t.Error("a run with the same inputs made something else")
	}
	o.Pass = []string{"unix.Splice"}
	if fourth, err := Run(t.Context(), o); err != nil || fourth.Cached {
		t.Errorf("other options: %v, cached %v", err, fourth != nil && fourth.Cached)
	}
}

// tree returns names and contents of all files in a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	d := newDigest()
	d.tree(dir)
	sum, err := d.sum()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestRefused(t *testing.T) {
	offline(t)
	o := &Options{Dir: "testdata/nothing", Out: filepath.Join(t.TempDir(), "out"), shims: "simtest/shim", Modules: []Module{{Path: "example.com/refused"}}}
	_, err := Run(t.Context(), o)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want a RefusedError", err)
	}
	compare(t, "refused.txt", err.Error()+"\n")
	for _, r := range refused.Calls {
		o.Pass = append(o.Pass, strings.TrimPrefix(r.Text, "go:linkname "))
	}
	o.Pass = append(o.Pass, "raw.s")
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	r.Print(&report)
	compare(t, "passed.txt", report.String())
}

func TestErrors(t *testing.T) {
	offline(t)
	empty, taken := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "thesis.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	nocgo := []Module{{Path: "example.com/nocgo"}}
	for _, tt := range []struct {
		why  string
		o    Options
		want []string
	}{
		{"a folder without go.mod", Options{Dir: empty, Modules: nocgo}, []string{empty, "no go.mod"}},
		{"a folder that is not there", Options{Dir: empty + "/x", Modules: nocgo}, []string{empty + "/x"}},
		{"no module", Options{}, []string{"no module"}},
		{"one module twice", Options{Modules: append(nocgo, Module{"example.com/nocgo", "v1.0.0"})}, []string{"example.com/nocgo", "twice"}},
		{"a version that is not there", Options{Modules: []Module{{"example.com/none", "v1.2.3"}}}, []string{"example.com/none@v1.2.3"}},
		{"a module that is not required", Options{Modules: []Module{{Path: "example.com/none"}}}, []string{"does not require example.com/none", "@VERSION"}},
		{"the user's module itself", Options{Modules: []Module{{Path: "example.com/nothing"}}}, []string{"example.com/nothing is the module of the folder itself"}},
		{"a module that the shims use", Options{Modules: []Module{{Path: "golang.org/x/sys"}}}, []string{"golang.org/x/sys cannot be rewired"}},
		{"a folder with other files", Options{Out: taken, Modules: nocgo}, []string{taken, "not written by rewire"}},
		{"files of cgo", Options{Modules: nocgo}, []string{"undefined: affinity", "affinity.go uses cgo", "-add example.com/nocgo=FILE"}},
		{"an addition for another module", Options{Modules: nocgo, Add: []Addition{{"example.com/x", "testdata/addition/affinity_stub.go"}}}, []string{"no rewired module has the package"}},
		{"an addition that is not there", Options{Modules: nocgo, Add: []Addition{{"example.com/nocgo", "testdata/none.go"}}}, []string{"none.go"}},
		{"own packages of another module", Options{Own: []string{"simtest/shim/sync"}}, []string{"simtest/shim/sync", "-mod"}},
		{"own packages that are not there", Options{Own: []string{"./nowhere"}}, []string{"nowhere"}},
		{"no shim for the standard library", Options{Modules: nocgo, Net: true, shims: "simtest/bare"}, []string{"-net", "simtest/bare/std"}},
		{"shims that are not there", Options{Modules: nocgo, shims: "example.com/shims/shim"}, []string{"go.mod", "example.com/shims"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if tt.o.Dir == "" {
				tt.o.Dir = "testdata/nothing"
			}
			if tt.o.Out == "" {
				tt.o.Out = filepath.Join(t.TempDir(), "out")
			}
			if tt.o.shims == "" {
				tt.o.shims = "simtest/shim"
			}
			_, err := Run(t.Context(), &tt.o)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
		})
	}
}

// TestOwn rewires packages of the user's module, with their state.
func TestOwn(t *testing.T) {
	offline(t)
	r, err := Run(t.Context(), &Options{Dir: "testdata/user", Out: filepath.Join(t.TempDir(), "out"), shims: "simtest/shim", Own: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	var report bytes.Buffer
	r.Print(&report)
	compare(t, "own.txt", report.String())
	for name, to := range overlayOf(t, r) {
		if filepath.Base(name) == "stateful.go" {
			compare(t, "user/quiet/stateful.go", read(t, to))
		}
		if filepath.Base(filepath.Dir(name)) == "quiet" && filepath.Base(name) == resetFile+".go" {
			compare(t, "user/quiet/"+resetFile+".go", read(t, to))
		}
	}
}

func TestAddition(t *testing.T) {
	offline(t)
	r, err := Run(t.Context(), &Options{
		Dir: "testdata/nothing", Out: filepath.Join(t.TempDir(), "out"), shims: "simtest/shim",
		Modules: []Module{{Path: "example.com/nocgo"}}, Add: []Addition{{"example.com/nocgo", "testdata/addition/affinity_stub.go"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !r.NoCgo || r.Environment()[len(r.Environment())-1] != "CGO_ENABLED=0" {
		t.Errorf("environment %q is not without cgo", r.Environment())
	}
}

// TestUnknownRuntime has a release of Go without the line that is patched.
func TestUnknownRuntime(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "src/runtime"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "src/runtime/select.go"), []byte("package runtime\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	g := &goCommand{set: goEnv{GOROOT: root, GOVERSION: "go9.9.9"}}
	err := quietSelect.apply(g, map[string][]byte{})
	if err == nil || !strings.Contains(err.Error(), "go9.9.9") || !strings.Contains(err.Error(), quietSelect.old) {
		t.Errorf("error %v does not name the release and the line", err)
	}
}

// TestNetStays rewires a module with -net: sockets that it opens by package net are
// simulated as they are. What makes files of numbers is refused still.
func TestNetStays(t *testing.T) {
	offline(t)
	o := &Options{Dir: "testdata/nothing", Out: filepath.Join(t.TempDir(), "out"), shims: "simtest/shim", Net: true, Modules: []Module{{Path: "example.com/refused"}}}
	_, err := Run(t.Context(), o)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("error %v, want a RefusedError", err)
	}
	compare(t, "refused_net.txt", err.Error()+"\n")
	for _, r := range refused.Calls {
		o.Pass = append(o.Pass, strings.TrimPrefix(r.Text, "go:linkname "))
	}
	o.Pass = append(o.Pass, "raw.s")
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGoCommand(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	overlaid := overlayOf(t, r)
	for _, file := range []string{"internal/poll/fd_poll_runtime.go", "syscall/syscall_unix.go", quietSelect.file} {
		if overlaid[filepath.Join(g.set.GOROOT, "src", file)] == "" {
			t.Errorf("the overlay has no %s", file)
		}
	}
	if tags := r.Flags()[len(r.Flags())-1]; tags != "-tags="+netTag {
		t.Errorf("the last flag is %s", tags)
	}
}

// TestNetPatches compiles the part of the standard library that is patched.
func TestNetPatches(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles a part of the standard library")
	}
	offline(t)
	g, err := newGoCommand(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	if err := patchNet(g, files); err != nil {
		t.Fatal(err)
	}
	if len(files) != 13 {
		t.Errorf("%d files are patched, want 13", len(files))
	}
	for name, text := range files {
		if before := read(t, name); !strings.HasSuffix(name, "/syscall_unix.go") && strings.Count(before, "\n") != bytes.Count(text, []byte("\n")) {
			t.Errorf("%s has other lines", name)
		}
	}
	if err := quietSelect.apply(g, files); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := writeOverlay(out, files); err != nil {
		t.Fatal(err)
	}
	text, err := g.run("../..", "test", "-overlay="+filepath.Join(out, "overlay.json"), "-tags="+netTag, "./shim/std")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("ok")) {
		t.Errorf("no tests were run: %s", text)
	}
}

// TestNetOfAnotherGo has releases of Go in which one line that is patched is another
// one, or is there twice.
func TestNetOfAnotherGo(t *testing.T) {
	offline(t)
	known, err := newGoCommand(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range netPatches(known.set.GOARCH) {
		name := filepath.Join(known.set.GOROOT, "src", filepath.FromSlash(p.file))
		text := read(t, name)
		for _, text := range []string{strings.Replace(text, p.old, "", 1), text + p.old} {
			g := &goCommand{set: known.set}
			g.set.GOVERSION = "go9.9.9"
			err := patchNet(g, map[string][]byte{name: []byte(text)})
			if err == nil || !strings.Contains(err.Error(), "go9.9.9 is not supported") || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v does not name the release and %s", err, name)
			}
		}
	}
	for _, set := range []goEnv{{GOOS: "darwin", GOARCH: "arm64"}, {GOOS: "linux", GOARCH: "386"}} {
		if err := patchNet(&goCommand{set: set}, nil); err == nil || !strings.Contains(err.Error(), set.GOOS+"/"+set.GOARCH) {
			t.Errorf("error %v does not name the system", err)
		}
	}
	gone := &goCommand{set: known.set}
	gone.set.GOROOT = t.TempDir()
	if err := patchNet(gone, map[string][]byte{}); err == nil || !strings.Contains(err.Error(), known.set.GOVERSION+" is not supported") {
		t.Errorf("error %v does not name a release without the files", err)
	}
}

// TestArchitecturesOfNet has the calls of every architecture that has been tried.
func TestArchitecturesOfNet(t *testing.T) {
	offline(t)
	g, err := newGoCommand(t.Context(), ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range sortedKeys(netArchitectures) {
		g.set.GOARCH = arch
		if err := patchNet(g, map[string][]byte{}); err != nil {
			t.Error(err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"a path with a version", "a.b/c@v1.2.3", ""},
		{"a path alone", "a.b/c", ""},
		{"nothing", "", "not a module"},
		{"a version alone", "@v1", "not a module"},
		{"an empty version", "a.b/c@", "no version"},
		{"a flag", "-x", "not a module"},
	} {
		_, err := ParseModule(tt.text)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.why, err, tt.want)
		}
	}
	for _, text := range []string{"", "x", "=f.go", "p=", "p=f.c"} {
		if _, err := ParseAddition(text); err == nil {
			t.Errorf("ParseAddition(%q) has no error", text)
		}
	}
}
