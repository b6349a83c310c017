package main

import (
	"bytes"
	"fmt"
	"os"

	"reactortest/proptest"
)

// printJSON prints reports as one document for machines.
func (c *command) printJSON(reports []*proptest.Report) {
	if err := proptest.WriteJSON(c.out, reports...); err != nil {
		fmt.Fprintf(c.err, "reactortest: %v\n", err)
	}
}

// merge adds up the reports of the shards of a check.
func (c *command) merge(args []string) int {
	f := c.flags("merge", "[-json] FILE...")
	asJSON := f.Bool("json", false, "print a report for machines")
	if code, done := parse(f, args); done {
		return code
	}
	if f.NArg() == 0 {
		return c.usage("merge takes the files that \"check -json -shard I/N\" has printed, one for each shard; - is the standard input")
	}
	var order []string
	parts := map[string][]*proptest.Report{}
	for _, name := range f.Args() {
		reports, err := readReports(name)
		if err != nil {
			return c.usage("merge: %s: %v", name, err)
		}
		for _, r := range reports {
			key := r.Suite + " " + r.Subject + " " + r.Dialect
			if parts[key] == nil {
				order = append(order, key)
			}
			parts[key] = append(parts[key], r)
		}
	}
	var merged []*proptest.Report
	for _, key := range order {
		r, err := proptest.Merge(parts[key])
		if err != nil {
			return c.usage("merge: %v", err)
		}
		merged = append(merged, r)
	}
	return c.concludeAll(merged, *asJSON)
}

func readReports(name string) ([]*proptest.Report, error) {
	if name == "-" {
		return proptest.ReadJSON(os.Stdin)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return proptest.ReadJSON(bytes.NewReader(text))
}
