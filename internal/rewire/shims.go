package rewire

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// replaced are the packages whose uses become uses of a shim, with the name of the
// shim's folder.
var replaced = map[string]string{
	"sync": "sync", "sync/atomic": "sync/atomic", "runtime": "runtime",
	"syscall": "syscall", "golang.org/x/sys/unix": "unix",
	"net": "net", "os": "os", "time": "time",
	"math/rand": "rand", "math/rand/v2": "rand",
}

// Shims that rewritten statements call.
const (
	shimRoutine = "routine"
	shimOrder   = "order"
)

// shims are the packages that take the place of others.
type shims struct {
	prefix string                     // import path of their folder
	names  map[string]map[string]bool // folder -> exported names
	traps  map[string]bool            // names such as SYS_READ that their sources mention
	files  []string                   // absolute, sorted
	deps   map[string]bool            // import paths of what they are made of
}

// readShims finds the shims and reads what each exports.
func readShims(g *goCommand, modfile, prefix string) (*shims, error) {
	list, err := g.list(modfile, prefix+"/...")
	if err != nil {
		return nil, err
	}
	s := &shims{prefix: prefix, names: map[string]map[string]bool{}, traps: map[string]bool{}, deps: map[string]bool{}}
	for _, p := range list {
		folder := strings.TrimPrefix(p.ImportPath, prefix+"/")
		s.names[folder] = map[string]bool{}
		for _, d := range append(p.Deps, p.ImportPath) {
			s.deps[d] = true
		}
		for _, name := range p.GoFiles {
			if err := s.read(folder, filepath.Join(p.Dir, name)); err != nil {
				return nil, err
			}
		}
	}
	for _, needed := range []string{shimRoutine, shimOrder} {
		if s.names[needed] == nil {
			return nil, fmt.Errorf("%s does not know the package %s/%s, which rewired code calls; add the module %s to it: go get %s",
				g.set.GOMOD, prefix, needed, path.Dir(prefix), path.Dir(prefix))
		}
	}
	sort.Strings(s.files)
	return s, nil
}

// read adds the exported names of a file.
func (s *shims) read(folder, name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	s.files = append(s.files, name)
	for _, d := range file.Decls {
		for _, id := range declaredBy(d) {
			if id.IsExported() {
				s.names[folder][id.Name] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && strings.HasPrefix(id.Name, "SYS_") {
			s.traps[id.Name] = true
		}
		return true
	})
	return nil
}

// declaredBy returns the names that a declaration adds to its package.
func declaredBy(d ast.Decl) []*ast.Ident {
	f, ok := d.(*ast.FuncDecl)
	if ok && f.Recv == nil {
		return []*ast.Ident{f.Name}
	}
	var names []*ast.Ident
	if g, ok := d.(*ast.GenDecl); ok {
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name)
			case *ast.ValueSpec:
				names = append(names, spec.Names...)
			}
		}
	}
	return names
}

// provides reports whether the shim of a package has a name.
func (s *shims) provides(pkg, name string) bool {
	return s.names[replaced[pkg]][name]
}

// path returns the import path of a shim.
func (s *shims) path(folder string) string { return s.prefix + "/" + folder }
