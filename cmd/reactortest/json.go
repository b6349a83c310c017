package main

import (
	"encoding/json"
	"fmt"

	"reactortest/fakedemux"
	"reactortest/proptest"
)

// jsonReport is the report for machines. Fields may be added, none changes its
// meaning.
type jsonReport struct {
	Subject      string        `json:"subject"`
	Plan         string        `json:"plan"`
	Columns      []jsonColumn  `json:"columns"`
	Failures     []jsonFailure `json:"failures,omitempty"`
	NotExercised []string      `json:"notExercised,omitempty"` // what the report does not say anything about
	Interrupted  bool          `json:"interrupted,omitempty"`
}

// jsonColumn is one demultiplexer.
type jsonColumn struct {
	Name      string      `json:"name"`
	Mode      string      `json:"mode"`
	Runs      int         `json:"runs"`
	Counted   int         `json:"counted"`
	Distinct  int         `json:"distinct"`
	Decisions int         `json:"decisions"`
	Seconds   float64     `json:"seconds"`
	Rules     []jsonRule  `json:"rules"`
	Points    []jsonPoint `json:"points,omitempty"`
}

// jsonRule is the verdict on one rule.
type jsonRule struct {
	Name      string `json:"name"`
	Evaluated int    `json:"evaluated"`
	Verdict   string `json:"verdict"` // "ok", "broken", "not evaluated", "does not apply", "waived"
}

// jsonPoint says how often a choice was made.
type jsonPoint struct {
	Name     string `json:"name"`
	Asked    int    `json:"asked"`
	NonQuiet int    `json:"nonQuiet"`
}

// jsonFailure is a run that broke a rule.
type jsonFailure struct {
	Rule       string   `json:"rule"`
	Sentence   string   `json:"sentence"`
	Text       string   `json:"text"`
	Mode       string   `json:"mode"`
	Tape       string   `json:"tape,omitempty"`
	Run        int      `json:"run"`
	Before     int      `json:"decisionsBefore"`
	Decisions  int      `json:"decisions"`
	Deviations []string `json:"deviations"`
	History    []string `json:"history"`
	Saved      string   `json:"saved,omitempty"`
}

// printJSON prints the report for machines.
func (c *command) printJSON(r *proptest.Report, plan fakedemux.Plan, missing []string, interrupted bool) {
	report := jsonReport{Subject: r.Subject, Plan: plan.String(), NotExercised: missing, Interrupted: interrupted}
	for _, column := range columnsOf(r) {
		report.Columns = append(report.Columns, toJSON(r, column, plan))
	}
	for _, f := range r.Failures {
		report.Failures = append(report.Failures, jsonFailure{
			f.Rule, f.Sentence, f.Text, f.Mode, f.Tape, f.Run, f.Before, f.Decisions, append([]string{}, f.Deviations...), f.History, f.Saved,
		})
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		fmt.Fprintf(c.err, "reactortest: %v\n", err)
	}
}

func toJSON(r *proptest.Report, c *proptest.Column, plan fakedemux.Plan) jsonColumn {
	j := jsonColumn{
		Name: c.Name, Mode: modeOf(r, c, plan), Runs: c.Runs, Counted: c.Counted, Distinct: c.Distinct,
		Decisions: c.Decisions, Seconds: c.Elapsed.Seconds(),
	}
	for i, p := range proptest.Properties() {
		j.Rules = append(j.Rules, jsonRule{p.Name, c.Evaluated[i], verdict(r, c, i, p.Name)})
	}
	if c == r.Real {
		return j // nobody decides there
	}
	for _, p := range points(r, plan) {
		n := pointCount(c, p)
		j.Points = append(j.Points, jsonPoint{p.String(), n.Asked, n.NonQuiet})
	}
	return j
}
