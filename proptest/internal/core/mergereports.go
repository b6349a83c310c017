package core

import (
	"cmp"
	"fmt"
	"slices"
)

// Merge adds up the reports of the shards of one search: the result is the report
// of the whole, as one process would have made it. An error names what does not
// belong together, or is missing.
func Merge(parts []*Report) (*Report, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("there is no report to merge")
	}
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b *Report) int { return cmp.Compare(a.Shard, b.Shard) })
	first := parts[0]
	if len(parts) != first.Shards {
		return nil, fmt.Errorf("%s on %s: %d reports of %d shards", first.Subject, first.Dialect, len(parts), first.Shards)
	}
	whole := &Report{Suite: first.Suite, Subject: first.Subject, Dialect: first.Dialect, Seed: first.Seed, Shards: 1}
	whole.Simulated = first.Simulated
	whole.Simulated.clear()
	for i, p := range parts {
		if p.Shard != i || p.key() != first.key() || !slices.Equal(p.Simulated.Rules(), first.Simulated.Rules()) {
			return nil, fmt.Errorf("report %d is of shard %d, %s, want shard %d, %s, with the same rules", i, p.Shard, p.key(), i, first.key())
		}
		if p.Interrupted {
			return nil, fmt.Errorf("shard %d was interrupted", p.Shard)
		}
		elapsed := max(whole.Simulated.Elapsed, p.Simulated.Elapsed)
		whole.Simulated.merge(&p.Simulated)
		whole.Simulated.Elapsed = elapsed
		whole.Saved = append(whole.Saved, p.Saved...)
		whole.Foreign = cmp.Or(whole.Foreign, p.Foreign)
		whole.NotJudged = cmp.Or(whole.NotJudged, p.NotJudged)
		if whole.Real == nil {
			whole.Real = p.Real
		}
	}
	whole.mergeFailures(parts)
	return whole, nil
}

// key says which search a report is of.
func (r *Report) key() string {
	return fmt.Sprintf("%s of %s on %s with seed %d, plan %s, in %d shards", r.Suite, r.Subject, r.Dialect, r.Seed, r.Simulated.Plan, r.Shards)
}

// mergeFailures takes the first failure of each rule, among the runs that one
// process would have made: it goes on for a while after the first.
func (r *Report) mergeFailures(parts []*Report) {
	var all []*Failure
	for _, p := range parts {
		all = append(all, p.Failures...)
	}
	slices.SortStableFunc(all, func(a, b *Failure) int { return cmp.Compare(a.Run, b.Run) })
	for _, f := range all {
		limit := MaxRuns
		if r.Failure != nil {
			limit = (r.Failure.Run/blockRuns + 1 + moreRuns/blockRuns) * blockRuns
		}
		if r.Broken(f.Rule) == nil && f.Run < limit {
			r.fail(f)
		}
	}
}

// clear forgets what was counted.
func (c *Column) clear() {
	c.Runs, c.Counted, c.Distinct, c.Decisions, c.Yields, c.Elapsed = 0, 0, 0, 0, 0, 0
	c.Evaluated, c.Exempt = make([]int, len(c.rules)), make([]string, len(c.rules))
	c.Points, c.Features = slices.Clone(c.Points), slices.Clone(c.Features)
	for i := range c.Points {
		c.Points[i].Asked, c.Points[i].NonQuiet = 0, 0
	}
	for i := range c.Features {
		c.Features[i].Runs = 0
	}
	c.Figures, c.Declared = slices.Clone(c.Figures), nil
	for i := range c.Figures {
		c.Figures[i].Total, c.Figures[i].Of = 0, 0
	}
	c.traces = sketch{}
}
