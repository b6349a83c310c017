// Package order has what rewired packages need to behave the same in every run:
// ranges over maps in the order of the keys, and package-level state that begins anew.
package order

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Map ranges over m in the order of its keys. As the language has it, an entry that is
// deleted meanwhile is left out. An entry that is added meanwhile is left out too.
func Map[M ~map[K]V, K cmp.Ordered, V any](m M) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		keys := make([]K, 0, len(m))
		for k := range m { // sorted below
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if v, ok := m[k]; ok && !yield(k, v) {
				return
			}
		}
	}
}

// Keys is Map for a range that takes the keys alone.
func Keys[M ~map[K]V, K cmp.Ordered, V any](m M) iter.Seq[K] {
	return func(yield func(K) bool) {
		for k := range Map(m) {
			if !yield(k) {
				return
			}
		}
	}
}

// state is package-level state that can begin anew.
type state struct {
	path  string
	again func()
}

var (
	states  []state
	modules []Module
)

// OnReset registers what the package at path does to begin anew. Packages call it when
// they are initialized, so the order is that of initialization.
func OnReset(path string, again func()) { states = append(states, state{path, again}) }

// Reset has the packages at and below path begin anew, "" for all. A goroutine of the
// bubble calls it, before anything of those packages runs.
func Reset(path string) {
	for _, s := range states {
		if path == "" || s.path == path || strings.HasPrefix(s.path, path+"/") {
			s.again()
		}
	}
}

// Module is a module that was rewired.
type Module struct{ Path, Version string }

// Rewired registers a module that this program has in its rewired form. Generated code
// calls it, possibly once for each package.
func Rewired(path, version string) {
	m := Module{path, version}
	if !slices.Contains(modules, m) {
		modules = append(modules, m)
	}
}

// Modules returns the modules that were rewired, by path.
func Modules() []Module {
	all := slices.Clone(modules)
	slices.SortFunc(all, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return all
}
