package rewire

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// rewriter rewrites packages and collects what there is to tell.
type rewriter struct {
	shims   *shims
	check   *checker
	g       *goCommand
	tags    []string
	pass    map[string]bool
	out     string
	report  *Report
	module  *ModuleReport // of the package at hand
	refused []Refused
	files   map[string][]byte // rewritten and generated files, by the name of the original
}

// refuse adds to the list of what is refused.
func (w *rewriter) refuse(at, text, why string) {
	r := Refused{Note{at, text}, why}
	if !slices.Contains(w.refused, r) {
		w.refused = append(w.refused, r)
	}
}

// place writes a position for a reader: a file of a copy by its module, another by the
// user's folder.
func (w *rewriter) place(at token.Position) string {
	name := at.Filename
	for _, root := range []string{filepath.Join(w.out, copies), filepath.Dir(w.g.set.GOMOD)} {
		if rel, err := filepath.Rel(root, name); err == nil && filepath.IsLocal(rel) {
			name = filepath.ToSlash(rel)
			break
		}
	}
	return fmt.Sprintf("%s:%d", name, at.Line)
}

// statements rewrites what is inside of a file: uses first, then statements from the
// inside out, since an outer one moves the text of an inner one.
func (w *rewriter) statements(u *unit, s *source) {
	w.selectors(u, s)
	w.traps(u, s)
	w.links(u, s)
	var open []ast.Node
	ast.Inspect(s.file, func(n ast.Node) bool {
		if n != nil {
			open = append(open, n)
			return true
		}
		last := open[len(open)-1]
		open = open[:len(open)-1]
		switch last := last.(type) {
		case *ast.GoStmt:
			w.goStatement(u, s, last)
		case *ast.RangeStmt:
			w.mapRange(u, s, last)
		}
		return true
	})
}

// rewireCopy rewires a package of a module, with its state. Files for the race
// detector are a package of their own, with the files that both have.
func (w *rewriter) rewireCopy(p *goPackage, m Module) error {
	switch {
	case p.Error != nil:
		return w.broken(p)
	case len(p.CgoFiles) > 0:
		return fmt.Errorf("%s uses cgo (%s), whose calls cannot be rewired", p.ImportPath, p.CgoFiles[0])
	case len(p.GoFiles) == 0:
		return fmt.Errorf("%s: %w", p.ImportPath, errNoFiles)
	}
	w.module.Packages++
	if err := w.assembly(p); err != nil {
		return err
	}
	raced := w.withRace(p)
	constraint := ""
	if raced != nil {
		constraint = "!race"
	}
	u, err := w.check.check(p, p.GoFiles)
	if err != nil {
		return w.withoutCgo(p, err)
	}
	w.write(u, m, constraint, "")
	if raced == nil {
		return nil
	}
	if u, err = w.check.check(p, raced); err != nil {
		return fmt.Errorf("with the files of the race detector: %w", err)
	}
	counted := w.module
	w.module = &ModuleReport{Selectors: map[string]int{}} // the files of both are counted already
	w.write(u, m, "race", "_race")
	counted.Files += w.module.Files
	w.module = counted
	return nil
}

// write rewrites the files of a package. A file that another variant of the package
// has too is the same there.
func (w *rewriter) write(u *unit, m Module, constraint, suffix string) {
	for _, s := range u.sources {
		w.statements(u, s)
	}
	reset := w.reset(u, m, constraint)
	for _, s := range u.sources {
		if s.changed() && w.files[s.name] == nil {
			w.files[s.name] = s.result()
			w.module.Files++
		}
	}
	w.files[filepath.Join(u.dir, resetFile+suffix+".go")] = []byte(reset)
	w.module.Files++
	if text := w.rangesText(u, constraint); text != "" {
		w.files[filepath.Join(u.dir, rangeFile+suffix+".go")] = []byte(text)
		w.module.Files++
	}
}

// rewireOwn rewires a package of the user's module, which has no state to begin anew:
// its tests have flags and counters.
func (w *rewriter) rewireOwn(p *goPackage) error {
	switch {
	case len(p.GoFiles) == 0: // its files are for another system
		return nil
	case p.Error != nil:
		return w.broken(p)
	}
	u, err := w.check.check(p, p.GoFiles)
	if err != nil {
		return err
	}
	for _, s := range u.sources {
		if w.files[s.name] != nil || filepath.Dir(s.name) != u.dir {
			continue
		}
		w.statements(u, s)
		if s.changed() {
			w.files[s.name] = s.result()
		}
	}
	if text := w.rangesText(u, ""); text != "" {
		w.files[filepath.Join(u.dir, rangeFile+".go")] = []byte(text)
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")
	w.report.Packages = append(w.report.Packages, strings.TrimSuffix(path, "_test"))
	return nil
}

// withRace returns the files of a package that a build with the race detector has, nil
// if they are the same.
func (w *rewriter) withRace(p *goPackage) []string {
	context := w.context()
	context.BuildTags = append(slices.Clone(w.tags), "race")
	var files []string
	for _, name := range append(slices.Clone(p.GoFiles), p.IgnoredGoFiles...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := context.MatchFile(p.Dir, name); err == nil && ok && !usesCgo(filepath.Join(p.Dir, name)) {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	if slices.Equal(files, p.GoFiles) {
		return nil
	}
	return files
}

// usesCgo reports whether a file imports "C".
func usesCgo(name string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	return err == nil && slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"C"` })
}

// context is what decides which files are built.
func (w *rewriter) context() *build.Context {
	c := build.Default
	c.GOOS, c.GOARCH, c.CgoEnabled = w.g.set.GOOS, w.g.set.GOARCH, w.g.set.CGO_ENABLED == "1" && !w.report.NoCgo
	c.BuildTags = w.tags
	return &c
}

// broken is the error of a package that the go command cannot load.
func (w *rewriter) broken(p *goPackage) error {
	return w.withoutCgo(p, fmt.Errorf("package %s: %s", p.ImportPath, strings.TrimSpace(p.Error.Err)))
}

// withoutCgo says what to do about an error in a module that is built without cgo.
func (w *rewriter) withoutCgo(p *goPackage, err error) error {
	if !w.report.NoCgo {
		return err
	}
	context := w.context()
	context.CgoEnabled = true
	for _, name := range p.IgnoredGoFiles {
		if built, matchErr := context.MatchFile(p.Dir, name); matchErr == nil && built && usesCgo(filepath.Join(p.Dir, name)) {
			return fmt.Errorf("%w\n%s uses cgo and was left out. Write a file in Go that declares what is missing, and add it: -add %s=FILE",
				err, name, p.ImportPath)
		}
	}
	return err
}
