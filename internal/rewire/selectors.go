package rewire

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// uses are the uses of imported packages in a file.
type uses struct {
	seen, left map[*types.PkgName]int // all, and those that stay
	dots       map[string]int         // those of dot imports that stay, by path
	qualified  map[*ast.Ident]bool    // names behind the name of a package
}

// selectors makes uses of a replaced package uses of its shim, if the shim has the
// name. An import that is not used any more becomes a blank one, in its place.
func (w *rewriter) selectors(u *unit, s *source) {
	in := &uses{map[*types.PkgName]int{}, map[*types.PkgName]int{}, map[string]int{}, map[*ast.Ident]bool{}}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			w.selector(u, s, n, in)
		case *ast.Ident:
			w.dotted(u, s, n, in)
		}
		return true
	})
	w.blankImports(u, s, func(spec *ast.ImportSpec, name *types.PkgName) bool {
		if spec.Name != nil && spec.Name.Name == "." {
			return in.dots[name.Imported().Path()] == 0
		}
		return in.seen[name] > 0 && in.left[name] == 0
	})
}

// selector rewrites a use like sync.Mutex.
func (w *rewriter) selector(u *unit, s *source, n *ast.SelectorExpr, in *uses) {
	if chosen := u.info.Selections[n]; chosen != nil {
		w.method(u, n.Sel, chosen.Obj())
	}
	id, ok := n.X.(*ast.Ident)
	if !ok {
		return
	}
	name, ok := u.info.Uses[id].(*types.PkgName)
	if !ok {
		return
	}
	in.seen[name]++
	in.qualified[n.Sel] = true
	if to := w.use(u, n.Sel); to != "" {
		s.replace(id.Pos(), id.End(), u.shim(s, to))
	} else {
		in.left[name]++
	}
}

// dotted rewrites a use like Mutex, of a package that is imported with a dot.
func (w *rewriter) dotted(u *unit, s *source, n *ast.Ident, in *uses) {
	object := u.info.Uses[n]
	if in.qualified[n] || object == nil || object.Pkg() == nil || object.Pkg() == u.pkg || object.Parent() != object.Pkg().Scope() {
		return
	}
	if to := w.use(u, n); to != "" {
		s.replace(n.Pos(), n.Pos(), u.shim(s, to)+".")
	} else {
		in.dots[object.Pkg().Path()]++
	}
}

// blankImports makes imports of replaced packages blank that are not used any more.
func (w *rewriter) blankImports(u *unit, s *source, unused func(*ast.ImportSpec, *types.PkgName) bool) {
	for _, spec := range s.file.Imports {
		object := u.info.Implicits[spec]
		if spec.Name != nil {
			object = u.info.Defs[spec.Name]
		}
		name, ok := object.(*types.PkgName)
		if !ok || replaced[name.Imported().Path()] == "" || !unused(spec, name) {
			continue
		}
		if spec.Name != nil {
			s.replace(spec.Name.Pos(), spec.Name.End(), "_")
		} else {
			s.replace(spec.Path.Pos(), spec.Path.Pos(), "_ ")
		}
	}
}

// use returns the import path of the shim that a use of a name of another package
// goes to, "" if it stays. What stays and matters is told.
func (w *rewriter) use(u *unit, id *ast.Ident) string {
	object := u.info.Uses[id]
	if object == nil || object.Pkg() == nil {
		return ""
	}
	path := object.Pkg().Path()
	folder := replaced[path]
	if folder == "" {
		w.iterates(u, id, object)
		return ""
	}
	_, isFunc := object.(*types.Func)
	if w.shims.provides(path, object.Name()) && !w.simulates(path) && (isFunc || folder != "rand") {
		w.module.Selectors[path]++
		return w.shims.path(folder)
	}
	w.stays(u, id, object)
	return ""
}

// simulates reports whether a package of the standard library is simulated as it is.
func (w *rewriter) simulates(path string) bool { return w.report.Net && sourceOfNet(path) }

// stays judges a use that the shim does not answer.
func (w *rewriter) stays(u *unit, id *ast.Ident, object types.Object) {
	name := object.Pkg().Name() + "." + object.Name()
	at := w.place(u.where(id.Pos()))
	why := refusal(object)
	if why == opensSocket && w.simulates("net") {
		why = ""
	}
	switch {
	case why == "" && !told(object):
		return
	case why != "" && !w.pass[name]:
		w.refuse(at, name, why)
	default:
		w.report.Passed = append(w.report.Passed, Note{at, name})
	}
}

// iterates tells of functions whose results come in the order of a map.
func (w *rewriter) iterates(u *unit, id *ast.Ident, object types.Object) {
	f, ok := object.(*types.Func)
	if !ok {
		return
	}
	switch f.FullName() {
	case "maps.Keys", "maps.Values", "maps.All", "golang.org/x/exp/maps.Keys", "golang.org/x/exp/maps.Values",
		"(reflect.Value).MapKeys", "(reflect.Value).MapRange":
		w.report.Unordered = append(w.report.Unordered, Note{w.place(u.where(id.Pos())), f.FullName() + ": in the order of a map"})
	}
}

// method judges the call of a method of another package's type, which a shim replaces
// with the type or not at all.
func (w *rewriter) method(u *unit, id *ast.Ident, object types.Object) {
	f, ok := object.(*types.Func)
	if !ok {
		return
	}
	w.iterates(u, id, object)
	name := strings.NewReplacer("(*", "", "(", "", ")", "").Replace(f.FullName())
	typ, method, _ := strings.Cut(strings.TrimPrefix(name, "net."), ".")
	if w.simulates("net") {
		return
	}
	dials := typ == "Dialer" && strings.HasPrefix(method, "Dial") || typ == "ListenConfig" && strings.HasPrefix(method, "Listen")
	if dials && strings.HasPrefix(name, "net.") && !w.shims.provides("net", typ) && !w.pass[name] {
		w.refuse(w.place(u.where(id.Pos())), name, opensSocket)
	}
}

// traps tells of raw system calls by a number that the shims do not mention.
func (w *rewriter) traps(u *unit, s *source) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		f := callee(u.info, call)
		if f == nil || f.Pkg() == nil || !isRawCall(f.Name()) || replaced[f.Pkg().Path()] == "" {
			return true
		}
		value := u.info.Types[call.Args[0]].Value
		if value == nil {
			w.trap(u, call.Pos(), f, "a number that is not a constant")
			return true
		}
		names := trapNames(f.Pkg(), value)
		for _, name := range names {
			if w.shims.traps[name] {
				return true
			}
		}
		w.trap(u, call.Pos(), f, strings.Join(append(names, value.ExactString()), " "))
		return true
	})
}

func (w *rewriter) trap(u *unit, p token.Pos, f *types.Func, number string) {
	w.report.Traps = append(w.report.Traps, Note{w.place(u.where(p)), fmt.Sprintf("%s.%s of %s", f.Pkg().Name(), f.Name(), number)})
}

// isRawCall reports whether a name is that of a function that takes the number of a
// system call.
func isRawCall(name string) bool {
	switch name {
	case "Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "SyscallNoError", "RawSyscallNoError":
		return true
	}
	return false
}

// trapNames returns the names of a number of a system call.
func trapNames(pkg *types.Package, value constant.Value) []string {
	var names []string
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if ok && strings.HasPrefix(name, "SYS_") && constant.Compare(c.Val(), token.EQL, constant.ToInt(value)) {
			names = append(names, name)
		}
	}
	return names
}

// callee returns the function that a call calls by its name, else nil.
func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	f, _ := info.Uses[id].(*types.Func)
	return f
}
