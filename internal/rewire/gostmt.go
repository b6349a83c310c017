package rewire

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// goStatement makes "go f(x)" a call of routine.Go:
//
//	{ simF, simA0 := f, x; simroutine.Go(func() { simF(simA0) }) }
//
// The function value and the arguments are evaluated where they were. Constants, nil
// and declared functions need no variable, and may have no type of their own.
func (w *rewriter) goStatement(u *unit, s *source, g *ast.GoStmt) {
	w.module.GoStatements++
	call := g.Call
	routine := u.shim(s, w.shims.path(shimRoutine))
	if lit, ok := call.Fun.(*ast.FuncLit); ok && len(call.Args) == 0 && lit.Type.Results == nil {
		s.replace(g.Pos(), lit.Pos(), routine+".Go("+lines(s.original(g.Pos(), lit.Pos())))
		s.replace(lit.End(), g.End(), ")"+lines(s.original(lit.End(), g.End())))
		return
	}
	p := &parts{u: u, s: s, line: u.where(g.Pos()).Line}
	p.function(call.Fun)
	if tuple, ok := u.info.Types[firstOf(call.Args)].Type.(*types.Tuple); ok && len(call.Args) == 1 {
		p.tuple(call.Args[0], tuple.Len())
	} else {
		for i, a := range call.Args {
			if err := p.argument(i, a); err != "" {
				w.refuse(w.place(u.where(g.Pos())), "go statement", err)
				return
			}
		}
	}
	dots := ""
	if call.Ellipsis.IsValid() {
		dots = "..."
	}
	var b strings.Builder
	b.WriteString("{ ")
	b.WriteString(p.statements())
	p.pad(&b, u.where(call.Rparen).Line)
	fmt.Fprintf(&b, "%s.Go(func() { %s(%s%s) }) }", routine, p.call, strings.Join(p.args, ", "), dots)
	s.take(g.Pos(), g.End())
	s.replace(g.Pos(), g.End(), b.String())
}

// parts are what a go statement is put together from.
type parts struct {
	u       *unit
	s       *source
	line    int // of the last thing written
	call    string
	args    []string
	names   []string // of variables
	values  []value
	results *value // of a call that gives all arguments
}

// value is the text of an expression, and the line that it begins on.
type value struct {
	line int
	text string
}

func (p *parts) function(fun ast.Expr) {
	if declared(p.u.info, fun) {
		p.call = p.inline(fun)
		return
	}
	p.call = p.store("F", fun, "")
}

// argument adds an argument; it returns why it cannot.
func (p *parts) argument(i int, arg ast.Expr) string {
	tv := p.u.info.Types[arg]
	if text := p.s.original(arg.Pos(), arg.End()); tv.Value != nil && strings.Contains(text, "\n") && strings.ContainsAny(text, "`/") {
		return "has a constant of several lines as an argument, which cannot be moved; give it a name"
	}
	if tv.Value != nil || tv.IsNil() || declared(p.u.info, arg) {
		p.args = append(p.args, p.inline(arg))
		return ""
	}
	conversion := ""
	if untyped(p.u.info, arg) && tv.Type != types.Typ[types.Bool] && tv.Type != types.Typ[types.Int] {
		text, ok := typeText(tv.Type, func(o types.Object) (string, bool) { return o.Name(), o.Pkg() == nil || o.Pkg() == p.u.pkg })
		if !ok {
			return "has an argument without a type of its own, and the type of the parameter has no name here; give the argument a type"
		}
		conversion = text
	}
	p.args = append(p.args, p.store(fmt.Sprintf("A%d", i), arg, conversion))
	return ""
}

// tuple adds the results of a call as arguments.
func (p *parts) tuple(arg ast.Expr, n int) {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%sA%d", p.u.prefix, i))
	}
	p.args = names
	p.results = &value{p.u.where(arg.Pos()).Line, p.s.take(arg.Pos(), arg.End())}
}

// store puts an expression into a variable and returns its name.
func (p *parts) store(name string, x ast.Expr, conversion string) string {
	name = p.u.prefix + name
	text := p.s.take(x.Pos(), x.End())
	if conversion != "" {
		text = conversion + "(" + text + ")"
	}
	p.names = append(p.names, name)
	p.values = append(p.values, value{p.u.where(x.Pos()).Line, text})
	return name
}

// inline returns the text of an expression that needs no evaluation.
func (p *parts) inline(x ast.Expr) string { return p.s.takeLine(x) }

// statements returns the assignment to the variables, each expression on its line.
func (p *parts) statements() string {
	var b strings.Builder
	if len(p.values) > 0 {
		p.assign(&b, p.names, p.values...)
	}
	if p.results != nil {
		p.assign(&b, p.args, *p.results)
	}
	return b.String()
}

func (p *parts) assign(b *strings.Builder, names []string, values ...value) {
	b.WriteString(strings.Join(names, ", ") + " := ")
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		p.pad(b, v.line)
		b.WriteString(v.text)
		p.line += strings.Count(v.text, "\n")
	}
	b.WriteString("; ")
}

// pad writes newlines up to a line.
func (p *parts) pad(b *strings.Builder, line int) {
	for ; p.line < line; p.line++ {
		b.WriteByte('\n')
	}
}

// declared reports whether an expression names a declared function or a builtin,
// which is the same at any time. Method values are not: they hold a receiver.
func declared(info *types.Info, x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return isFunction(info.Uses[x])
	case *ast.SelectorExpr:
		return info.Selections[x] == nil && isFunction(info.Uses[x.Sel])
	case *ast.IndexExpr: // with type arguments
		return declared(info, x.X)
	case *ast.IndexListExpr:
		return declared(info, x.X)
	default:
		return false
	}
}

func isFunction(o types.Object) bool {
	switch o.(type) {
	case *types.Func, *types.Builtin:
		return true
	}
	return false
}

// untyped reports whether an expression that is no constant takes its type from
// where it is used: a comparison, or a shift of a constant.
func untyped(info *types.Info, x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		return x.Op != token.ARROW && x.Op != token.AND && untyped(info, x.X)
	case *ast.BinaryExpr:
		if slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}, x.Op) {
			return true
		}
		if x.Op == token.SHL || x.Op == token.SHR {
			return constantOrUntyped(info, x.X)
		}
		return constantOrUntyped(info, x.X) && constantOrUntyped(info, x.Y)
	default:
		return false
	}
}

func constantOrUntyped(info *types.Info, x ast.Expr) bool {
	return info.Types[x].Value != nil || untyped(info, x)
}

// firstOf returns the first expression, or nil.
func firstOf(list []ast.Expr) ast.Expr {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}
