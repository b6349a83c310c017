package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

// demuxColumn is a demultiplexer in the table of check -demux.
type demuxColumn struct {
	Name   string                `json:"name"`
	Real   bool                  `json:"real"`
	NotRun string                `json:"notRun,omitempty"` // why there is no report
	Report *proptest.DemuxReport `json:"report,omitempty"`
}

// demuxTable is the table of check -demux for machines.
type demuxTable struct {
	Demuxes []demuxColumn `json:"demuxes"`
}

// realDemuxes are the kernels that a backend or a completer exists for, each
// with what makes its host and the systems that have it.
var realDemuxes = []struct {
	name, systems string
	host          func() demux.Host
}{
	{"epoll", "linux", realdemux.NewHost},
	{"io_uring", "linux", realdemux.NewCompleterHost},
	{"kqueue", "darwin dragonfly freebsd netbsd openbsd", realdemux.NewHost},
	{windowsItself, "windows", realdemux.NewHost},
	{windowsOfWine, "windows", realdemux.NewHost},
}

// Names of columns.
const (
	windowsItself = "Windows"
	windowsOfWine = "Wine"
)

// isThis reports whether a column of the systems that this one is among is about
// this one.
func isThis(column string) bool {
	switch column {
	case windowsItself:
		return !realdemux.Wine()
	case windowsOfWine:
		return realdemux.Wine()
	default:
		return true
	}
}

// checkDemuxes judges the demultiplexers of the simulated kernel and of the
// running one.
func (c *command) checkDemuxes(f *flag.FlagSet, flags *checkFlags) int {
	search, err := flags.demuxSearch(f)
	if err != nil {
		return c.usage("%v", err)
	}
	var others []demuxColumn
	if flags.also != "" {
		if others, err = readColumns(flags.also); err != nil {
			return c.usage("-also: %v", err)
		}
	}
	var table demuxTable
	for _, dialect := range fakedemux.Dialects() {
		search.Dialect = dialect
		column, err := c.searchedColumn(search)
		if err != nil {
			return c.usage("%v", err)
		}
		table.Demuxes = append(table.Demuxes, column)
	}
	for _, r := range realDemuxes {
		column := demuxColumn{Name: r.name, Real: true, NotRun: "not this system"}
		if slices.Contains(strings.Fields(r.systems), runtime.GOOS) && isThis(r.name) {
			column = c.demuxColumn(r.name, true, r.host)
		} else if i := slices.IndexFunc(others, func(o demuxColumn) bool { return o.Real && o.Name == r.name && o.Report != nil }); i >= 0 {
			column = others[i]
		}
		table.Demuxes = append(table.Demuxes, column)
	}
	if c.ctx.Err() != nil {
		fmt.Fprintln(c.err, "reactortest: interrupted")
		return exitUsage
	}
	if flags.asJSON {
		e := json.NewEncoder(c.out)
		e.SetIndent("", "  ")
		if err := e.Encode(table); err != nil {
			fmt.Fprintf(c.err, "reactortest: %v\n", err)
		}
	} else {
		c.printDemuxes(table.Demuxes)
	}
	return c.concludeDemuxes(table.Demuxes)
}

// demuxColumn judges one demultiplexer, each case once.
func (c *command) demuxColumn(name string, isReal bool, newHost func() demux.Host) demuxColumn {
	column := demuxColumn{Name: name, Real: isReal}
	fmt.Fprintf(c.err, "%s\n", columnTitle(&column))
	r, err := proptest.CheckDemux(newHost)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		column.NotRun = err.Error()
	case err != nil:
		column.Report = unopened(err)
	default:
		column.Report = r
	}
	return column
}

// unopened is the report on a demultiplexer that cannot be opened where there is
// one.
func unopened(err error) *proptest.DemuxReport {
	r := &proptest.DemuxReport{}
	for _, name := range demuxRules() {
		r.Rules = append(r.Rules, proptest.RuleReport{Rule: name})
	}
	r.Rules[0].Failures = []string{"Open: " + err.Error()}
	return r
}

// readColumns reads what check -demux -json has printed on another system; "-" is
// the standard input.
func readColumns(name string) ([]demuxColumn, error) {
	read := func() ([]byte, error) { return io.ReadAll(os.Stdin) }
	if name != "-" {
		read = func() ([]byte, error) { return os.ReadFile(name) }
	}
	text, err := read()
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var table demuxTable
	if err := d.Decode(&table); err != nil {
		return nil, fmt.Errorf("%s is not the output of check -demux -json: %w", name, err)
	}
	if rest := bytes.TrimSpace(text[d.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("%s is not the output of check -demux -json: it is followed by %.40q", name, rest)
	}
	rules := demuxRules()
	for _, column := range table.Demuxes {
		if !isColumn(&column) {
			return nil, fmt.Errorf("%s: there is no column %q", name, columnTitle(&column))
		}
		if column.Report == nil {
			continue
		}
		var have []string
		for _, r := range column.Report.Rules {
			have = append(have, r.Rule)
		}
		if !slices.Equal(have, rules) {
			return nil, fmt.Errorf("%s: %s was judged by the rules %s, these are %s", name, columnTitle(&column), strings.Join(have, " "), strings.Join(rules, " "))
		}
	}
	return table.Demuxes, nil
}

// isColumn reports whether a column is one that check -demux prints.
func isColumn(column *demuxColumn) bool {
	if !column.Real {
		return slices.Contains(fakedemux.Dialects(), column.Name)
	}
	for _, r := range realDemuxes {
		if r.name == column.Name {
			return true
		}
	}
	return false
}

// demuxRules returns the names of the rows.
func demuxRules() []string {
	var names []string
	for _, p := range append(proptest.DemuxRules(), proptest.CompleterRules()...) {
		names = append(names, p.Name)
	}
	return names
}
