// Package engine has the servers that TestEngine is tried on: broken ones, which it
// must find, and correct ones, which it must not report. Package serve has the correct
// engines, and package bugs what is wrong in the broken ones.
//
// To plant a bug, write a function in package bugs that replaces one part of an engine,
// and add a row to the list below.
package engine

import (
	"embed"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
	"reactortest/proptest"
)

// Subject is an engine under test.
type Subject struct {
	Name         string
	Rule         string // that it breaks; "" if it is correct
	Why          string // what is wrong, when it shows, and where it was seen
	Category     string // of the bug
	Architecture string // of the engine
	New          proptest.NewEngine
	// Dialects are the kernels that the bug shows on, by prefix of the dialect's name.
	// nil means all that the architecture works on.
	Dialects []string

	needs func(d demux.Demux) bool
}

// Fits reports whether the engine works with a demultiplexer, and its bug can show with
// it. dialect is the name of the simulated kernel.
func (s Subject) Fits(d demux.Demux, dialect string) bool {
	named := func(prefix string) bool { return strings.HasPrefix(dialect, prefix) }
	return s.needs(d) && (s.Dialects == nil || slices.ContainsFunc(s.Dialects, named))
}

// Legal returns the correct engines.
func Legal() []Subject {
	all := make([]Subject, len(serve.Architectures))
	for i, a := range serve.Architectures {
		all[i] = subject(a, nil)
		all[i].Name = "legal-" + a.Name
		all[i].Why = "keeps every rule."
	}
	return all
}

// All returns the broken engines.
func All() []Subject { return subjects(list) }

// Pending returns the broken engines that the judge does not find yet.
func Pending() []Subject { return subjects(pending) }

// Lookup returns the subject called name and whether it exists.
func Lookup(name string) (Subject, bool) {
	all := slices.Concat(All(), Legal(), Pending())
	i := slices.IndexFunc(all, func(s Subject) bool { return s.Name == name })
	if i < 0 {
		return Subject{}, false
	}
	return all[i], true
}

// bug is a row of the list: an engine, the rule that it breaks, and the function that
// plants the bug.
type bug struct {
	name, rule string
	arch       string // the name of the architecture
	category   string
	plant      func(*serve.Engine)
	dialects   []string
}

func subjects(rows []bug) []Subject {
	all := make([]Subject, len(rows))
	for i, b := range rows {
		all[i] = subject(architecture(b.arch), b.plant)
		all[i].Name, all[i].Rule, all[i].Category, all[i].Dialects = b.name, b.rule, b.category, b.dialects
		all[i].Why = comment(b.plant)
	}
	return all
}

// architecture returns the architecture with a name. It panics if there is none.
func architecture(name string) serve.Architecture {
	for _, a := range serve.Architectures {
		if a.Name == name {
			return a
		}
	}
	panic("engine: no architecture is called " + name)
}

// subject makes a subject of an architecture, in which plant plants a bug.
func subject(a serve.Architecture, plant func(*serve.Engine)) Subject {
	return Subject{Architecture: a.Name, needs: a.Needs, New: func(_ testing.TB, h demux.Host) proptest.Engine {
		e := a.New(h)
		if plant != nil {
			plant(e)
		}
		return e
	}}
}

// sources are the files that the bugs are written in.
//
//go:embed bugs/*.go
var sources embed.FS

// comment returns the comment of the function fn without the function's name. It panics
// if there is none.
func comment(fn func(*serve.Engine)) string {
	f := runtime.FuncForPC(reflect.ValueOf(fn).Pointer())
	file, _ := f.FileLine(f.Entry())
	_, name, _ := strings.Cut(path.Base(f.Name()), ".")
	source, err := sources.ReadFile("bugs/" + path.Base(file))
	if err != nil {
		panic(fmt.Sprintf("engine: %s: %v", name, err))
	}
	_, text, found := strings.Cut(string(source), "\n// "+name+" ")
	if !found {
		panic(fmt.Sprintf("engine: the comment of %s in %s does not begin with its name", name, file))
	}
	text, _, _ = strings.Cut(text, "\nfunc ")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n//", "\n")), " ")
}
