package rewire

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxErrors is how many type errors of a package are shown.
const maxErrors = 10

// unit is a package that is being rewritten: what one call of the compiler sees.
type unit struct {
	path          string // import path
	dir           string
	sources       []*source
	pkg           *types.Package
	info          *types.Info
	fset          *token.FileSet
	prefix        string   // of new names
	helpers       []string // text of the generated file for loops over maps
	helperImports []string // of that file
}

// checker type-checks packages against the export data that the go command made.
type checker struct {
	g       *goCommand
	modfile string
	fset    *token.FileSet
	export  map[string]string // import path, as go list prints it -> file
	gc      types.Importer
}

func newChecker(g *goCommand, modfile string, list []*goPackage) *checker {
	c := &checker{g: g, modfile: modfile, fset: token.NewFileSet(), export: map[string]string{}}
	for _, p := range list {
		if p.Export != "" {
			c.export[p.ImportPath] = p.Export
		}
	}
	c.gc = importer.ForCompiler(c.fset, "gc", c.lookup)
	return c
}

// lookup opens the export data of a package. A package that only a file with other
// build tags imports is asked for when it is needed.
func (c *checker) lookup(path string) (io.ReadCloser, error) {
	if c.export[path] == "" {
		list, err := c.g.list(c.modfile, "-export", path)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			c.export[p.ImportPath] = p.Export
			if p.Error != nil {
				return nil, errors.New(strings.TrimSpace(p.Error.Err))
			}
		}
	}
	if c.export[path] == "" {
		return nil, fmt.Errorf("%s does not compile", path)
	}
	return os.Open(c.export[path])
}

// mapped is an importer for a package whose imports have other names: those of its
// test variants.
type mapped struct {
	types.Importer
	names map[string]string
}

// Import imports the package that path means.
func (m mapped) Import(path string) (*types.Package, error) {
	if to := m.names[path]; to != "" {
		path = to
	}
	return m.Importer.Import(path)
}

// check parses and type-checks the files of a package.
func (c *checker) check(p *goPackage, files []string) (*unit, error) {
	u := &unit{path: p.ImportPath, dir: p.Dir, fset: c.fset}
	var parsed []*ast.File
	for _, name := range files {
		s, err := c.parse(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		u.sources = append(u.sources, s)
		parsed = append(parsed, s.file)
	}
	u.info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, FileVersions: map[*ast.File]string{},
	}
	var errs []string
	conf := types.Config{
		Importer: mapped{c.gc, p.ImportMap}, Sizes: types.SizesFor("gc", c.g.set.GOARCH), GoVersion: languageOf(p),
		Error: func(err error) { errs = append(errs, err.Error()) },
	}
	path, _, _ := strings.Cut(p.ImportPath, " ")
	u.pkg, _ = conf.Check(path, c.fset, parsed, u.info)
	if len(errs) > 0 {
		if len(errs) > maxErrors {
			errs = append(errs[:maxErrors:maxErrors], "...")
		}
		return nil, fmt.Errorf("package %s: %s", path, strings.Join(errs, "\n\t"))
	}
	for _, s := range u.sources {
		s.version = u.info.FileVersions[s.file]
	}
	u.prefix = freshPrefix(u)
	return u, nil
}

func (c *checker) parse(name string) (*source, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(c.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{name: name, text: string(text), file: file}, nil
}

// languageOf returns the version of the language of a package. A module without a
// go line has 1.16, as go.dev/ref/mod says.
func languageOf(p *goPackage) string {
	if p.Module == nil {
		return ""
	}
	if p.Module.GoVersion == "" {
		return "go1.16"
	}
	return "go" + p.Module.GoVersion
}

// freshPrefix returns a prefix that makes names that the package does not have.
func freshPrefix(u *unit) string {
	taken := map[string]bool{}
	for _, s := range u.sources {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				taken[id.Name] = true
			}
			return true
		})
	}
	clash := func(prefix string) bool {
		for name := range taken {
			rest, ok := strings.CutPrefix(name, prefix)
			if ok && rest != "" && (rest[0] >= 'A' && rest[0] <= 'Z' || slices.Contains(bases, rest)) {
				return true
			}
		}
		return false
	}
	prefix := "sim"
	for clash(prefix) {
		prefix += "x"
	}
	return prefix
}

// bases are the names of shims without their folder.
var bases = []string{"sync", "atomic", "runtime", "syscall", "unix", "net", "os", "time", "rand", shimRoutine, shimOrder}

// shim returns the name by which a file calls a shim, and imports it.
func (u *unit) shim(s *source, path string) string {
	name := u.prefix + path[strings.LastIndex(path, "/")+1:]
	spec := fmt.Sprintf("%s %q", name, path)
	if !slices.Contains(s.imports, spec) {
		s.imports = append(s.imports, spec)
	}
	return name
}

// where returns the file and the line of a position.
func (u *unit) where(p token.Pos) token.Position {
	at := u.fset.PositionFor(p, false)
	at.Column = 0
	return at
}

// of returns the file that has a position.
func (u *unit) of(p token.Pos) *source {
	for _, s := range u.sources {
		if s.has(p) {
			return s
		}
	}
	return nil
}

// errNoFiles says that a package has nothing that can be built here.
var errNoFiles = errors.New("no Go files for this system")
