package core

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"reactortest/scheduler"
)

// jsonVersion is that of the document. It changes when a field changes its
// meaning; fields may be added at any time.
const jsonVersion = 1

// maxDocument is how many bytes of a document are read.
const maxDocument = 64 << 20

// document is what WriteJSON writes: docs/json.md describes it.
type document struct {
	Version int          `json:"version"`
	Reports []jsonReport `json:"reports"`
}

type jsonReport struct {
	Suite        string        `json:"suite"`
	Subject      string        `json:"subject"`
	Dialect      string        `json:"dialect"`
	Plan         string        `json:"plan"`
	Seed         uint64        `json:"seed"`
	Shard        int           `json:"shard"`
	Shards       int           `json:"shards"`
	Columns      []jsonColumn  `json:"columns"`
	Failures     []jsonFailure `json:"failures"`
	NotExercised []string      `json:"notExercised"`
	NotJudged    string        `json:"notJudged,omitempty"`
	Nondetermin  string        `json:"nondeterministic,omitempty"`
	SavedTapes   []string      `json:"savedTapes,omitempty"`
	Interrupted  bool          `json:"interrupted"`
}

type jsonColumn struct {
	Name      string        `json:"name"`
	Real      bool          `json:"real"`
	Plan      string        `json:"plan"`
	Runs      int           `json:"runs"`
	Counted   int           `json:"counted"`
	Distinct  int           `json:"distinct"`
	Decisions int           `json:"decisions"`
	Yields    int           `json:"yields"`
	Seconds   float64       `json:"seconds"`
	Rules     []jsonRule    `json:"rules"`
	Points    []jsonPoint   `json:"points,omitempty"`
	Features  []jsonFeature `json:"features,omitempty"`
	Figures   []jsonFigure  `json:"figures,omitempty"`
	Declared  []string      `json:"declared,omitempty"`
	Traces    string        `json:"traces"` // of a sketch, 8 bytes each, base64
}

type jsonRule struct {
	Name      string `json:"name"`
	Evaluated int    `json:"evaluated"`
	Verdict   string `json:"verdict"`
	Why       string `json:"why,omitempty"` // of a rule that is waived or does not apply
}

type jsonPoint struct {
	Name     string `json:"name"`
	Asked    int    `json:"asked"`
	NonQuiet int    `json:"nonQuiet"`
}

type jsonFeature struct {
	Name string `json:"name"`
	Runs int    `json:"runs"`
}

// jsonFigure is a quotient: per * total / of, in the unit that the name has.
type jsonFigure struct {
	Name  string  `json:"name"`
	Total int64   `json:"total"`
	Of    int64   `json:"of"`
	Per   float64 `json:"per"`
}

type jsonFailure struct {
	Rule       string   `json:"rule"`
	Sentence   string   `json:"sentence"`
	Text       string   `json:"text"`
	Dialect    string   `json:"dialect"`
	Mode       string   `json:"mode"`
	Tape       string   `json:"tape,omitempty"`
	Run        int      `json:"run"`
	Before     int      `json:"decisionsBefore"`
	Decisions  int      `json:"decisions"`
	Deviations []string `json:"deviations"`
	History    []string `json:"history"`
	Lines      []Line   `json:"lines"`
	Saved      string   `json:"saved,omitempty"`
	NotSaved   string   `json:"notSaved,omitempty"`
	Note       string   `json:"note,omitempty"`
}

// The verdicts on a rule.
const (
	VerdictOK     = "ok"
	VerdictBroken = "broken"
	VerdictNone   = "not evaluated"
	VerdictExempt = "does not apply"
	VerdictWaived = "waived"
)

// Verdict is what a column of r says of rule i of its suite.
func (r *Report) Verdict(c *Column, i int) string {
	switch {
	case c.broken(r, c.rules[i].Name):
		return VerdictBroken
	case c.Waived[i] != "":
		return VerdictWaived
	case c.Evaluated[i] > 0:
		return VerdictOK
	case c.Exempt[i] != "":
		return VerdictExempt
	default:
		return VerdictNone
	}
}

