// Package engines has what the matrix of engines is made of: which engines are judged in
// which versions, what was found, and what is known of it.
package engines

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// Row is one version of an engine.
type Row struct {
	Engine    string   `json:"engine"`              // "gnet"
	Package   string   `json:"package"`             // folder of the adapter, relative to the table
	Test      string   `json:"test,omitempty"`      // the test that judges it; "TestEngine"
	Modules   []string `json:"modules,omitempty"`   // PATH@VERSION; the first is the engine
	Additions []string `json:"additions,omitempty"` // PACKAGE=FILE, see package rewire
	Tags      string   `json:"tags,omitempty"`      // build tags, separated by commas
	Net       bool     `json:"net,omitempty"`       // with the standard library's net simulated too; without modules, that is the engine
	Subjects  []string `json:"subjects"`            // configurations of the adapter
	Bug       string   `json:"bug,omitempty"`       // a bug that this version has
	Good      string   `json:"good,omitempty"`      // a bug that this version no longer has
	Rule      string   `json:"rule,omitempty"`      // that the bug breaks
	Cause     string   `json:"cause,omitempty"`     // regular expression for the text of its violation
}

// Version returns the version of the engine: that of Go, if it is the standard library.
func (r *Row) Version() string {
	if len(r.Modules) == 0 {
		return runtime.Version()
	}
	_, version, _ := strings.Cut(r.Modules[0], "@")
	return version
}

// Current reports whether the row is of the version that people use now.
func (r *Row) Current() bool { return r.Bug == "" && r.Good == "" }

// Known is a violation whose cause is known.
type Known struct {
	Engine   string   `json:"engine"`
	Rule     string   `json:"rule"`
	Text     string   `json:"text"`               // regular expression for the text of the violation
	History  string   `json:"history,omitempty"`  // regular expression for its time line
	As       string   `json:"as"`                 // issue or commit, or a name of our own
	Design   string   `json:"design,omitempty"`   // where the engine's documentation says that this is so by design
	Page     string   `json:"page,omitempty"`     // of docs/engines
	Real     bool     `json:"real,omitempty"`     // shown on the running kernel too
	Versions []string `json:"versions,omitempty"` // that have it; none: all

	text, history *regexp.Regexp
}

// Table is the table of engines.
type Table struct {
	Rows  []Row   `json:"engines"`
	Known []Known `json:"known"`
}

// Limits of a table.
const (
	maxRows  = 1000
	maxKnown = 1000
)

// ReadTable reads a table from a file of JSON. An error names the file, the entry and the
// rule that it breaks.
func ReadTable(path string) (*Table, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	t := &Table{}
	if err = d.Decode(t); err == nil {
		err = t.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

func (t *Table) check() error {
	switch {
	case len(t.Rows) == 0:
		return errors.New("there are no engines")
	case len(t.Rows) > maxRows || len(t.Known) > maxKnown:
		return fmt.Errorf("there are %d engines and %d known violations, more than %d and %d", len(t.Rows), len(t.Known), maxRows, maxKnown)
	}
	for i := range t.Rows {
		if err := t.Rows[i].check(); err != nil {
			return fmt.Errorf("engine %d, %s: %w", i, t.Rows[i].Engine, err)
		}
	}
	for i := range t.Known {
		if err := t.Known[i].check(); err != nil {
			return fmt.Errorf("known %d, %s %s: %w", i, t.Known[i].Engine, t.Known[i].Rule, err)
		}
	}
	return nil
}

func (r *Row) check() error {
	switch {
	case r.Engine == "" || r.Package == "" || len(r.Subjects) == 0:
		return errors.New("an engine has a name, a package and subjects")
	case len(r.Modules) == 0 && !r.Net:
		return errors.New("an engine has modules, or is the standard library's net")
	case r.Version() == "":
		return fmt.Errorf("the module %q has no version", r.Modules[0])
	}
	if r.Test == "" {
		r.Test = "TestEngine"
	}
	_, err := regexp.Compile(r.Cause)
	return err
}

func (k *Known) check() (err error) {
	if k.Engine == "" || k.Rule == "" || k.As == "" {
		return errors.New("an entry has an engine, a rule, and what it is known as")
	}
	if k.text, err = regexp.Compile(k.Text); err != nil {
		return err
	}
	k.history, err = regexp.Compile(k.History)
	return err
}

// Lookup returns what is known of a finding, nil if nothing is.
func (t *Table) Lookup(engine, version string, f *Finding) *Known {
	for i := range t.Known {
		k := &t.Known[i]
		if k.Engine == engine && (len(k.Versions) == 0 || slices.Contains(k.Versions, version)) && k.is(f) {
			return k
		}
	}
	return nil
}

func (k *Known) is(f *Finding) bool {
	return k.Rule == f.Rule && k.text.MatchString(f.Text) && k.history.MatchString(strings.Join(f.History, "\n"))
}
