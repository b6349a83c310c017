package story

import (
	"strconv"
	"strings"

	"reactortest/internal/golden"
)

// command is one line of a script, checked against the table of commands.
type command struct {
	line  int
	words []string
	verb  *verb
	args  []string
	inner *command // of on, at and go
}

// verb is a row of the table of commands.
type verb struct {
	name  string
	usage string
	// The number of arguments. With inner, those after the least are a command.
	least, most int
	inner       bool
	setup       func(s *setup, args []string) error      // before the kernel starts
	do          func(x *scene, c *command) (told string) // the result, "" if there is nothing to tell
}

// text returns the command as a script has it.
func (c *command) text() string {
	words := make([]string, len(c.words))
	for i, w := range c.words {
		words[i] = w
		if w == "" || strings.ContainsAny(w, " \"") || strconv.Quote(w) != `"`+w+`"` {
			words[i] = strconv.Quote(w)
		}
	}
	return strings.Join(words, " ")
}

// compile checks the commands of a script before anything is played: names of
// commands and numbers of words. Names of handles are known only in the play.
func compile(s *golden.Script) ([]*command, error) {
	var all []*command
	for _, line := range s.Commands {
		c, err := compileWords(s, line.Line, line.Words)
		if err != nil {
			return nil, err
		}
		if c.verb.setup != nil && len(all) > 0 && all[len(all)-1].verb.setup == nil {
			return nil, s.Errorf(c.line, "%s comes before what is played", c.verb.name)
		}
		all = append(all, c)
	}
	return all, nil
}

func compileWords(s *golden.Script, line int, words []string) (*command, error) {
	v, used := findVerb(words)
	if v == nil {
		return nil, s.Errorf(line, "there is no command %q", words[0])
	}
	c := &command{line: line, words: words, verb: v, args: words[used:]}
	if len(c.args) < v.least || !v.inner && len(c.args) > v.most || v.inner && len(c.args) == v.least {
		return nil, s.Errorf(line, "the command is: %s", v.usage)
	}
	if v.inner {
		inner, err := compileWords(s, line, c.args[v.least:])
		if err != nil {
			return nil, err
		}
		if inner.verb.setup != nil {
			return nil, s.Errorf(line, "%s comes before what is played", inner.verb.name)
		}
		c.args, c.inner = c.args[:v.least], inner
	}
	return c, nil
}

// findVerb returns the row whose name, of one or two words, begins words.
func findVerb(words []string) (v *verb, used int) {
	two := words[0]
	if len(words) > 1 {
		two += " " + words[1]
	}
	for i := range verbs {
		switch verbs[i].name {
		case two:
			return &verbs[i], strings.Count(two, " ") + 1
		case words[0]:
			return &verbs[i], 1
		}
	}
	return nil, 0
}
