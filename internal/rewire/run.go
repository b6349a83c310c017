package rewire

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Run rewires modules. If the folder has the output of an earlier Run with the same
// inputs, Run leaves it as it is. The user's go.mod, go.sum and module cache are not
// changed.
func Run(ctx context.Context, options *Options) (*Report, error) {
	o, err := options.complete()
	if err != nil {
		return nil, err
	}
	g, err := newGoCommand(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	r := &run{o: o, g: g}
	scratch, err := os.MkdirTemp("", "rewire")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if err := r.inputs(scratch); err != nil {
		return nil, err
	}
	if old := readStamp(o.Out, r.hash); old != nil {
		return old, nil
	}
	if err := clear(o.Out); err != nil {
		return nil, err
	}
	if err := r.copy(); err != nil {
		return nil, err
	}
	if err := r.rewrite(); err != nil {
		return nil, err
	}
	return r.report, writeStamp(o.Out, r.hash, r.report)
}

// develVersion is the version of the user's module.
const develVersion = "(devel)"

// run is one call of Run.
type run struct {
	o       *Options
	g       *goCommand
	modules []*located
	shims   *shims
	own     []string // folders of the user's module that are rewired as a module is
	users   []string // these, and those whose packages import a rewired module
	hash    string   // of the inputs
	modfile string
	report  *Report
}

// inputs finds out what there is to rewire, and hashes all of it.
func (r *run) inputs(scratch string) error {
	modfile, err := ownModFile(r.g, scratch)
	if err != nil {
		return err
	}
	if r.shims, err = readShims(r.g, modfile, r.o.shims); err != nil {
		return err
	}
	d := r.settings()
	for _, m := range r.o.Modules {
		l, err := r.g.locate(modfile, m)
		if err != nil {
			return err
		}
		for _, dep := range sortedKeys(r.shims.deps) {
			if dep == l.Path || strings.HasPrefix(dep, l.Path+"/") {
				return fmt.Errorf("%s cannot be rewired: the simulation itself uses it (%s)", l.Path, dep)
			}
		}
		r.modules = append(r.modules, l)
		d.words(l.Path, l.Version, l.dir)
		if l.local {
			d.tree(l.dir)
		}
	}
	if r.o.Net && r.shims.names[shimStandard] == nil {
		return fmt.Errorf("-net needs the package %s, which does not exist", r.shims.path(shimStandard))
	}
	if r.own, err = r.findOwn(modfile); err != nil {
		return err
	}
	if r.users, err = r.findUsers(); err != nil {
		return err
	}
	d.words(r.own...)
	for _, dir := range r.users {
		d.goFiles(dir)
	}
	for _, a := range r.o.Add {
		d.words(a.Package)
		d.file(a.File)
	}
	r.hash, err = d.sum()
	return err
}

// settings begins the hash of the inputs.
func (r *run) settings() *digest {
	d, set := newDigest(), &r.g.set
	d.ownSource()
	d.words(set.GOVERSION, set.GOROOT, set.GOOS, set.GOARCH, set.CGO_ENABLED, set.GOFLAGS, r.o.Tags, fmt.Sprint(r.o.Net), r.o.Out)
	d.words(r.o.Pass...)
	d.file(set.GOMOD)
	d.file(strings.TrimSuffix(set.GOMOD, ".mod") + ".sum")
	for _, f := range r.shims.files {
		d.file(f)
	}
	return d
}

// findOwn returns the folders of the packages of the user's module that are named.
func (r *run) findOwn(modfile string) ([]string, error) {
	if len(r.o.Own) == 0 {
		return nil, nil
	}
	list, err := r.g.list(modfile, append([]string{"-find"}, r.o.Own...)...)
	if err != nil {
		return nil, err
	}
	var own []string
	for _, p := range list {
		switch {
		case p.Dir == "" && p.Error != nil:
			return nil, fmt.Errorf("package %s: %s", p.ImportPath, p.Error.Err)
		case p.Module == nil || !p.Module.Main:
			return nil, fmt.Errorf("%s is not a package of the module in %s; a module is named with -mod", p.ImportPath, r.g.set.GOMOD)
		case strings.HasPrefix(p.ImportPath+"/", r.o.shims+"/") || r.shims.deps[p.ImportPath]:
			return nil, fmt.Errorf("%s cannot be rewired: it is part of the simulation", p.ImportPath)
		}
		own = append(own, p.Dir)
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("no package matches %s", strings.Join(r.o.Own, " "))
	}
	return own, nil
}

// findUsers returns the folders of the user's module that have a file which imports
// a rewired module.
func (r *run) findUsers() ([]string, error) {
	root := filepath.Dir(r.g.set.GOMOD)
	found := map[string]bool{}
	for _, dir := range r.own {
		found[dir] = true
	}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (skipFolder(name, d.Name()) || d.Name() == "testdata" || strings.HasPrefix(d.Name(), "_")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return nil //nolint:nilerr // the go command tells, if the file is built
		}
		for _, spec := range file.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil && r.moduleOf(path) != nil {
				found[filepath.Dir(name)] = true
			}
		}
		return nil
	})
	return sortedKeys(found), err
}

