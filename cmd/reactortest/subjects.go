package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"reactortest/internal/planted"
	"reactortest/proptest"
)

// builtin is the name of the built-in loop.
const builtin = "eventloop"

const plantedPrefix = "planted/"

// lookup returns the subject called name.
func lookup(name string) (proptest.NewReactor, error) {
	if name == builtin {
		return proptest.EventLoop, nil
	}
	if bare, is := strings.CutPrefix(name, plantedPrefix); is {
		if s, known := planted.Lookup(bare); known {
			return s.New, nil
		}
	}
	return nil, fmt.Errorf("unknown subject %q; \"reactortest subjects\" lists them. Subjects of your own replay by go test, with the command that their failure printed", name)
}

// subjects lists the subjects.
func (c *command) subjects(args []string) int {
	f := c.flags("subjects", "")
	if code, done := parse(f, args); done {
		return code
	}
	if f.NArg() > 0 {
		return c.usage("subjects takes no arguments, got %q", f.Arg(0))
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "subject\tbreaks\twhat it is\n")
	fmt.Fprintf(w, "%s\t-\tthe built-in loop\n", builtin)
	for _, s := range planted.All() {
		rule := s.Rule
		if s.Legal {
			rule = "-"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\n", plantedPrefix, s.Name, rule, s.Why)
	}
	_ = w.Flush()
	return exitClean
}

// explain says what rules mean.
func (c *command) explain(args []string) int {
	f := c.flags("explain", "[-rule NAME]")
	rule := f.String("rule", "", "the `name` of one rule; without it all are listed")
	if code, done := parse(f, args); done {
		return code
	}
	if f.NArg() > 0 {
		return c.usage("explain takes no arguments, got %q; name the rule with -rule", f.Arg(0))
	}
	if *rule == "" {
		w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		for _, p := range proptest.Properties() {
			fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Rule)
		}
		_ = w.Flush()
		return exitClean
	}
	p, known := proptest.LookupProperty(*rule)
	if !known {
		return c.usage("unknown rule %q; \"reactortest explain\" lists them", *rule)
	}
	must := "a violation fails"
	if !p.Must {
		must = "a violation is reported, and does not fail"
	}
	fmt.Fprintf(c.out, "%s (%s)\n    %s\n\n    %s\n", p.Name, must, p.Rule, p.Why)
	for _, s := range planted.All() {
		if s.Rule == p.Name && !s.Legal {
			fmt.Fprintf(c.out, "\n    a subject that breaks it: %s%s\n        %s\n", plantedPrefix, s.Name, s.Why)
		}
	}
	return exitClean
}
