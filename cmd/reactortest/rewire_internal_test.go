//go:build linux

package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRewireUsage(t *testing.T) {
	empty := t.TempDir()
	for _, tt := range []struct {
		why  string
		args []string
		want string
	}{
		{"no module", []string{"rewire", "-out", empty}, "needs a module"},
		{"no folder", []string{"rewire", "-mod", "a.b/c@v1.0.0"}, "-out DIR"},
		{"no folder for an overlay", []string{"overlay"}, "-out DIR"},
		{"an overlay with an argument", []string{"overlay", "x"}, "no arguments"},
		{"a module without -mod", []string{"rewire", "a.b/c@v1.0.0"}, "-mod"},
		{"a module that is none", []string{"rewire", "-mod", "a b"}, "not a module"},
		{"an addition that is none", []string{"rewire", "-add", "x"}, "PACKAGE=FILE"},
		{"a folder without go.mod", []string{"rewire", "-mod", "a.b/c@v1.0.0", "-out", filepath.Join(empty, "out"), "-dir", empty}, "no go.mod"},
		{"packages of no module", []string{"engine", "-out", filepath.Join(empty, "out"), "-dir", empty, "./..."}, "no go.mod"},
		{"no folder to test in", []string{"engine", "-mod", "a.b/c@v1.0.0", "-out", filepath.Join(empty, "out"), "-dir", empty, "--", "-v"}, "no go.mod"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Setenv("GOFLAGS", "-mod=mod")
			call(context.Background(), tt.args...).want(t, exitUsage, tt.want)
		})
	}
}

// TestRewireWritesAModule rewires a module that lies beside the user's.
func TestRewireWritesAModule(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command")
	}
	t.Setenv("GOPROXY", "off")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"user/go.mod": "module example.com/user\n\ngo 1.26.0\n\nrequire (\n\texample.com/lib v0.0.0\n\treactortest v0.0.0\n\tgolang.org/x/sys v0.49.0 // indirect\n)\n\n" +
			"replace (\n\texample.com/lib => ../lib\n\treactortest => " + root + "\n)\n",
		"user/user.go": "package user\n\nimport _ \"example.com/lib\"\n",
		"lib/go.mod":   "module example.com/lib\n\ngo 1.26.0\n",
		"lib/lib.go":   "package lib\n\nimport \"sync\"\n\nvar Mu sync.Mutex\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "user/go.sum"), sum, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"rewire", "-mod", "example.com/lib", "-dir", filepath.Join(dir, "user"), "-out", filepath.Join(dir, "out")}
	call(context.Background(), args...).want(t, exitClean, "uses of sync ", "go test -mod=mod", "GOMAXPROCS=1")
	call(context.Background(), args...).want(t, exitClean, "was up to date")
}

func TestCutDashes(t *testing.T) {
	before, after := cutDashes([]string{"-mod", "m", "./...", "--", "-run", "X", "--"})
	if !slices.Equal(before, []string{"-mod", "m", "./..."}) || !slices.Equal(after, []string{"-run", "X", "--"}) {
		t.Errorf("cut into %q and %q", before, after)
	}
}

// TestOverlay sees that the running release of Go has the lines that are changed.
func TestOverlay(t *testing.T) {
	out := t.TempDir()
	call(context.Background(), "overlay", "-out", out).want(t, exitClean, "go test -overlay="+filepath.Join(out, "overlay.json"))
	text, err := os.ReadFile(filepath.Join(out, "overlay.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"runtime/select.go", "runtime/runtime2.go"} {
		if !strings.Contains(string(text), file) {
			t.Errorf("the overlay has no %s:\n%s", file, text)
		}
	}
}
