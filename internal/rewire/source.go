package rewire

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// source is a Go file that is being rewritten.
type source struct {
	name    string // of the file, absolute
	text    string
	file    *ast.File
	version string // of the language
	edits   []edit
	imports []string // more imports, as import specs
	tail    strings.Builder
}

// edit replaces the bytes from, to-1 of a file.
type edit struct {
	from, to int
	text     string
}

func (s *source) at(p token.Pos) int { return int(p - s.file.FileStart) }

// has reports whether p is a position in the file.
func (s *source) has(p token.Pos) bool { return s.file.FileStart <= p && p <= s.file.FileEnd }

// replace replaces the text from p to q. Edits within were taken before.
func (s *source) replace(p, q token.Pos, text string) {
	s.edits = append(s.edits, edit{s.at(p), s.at(q), text})
}

// render returns the text from p to q with the edits in it.
func (s *source) render(p, q token.Pos) string {
	from, to := s.at(p), s.at(q)
	var inside []edit
	for _, e := range s.edits {
		if from <= e.from && e.to <= to {
			inside = append(inside, e)
		}
	}
	slices.SortStableFunc(inside, func(a, b edit) int { return a.from - b.from })
	var b strings.Builder
	for _, e := range inside {
		b.WriteString(s.text[from:e.from] + e.text)
		from = e.to
	}
	b.WriteString(s.text[from:to])
	return b.String()
}

// take is render for a text that is moved: its edits are forgotten.
func (s *source) take(p, q token.Pos) string {
	text := s.render(p, q)
	from, to := s.at(p), s.at(q)
	s.edits = slices.DeleteFunc(s.edits, func(e edit) bool { return from <= e.from && e.to <= to })
	return text
}

// takeLine is take for an expression, on one line.
func (s *source) takeLine(x ast.Expr) string {
	text := s.take(x.Pos(), x.End())
	if strings.Contains(text, "\n") {
		text = strings.Join(strings.Fields(text), " ")
	}
	return text
}

// original returns the text from p to q as it was.
func (s *source) original(p, q token.Pos) string { return s.text[s.at(p):s.at(q)] }

// changed reports whether anything is different.
func (s *source) changed() bool { return len(s.edits)+len(s.imports)+s.tail.Len() > 0 }

// result returns the rewritten file. More imports go on the line of the package
// clause, so that lines keep their numbers.
func (s *source) result() []byte {
	if len(s.imports) > 0 {
		p := s.file.Name.End()
		s.replace(p, p, "; import "+strings.Join(s.imports, "; import "))
		s.imports = nil
	}
	return []byte(s.render(s.file.FileStart, s.file.FileStart+token.Pos(len(s.text))) + s.tail.String())
}

// lines returns as many newlines as text has.
func lines(text string) string { return strings.Repeat("\n", strings.Count(text, "\n")) }
