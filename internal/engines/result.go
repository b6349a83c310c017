package engines

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"time"

	"reactortest/proptest"
)

// Result is what the judge has found in one configuration of an engine.
type Result struct {
	Engine   string            `json:"engine"`
	Version  string            `json:"version"`
	Subject  string            `json:"subject"`
	Runs     int               `json:"runs"` // of the first search
	Elapsed  time.Duration     `json:"elapsed"`
	Kept     map[string]int    `json:"kept"`   // how often each rule was evaluated
	Exempt   map[string]string `json:"exempt"` // why a rule does not apply
	Findings []Finding         `json:"findings"`
	Digests  []uint32          `json:"digests,omitempty"` // of the runs, if they were asked for
	Differ   *Difference       `json:"differ,omitempty"`  // of runs that were made twice; nil: none differs
	Problem  string            `json:"problem,omitempty"` // why nothing was judged, or not all
}

// Difference is how two searches differ that should be the same.
type Difference struct {
	Runs  int `json:"runs"`  // runs whose digests differ
	First int `json:"first"` // the first of them
}

// Compare compares the digests of two searches. It returns nil if they are equal. Runs
// that only one of them has made differ.
func Compare(a, b []uint32) *Difference {
	var d *Difference
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		if d == nil {
			d = &Difference{First: i}
		}
		d.Runs++
	}
	return d
}

// Finding is a violation of a rule, with its tape.
type Finding struct {
	Rule       string   `json:"rule"`
	Text       string   `json:"text"`
	Cause      string   `json:"cause"` // see Cause
	Tape       string   `json:"tape"`
	Run        int      `json:"run"` // that has found it
	Decisions  int      `json:"decisions"`
	Deviations []string `json:"deviations"`
	History    []string `json:"history"`
	Note       string   `json:"note,omitempty"`
}

// digits are what differs from run to run in the text of a violation.
var digits = regexp.MustCompile(`0x[0-9a-f]+|-?[0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h)?`)

// frame is a place in a rewired module, in the stack of a panic.
var frame = regexp.MustCompile(`/mod/[^\s]*/([^/\s]+\.go:[0-9]+)`)

// maxCause is how many bytes of a text tell causes apart.
const maxCause = 300

// Cause returns what violations with one cause have in common: the rule, the first line of
// the text without numbers, and of a panic the first place in a rewired module.
func Cause(rule, text string) string {
	line, stack, _ := strings.Cut(text, "\n")
	cause := rule + ": " + digits.ReplaceAllString(line[:min(len(line), maxCause)], "#")
	if at := frame.FindStringSubmatch(stack); at != nil {
		cause += " at " + at[1]
	}
	return cause
}

// Add adds what a report has found.
func (r *Result) Add(report *proptest.Report) {
	c := &report.Simulated
	r.Runs = max(r.Runs, c.Runs)
	for i, rule := range c.Rules() {
		r.Kept[rule] += c.Evaluated[i]
		if why := c.Exempt[i]; why != "" {
			r.Exempt[rule] = why
		}
	}
	r.Digests = append(r.Digests, report.Digests...)
	if report.NotJudged != "" {
		r.Problem = report.NotJudged
	}
	for _, f := range report.Failures {
		r.Findings = append(r.Findings, Finding{
			Rule: f.Rule, Text: f.Text, Cause: Cause(f.Rule, f.Text), Tape: f.Tape, Run: f.Run, Decisions: f.Decisions,
			Deviations: f.Deviations, History: f.History, Note: f.Note,
		})
	}
}

// Write writes r to a file.
func (r *Result) Write(path string) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

// ReadResult reads what Write has written.
func ReadResult(path string) (*Result, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	return r, json.Unmarshal(b, r)
}
