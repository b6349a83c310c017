package main

import (
	"fmt"
	"text/tabwriter"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/scheduler"
)

// explain says what a rule or a decision point means, or shows both sides of a
// failure.
func (c *command) explain(args []string) int {
	f := c.flags("explain", "[-rule NAME | -point NAME | [-html FILE] [-trace FILE] [-v] TAPE|FILE]")
	rule := f.String("rule", "", "the `name` of one rule; without it all are listed")
	point := f.String("point", "", "the `name` of a decision point")
	html := f.String("html", "", "write the failure to this `file`, as a page for a browser")
	trace := f.String("trace", "", "write the failure to this `file`, as Chrome trace events, which Perfetto reads")
	details := f.Bool("v", false, "show every line: the loop's own calls too")
	if code, done := parse(f, args); done {
		return code
	}
	switch {
	case f.NArg() > 1 || f.NArg() == 1 && (*rule != "" || *point != "") || *rule != "" && *point != "":
		return c.usage("explain takes one of: a tape, the name of a file that has one, -rule, -point")
	case f.NArg() == 1:
		return c.explainTape(f.Arg(0), *html, *trace, *details)
	case *html != "" || *trace != "":
		return c.usage("-html and -trace are for a tape, or for a file that has one")
	case *point != "":
		return c.explainPoint(*point)
	case *rule == "":
		return c.listRules()
	default:
		return c.explainRule(*rule)
	}
}

func (c *command) listRules() int {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, p := range proptest.Properties() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Rule)
	}
	for _, p := range proptest.Breakdowns() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name, p.Rule)
	}
	_ = w.Flush()
	return exitClean
}

func (c *command) explainRule(name string) int {
	p, known := proptest.LookupProperty(name)
	if !known {
		return c.usage("unknown rule %q; \"reactortest explain\" lists them", name)
	}
	must := "a violation fails"
	if !p.Must {
		must = "a violation is reported, and does not fail"
	}
	fmt.Fprintf(c.out, "%s (%s)\n", p.Name, must)
	wrap(c.out, "    ", p.Rule)
	fmt.Fprintln(c.out)
	wrap(c.out, "    ", p.Why)
	for _, s := range planted.All() {
		if s.Rule == p.Name && !s.Legal {
			fmt.Fprintf(c.out, "\n    a subject that breaks it: %s%s\n", plantedPrefix, s.Name)
			wrap(c.out, "        ", s.Why)
		}
	}
	return exitClean
}

// explainPoint says what a decision point decides, what allows it and how it is
// switched off.
func (c *command) explainPoint(name string) int {
	p, known := scheduler.ParsePoint(name)
	if !known {
		return c.usage("unknown decision point %q; they are %q", name, scheduler.Points())
	}
	fmt.Fprintln(c.out, name)
	wrap(c.out, "    ", p.Text())
	for _, class := range fakedemux.Classes() {
		if class.Point != p {
			continue
		}
		budget := "It has no budget: it is scheduling, not a fault."
		if class.Budgeted {
			budget = "The plan's budget limits how often a run has it."
		}
		fmt.Fprintln(c.out)
		wrap(c.out, "    ", fmt.Sprintf("Why a kernel may: %s.", class.Why))
		wrap(c.out, "    ", fmt.Sprintf("It is there from mode %s on. Letter %c of a plan stands for it. %s", class.Mode, class.Letter, budget))
	}
	return exitClean
}

// explainTape shows the failing run of a tape beside the nearest passing one.
func (c *command) explainTape(word, html, trace string, details bool) int {
	saved, err := proptest.ReadTape(word)
	if err != nil {
		return c.usage("%v; a rule is named with -rule, a decision point with -point", err)
	}
	tape := saved.Tape
	explain, err := explainer(tape.Subject)
	if err != nil && goTest.MatchString(tape.Subject) {
		return c.usage("subject %q is a test of yours, which go test explains:\n    %s -v -reactortest.html=page.html", tape.Subject, testCommand(word, &saved))
	}
	if err != nil {
		return c.usage("tape %s: %v", tape, err)
	}
	r, e, err := explain(word, &proptest.Options{Subject: tape.Subject})
	switch {
	case err != nil:
		return c.usage("%v", err)
	case e == nil:
		fmt.Fprintf(c.out, "%s: the run breaks no rule now\n", tape)
		return exitClean
	}
	if details {
		e.Failure.History = e.Failure.Details
	}
	c.printFailure(r.Subject, e.Failure)
	fmt.Fprintln(c.out)
	fmt.Fprint(c.out, e.Screen())
	if !c.writeFiles(e, html, trace) {
		return exitUsage
	}
	return exitViolation
}

// explainer returns what explains tapes of a subject that ships.
func explainer(name string) (func(string, *proptest.Options) (*proptest.Report, *proptest.Explanation, error), error) {
	if name == demuxSubject {
		return func(word string, o *proptest.Options) (*proptest.Report, *proptest.Explanation, error) {
			return proptest.ExplainDemux(word, nil, o)
		}, nil
	}
	subject, err := lookup(name)
	return func(word string, o *proptest.Options) (*proptest.Report, *proptest.Explanation, error) {
		return proptest.Explain(word, subject, o)
	}, err
}

// writeFirst writes the first failure of reports to the files that are asked for.
func (c *command) writeFirst(reports []*proptest.Report, subject proptest.NewReactor, html, trace string) bool {
	if html == "" && trace == "" {
		return true
	}
	for _, r := range reports {
		f := r.Failure
		if f == nil {
			continue
		}
		e := &proptest.Explanation{Subject: r.Subject, Failure: f}
		if f.Tape != "" {
			if _, both, err := proptest.Explain(f.Tape, subject, &proptest.Options{Subject: r.Subject}); err == nil && both != nil {
				e.Passing, e.Tried = both.Passing, both.Tried
			}
		}
		return c.writeFiles(e, html, trace)
	}
	fmt.Fprintln(c.err, "reactortest: no file is written: no rule was broken")
	return true
}

// writeFiles writes a failure to files, and tells their names. It reports whether
// it could.
func (c *command) writeFiles(e *proptest.Explanation, html, trace string) bool {
	for _, file := range []struct {
		path  string
		write func(string) error
	}{
		{html, func(path string) error { return e.WritePage(path, replayCommand(e.Failure)) }},
		{trace, e.WriteTrace},
	} {
		if file.path == "" {
			continue
		}
		if err := file.write(file.path); err != nil {
			c.usage("%v", err)
			return false
		}
		fmt.Fprintf(c.err, "reactortest: written: %s\n", file.path)
	}
	return true
}
