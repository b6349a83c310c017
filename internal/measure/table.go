package main

import (
	"fmt"
	"io"
	"slices"

	"reactortest/internal/planted"
)

// row is what the searches for one bug have found.
type row struct {
	found, named int // searches; of them, those whose first failure was of the subject's rule

	runs, decisions, watches, lines []int
}

// table measures the subjects and prints a line for each.
func (s *settings) table(out, progress io.Writer) error {
	fmt.Fprintf(out, `# How soon a bug is found

Each planted bug is searched for with %d seeds, on the simulated kernel of %s, with the %s. A search may take %d runs.
For each bug, the table has the median and the worst of these searches: how many runs a search took until one failed, and
how many decisions, watches, and lines of the time line were left after that run was shrunk. "Named" counts the searches
whose first failure was of the rule that the bug breaks. The last line sums up the columns of medians.

| subject | rule | found | named | runs: median | worst | decisions: median | worst | watches: median | worst | lines: median | worst |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`, s.seeds, s.dialect, s.searchName(), s.runs)
	var all row
	for _, p := range s.chosen() {
		r, err := s.measure(p, progress)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "| %s | %s | %d | %d | %s |\n", p.Name, p.Rule, r.found, r.named, r.figures())
		all.found += r.found
		all.named += r.named
		all.add(median(r.runs), median(r.decisions), median(r.watches), median(r.lines))
	}
	_, err := fmt.Fprintf(out, "| **median and worst of all medians** | | %d | %d | %s |\n", all.found, all.named, all.figures())
	return err
}

func (s *settings) searchName() string {
	if s.strategy == "" {
		return "default search"
	}
	return "strategies " + s.strategy + " in turn"
}

// measure makes the searches for one bug.
func (s *settings) measure(p planted.Subject, progress io.Writer) (row, error) {
	var r row
	for seed := range s.seeds {
		f, err := s.search(p, seed)
		if err != nil {
			return r, err
		}
		if f == nil {
			r.runs = append(r.runs, s.runs+1)
			continue
		}
		r.found++
		if f.Rule == p.Rule {
			r.named++
		} else {
			fmt.Fprintf(progress, "%s, seed %d: %s: %s\n%s\n", p.Name, seed, f.Rule, f.Text, f.Tape)
		}
		w, err := watches(f.Tape)
		if err != nil {
			return r, err
		}
		r.add(f.Run+1, f.Decisions, w, len(f.History))
	}
	return r, nil
}

func (r *row) add(runs, decisions, watches, lines int) {
	r.runs = append(r.runs, runs)
	r.decisions = append(r.decisions, decisions)
	r.watches = append(r.watches, watches)
	r.lines = append(r.lines, lines)
}

// figures returns median and worst of each list. A search that
// has found nothing counts as one run more than it made.
func (r *row) figures() string {
	text := ""
	for i, list := range [][]int{r.runs, r.decisions, r.watches, r.lines} {
		if i > 0 {
			text += " | "
		}
		if len(list) == 0 {
			text += "- | -"
			continue
		}
		text += fmt.Sprintf("%d | %d", median(list), slices.Max(list))
	}
	return text
}

// median returns the middle one of list, the upper one if there are two; 0 if
// there is none.
func median(list []int) int {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