// moduleOf returns the rewired module that has a package, nil if none has.
func (r *run) moduleOf(path string) *located {
	for _, m := range r.modules {
		if path == m.Path || strings.HasPrefix(path, m.Path+"/") {
			return m
		}
	}
	return nil
}

// copy copies the modules, adds files to them, and writes the go.mod that uses them.
func (r *run) copy() error {
	var err error
	if r.modfile, err = ownModFile(r.g, r.o.Out); err != nil {
		return err
	}
	r.report = &Report{Out: r.o.Out, Tags: r.o.Tags, Net: r.o.Net}
	for _, m := range r.modules {
		folder, err := copyModule(r.o.Out, m)
		if err != nil {
			return err
		}
		if err := r.g.replaceModule(r.modfile, m, folder); err != nil {
			return err
		}
		r.report.Modules = append(r.report.Modules, &ModuleReport{Path: m.Path, Version: m.Version, Selectors: map[string]int{}})
	}
	for _, a := range r.o.Add {
		m := r.moduleOf(a.Package)
		if m == nil {
			return fmt.Errorf("-add %s=%s: no rewired module has the package", a.Package, a.File)
		}
		text, err := os.ReadFile(a.File)
		if err != nil {
			return err
		}
		dir := filepath.Join(copyOf(r.o.Out, m.Module), filepath.FromSlash(strings.TrimPrefix(a.Package, m.Path)))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(a.File)), text, 0o644); err != nil {
			return fmt.Errorf("-add %s=%s: %w", a.Package, a.File, err)
		}
	}
	return nil
}

// load lists the packages to rewire and everything that they import. A module with
// files that use cgo is built without.
func (r *run) load() ([]*goPackage, error) {
	args := []string{"-deps", "-export"}
	if r.o.Tags != "" {
		args = append(args, "-tags="+r.o.Tags)
	}
	if len(r.users) > 0 {
		args = append(args, "-test")
		for _, dir := range r.users {
			rel, err := filepath.Rel(r.o.Dir, dir)
			if err != nil {
				return nil, err
			}
			args = append(args, "./"+filepath.ToSlash(rel))
		}
	} else {
		args = append(args, r.roots()...)
	}
	list, err := r.g.list(r.modfile, args...)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if r.moduleOf(p.ImportPath) == nil && !r.isOwn(p) || len(p.CgoFiles) == 0 || r.report.NoCgo {
			continue
		}
		r.report.NoCgo = true
		r.g.env = append(r.g.env, "CGO_ENABLED=0")
		return r.load()
	}
	return list, nil
}

// roots are what is rewired of modules that nothing in the user's module imports yet:
// the package at the root of each and what it imports, else all of its packages.
func (r *run) roots() []string {
	var roots []string
	for _, m := range r.modules {
		root := m.Path + "/..."
		if names, err := filepath.Glob(filepath.Join(m.dir, "*.go")); err == nil && slices.ContainsFunc(names, func(n string) bool { return !strings.HasSuffix(n, "_test.go") }) {
			root = m.Path
		}
		roots = append(roots, root)
	}
	return roots
}

