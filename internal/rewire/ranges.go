package rewire

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"hash/fnv"
	"slices"
	"strings"
)

// mapRange gives a range over a map the order of its keys. Since Go 1.23 the map
// becomes a function to range over:
//
//	for k, v := range simorder.Map(m) {
//
// In the language of before, a loop with three clauses does the same. Its variables
// are shared by the iterations, or are new in each, exactly as those of a range are:
//
//	for simI, k, v := simOver(m); simI.Next(&k, &v); {
func (w *rewriter) mapRange(u *unit, s *source, r *ast.RangeStmt) {
	m := mapOf(u.info.Types[r.X].Type)
	if m == nil {
		return
	}
	if why := unordered(m.Key()); why != "" {
		w.report.Unordered = append(w.report.Unordered, Note{w.place(u.where(r.Pos())), "range over " + shortType(m) + ": " + why})
		return
	}
	if version.Compare(s.version, "go1.23") >= 0 {
		s.replace(r.X.Pos(), r.X.End(), u.shim(s, w.shims.path(shimOrder))+".Map("+s.take(r.X.Pos(), r.X.End())+")")
		w.module.MapRanges++
		return
	}
	over, ok := w.over(u, s, m)
	if !ok {
		w.report.Unordered = append(w.report.Unordered, Note{w.place(u.where(r.Pos())), "range over " + shortType(m) + ": the type has no name in generated code"})
		return
	}
	w.module.MapRanges++
	key, value, assign := loopVariables(u, s, r)
	i := u.prefix + "I"
	space := lines(s.original(r.For, r.X.Pos()))
	x := s.take(r.X.Pos(), r.X.End())
	after := lines(s.original(r.X.End(), r.Body.Lbrace))
	s.take(r.For, r.Body.Lbrace)
	s.replace(r.For, r.Body.Lbrace, fmt.Sprintf("for %s, %s, %s := %s(%s%s);%s %s.Next(&%s, &%s); ", i, key, value, over, space, x, after, i, key, value))
	if assign != "" {
		s.replace(r.Body.Lbrace+1, r.Body.Lbrace+1, " "+assign+";")
	}
}

// loopVariables returns the names of the variables of a loop, and the assignment that
// its body begins with if it assigns to variables of its surroundings.
func loopVariables(u *unit, s *source, r *ast.RangeStmt) (key, value, assign string) {
	key, value = u.prefix+"K", u.prefix+"V"
	if r.Tok == token.DEFINE {
		if id, ok := r.Key.(*ast.Ident); ok && id.Name != "_" {
			key = id.Name
		}
		if id, ok := r.Value.(*ast.Ident); ok && id.Name != "_" {
			value = id.Name
		}
	}
	if r.Tok == token.ASSIGN {
		assign = s.takeLine(r.Key) + " = " + key
		if r.Value != nil {
			assign = s.takeLine(r.Key) + ", " + s.takeLine(r.Value) + " = " + key + ", " + value
		}
	}
	return key, value, assign
}

// mapOf returns the map type that a range goes over, nil if it is no map.
func mapOf(t types.Type) *types.Map {
	if t == nil {
		return nil
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return mapOfConstraint(p)
	}
	m, _ := t.Underlying().(*types.Map)
	return m
}

// mapOfConstraint returns the map type that all types of a type parameter have.
func mapOfConstraint(p *types.TypeParam) *types.Map {
	constraint, _ := p.Constraint().Underlying().(*types.Interface)
	if constraint == nil || constraint.NumEmbeddeds() != 1 {
		return nil
	}
	embedded := constraint.EmbeddedType(0)
	if union, ok := embedded.(*types.Union); ok {
		if union.Len() != 1 {
			return nil
		}
		embedded = union.Term(0).Type()
	}
	m, _ := embedded.Underlying().(*types.Map)
	return m
}

// unordered says why keys have no order, "" if they have one.
func unordered(key types.Type) string {
	if _, ok := types.Unalias(key).(*types.TypeParam); ok {
		return "the key is a type parameter"
	}
	b, ok := key.Underlying().(*types.Basic)
	if !ok || b.Info()&types.IsOrdered == 0 {
		return "keys of this type have no order"
	}
	return ""
}

// over returns the name of the function that a loop of an old version of the language
// begins with. Before Go 1.18 type arguments could not be inferred, so each type of map
// has a function of its own.
func (w *rewriter) over(u *unit, s *source, m *types.Map) (string, bool) {
	generic := u.prefix + "Over"
	if version.Compare(s.version, "go1.18") >= 0 {
		u.need(overText(u.prefix))
		return generic, true
	}
	text, ok := typeText(m, w.nameIn(u))
	if !ok {
		return "", false
	}
	u.need(overText(u.prefix))
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(text))
	name := fmt.Sprintf("%s_%x", generic, sum.Sum32()) // whatever other files there are
	key, _ := typeText(m.Key(), w.nameIn(u))
	value, _ := typeText(m.Elem(), w.nameIn(u))
	u.need(fmt.Sprintf("func %s(m %s) (*%sRange[%s, %s], %s, %s) { return %s(m) }\n", name, text, u.prefix, key, value, key, value, generic))
	return name, true
}

// need adds a declaration to the generated file of a package.
func (u *unit) need(text string) {
	if !slices.Contains(u.helpers, text) {
		u.helpers = append(u.helpers, text)
	}
}

// nameIn names types in the generated file of a package.
func (w *rewriter) nameIn(u *unit) func(types.Object) (string, bool) {
	return func(o types.Object) (string, bool) {
		if o.Pkg() == nil || o.Pkg() == u.pkg {
			return o.Name(), true
		}
		path := o.Pkg().Path()
		if !o.Exported() || strings.Contains(path+"/", "internal/") {
			return "", false
		}
		if w.shims.provides(path, o.Name()) {
			path = w.shims.path(replaced[path])
		}
		return u.importHelper(path) + "." + o.Name(), true
	}
}

// importHelper returns the name by which the generated file calls a package.
func (u *unit) importHelper(path string) string {
	for i, have := range u.helperImports {
		if have == path {
			return fmt.Sprintf("%sP%d", u.prefix, i)
		}
	}
	u.helperImports = append(u.helperImports, path)
	return fmt.Sprintf("%sP%d", u.prefix, len(u.helperImports)-1)
}

// overText is the helper that loops of an old version of the language are made with.
func overText(prefix string) string {
	return strings.ReplaceAll(`// simRange goes over a map in the order of its keys.
type simRange[K cmp.Ordered, V any] struct {
	m    map[K]V
	keys []K
}

func simOver[M ~map[K]V, K cmp.Ordered, V any](m M) (*simRange[K, V], K, V) {
	r := &simRange[K, V]{m: m}
	for k := range simorder.Map(m) {
		r.keys = append(r.keys, k)
	}
	var k K
	var v V
	return r, k, v
}

// Next leaves out what was deleted meanwhile.
func (r *simRange[K, V]) Next(k *K, v *V) bool {
	for len(r.keys) > 0 {
		key := r.keys[0]
		r.keys = r.keys[1:]
		if value, ok := r.m[key]; ok {
			*k, *v = key, value
			return true
		}
	}
	return false
}
`, "sim", prefix)
}

// shortType writes a type with the names of packages.
func shortType(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}
