package main

import (
	"fmt"
	"io"
	"strings"

	"reactortest/fakedemux"
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

// lacking says what a subject needs and a dialect does not have; "" if that is
// nothing.
func lacking(subject, dialect string) string {
	s, known := planted.Lookup(strings.TrimPrefix(subject, plantedPrefix))
	if !known {
		return ""
	}
	lacks, err := s.Needs.Missing(fakedemux.New(&fakedemux.Options{Dialect: dialect}))
	switch {
	case err != nil:
		return err.Error()
	case lacks != 0:
		return lacks.String()
	default:
		return ""
	}
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
	fmt.Fprintf(c.out, "%s\n", builtin)
	wrap(c.out, "    ", "the built-in loop, package eventloop. It keeps every rule.")
	all := append([]planted.Subject{planted.Twin()}, planted.All()...)
	for _, s := range append(all, planted.Legal()...) {
		more := ""
		if !s.Legal {
			more = "  breaks " + s.Rule
		}
		if s.Needs != 0 {
			more += "  needs " + s.Needs.String()
		}
		fmt.Fprintf(c.out, "%s%s%s\n", plantedPrefix, s.Name, more)
		wrap(c.out, "    ", s.Why)
	}
	return exitClean
}

// width is that of a line of prose.
const width = 100

// wrap prints prose in lines that begin with indent.
func wrap(w io.Writer, indent, text string) {
	line := indent
	for word := range strings.FieldsSeq(text) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			fmt.Fprintln(w, line)
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(w, line)
}
