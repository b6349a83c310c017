package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Saved is a run in a file: its tape for a command line, its deviations for a
// reader and for later versions of the program, and each decision with its
// point and bound, so that the first divergence can be named.
type Saved struct {
	Comment   string // lines at the top, without their #
	Tape      Tape
	Decisions []Decision
}

// FormatSaved returns the text of a file, which ParseSaved reads.
//
//	# a handler ran after its registration was closed
//	tape rt1/reactor/TestMyReactor/epoll/f2/31/01~8c1f02aa
//	points order task
//	deviations order#0=1
//	0 task 0/3
//	1 order 1/2
func FormatSaved(s Saved) string {
	var b strings.Builder
	if s.Comment != "" {
		for line := range strings.SplitSeq(strings.TrimRight(s.Comment, "\n"), "\n") {
			b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
		}
	}
	fmt.Fprintf(&b, "tape %s\n%s", s.Tape, FindDeviations(s.Decisions))
	for i, d := range s.Decisions {
		fmt.Fprintf(&b, "%d %s\n", i, d)
	}
	return b.String()
}

// ParseSaved reads the text of a file. Empty lines and lines that start with #
// are comments; those at the top are its Comment. An error names the line and
// the rule that it breaks; points that this program does not have are all
// named, and so is what in the file contradicts its decisions.
func ParseSaved(text string) (Saved, error) {
	p := savedParser{saved: Saved{Comment: topComment(text)}}
	for number, line := range lines(text) {
		p.line(line)
		if p.err != nil {
			return Saved{}, fmt.Errorf("saved run, line %d: %w", number, p.err)
		}
	}
	if err := p.finish(); err != nil {
		return Saved{}, fmt.Errorf("saved run: %w", err)
	}
	return p.saved, nil
}

func topComment(text string) string {
	var comment []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		line = strings.TrimRight(line[1:], "\r\n")
		comment = append(comment, strings.TrimPrefix(line, " "))
	}
	return strings.Join(comment, "\n")
}

type savedParser struct {
	lineParser
	saved Saved
}

func (p *savedParser) line(line string) {
	keyword, rest, _ := strings.Cut(line, " ")
	switch {
	case keyword == "tape":
		p.once(keyword)
		tape, err := ParseTape(strings.TrimSpace(rest))
		if err != nil {
			p.fail("%w", err)
		}
		p.saved.Tape = tape
	case p.deviationLine(keyword, rest):
	case keyword[0] >= '0' && keyword[0] <= '9':
		p.decision(line)
	default:
		p.fail("begins with %q: a line is \"tape ...\", \"points ...\", \"deviations ...\", a decision or a # comment", keyword)
	}
}

func (p *savedParser) decision(line string) {
	words := strings.Fields(line)
	if len(words) != 3 {
		p.fail("%q: a decision is NUMBER POINT GOT/N, as 3 order 1/2", line)
		return
	}
	got, n, slash := strings.Cut(words[2], "/")
	g, errGot := strconv.ParseUint(got, 10, 8)
	of, errN := strconv.ParseUint(n, 10, 8)
	switch next := len(p.saved.Decisions); {
	case !slash || errGot != nil || errN != nil:
		p.fail("%q: a decision is NUMBER POINT GOT/N, as 3 order 1/2", line)
	case words[0] != strconv.Itoa(next):
		p.fail("decision %s where %d comes next", words[0], next)
	case of < 2 || of > MaxAlternatives:
		p.fail("%q: a choice has 2 to %d alternatives", line, MaxAlternatives)
	case g >= of:
		p.fail("%q: alternative %d of %d (0 to %d)", line, g, of, of-1)
	default:
		d := Decision{Point: p.point(words[1]), N: uint8(of), Got: uint8(g)}
		p.saved.Decisions = append(p.saved.Decisions, d)
	}
}

func (p *savedParser) finish() error {
	if err := p.lineParser.finish(); err != nil {
		return err
	}
	if !slices.Contains(p.seen, "tape") {
		return fmt.Errorf("no line %q", "tape")
	}
	digits := Digits(p.saved.Decisions)
	if have := strings.TrimRight(p.saved.Tape.Digits, "0"); have != digits {
		return fmt.Errorf("the tape has the digits %s, the decisions are %s", shorten(orNoDigits(have)), shorten(orNoDigits(digits)))
	}
	found := FindDeviations(p.saved.Decisions)
	if !slices.Equal(found.List, p.deviations.List) {
		return fmt.Errorf("the line \"deviations\" does not agree with the decisions, which have:%s",
			shorten(strings.TrimPrefix(found.line(), "deviations")))
	}
	return nil
}
