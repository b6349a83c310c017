package golden_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"reactortest/internal/golden"
)

const story = `# A handler closes its neighbour.
#
# Source: somewhere.
tape 01z
pair a A

# between
at 5ms write A "two words\n"

Output:
	#1 wait
	
	#2 wait

Output kqueue/darwin:
	other
`

func TestParse(t *testing.T) {
	s, err := golden.Parse("story.txt", []byte(story))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Doc, "A handler closes its neighbour.\n\nSource: somewhere.\n"; got != want {
		t.Errorf("Doc = %q, want %q", got, want)
	}
	if got, want := s.Tape, "01z"; got != want {
		t.Errorf("Tape = %q, want %q", got, want)
	}
	commands := []golden.Command{
		{Line: 5, Words: []string{"pair", "a", "A"}},
		{Line: 8, Words: []string{"at", "5ms", "write", "A", "two words\n"}},
	}
	if !reflect.DeepEqual(s.Commands, commands) {
		t.Errorf("Commands = %v, want %v", s.Commands, commands)
	}
	sections := []golden.Section{
		{Line: 10, Text: "#1 wait\n\n#2 wait\n"},
		{Dialect: "kqueue/darwin", Line: 15, Text: "other\n"},
	}
	if !reflect.DeepEqual(s.Sections, sections) {
		t.Errorf("Sections = %v, want %v", s.Sections, sections)
	}
	if got := string(s.Format()); got != story {
		t.Errorf("Format gives\n%s\nwant\n%s", got, story)
	}
}

func TestParseMalformed(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // the error
		why  string
	}{
		{"iterate 1", "x:1: the last line ends in a line feed", "a cut file is noticed"},
		{"a\nb \xff\n", "x:2: a script is UTF-8", "bytes are written as escapes"},
		{"a\x00\n", `x:1: the only control characters are tab and line feed, not '\x00'`, "what no editor shows"},
		{"a\rb\n", `x:1: the only control characters are tab and line feed, not '\r'`, "only \\r\\n is an end of line"},
		{"   \n", "x:1: a line of spaces", "it looks like an empty line"},
		{"a\tb\n", `x:1: '\t' in an unquoted word`, "a tab is no separator: it indents output"},
		{`a b"c"` + "\n", `x:1: '"' in an unquoted word`, "half a quote"},
		{`a "b` + "\n", "x:1: a quoted word is a Go string", "no closing quote"},
		{`a "\q"` + "\n", "x:1: a quoted word is a Go string", "no such escape"},
		{`a "b"c` + "\n", `x:1: a space follows a quoted word, not 'c'`, "two words run together"},
		{"a " + strings.Repeat("w", golden.MaxWord+1) + "\n", "x:1: a word has 1000 bytes at the most, this one has 1001", "limit"},
		{strings.Repeat("w ", golden.MaxWords+1) + "\n", "x:1: a command has 100 words at the most", "limit"},
		{strings.Repeat("a\n", golden.MaxCommands+1), "x:1001: a script has 1000 commands at the most", "limit"},
		{strings.Repeat("#\n", golden.MaxFile/2+1), "x:1: a script has 65536 bytes at the most, this one has 65538", "limit"},
		{"tape\n", "x:1: tape takes one word of digits", "no digits"},
		{"tape 0 1\n", "x:1: tape takes one word of digits", "two words"},
		{`tape ""` + "\n", "x:1: tape takes one word of digits", "the empty tape is no line"},
		{"tape 0-\n", "x:1: the digits of a tape are 0-9A-Za-z, not '-'", "a digit out of range"},
		{"tape 0\ntape 1\n", "x:2: a script has one tape", "which one?"},
		{"a\ntape 1\n", "x:2: the tape comes before every other command", "decisions are taken from the start"},
		{"a\nOutput:\n", "x:2: an empty line comes before a heading", "readable files"},
		{"a\n\nOutput\n", `x:3: a heading is "Output:" or "Output DIALECT:", not "Output"`, "no colon"},
		{"a\n\nOutput: x\n", `x:3: a heading is "Output:" or "Output DIALECT:", not "Output: x"`, "text behind it"},
		{"a\n\nOutput KQ:\n", `x:3: a dialect is lower-case letters, digits, - and /, not "KQ"`, "upper case"},
		{"a\n\nOutput :\n", `x:3: a dialect is lower-case letters, digits, - and /, not ""`, "no dialect"},
		{"a\n\nOutput:\n\nOutput:\n", `x:5: heading "Output:" stands on line 3 already`, "twice"},
		{"a\n\nOutput k:\n\nOutput:\n", `x:5: "Output:" comes before the outputs of single dialects`, "one order"},
		{"a\n\nOutput:\niterate 1\n", "x:4: a line of output begins with a tab", "a command behind the output"},
		{"a\n\nOutput:\n\t1\n# c\n", "x:5: a line of output begins with a tab", "-update would lose the comment"},
	} {
		s, err := golden.Parse("x", []byte(tt.text))
		var e *golden.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("Parse(%.40q) = %v, want %q: %s", tt.text, err, tt.want, tt.why)
		}
		if s != nil {
			t.Errorf("Parse(%.40q) returns a script and an error", tt.text)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	for _, tt := range []struct {
		text, format string
		why          string
	}{
		{"", "", "an empty script is one without commands"},
		{"a\r\nb\r\n", "a\nb\n", "a checkout with other line ends"},
		{"a \"\u65e5 \ufffd\"\n", "a \"\u65e5 \ufffd\"\n", "UTF-8, the replacement character too"},
		{"\n\na\n\n\n\nOutput:\n", "\n\na\n\nOutput:\n", "empty lines are free, one stays before a heading"},
		{"Output:\n\tx\n", "\nOutput:\n\tx\n", "no command"},
		{"Outputs x\n", "Outputs x\n", "only the word itself begins a heading"},
		{strings.Repeat("a\n", golden.MaxCommands), strings.Repeat("a\n", golden.MaxCommands), "at the limit"},
	} {
		s, err := golden.Parse("x", []byte(tt.text))
		if err != nil {
			t.Errorf("Parse(%.40q) = %v: %s", tt.text, err, tt.why)
			continue
		}
		if got := string(s.Format()); got != tt.format {
			t.Errorf("Parse(%.40q).Format() = %q, want %q: %s", tt.text, got, tt.format, tt.why)
		}
	}
}

