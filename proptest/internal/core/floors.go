package core

import (
	"fmt"
	"strings"
)

// whole reports whether c is a whole search that found nothing. Then a rule that
// no run has evaluated fails the test. In a part of a search, in a replay, with a
// fixed workload, or when only some rules were asked for, it is told and does not
// fail. Nor does it in a search of fewer runs than the default, as under -short:
// the floor sinks with the runs, and is nothing there.
func (s *search) whole(c *Column) bool {
	return !c.partial && !s.report.Interrupted && len(s.report.Failures) == 0 && !filtered() && c.Runs >= DefaultRuns
}

// unexercised says that no run has evaluated a rule, and what no run had.
func (c *Column) unexercised() string {
	var never []string
	for _, f := range c.Features {
		if f.Runs == 0 {
			never = append(never, f.Name)
		}
	}
	text := fmt.Sprintf("not exercised: none of %d runs evaluated the rule", c.Runs)
	if len(never) > 0 {
		text += "; no run was or had: " + strings.Join(never, ", ")
	}
	return text
}
