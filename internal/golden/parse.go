package golden

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parser reads a script line by line.
type parser struct {
	script *Script
	line   int  // from 1
	blank  bool // the line before was empty
	head   int  // bytes before the first heading, so far
}

// Parse reads a script. name is the name of the file in errors. Lines may end in
// \r\n. The error is an *Error, which names file, line and rule.
func Parse(name string, text []byte) (*Script, error) {
	p := &parser{script: &Script{Name: name}, line: 1, blank: true}
	if len(text) > MaxFile {
		return nil, p.errorf("a script has %d bytes at the most, this one has %d", MaxFile, len(text))
	}
	whole := string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	for line := range strings.Lines(whole) {
		bare, ended := strings.CutSuffix(line, "\n")
		if !ended {
			return nil, p.errorf("the last line ends in a line feed")
		}
		if err := p.checkText(bare); err != nil {
			return nil, err
		}
		if err := p.take(bare); err != nil {
			return nil, err
		}
		if len(p.script.Sections) == 0 {
			p.head += len(line)
		}
		p.line++
	}
	p.script.head = whole[:p.head]
	return p.script, nil
}

func (p *parser) errorf(format string, args ...any) error {
	return p.script.Errorf(p.line, format, args...)
}

// checkText refuses what an editor would not show.
func (p *parser) checkText(line string) error {
	if !utf8.ValidString(line) {
		return p.errorf("a script is UTF-8, this line is not")
	}
	for _, r := range line {
		if r != '\t' && unicode.IsControl(r) {
			return p.errorf("the only control characters are tab and line feed, not %q", r)
		}
	}
	return nil
}

func (p *parser) take(line string) error {
	blank := p.blank
	p.blank = line == ""
	switch {
	case isHeading(line):
		return p.heading(line, blank)
	case len(p.script.Sections) > 0:
		return p.output(line)
	case line == "":
		return nil
	case line[0] == '#':
		p.comment(line)
		return nil
	default:
		return p.command(line)
	}
}

func isHeading(line string) bool {
	return line == "Output" || strings.HasPrefix(line, "Output:") || strings.HasPrefix(line, "Output ")
}

func (p *parser) heading(line string, blank bool) error {
	name, ok := strings.CutSuffix(strings.TrimPrefix(line, "Output"), ":")
	if !ok {
		return p.errorf(`a heading is "Output:" or "Output DIALECT:", not %q`, line)
	}
	if name != "" {
		if name = name[1:]; !isDialect(name) {
			return p.errorf("a dialect is lower-case letters, digits, - and /, not %q", name)
		}
	}
	if !blank {
		return p.errorf("an empty line comes before a heading")
	}
	for _, have := range p.script.Sections {
		if have.Dialect == name {
			return p.errorf("heading %q stands on line %d already", line, have.Line)
		}
	}
	if name == "" && len(p.script.Sections) > 0 {
		return p.errorf(`"Output:" comes before the outputs of single dialects`)
	}
	p.script.Sections = append(p.script.Sections, Section{Dialect: name, Line: p.line})
	return nil
}

func isDialect(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '/' {
			return false
		}
	}
	return name != ""
}

// output takes a line below a heading.
func (p *parser) output(line string) error {
	sec := &p.script.Sections[len(p.script.Sections)-1]
	switch {
	case line == "":
		return nil
	case line[0] != '\t':
		return p.errorf("a line of output begins with a tab")
	default:
		sec.Text += line[1:] + "\n"
		return nil
	}
}

func (p *parser) comment(line string) {
	if len(p.script.Commands) > 0 || p.script.Tape != "" {
		return
	}
	p.script.Doc += strings.TrimPrefix(line[1:], " ") + "\n"
}

func (p *parser) command(line string) error {
	words, err := splitWords(line)
	if err != nil {
		return p.errorf("%v", err)
	}
	if words[0] == "tape" {
		return p.tape(words)
	}
	if len(p.script.Commands) == MaxCommands {
		return p.errorf("a script has %d commands at the most", MaxCommands)
	}
	p.script.Commands = append(p.script.Commands, Command{Line: p.line, Words: words})
	return nil
}

func (p *parser) tape(words []string) error {
	switch {
	case len(words) != 2 || words[1] == "":
		return p.errorf("tape takes one word of digits")
	case p.script.Tape != "":
		return p.errorf("a script has one tape")
	case len(p.script.Commands) > 0:
		return p.errorf("the tape comes before every other command")
	}
	for _, r := range words[1] {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return p.errorf("the digits of a tape are 0-9A-Za-z, not %q", r)
		}
	}
	p.script.Tape = words[1]
	return nil
}

// splitWords splits a line that is not empty.
func splitWords(line string) ([]string, error) {
	var words []string
	for rest := line; ; {
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			break
		}
		if len(words) == MaxWords {
			return nil, fmt.Errorf("a command has %d words at the most", MaxWords)
		}
		var word string
		var err error
		if word, rest, err = nextWord(rest); err != nil {
			return nil, err
		}
		if len(word) > MaxWord {
			return nil, fmt.Errorf("a word has %d bytes at the most, this one has %d", MaxWord, len(word))
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("a line of spaces is neither empty nor a command")
	}
	return words, nil
}

func nextWord(s string) (word, rest string, err error) {
	if s[0] != '"' {
		end := strings.IndexByte(s, ' ')
		if end < 0 {
			end = len(s)
		}
		if i := strings.IndexAny(s[:end], "\t\""); i >= 0 {
			return "", "", fmt.Errorf("%q in an unquoted word: words are separated by spaces, and quotes begin a word", s[i])
		}
		return s[:end], s[end:], nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("a quoted word is a Go string in double quotes, and ends on its line")
	}
	rest = s[len(quoted):]
	if rest != "" && rest[0] != ' ' {
		return "", "", fmt.Errorf("a space follows a quoted word, not %q", rest[0])
	}
	word, err = strconv.Unquote(quoted)
	if err != nil {
		return "", "", fmt.Errorf("a quoted word is a Go string in double quotes: %w", err)
	}
	return word, rest, nil
}
