package main

import (
	"flag"
	"fmt"
	"strings"

	"reactortest/internal/rewire"
)

// list is a flag that may be given several times.
type list func(string) error

// String is for package flag.
func (l list) String() string { return "" }

// Set adds a value.
func (l list) Set(text string) error { return l(text) }

// rewireFlags adds the flags that rewire and engine have in common.
func rewireFlags(f *flag.FlagSet) *rewire.Options {
	o := &rewire.Options{}
	f.Var(list(func(text string) error {
		m, err := rewire.ParseModule(text)
		o.Modules = append(o.Modules, m)
		return err
	}), "mod", "rewire this module, `PATH@VERSION`; without a version, the one that go.mod selects; may be repeated")
	f.Var(list(func(text string) error {
		a, err := rewire.ParseAddition(text)
		o.Add = append(o.Add, a)
		return err
	}), "add", "add a Go file to a package of a rewired module, `PACKAGE=FILE`; may be repeated")
	f.Var(list(func(text string) error {
		o.Own = append(o.Own, text)
		return nil
	}), "own", "rewire these `PACKAGES` of your own module, such as ./...; may be repeated")
	f.Var(list(func(text string) error {
		o.Pass = append(o.Pass, text)
		return nil
	}), "pass", "pass this function through to the real kernel, a `NAME` such as unix.Splice; may be repeated")
	f.StringVar(&o.Dir, "dir", ".", "a `folder` of your module")
	f.StringVar(&o.Out, "out", "", "the `folder` to write")
	f.StringVar(&o.Tags, "tags", "", "build `tags`, separated by commas")
	f.BoolVar(&o.Net, "net", false, "simulate the standard library's net as well, and what is made of it, such as net/http")
	return o
}

// rewire rewires modules.
func (c *command) rewire(args []string) int {
	f := c.flags("rewire", "{-mod PATH@VERSION | -own PACKAGES}... [-dir MODULE_DIR] -out DIR")
	o := rewireFlags(f)
	if code, done := parse(f, args); done {
		return code
	}
	switch {
	case f.NArg() > 0:
		return c.usage("rewire takes no arguments, got %q; a module is given with -mod", f.Arg(0))
	case len(o.Modules)+len(o.Own) == 0:
		return c.usage("rewire needs a module: -mod PATH@VERSION, or -own PACKAGES")
	case o.Out == "":
		return c.usage("rewire needs a folder to write: -out DIR")
	}
	report, code := c.makeRewired(o)
	if report == nil {
		return code
	}
	report.Print(c.out)
	if report.Cached {
		fmt.Fprintf(c.out, "%s was up to date\n", report.Out)
	}
	fmt.Fprintf(c.out, "\nTo test with it:\n    %s go test %s PACKAGES\n", strings.Join(report.Environment(), " "), strings.Join(report.Flags(), " "))
	return exitClean
}

// makeRewired rewires modules; without a report it returns the exit status.
func (c *command) makeRewired(o *rewire.Options) (*rewire.Report, int) {
	report, err := rewire.Run(c.ctx, o)
	switch {
	case c.ctx.Err() != nil:
		fmt.Fprintln(c.err, "reactortest: interrupted")
		return nil, exitUsage
	case err != nil:
		return nil, c.usage("%v", err)
	}
	return report, exitClean
}
