package core

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"reactortest/proptest/internal/render"
)

// story returns what a page and a trace tell of a failure.
func (e *Explanation) story(replay string) *render.Story {
	f := e.Failure
	s := &render.Story{Subject: e.Subject, Rule: f.Rule, Text: f.Text}
	fact := func(to *[]render.Fact, name, value string) {
		if value != "" {
			*to = append(*to, render.Fact{Name: name, Value: value})
		}
	}
	fact(&s.Facts, "rule", f.Sentence)
	fact(&s.Facts, "kernel", f.Dialect+", "+f.Mode+f.Yielding)
	fact(&s.Facts, "decisions", cmp.Or(strings.Join(f.Deviations, ", "), "kernel order, without exception"))
	fact(&s.Facts, "note", f.Note)
	fact(&s.More, "tape", f.Tape)
	fact(&s.More, "replay", replay)
	fact(&s.More, "saved", f.Saved)
	s.Runs = append(s.Runs, render.Run{Name: "the failing run", Lines: f.Lines, Parts: -1})
	if p := e.Passing; p != nil {
		s.Runs[0].Parts = p.Part
		s.Runs = append(s.Runs, render.Run{
			Name: "the nearest passing run", Parts: p.Part, Lines: p.Lines,
			Note: fmt.Sprintf("It differs in %s and parts from the failing run at decision #%d. Failing: %s. Passing: %s.",
				plural(len(p.Changes), "decision"), p.Part, p.Failing, p.Passing),
		})
	} else if e.Failure.Tape != "" {
		note := strings.TrimSpace(e.Screen())
		s.Runs[0].Note = strings.ToUpper(note[:1]) + note[1:] + "."
	}
	return s
}

// WritePage writes the failure to a file, as a page for a browser that needs no
// other file and no network. replay is the command that replays it. A reader of
// the file finds all of it or nothing. An error names the file.
func (e *Explanation) WritePage(path, replay string) error {
	return e.write(path, replay, render.Page)
}

// WriteTrace writes the failure to a file, as Chrome trace events, which Perfetto
// reads. A reader of the file finds all of it or nothing. An error names the file.
func (e *Explanation) WriteTrace(path string) error { return e.write(path, "", render.Trace) }

func (e *Explanation) write(path, replay string, format func(io.Writer, *render.Story) error) error {
	var b bytes.Buffer
	err := format(&b, e.story(replay))
	if err == nil {
		err = writeWhole(path, b.String())
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", path, err)
	}
	return nil
}

// explainFailures looks for the passing run that is nearest to each failure, if a
// page or a trace is asked for, or a tape is replayed with -v. It writes those files
// and returns what is to be said of the passing run, by rule.
func (s *search) explainFailures(t *testing.T) map[string]string {
	t.Helper()
	screens := make(map[string]string)
	if given.html == "" && given.trace == "" && (given.tape == "" || !testing.Verbose()) {
		return screens
	}
	for _, f := range s.report.Failures {
		e := &Explanation{Subject: s.options.Subject, Failure: f}
		if f.Tape != "" {
			saved, err := ReadTape(f.Tape)
			if err != nil {
				t.Errorf("no page of %s: %v", f.Rule, err)
				continue
			}
			if _, both, err := explainTape(t, f.Tape, &saved, s.suite, s.options); err == nil && both != nil {
				e.Passing, e.Tried = both.Passing, both.Tried
				screens[f.Rule] = e.Screen()
			}
		}
		replay := ""
		if f.Tape != "" {
			replay = s.replayCommand(t.Name()+"/"+f.Rule, f.Tape)
		}
		writeNumbered(t, given.html, func(path string) error { return e.WritePage(path, replay) })
		writeNumbered(t, given.trace, e.WriteTrace)
	}
	return screens
}

// pages are the files that this process has written, so that a second failure does
// not replace the first.
var pages struct {
	mu      sync.Mutex
	written []string
}

// writeNumbered writes a file, and tells its name. One that this process has
// written already gets a number: page.html, page-2.html.
func writeNumbered(t *testing.T, path string, write func(path string) error) {
	t.Helper()
	if path == "" {
		return
	}
	pages.mu.Lock()
	defer pages.mu.Unlock()
	free := path
	for n := 2; slices.Contains(pages.written, free); n++ {
		ext := filepath.Ext(path)
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
	}
	pages.written = append(pages.written, free)
	if err := write(free); err != nil {
		t.Error(err)
		return
	}
	t.Logf("written: %s", free)
}
