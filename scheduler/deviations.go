package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Deviation is a decision that was not quiet, named by its point: "order#3=1"
// is alternative 1 at the fourth choice at point order. Choices at other points
// do not move it.
type Deviation struct {
	Point Point
	Index int // choices at Point before it: the first is 0
	Got   int // the alternative taken, 1 to MaxAlternatives-1
}

// String returns the text of d, "order#3=1".
func (d Deviation) String() string {
	return fmt.Sprintf("%s#%d=%d", d.Point, d.Index, d.Got)
}

// Deviations describes how a run differs from the quiet run. Saved regressions
// have this form because it stays valid when choice points are added to the
// program.
type Deviations struct {
	Points []Point     // the points at which the run made decisions, by name
	List   []Deviation // in the order of the run
}

// FindDeviations returns how a run with these decisions differs from the quiet
// one.
func FindDeviations(decisions []Decision) Deviations {
	var d Deviations
	var asked [256]int
	for _, one := range decisions {
		if asked[one.Point] == 0 {
			d.Points = append(d.Points, one.Point)
		}
		if one.Got != 0 {
			d.List = append(d.List, Deviation{Point: one.Point, Index: asked[one.Point], Got: int(one.Got)})
		}
		asked[one.Point]++
	}
	slices.SortFunc(d.Points, func(a, b Point) int { return strings.Compare(a.String(), b.String()) })
	return d
}

// String returns the text of d, which ParseDeviations reads: a line with the
// points, and a line with the deviations.
//
//	points order task
//	deviations order#3=1 task#17=2
func (d Deviations) String() string {
	var b strings.Builder
	b.WriteString("points")
	for _, p := range d.Points {
		b.WriteString(" " + p.String())
	}
	b.WriteString("\n" + d.line() + "\n")
	return b.String()
}

// line returns the line with the deviations.
func (d Deviations) line() string {
	var b strings.Builder
	b.WriteString("deviations")
	for _, one := range d.List {
		b.WriteString(" " + one.String())
	}
	return b.String()
}

// ParseDeviations reads the text of a file of deviations. Empty lines and lines
// that start with # are comments. An error names the line and the rule that it
// breaks, or all the points that this program does not have.
func ParseDeviations(text string) (Deviations, error) {
	var p lineParser
	for number, line := range lines(text) {
		keyword, rest, _ := strings.Cut(line, " ")
		if !p.deviationLine(keyword, rest) {
			p.fail("begins with %q: a line is \"points ...\", \"deviations ...\" or a # comment", keyword)
		}
		if p.err != nil {
			return Deviations{}, fmt.Errorf("deviations, line %d: %w", number, p.err)
		}
	}
	if err := p.finish(); err != nil {
		return Deviations{}, fmt.Errorf("deviations: %w", err)
	}
	return p.deviations, nil
}

// lineParser reads the lines that the files of this package share.
type lineParser struct {
	deviations Deviations
	seen       []string // keywords that must not come twice
	unknown    []string // points that are not registered
	err        error
}

func (p *lineParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// once fails if the line with keyword has come before.
func (p *lineParser) once(keyword string) {
	if slices.Contains(p.seen, keyword) {
		p.fail("a second line %q", keyword)
	}
	p.seen = append(p.seen, keyword)
}

// point returns the point called name, and remembers a name that is unknown.
func (p *lineParser) point(name string) Point {
	point, known := ParsePoint(name)
	switch {
	case !pointName(name):
		p.fail("point %q: a point is lower-case letters and dashes", name)
	case !known && !slices.Contains(p.unknown, name):
		p.unknown = append(p.unknown, name)
	}
	return point
}

// deviationLine reads a line "points" or "deviations". It returns false if it
// is another one.
func (p *lineParser) deviationLine(keyword, rest string) bool {
	switch keyword {
	case "points":
		p.once(keyword)
		for _, name := range strings.Fields(rest) {
			p.deviations.Points = append(p.deviations.Points, p.point(name))
		}
	case "deviations":
		p.once(keyword)
		for _, word := range strings.Fields(rest) {
			p.deviation(word)
		}
	default:
		return false
	}
	return true
}

func (p *lineParser) deviation(word string) {
	name, rest, hasIndex := strings.Cut(word, "#")
	index, got, hasGot := strings.Cut(rest, "=")
	i, errIndex := strconv.ParseUint(index, 10, 31)
	g, errGot := strconv.ParseUint(got, 10, 8)
	if !hasIndex || !hasGot || errIndex != nil || errGot != nil {
		p.fail("%q: a deviation is POINT#INDEX=ALTERNATIVE, as order#3=1", word)
		return
	}
	if g < 1 || g >= MaxAlternatives {
		p.fail("%q: a deviation takes alternative 1 to %d", word, MaxAlternatives-1)
		return
	}
	d := Deviation{Point: p.point(name), Index: int(i), Got: int(g)}
	for _, have := range p.deviations.List {
		if d.Point != 0 && have.Point == d.Point && have.Index == d.Index {
			p.fail("%q and %q: two deviations at one choice", have, word)
		}
	}
	p.deviations.List = append(p.deviations.List, d)
}

// finish checks what only the whole text shows.
func (p *lineParser) finish() error {
	if len(p.unknown) > 0 {
		return fmt.Errorf("choice points that this program does not have: %s", strings.Join(p.unknown, ", "))
	}
	for _, keyword := range [...]string{"points", "deviations"} {
		if !slices.Contains(p.seen, keyword) {
			return fmt.Errorf("no line %q", keyword)
		}
	}
	for _, d := range p.deviations.List {
		if !slices.Contains(p.deviations.Points, d.Point) {
			return fmt.Errorf("%q: point %s is not on the line \"points\"", d, d.Point)
		}
	}
	return nil
}

// lines yields the lines of text that are not comments, numbered from 1.
func lines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		number := 0
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if !yield(number, line) {
				return
			}
		}
	}
}
