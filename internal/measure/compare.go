package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// compared are the strategies of the table that the default search is chosen by.
var compared = []string{
	"", "random", "pct2", "pct3", "pct5", "sparse4", "sparse8",
	"random,pct2,pct3", "random,pct3", "random,random,pct3", "random,random,pct5",
}

// mailboxes are how many posters they have.
var mailboxes = []int{2, 3, 5}

// compare prints a line for each of the compared strategies.
func (s *settings) compare(out, progress io.Writer) error {
	fmt.Fprintf(out, `# Strategies, compared

Each planted bug is searched for with %d seeds and each of these strategies, on the simulated kernel of %s. A search may
take %d runs. The first columns sum up the medians over the seeds: how many searches found the bug, the sum of the
medians over all bugs, the highest median, and the bug with the highest median.

The last columns are the median number of runs that it took to lose a wakeup among a consumer and 2, 3 or 5 threads that
post %d times each, if a poster checks whether the consumer sleeps before it queues. %d means that no run lost a wakeup.

| strategies, taken in turn | found | sum of medians | highest | bug with the highest | 2 posters | 3 posters | 5 posters |
|---|--:|--:|--:|---|--:|--:|--:|
`, s.seeds, s.dialect, s.runs, postsEach, s.runs+1)
	for _, names := range compared {
		line, err := s.compareOne(names, progress)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, line)
	}
	return nil
}

func (s *settings) compareOne(names string, progress io.Writer) (string, error) {
	one := *s
	one.strategy, one.noShrink = names, true
	found, searches, sum, highest, of := 0, 0, 0, 0, ""
	for _, p := range one.chosen() {
		r, err := one.measure(p, progress)
		if err != nil {
			return "", err
		}
		m := median(r.runs)
		found, searches, sum = found+r.found, searches+s.seeds, sum+m
		if m > highest {
			highest, of = m, p.Name
		}
	}
	lost := make([]string, len(mailboxes))
	for i, posters := range mailboxes {
		var runs []int
		for seed := range s.seeds {
			n, err := lose(one.newSearch(seed), posters, s.runs)
			if err != nil {
				return "", err
			}
			runs = append(runs, n)
		}
		lost[i] = fmt.Sprint(median(runs))
	}
	if names == "" {
		names = "**the default search**"
	}
	return fmt.Sprintf("| %s | %d of %d | %d | %d | %s | %s |", strings.ReplaceAll(names, ",", ", "), found, searches, sum, highest, of,
		strings.Join(slices.Clone(lost), " | ")), nil
}