// broken reports whether a failure of rule was found in the column.
func (c *Column) broken(r *Report, rule string) bool {
	f := r.Broken(rule)
	return f != nil && (f.Mode == realMode) == c.real
}

// Rules returns the names of the rules of the column, without the breakdowns.
func (c *Column) Rules() []string {
	var names []string
	for _, p := range c.rules {
		names = append(names, p.Name)
	}
	return names
}

// Columns returns the columns that r has.
func (r *Report) Columns() []*Column {
	if r.Real == nil {
		return []*Column{&r.Simulated}
	}
	return []*Column{&r.Simulated, r.Real}
}

// WriteJSON writes reports as one document for machines.
func WriteJSON(w io.Writer, reports ...*Report) error {
	d := document{Version: jsonVersion, Reports: []jsonReport{}}
	for _, r := range reports {
		d.Reports = append(d.Reports, r.toJSON())
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

func (r *Report) toJSON() jsonReport {
	j := jsonReport{
		Suite: r.Suite, Subject: r.Subject, Dialect: r.Dialect, Plan: r.Simulated.Plan, Seed: r.Seed, Shard: r.Shard, Shards: r.Shards,
		Failures: []jsonFailure{}, NotExercised: append([]string{}, r.NotExercised...), NotJudged: r.NotJudged,
		Nondetermin: r.Foreign, SavedTapes: r.Saved, Interrupted: r.Interrupted,
	}
	for _, c := range r.Columns() {
		j.Columns = append(j.Columns, c.toJSON(r))
	}
	for _, f := range r.Failures {
		one := jsonFailure{
			Rule: f.Rule, Sentence: f.Sentence, Text: f.Text, Dialect: f.Dialect, Mode: f.Mode, Tape: f.Tape, Run: f.Run, Before: f.Before,
			Decisions: f.Decisions, Deviations: append([]string{}, f.Deviations...), History: append([]string{}, f.History...),
			Lines: append([]Line{}, f.Lines...), Saved: f.Saved, Note: f.Note,
		}
		if f.SaveErr != nil {
			one.NotSaved = f.SaveErr.Error()
		}
		j.Failures = append(j.Failures, one)
	}
	return j
}

func (c *Column) toJSON(r *Report) jsonColumn {
	j := jsonColumn{
		Name: c.Name, Real: c.real, Plan: c.Plan, Runs: c.Runs, Counted: c.Counted, Distinct: c.Distinct, Decisions: c.Decisions,
		Yields: c.Yields, Seconds: c.Elapsed.Seconds(), Rules: []jsonRule{},
	}
	for i, p := range c.rules {
		why := c.Waived[i]
		if why == "" && c.Evaluated[i] == 0 {
			why = c.Exempt[i]
		}
		j.Rules = append(j.Rules, jsonRule{p.Name, c.Evaluated[i], r.Verdict(c, i), why})
	}
	for _, p := range c.Points {
		if p.Asked > 0 {
			j.Points = append(j.Points, jsonPoint{p.Point.String(), p.Asked, p.NonQuiet})
		}
	}
	for _, f := range c.Features {
		j.Features = append(j.Features, jsonFeature(f))
	}
	for _, f := range c.Figures {
		j.Figures = append(j.Figures, jsonFigure(f))
	}
	j.Declared = c.Declared
	traces := make([]byte, 0, 8*len(c.traces.small))
	for _, digest := range c.traces.small {
		traces = binary.BigEndian.AppendUint64(traces, digest)
	}
	j.Traces = base64.StdEncoding.EncodeToString(traces)
	return j
}

// ReadJSON reads a document that WriteJSON has written, and nothing behind it. An
// error says what is wrong with it.
func ReadJSON(from io.Reader) ([]*Report, error) {
	d := json.NewDecoder(io.LimitReader(from, maxDocument))
	d.DisallowUnknownFields()
	var doc document
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("it is not a report in JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the report")
	}
	if doc.Version != jsonVersion {
		return nil, fmt.Errorf("its version is %d, and this program reads version %d", doc.Version, jsonVersion)
	}
	var all []*Report
	for i := range doc.Reports {
		r, err := doc.Reports[i].report()
		if err != nil {
			return nil, fmt.Errorf("report %d: %w", i, err)
		}
		all = append(all, r)
	}
	return all, nil
}

func (j *jsonReport) report() (*Report, error) {
	r := &Report{
		Suite: j.Suite, Subject: j.Subject, Dialect: j.Dialect, Seed: j.Seed, Shard: j.Shard, Shards: j.Shards,
		NotExercised: j.NotExercised, NotJudged: j.NotJudged, Foreign: j.Nondetermin, Saved: j.SavedTapes, Interrupted: j.Interrupted,
	}
	if j.Shards < 1 || j.Shard < 0 || j.Shard >= j.Shards {
		return nil, fmt.Errorf("shard %d of %d", j.Shard, j.Shards)
	}
	if n := len(j.Columns); n < 1 || n > 2 {
		return nil, fmt.Errorf("%d columns, there are 1 or 2", n)
	}
	for i := range j.Columns {
		c, err := j.Columns[i].column()
		switch {
		case err != nil:
			return nil, fmt.Errorf("column %q: %w", j.Columns[i].Name, err)
		case c.real != (i == 1):
			return nil, errors.New("the simulated column comes first")
		case c.real:
			r.Real = c
		default:
			r.Simulated = *c
		}
	}
	for i := range j.Failures {
		f := &j.Failures[i]
		one := &Failure{
			Rule: f.Rule, Sentence: f.Sentence, Text: f.Text, Dialect: f.Dialect, Mode: f.Mode, Tape: f.Tape, Run: f.Run, Before: f.Before,
			Decisions: f.Decisions, Deviations: f.Deviations, History: f.History, Details: f.History, Lines: f.Lines, Saved: f.Saved, Note: f.Note,
		}
		if f.NotSaved != "" {
			one.SaveErr = errors.New(f.NotSaved)
		}
		r.fail(one)
	}
	return r, nil
}

func (j *jsonColumn) column() (*Column, error) {
	c := &Column{
		Name: j.Name, Plan: j.Plan, Runs: j.Runs, Counted: j.Counted, Distinct: j.Distinct, Decisions: j.Decisions, Yields: j.Yields,
		Elapsed: time.Duration(j.Seconds * float64(time.Second)), real: j.Real,
	}
	for _, rule := range j.Rules {
		exempt, waived := "", ""
		switch rule.Verdict {
		case VerdictExempt:
			exempt = rule.Why
		case VerdictWaived:
			waived = rule.Why
		}
		c.rules = append(c.rules, Property{Name: rule.Name, Must: true})
		c.Evaluated = append(c.Evaluated, rule.Evaluated)
		c.Exempt, c.Waived = append(c.Exempt, exempt), append(c.Waived, waived)
	}
	for _, p := range j.Points {
		point, known := scheduler.ParsePoint(p.Name)
		if !known {
			return nil, fmt.Errorf("decision point %q: this program does not know it", p.Name)
		}
		for int(point) >= len(c.Points) {
			c.Points = append(c.Points, PointCount{Point: scheduler.Point(len(c.Points))})
		}
		c.Points[point] = PointCount{point, p.Asked, p.NonQuiet}
	}
	for _, f := range j.Features {
		c.Features = append(c.Features, FeatureCount(f))
	}
	for _, f := range j.Figures {
		c.Figures = append(c.Figures, Figure(f))
	}
	c.declare(j.Declared)
	traces, err := base64.StdEncoding.DecodeString(j.Traces)
	if err != nil || len(traces)%8 != 0 || len(traces) > 8*sketchSize {
		return nil, errors.New("its traces are not a list of digests")
	}
	for ; len(traces) > 0; traces = traces[8:] {
		c.traces.add(binary.BigEndian.Uint64(traces))
	}
	return c, nil
}
