package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of a file.
const (
	MaxSaved          = 1 << 20          // bytes
	maxSavedDecisions = DefaultDecisions // decisions
)

// Saved is a run in a file: its tape for a command line, its deviations for a
// reader and for later versions of the program, and each decision with its
// point and bound, so that the first divergence can be named.
type Saved struct {
	Comment   string // lines at the top, without their #
	Rule      string // the rule that the run broke, "" if none
	Tape      Tape
	Decisions []Decision
}

// noRule stands for the rule of a run that broke none.
const noRule = "-"

// FormatSaved returns the text of a file, which ParseSaved reads. An error says
// which part of s could not be read back: a tape that Validate refuses, or more
// than a file may hold.
//
//	# a handler ran after its registration was closed
//	suite reactor
//	subject TestMyReactor
//	dialect epoll
//	rule no-stale-dispatch
//	tape rt2/reactor/TestMyReactor/epoll/f2od/w1/01~8c1f02aa
//	points order task
//	deviations order#0=1
//	0 task 0/3
//	1 order 1/2
func FormatSaved(s Saved) (string, error) {
	if err := cmp.Or(s.Tape.Validate(), s.check()); err != nil {
		return "", fmt.Errorf("saved run: %w", err)
	}
	var b strings.Builder
	if comment := plainComment(s.Comment); comment != "" {
		for line := range strings.SplitSeq(comment, "\n") {
			b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
		}
	}
	for _, h := range s.header() {
		b.WriteString(h.keyword + " " + h.value + "\n")
	}
	fmt.Fprintf(&b, "tape %s\n%s", s.Tape, FindDeviations(s.Decisions))
	for i, d := range s.Decisions {
		fmt.Fprintf(&b, "%d %s\n", i, d)
	}
	if err := checkSize(b.Len()); err != nil {
		return "", err
	}
	return b.String(), nil
}

// headerLine says one thing of a run.
type headerLine struct{ keyword, value string }

// header has the lines by which a file is matched with a test. The names of
// files are for people.
func (s *Saved) header() []headerLine {
	return []headerLine{
		{"suite", s.Tape.Suite},
		{"subject", escapeSubject(s.Tape.Subject)},
		{"dialect", s.Tape.Dialect},
		{"rule", cmp.Or(s.Rule, noRule)},
	}
}

// check tells what in s contradicts the tape.
func (s *Saved) check() error {
	if s.Rule == noRule {
		return fmt.Errorf("rule %q: that stands for no rule", s.Rule)
	}
	if err := checkName("rule", cmp.Or(s.Rule, noRule)); err != nil {
		return err
	}
	if len(s.Decisions) > maxSavedDecisions {
		return fmt.Errorf("%d decisions: a file has at most %d", len(s.Decisions), maxSavedDecisions)
	}
	digits := Digits(s.Decisions)
	if have := strings.TrimRight(s.Tape.Digits, "0"); have != digits {
		return fmt.Errorf("the tape has the digits %s, the decisions are %s", shorten(orNoDigits(have)), shorten(orNoDigits(digits)))
	}
	if digest := Digest(s.Tape.Workload, s.Decisions, s.Rule); digest != s.Tape.Digest {
		return fmt.Errorf("the tape has the digest %08x, that of its workload, the decisions and the rule is %08x", s.Tape.Digest, digest)
	}
	return nil
}

func checkSize(n int) error {
	if n > MaxSaved {
		return fmt.Errorf("saved run: %d bytes, a file has at most %d", n, MaxSaved)
	}
	return nil
}

// ParseSaved reads the text of a file. Empty lines and lines that start with #
// are comments; those at the top are its Comment. An error names the line and the
// rule that it breaks, all the points that this program does not have, or the
// part of the file that contradicts its tape or its decisions.
func ParseSaved(text string) (Saved, error) {
	if err := checkSize(len(text)); err != nil {
		return Saved{}, err
	}
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
	var comment strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		comment.WriteString(strings.TrimPrefix(line[1:], " "))
	}
	return plainComment(comment.String())
}

// plainComment returns s without white space at the ends of its lines and
// without empty lines at its end, which a file does not keep.
func plainComment(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		b.WriteString(strings.TrimRight(line, " \t\r") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

type savedParser struct {
	lineParser
	saved  Saved
	header []headerLine // as they came
}

// headerKeywords begin the lines of Saved.header.
var headerKeywords = []string{"suite", "subject", "dialect", "rule"}

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
	case slices.Contains(headerKeywords, keyword):
		p.once(keyword)
		p.header = append(p.header, headerLine{keyword, strings.TrimSpace(rest)})
	case p.deviationLine(keyword, rest):
	case keyword[0] >= '0' && keyword[0] <= '9':
		p.decision(line)
	default:
		p.fail("begins with %q: a line is \"tape ...\", \"points ...\", \"deviations ...\", \"%s ...\", a decision or a # comment",
			shorten(keyword), strings.Join(headerKeywords, " ...\", \""))
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
	case next == maxSavedDecisions:
		p.fail("decision %s: a file has at most %d", words[0], maxSavedDecisions)
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
	for _, keyword := range append([]string{"tape"}, headerKeywords...) {
		if !slices.Contains(p.seen, keyword) {
			return fmt.Errorf("no line %q", keyword)
		}
	}
	if err := p.checkHeader(); err != nil {
		return err
	}
	if err := p.saved.check(); err != nil {
		return err
	}
	found := FindDeviations(p.saved.Decisions)
	if !slices.Equal(found.List, p.deviations.List) {
		return fmt.Errorf("the line \"deviations\" does not agree with the decisions, which have:%s",
			shorten(strings.TrimPrefix(found.line(), "deviations")))
	}
	return nil
}

// checkHeader compares the header with the tape, and takes the rule from it.
func (p *savedParser) checkHeader() error {
	for _, h := range p.header {
		if h.keyword == "rule" && h.value != noRule {
			p.saved.Rule = h.value
		}
	}
	for _, want := range p.saved.header() {
		for _, h := range p.header {
			if h.keyword == want.keyword && h.value != want.value {
				return fmt.Errorf("the line %q has %q, the tape has %q", h.keyword, shorten(h.value), shorten(want.value))
			}
		}
	}
	return nil
}