// rewrite rewrites the copies, and the packages of the user's module that use them.
func (r *run) rewrite() error {
	list, err := r.load()
	if err != nil {
		return err
	}
	w := &rewriter{
		shims: r.shims, g: r.g, check: newChecker(r.g, r.modfile, list), out: r.o.Out, report: r.report,
		pass: map[string]bool{}, files: map[string][]byte{},
	}
	for _, name := range r.o.Pass {
		w.pass[name] = true
	}
	if r.o.Tags != "" {
		w.tags = strings.Split(r.o.Tags, ",")
	}
	if err := r.rewriteAll(w, list); err != nil {
		return err
	}
	if len(w.refused) > 0 {
		sort.SliceStable(w.refused, func(i, j int) bool { return w.refused[i].At < w.refused[j].At })
		return &RefusedError{w.refused}
	}
	overlay := map[string][]byte{}
	for name, text := range w.files {
		if rel, err := filepath.Rel(filepath.Join(r.o.Out, copies), name); err != nil || !filepath.IsLocal(rel) {
			overlay[name] = text
			continue
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	if err := quietSelect.apply(r.g, overlay); err != nil {
		return err
	}
	if r.o.Net {
		if err := patchNet(r.g, overlay); err != nil {
			return err
		}
	}
	r.report.Unrewired = r.unrewired(list)
	r.report.sort()
	return writeOverlay(r.o.Out, overlay)
}

// rewriteAll rewrites each package once.
func (r *run) rewriteAll(w *rewriter, list []*goPackage) error {
	reached := map[string]bool{}
	for _, p := range list {
		m := r.moduleOf(p.ImportPath)
		if m == nil || p.ForTest != "" || p.Module == nil || p.Module.Path != m.Path {
			continue
		}
		reached[p.Dir] = true
		w.module = r.report.Modules[slices.Index(r.modules, m)]
		if err := w.rewireCopy(p, m.Module); err != nil {
			return err
		}
	}
	for i, m := range r.report.Modules {
		if m.Packages == 0 {
			return fmt.Errorf("nothing to rewire in %s %s: your packages import none of its packages", m.Path, m.Version)
		}
		m.NotReached = notReached(copyOf(r.o.Out, r.modules[i].Module), reached)
	}
	if err := r.rewriteOwn(w, list); err != nil {
		return err
	}
	w.module = &ModuleReport{Selectors: map[string]int{}} // not counted
	for _, p := range r.ownPackages(list) {
		if err := w.rewireOwn(p); err != nil {
			return err
		}
	}
	return nil
}

// isOwn reports whether a package is one of the user's module that is rewired as a
// module is, without its tests.
func (r *run) isOwn(p *goPackage) bool {
	return slices.Contains(r.own, p.Dir) && p.ForTest == "" && !strings.HasSuffix(p.ImportPath, ".test")
}

// rewriteOwn rewrites those.
func (r *run) rewriteOwn(w *rewriter, list []*goPackage) error {
	w.module = nil
	for _, p := range list {
		if !r.isOwn(p) || len(p.GoFiles)+len(p.CgoFiles) == 0 && p.Error == nil { // only tests
			continue
		}
		m := Module{p.Module.Path, develVersion}
		if w.module == nil {
			w.module = &ModuleReport{Path: m.Path, Version: m.Version, Selectors: map[string]int{}}
			r.report.Modules = append(r.report.Modules, w.module)
		}
		if err := w.rewireCopy(p, m); err != nil {
			return err
		}
	}
	return nil
}

// notReached counts the folders with Go files in a copy that are not in a set.
func notReached(root string, reached map[string]bool) int {
	folders := map[string]bool{}
	_ = filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if dir := filepath.Dir(name); err == nil && strings.HasSuffix(name, ".go") && !reached[dir] {
			folders[dir] = true
		}
		return nil
	})
	return len(folders)
}

// ownPackages returns the packages of the user's module to rewire: the variant with
// the files of tests, if there is one.
func (r *run) ownPackages(list []*goPackage) []*goPackage {
	tested := map[string]bool{}
	for _, p := range list {
		if path, of, ok := strings.Cut(p.ImportPath, " ["); ok && path+".test]" == of {
			tested[path] = true
		}
	}
	var own []*goPackage
	for _, p := range list {
		if slices.Contains(r.users, p.Dir) && !strings.HasSuffix(p.ImportPath, ".test") && !tested[p.ImportPath] {
			own = append(own, p)
		}
	}
	return own
}

// unrewired names modules that are not rewired, though their code does what a rewired
// module does through the shims.
func (r *run) unrewired(list []*goPackage) []string {
	found := map[string]bool{}
	for _, p := range list {
		if p.Module == nil || p.Module.Main || r.moduleOf(p.ImportPath) != nil || p.Module.Path == "golang.org/x/sys" || p.Module.Path == path.Dir(r.o.shims) || r.shims.deps[p.ImportPath] {
			continue
		}
		for _, used := range p.Imports {
			if used == "sync" || used == "syscall" || used == "golang.org/x/sys/unix" || used == "net" {
				found[p.Module.Path] = true
			}
		}
	}
	return sortedKeys(found)
}
