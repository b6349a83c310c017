package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"reactortest/internal/engines"
	"reactortest/proptest"
)

// Runs of each configuration.
const (
	quickRuns  = 150
	quickCalls = 1_000_000 // to shrink a failure
	engineRuns = 2000
)

// engines judges the engines of a table.
func (c *command) engines(args []string) int {
	f := c.flags("engines", "[flags] [ENGINE...]")
	dir := f.String("dir", "thirdparty", "the `folder` of a module with engines.json and adapters")
	quick := f.Bool("quick", false, "few runs of each configuration")
	rows := f.String("rows", "current", "which rows of the table: current, pairs (versions that have a bug or have it no longer), all")
	runs := f.Int("runs", 0, "runs of each configuration")
	seed := f.Uint64("seed", 1, "seed of the search")
	jobs := f.Int("jobs", runtime.NumCPU(), "test programs at the same time")
	twice := f.Bool("twice", false, "make each search on one processor and again on two, and compare the runs")
	shard := f.String("shard", "", "judge part `I/N` of the configurations, I from 0")
	results := f.String("json", "", "write what was found to this `file` as well")
	if code, done := parse(f, args); done {
		return code
	}
	o := &engines.Options{Dir: *dir, Runs: engineRuns, Seed: *seed, Jobs: *jobs, Shards: 1}
	o.Told = func(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }
	setRuns(o, *quick, *twice, *runs)
	var err error
	if o.Shard, o.Shards, err = proptest.EnvironmentShard(); err == nil && *shard != "" {
		o.Shard, o.Shards, err = proptest.ParseShard(*shard)
	}
	if err != nil {
		return c.usage("%v", err)
	}
	table, err := engines.ReadTable(filepath.Join(*dir, engines.TableFile))
	if err != nil {
		return c.usage("%v", err)
	}
	if o.Rows, err = chooseRows(table, *rows, f.Args()); err != nil {
		return c.usage("%v", err)
	}
	var printing sync.Mutex
	o.Done = func(r *engines.Result) {
		printing.Lock()
		defer printing.Unlock()
		table.Print(c.out, []*engines.Result{r})
	}
	found, err := engines.Run(c.ctx, table, o)
	if err != nil {
		return c.usage("%v", err)
	}
	if *results != "" {
		b, err := json.MarshalIndent(found, "", "\t")
		if err == nil {
			err = os.WriteFile(*results, append(b, '\n'), 0o666)
		}
		if err != nil {
			return c.usage("%v", err)
		}
	}
	return verdictOf(table, found)
}

// setRuns says how many runs are made, and what is spent to shrink what they find.
func setRuns(o *engines.Options, quick, twice bool, runs int) {
	if quick {
		o.Runs, o.Shrink = quickRuns, quickCalls
	}
	if o.Twice = twice; twice {
		o.Shrink = 1 // the runs are looked at, and not what they find
	}
	if runs > 0 {
		o.Runs = runs
	}
}

// chooseRows returns the function that chooses rows of a table.
func chooseRows(t *engines.Table, which string, names []string) (func(*engines.Row) bool, error) {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	known := map[string]bool{}
	for i := range t.Rows {
		known[t.Rows[i].Engine] = true
	}
	for _, n := range names {
		if !known[n] {
			return nil, fmt.Errorf("there is no engine %q in the table", n)
		}
	}
	if which != "current" && which != "pairs" && which != "all" {
		return nil, fmt.Errorf("-rows is %q, and there are current, pairs and all", which)
	}
	return func(r *engines.Row) bool {
		if len(names) > 0 && !wanted[r.Engine] {
			return false
		}
		return which == "all" || r.Current() == (which == "current")
	}, nil
}

// verdictOf returns the exit status: 1 if a rule was broken and nothing is known of it, 2
// if something was not judged, or if runs that were made twice differ.
func verdictOf(t *engines.Table, found []*engines.Result) int {
	for _, v := range t.Sort(found) {
		if v.Known == nil {
			return exitViolation
		}
	}
	for _, r := range found {
		if r.Problem != "" || r.Differ != nil {
			return exitUsage
		}
	}
	return exitClean
}