func TestSections(t *testing.T) {
	for _, tt := range []struct {
		text, dialect, set string
		want               string
		why                string
	}{
		{"a\n", "epoll", "x", "a\n\nOutput:\n\tx\n", "the first output holds for every dialect"},
		{"a\n\nOutput:\n\told\n", "epoll", "x\n\ny\n", "a\n\nOutput:\n\tx\n\t\n\ty\n", "an empty line of output keeps its tab"},
		{"a\n\nOutput:\n\tx\n\nOutput k:\n\told\n", "k", "y\n", "a\n\nOutput:\n\tx\n\nOutput k:\n\ty\n", "the dialect's own section"},
		{"a\n\nOutput:\n\told\n\nOutput k:\n\ty\n", "epoll", "x\n", "a\n\nOutput:\n\tx\n\nOutput k:\n\ty\n", "the section of the others"},
		{"a\n\nOutput k:\n\ty\n", "epoll", "x\n", "a\n\nOutput:\n\tx\n\nOutput k:\n\ty\n", "a new one comes first"},
		{"a\n\nOutput:\n\told\n", "epoll", "", "a\n\nOutput:\n", "a silent script"},
	} {
		s, err := golden.Parse("x", []byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		s.SetOutput(tt.dialect, tt.set)
		if got := string(s.Format()); got != tt.want {
			t.Errorf("%q with %s = %q gives %q, want %q: %s", tt.text, tt.dialect, tt.set, got, tt.want, tt.why)
		}
		if _, err := golden.Parse("x", s.Format()); err != nil {
			t.Errorf("what Format gives does not parse: %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(story))
	f.Add([]byte("tape 0\n\"a\" b\r\n\nOutput k:\n\t\n"))
	f.Add([]byte("Output\n\xff\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := golden.Parse("x", text)
		if err != nil {
			var e *golden.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Rule == "" {
				t.Fatalf("Parse: %#v names no line and rule", err)
			}
			return
		}
		again, err := golden.Parse("x", s.Format())
		if err != nil {
			t.Fatalf("what Format gives does not parse: %v", err)
		}
		if got, want := again.Format(), s.Format(); string(got) != string(want) {
			t.Fatalf("Format changes with every round: %q, then %q", want, got)
		}
		if len(again.Commands) != len(s.Commands) || len(again.Sections) != len(s.Sections) || again.Doc != s.Doc {
			t.Fatalf("Format lost something: %+v, then %+v", s, again)
		}
	})
}
