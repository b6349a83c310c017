package render

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pageRun is a run as the page has it.
type pageRun struct {
	Run
	Number           int // from 1
	Lanes, Objects   []string
	Rows             []row
	Before, After    int // lines that are left out
	Columns, Folded  int
	Decisions, Marks int
}

// row is one line of the page.
type row struct {
	Line
	ID     string
	Number int
	Moved  bool   // time has passed since the row before
	Time   string // of the host
	Cells  []string
	Dots   []bool
	Parts  bool // the first row after the runs part
}

// Page writes one page of HTML that needs nothing else: no network and no other
// file.
func Page(w io.Writer, s *Story) error {
	view := struct {
		*Story
		Runs []pageRun
	}{Story: s}
	for i, r := range s.Runs {
		view.Runs = append(view.Runs, newPageRun(i+1, r))
	}
	return page.Execute(w, view)
}

func newPageRun(number int, r Run) pageRun {
	p := pageRun{Run: r, Number: number}
	var lines []Line
	lines, p.Before, p.After = cut(r.Lines)
	p.Lanes, p.Objects = lanes(lines), objects(lines)
	p.Columns = 2 + len(p.Lanes) + len(p.Objects)
	parted := r.Parts < 0
	for i, l := range lines {
		next := row{Line: l, ID: fmt.Sprintf("run%d-%d", number, i+1), Number: i + 1, Time: l.At.String(), Moved: i == 0 || l.At != lines[i-1].At}
		next.Cells = make([]string, len(p.Lanes))
		next.Cells[slices.Index(p.Lanes, l.Lane)] = l.Text
		for _, name := range p.Objects {
			next.Dots = append(next.Dots, slices.Contains(l.Touches, name))
		}
		if !parted && (l.Decides && l.Decision >= r.Parts || !l.Decides && l.Decision > r.Parts) {
			next.Parts, parted = true, true
		}
		switch {
		case l.Mark:
			p.Marks++
		case l.Decides:
			p.Decisions++
		case l.Folded:
			p.Folded++
		}
		p.Rows = append(p.Rows, next)
	}
	return p
}
