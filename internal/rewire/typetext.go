package rewire

import (
	"fmt"
	"go/types"
)

// typeText writes a type as source. It reports false for types that it has no words
// for: those with type parameters, literals of structs, functions and interfaces, and
// types that have no name where the text goes, which name decides.
func typeText(t types.Type, name func(types.Object) (string, bool)) (string, bool) {
	of := func(prefix string, elem types.Type) (string, bool) {
		text, ok := typeText(elem, name)
		return prefix + text, ok
	}
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return t.Name(), t.Kind() != types.UnsafePointer && t.Info()&types.IsUntyped == 0
	case *types.Named:
		o := t.Obj()
		if t.TypeArgs().Len() > 0 || o.Pkg() != nil && o.Parent() != o.Pkg().Scope() {
			return "", false
		}
		return name(o)
	case *types.Pointer:
		return of("*", t.Elem())
	case *types.Slice:
		return of("[]", t.Elem())
	case *types.Array:
		return of(fmt.Sprintf("[%d]", t.Len()), t.Elem())
	case *types.Chan:
		switch t.Dir() {
		case types.SendOnly:
			return of("chan<- ", t.Elem())
		case types.RecvOnly:
			return of("<-chan ", t.Elem())
		case types.SendRecv:
		}
		text, ok := of("chan (", t.Elem())
		return text + ")", ok
	case *types.Map:
		key, ok := of("map[", t.Key())
		value, also := of(key+"]", t.Elem())
		return value, ok && also
	case *types.Interface:
		return "interface{}", t.Empty() && t.NumMethods() == 0
	case *types.Struct:
		return "struct{}", t.NumFields() == 0
	case *types.Signature:
		return "func()", t.Params().Len()+t.Results().Len() == 0
	default:
		return "", false
	}
}
