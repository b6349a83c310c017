//go:build linux

package rewire

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// engines are modules that must compile when they are rewired.
var engines = []struct {
	why, module, version string
	pass                 []string
	add                  string // a file for the package at the root
}{
	{why: "x/sys/unix", module: "github.com/panjf2000/gnet/v2", version: "v2.9.7"},
	{why: "raw calls", module: "github.com/cloudwego/netpoll", version: "v0.7.2"},
	{why: "package syscall", module: "github.com/lesismal/nbio", version: "v1.6.12"},
	{why: "os.File of a listener", module: "github.com/tidwall/evio", version: "v1.0.8"},
	{why: "RawConn", module: "github.com/xtaci/gaio", version: "v1.2.34"},
	{why: "no system call, and no package at the root", module: "github.com/dop251/goja_nodejs", version: "v0.0.0-20260212111938-1f56ff5bcf14"},
	{why: "before modules had v2", module: "github.com/panjf2000/gnet", version: "v1.4.0"},
	{why: "ranges in an old language", module: "github.com/panjf2000/gnet/v2", version: "v2.5.1"},
	{why: "go:linkname", module: "github.com/cloudwego/netpoll", version: "v0.2.1"},
	{why: "an old release", module: "github.com/cloudwego/netpoll", version: "v0.4.1"},
	{why: "an old release", module: "github.com/cloudwego/netpoll", version: "v0.6.0"},
	{why: "an old release", module: "github.com/lesismal/nbio", version: "v1.3.18"},
	{why: "an old release", module: "github.com/lesismal/nbio", version: "v1.5.3"},
	{
		why: "affinity with cgo", module: "github.com/xtaci/gaio", version: "v1.2.17",
		add: "package gaio\n\nfunc setAffinity(int32) error { return nil }\n",
	},
}

// allEngines has TestEngines compile all modules, not the first one.
var allEngines = flag.Bool("rewire.engines", false, "rewire and compile all modules that are listed")

// TestEngines rewires and compiles modules of the module cache, or of the network.
func TestEngines(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles many modules")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range engines {
		if i > 0 && !*allEngines {
			t.Logf("%d modules more with -rewire.engines", len(engines)-1)
			break
		}
		t.Run(e.module+"@"+e.version, func(t *testing.T) {
			download(t, e.module+"@"+e.version)
			user := t.TempDir()
			write(t, filepath.Join(user, "go.mod"), "module example.com/user\n\ngo 1.26.0\n\nrequire reactortest v0.0.0\n\nreplace reactortest => "+root+"\n")
			write(t, filepath.Join(user, "go.sum"), read(t, filepath.Join(root, "go.sum")))
			o := &Options{Dir: user, Out: filepath.Join(t.TempDir(), "out"), Modules: []Module{{e.module, e.version}}, Pass: e.pass}
			if e.add != "" {
				file := filepath.Join(user, "added.go")
				write(t, file, e.add)
				o.Add = []Addition{{e.module, file}}
			}
			r, err := Run(t.Context(), o)
			if err != nil {
				t.Fatalf("%s: %v", e.why, err)
			}
			compile(t, r, user, rewired(t, o, r))
		})
	}
}

// download skips the test if a module is neither in the module cache nor on the
// network.
func download(t *testing.T, module string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "go", "mod", "download", module)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s is not available: %v\n%s", module, err, out)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rewired returns the import paths of the packages that have a generated file.
func rewired(t *testing.T, o *Options, r *Report) []string {
	t.Helper()
	var packages []string
	for _, m := range r.Modules {
		root := copyOf(o.Out, Module{m.Path, m.Version})
		for _, pattern := range []string{"", "*", "*/*", "*/*/*"} {
			names, err := filepath.Glob(filepath.Join(root, pattern, resetFile+".go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				packages = append(packages, m.Path+strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), root))
			}
		}
	}
	return packages
}

// compile compiles packages with the copy. The patch of the runtime is left out: it
// would compile the standard library anew.
func compile(t *testing.T, r *Report, user string, packages []string) {
	t.Helper()
	if len(packages) == 0 {
		t.Fatal("no package was rewired")
	}
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-mod=mod", "-modfile=" + r.ModFile()}, packages...)...)
	cmd.Dir = user
	cmd.Env = append(cmd.Environ(), r.Environment()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
