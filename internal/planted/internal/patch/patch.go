// Package patch makes a planted subject from the correct twin and a unified
// diff. It is strict: a diff that does not fit to the letter is an error.
package patch

import (
	"errors"
	"fmt"
	"strings"
)

// Package returns the folder of the planted subject called name.
func Package(name string) string { return strings.ReplaceAll(name, "-", "") }

// Generate returns the file of the planted subject called name.
func Generate(twin, name, diff string) (string, error) {
	body, _, err := Apply(twin, diff)
	if err != nil {
		return "", fmt.Errorf("%s.patch: %w", name, err)
	}
	return fmt.Sprintf("// Code generated from twin/loop.go and %s.patch; DO NOT EDIT.\n\n%s", name, body), nil
}

// Apply returns src with a unified diff of one file applied, and how many
// lines the diff removes and adds. Every hunk must stand at the line that it
// names and have the context, and the numbers of lines, that it says.
func Apply(src, diff string) (out string, changed int, err error) {
	if !strings.HasSuffix(src, "\n") || !strings.HasSuffix(diff, "\n") {
		return "", 0, errors.New("the last line has no end")
	}
	p := patcher{old: strings.SplitAfter(src, "\n"), diff: strings.SplitAfter(diff, "\n")}
	p.old, p.diff = p.old[:len(p.old)-1], p.diff[:len(p.diff)-1]
	if !p.header("--- ") || !p.header("+++ ") {
		return "", 0, errors.New("the diff does not begin with --- and +++")
	}
	if len(p.diff) == 0 {
		return "", 0, errors.New("the diff has no hunk")
	}
	for len(p.diff) > 0 {
		if err := p.hunk(); err != nil {
			return "", 0, err
		}
	}
	p.copyTo(len(p.old))
	return p.out.String(), p.changed, nil
}

type patcher struct {
	old     []string // the lines of the source
	at      int      // of old, what was copied or removed
	written int      // lines of out
	diff    []string // the lines that are left
	out     strings.Builder
	changed int
}

func (p *patcher) header(prefix string) bool {
	if len(p.diff) == 0 || !strings.HasPrefix(p.diff[0], prefix) {
		return false
	}
	p.diff = p.diff[1:]
	return true
}

func (p *patcher) hunk() error {
	var from, removed, to, added int
	head := strings.TrimSuffix(p.diff[0], "\n")
	p.diff = p.diff[1:]
	if _, err := fmt.Sscanf(head, "@@ -%d,%d +%d,%d @@", &from, &removed, &to, &added); err != nil {
		return fmt.Errorf("%q is no head of a hunk", head)
	}
	if from-1 < p.at || from-1 > len(p.old) {
		return fmt.Errorf("hunk %q is before line %d, or behind the end", head, p.at+1)
	}
	p.copyTo(from - 1)
	if p.written != to-1 {
		return fmt.Errorf("hunk %q comes to stand at line %d", head, p.written+1)
	}
	for removed > 0 || added > 0 {
		gone, come, err := p.line()
		if err != nil {
			return fmt.Errorf("hunk %q: %w", head, err)
		}
		removed -= gone
		added -= come
	}
	if removed < 0 || added < 0 {
		return fmt.Errorf("hunk %q has more lines than it says", head)
	}
	return nil
}

// line applies one line of a hunk and returns how many lines of the source and
// of the result it stands for.
func (p *patcher) line() (gone, come int, err error) {
	if len(p.diff) == 0 {
		return 0, 0, errors.New("it ends too early")
	}
	kind, text := p.diff[0][0], p.diff[0][1:]
	p.diff = p.diff[1:]
	if !strings.ContainsRune(" -+", rune(kind)) {
		return 0, 0, fmt.Errorf("the line %q neither stays, goes nor comes", text)
	}
	if kind != '+' {
		if p.at == len(p.old) || p.old[p.at] != text {
			return 0, 0, fmt.Errorf("line %d of the source is not %q", p.at+1, text)
		}
		p.at++
		gone = 1
	}
	if kind != '-' {
		p.out.WriteString(text)
		p.written++
		come = 1
	}
	if kind != ' ' {
		p.changed++
	}
	return gone, come, nil
}

func (p *patcher) copyTo(line int) {
	for ; p.at < line; p.at++ {
		p.out.WriteString(p.old[p.at])
		p.written++
	}
}
