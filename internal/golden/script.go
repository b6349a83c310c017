// Package golden reads, runs and updates golden scripts: small stories in text
// files, with the output that they must give.
//
//	# A comment at the top says which fact the story shows.
//	tape 011
//	pair a A
//	write A "two words"
//
//	Output:
//		#1 wait 0s     a:r
//
//	Output kqueue:
//		...
//
// The format, line by line:
//
//   - A line that begins with # is a comment. The comments before the first
//     command are the script's documentation.
//   - Every other line before the first heading is a command: words separated by
//     spaces. A word with spaces, quotes or unprintable characters is written as
//     a Go string in double quotes. Empty lines have no meaning.
//   - "tape DIGITS" comes before every other command, at most once. Its digits,
//     of 0-9A-Za-z, are decisions.
//   - After an empty line the heading "Output:" begins the expected output. Its
//     lines are indented by one tab; an empty line of output is a tab alone.
//   - "Output DIALECT:" begins the output of one dialect. It is there only if
//     dialects differ, after "Output:" if both are there.
//
// The program that plays the script defines its commands. Package story has those
// of this module; see docs/golden-scripts.md.
package golden

import (
	"bytes"
	"fmt"
	"strings"
)

// Limits of a script. A file beyond them is refused.
const (
	MaxFile     = 64 << 10 // bytes of a file
	MaxCommands = 1000     // commands of a script
	MaxWords    = 100      // words of a command
	MaxWord     = 1000     // bytes of a word, unquoted
)

// Script is a parsed golden script.
type Script struct {
	Name     string    // of the file, as given to Parse
	Doc      string    // the comments at the top, without their #
	Tape     string    // digits of the tape line, "" if there is none
	Commands []Command // in order, without the tape line
	Sections []Section // in order

	head string // the file up to the first heading, with comments as they are
}

// Command is one line of a script.
type Command struct {
	Line  int      // from 1
	Words []string // at least one
}

// Section is the output that a script must give.
type Section struct {
	Dialect string // "" for the one that holds for every dialect without its own
	Line    int    // of the heading, from 1; 0 if SetOutput made it
	Text    string // lines without their indent, each ended by \n
}

// Error describes what is wrong with a script, and where.
type Error struct {
	Name string // of the file
	Line int    // from 1
	Rule string // the rule that the line breaks
}

// Error returns "file:line: rule".
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Rule) }

// Errorf returns an Error about the command of s on the given line, for
// players of scripts.
func (s *Script) Errorf(line int, format string, args ...any) error {
	return &Error{Name: s.Name, Line: line, Rule: fmt.Sprintf(format, args...)}
}

// Output returns the section for dialect: its own, or else the one without a
// dialect. It also returns whether it found a section.
func (s *Script) Output(dialect string) (Section, bool) {
	if i := s.section(dialect); i >= 0 {
		return s.Sections[i], true
	}
	return Section{}, false
}

// SetOutput replaces the text of the section that Output returns for dialect. If
// there is no such section, it adds the section for every dialect.
func (s *Script) SetOutput(dialect, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if i := s.section(dialect); i >= 0 {
		s.Sections[i].Text = text
		return
	}
	s.Sections = append([]Section{{Text: text}}, s.Sections...)
}

// SetOwnOutput sets the output of a dialect without changing the common section. If
// the common section has another text or does not exist, the dialect gets a
// section of its own.
func (s *Script) SetOwnOutput(dialect, text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	i := s.section(dialect)
	switch {
	case i >= 0 && s.Sections[i].Dialect == dialect:
		s.Sections[i].Text = text
	case i < 0 || s.Sections[i].Text != text:
		s.Sections = append(s.Sections, Section{Dialect: dialect, Text: text})
	}
}

func (s *Script) section(dialect string) int {
	found := -1
	for i, have := range s.Sections {
		switch have.Dialect {
		case dialect:
			return i
		case "":
			found = i
		}
	}
	return found
}

// Format returns the script as a file: commands and comments as they were
// read, then the sections.
func (s *Script) Format() []byte {
	var b bytes.Buffer
	b.WriteString(strings.TrimRight(s.head, "\n"))
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	for _, sec := range s.Sections {
		b.WriteString("\n" + heading(sec.Dialect) + "\n")
		for line := range strings.Lines(sec.Text) {
			b.WriteString("\t" + line)
		}
	}
	return b.Bytes()
}

func heading(dialect string) string {
	if dialect == "" {
		return "Output:"
	}
	return "Output " + dialect + ":"
}
