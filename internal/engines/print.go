package engines

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"
)

// Verdict is what becomes of a finding.
type Verdict struct {
	*Result
	*Finding
	Known *Known // nil: nothing is known of it
}

// Sort returns what is known of each finding.
func (t *Table) Sort(results []*Result) (all []Verdict) {
	for _, r := range results {
		for i := range r.Findings {
			f := &r.Findings[i]
			all = append(all, Verdict{r, f, t.Lookup(r.Engine, r.Version, f)})
		}
	}
	return all
}

// Print writes what was found, for a reader.
func (t *Table) Print(w io.Writer, results []*Result) {
	for _, r := range results {
		fmt.Fprintf(w, "%s %s, %s: %d runs in %v\n", r.Engine, r.Version, r.Subject, r.Runs, r.Elapsed.Round(time.Second/10))
		if r.Problem != "" {
			fmt.Fprintf(w, "  not judged: %s\n", r.Problem)
		}
		switch {
		case r.Differ != nil:
			fmt.Fprintf(w, "  nondeterministic: %d of %d runs were others when they were made again, the first is run %d\n", r.Differ.Runs, len(r.Digests), r.Differ.First)
		case len(r.Digests) > 0:
			fmt.Fprintf(w, "  twice: %d runs were the same when they were made again\n", len(r.Digests))
		}
		broken := map[string]bool{}
		for i := range r.Findings {
			f := &r.Findings[i]
			broken[f.Rule] = true
			t.printFinding(w, r, f)
		}
		printKept(w, r, broken)
	}
}

func (t *Table) printFinding(w io.Writer, r *Result, f *Finding) {
	k := t.Lookup(r.Engine, r.Version, f)
	switch {
	case k == nil:
		fmt.Fprintf(w, "  BROKEN  %s: %s\n", f.Rule, firstLine(f.Text))
	case k.Design != "":
		fmt.Fprintf(w, "  waived  %s by design: %s\n", f.Rule, k.Design)
		return
	default:
		fmt.Fprintf(w, "  known   %s as %s: %s\n", f.Rule, k.As, firstLine(f.Text))
	}
	fmt.Fprintf(w, "          run %d, %d decisions, deviations: %s\n          %s\n", f.Run, f.Decisions, orNone(f.Deviations), f.Tape)
	if f.Note != "" {
		fmt.Fprintf(w, "          %s\n", f.Note)
	}
}

func printKept(w io.Writer, r *Result, broken map[string]bool) {
	var kept, none []string
	whys := map[string][]string{}
	for rule, n := range r.Kept { // sorted below
		switch why := r.Exempt[rule]; {
		case broken[rule]:
		case why != "":
			whys[why] = append(whys[why], rule)
		case n == 0:
			none = append(none, rule)
		default:
			kept = append(kept, rule)
		}
	}
	printRules(w, "kept", "", kept)
	printRules(w, "no run", "", none)
	var order []string
	for why := range whys { // sorted below
		order = append(order, why)
	}
	sort.Strings(order)
	for _, why := range order {
		printRules(w, "n/a", " ("+why+")", whys[why])
	}
}

func printRules(w io.Writer, word, why string, rules []string) {
	if len(rules) > 0 {
		slices.Sort(rules)
		fmt.Fprintf(w, "  %-7s %s%s\n", word, strings.Join(rules, ", "), why)
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
