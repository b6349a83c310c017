package core

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"reactortest/scheduler"
)

// Limits of saved runs.
const (
	maxSavedFiles = 1000 // that are looked at in a folder
	maxSlug       = 40
)

// slug returns name in letters, digits and dashes, at most 40 of them, and eight
// digits of its hash, so that two names never have one file.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == maxSlug {
			break
		}
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return fmt.Sprintf("%s-%08x", strings.Trim(b.String(), "-"), h.Sum32())
}

// fileName is the name of the file of a tape.
func fileName(t scheduler.Tape, rule string) string {
	return fmt.Sprintf("%s-%s-%s-%s-%08x.txt", t.Suite, rule, t.Dialect, strings.TrimLeft(slug(t.Subject), "-"), t.Digest)
}

// save writes a failing run to a file, with text as a comment, and returns its
// path.
func (s *search) save(rule, text string, tape scheduler.Tape, decisions []scheduler.Decision) (string, error) {
	saved := scheduler.Saved{Comment: rule + ": " + text, Rule: rule, Tape: tape, Decisions: decisions}
	path := filepath.Join(s.options.Dir, fileName(tape, rule))
	body, err := scheduler.FormatSaved(saved)
	if err == nil {
		err = os.MkdirAll(s.options.Dir, 0o755)
	}
	if err == nil {
		err = writeWhole(path, body)
	}
	if err != nil {
		return "", fmt.Errorf("proptest: %w", err)
	}
	return filepath.ToSlash(path), nil
}

// writeWhole writes a file so that a reader finds all of it or nothing. It does
// not write through a link.
func writeWhole(path, text string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// savedRun is a file with a run that broke a rule once.
type savedRun struct {
	path string
	run  scheduler.Saved
}

// savedRuns returns the files of the search's folder that are of its suite,
// subject and dialect, by name. What is wrong with others is told.
func (s *search) savedRuns() (runs []savedRun, told []string) {
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			told = append(told, fmt.Sprintf("%s: %v", filepath.ToSlash(s.options.Dir), err))
		}
		return nil, told
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) != ".txt" })
	if len(entries) > maxSavedFiles {
		told = append(told, fmt.Sprintf("%s has %d files; only the first %d were read", filepath.ToSlash(s.options.Dir), len(entries), maxSavedFiles))
		entries = entries[:maxSavedFiles]
	}
	for _, e := range entries {
		path := filepath.ToSlash(filepath.Join(s.options.Dir, e.Name()))
		run, err := readSaved(path)
		if err != nil {
			told = append(told, err.Error())
			continue
		}
		if t := run.Tape; t.Suite == s.suite.Name() && t.Subject == s.options.Subject && t.Dialect == s.options.Dialect {
			runs = append(runs, savedRun{path, run})
		} else if s.tb != nil && orphaned(path, t.Subject) {
			told = append(told, fmt.Sprintf("%s: it is for %s, and no test of this package has that name", path, t.Subject))
		}
	}
	return runs, told
}

// orphans are the files of which was told that their subject does not exist.
var orphans struct {
	sync.Mutex
	told map[string]bool
}

// orphaned reports, once in a process, that a saved run is of a test which the
// source files of the package do not declare. go test runs tests in the folder of
// their package; where there are no sources nothing is known.
func orphaned(path, subject string) bool {
	test, _, _ := strings.Cut(subject, "/")
	sources, err := filepath.Glob("*_test.go")
	if err != nil || len(sources) == 0 {
		return false
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil || strings.Contains(string(text), "func "+test+"(") {
			return false
		}
	}
	orphans.Lock()
	defer orphans.Unlock()
	if orphans.told[path] {
		return false
	}
	if orphans.told == nil {
		orphans.told = map[string]bool{}
	}
	orphans.told[path] = true
	return true
}

// readSaved reads the file of a saved run.
func readSaved(path string) (scheduler.Saved, error) {
	info, err := os.Stat(path)
	if err != nil {
		return scheduler.Saved{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > scheduler.MaxSaved {
		return scheduler.Saved{}, fmt.Errorf("file %s: a saved run must be a regular file of at most %d bytes", path, scheduler.MaxSaved)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return scheduler.Saved{}, err
	}
	run, err := scheduler.ParseSaved(string(text))
	if err != nil {
		return scheduler.Saved{}, fmt.Errorf("file %s: %w", path, err)
	}
	return run, nil
}

// rerunSaved makes the runs again that were saved before, and reports those that
// still break their rule.
func (s *search) rerunSaved() {
	runs, told := s.savedRuns()
	s.report.Saved = append(s.report.Saved, told...)
	for i := range runs {
		s.rerun(&runs[i])
	}
}

// rerun makes one saved run again.
func (s *search) rerun(saved *savedRun) {
	say := func(format string, args ...any) {
		s.report.Saved = append(s.report.Saved, saved.path+": "+fmt.Sprintf(format, args...))
	}
	plan := s.options.Plan
	defer func() { s.options.Plan = plan }()
	r, err := s.remake(&saved.run)
	switch {
	case err != nil:
		say("not run: %v", err)
	case r.outcome.violation == nil:
		say("the run keeps %s now%s", saved.run.Rule, r.diverged)
	default:
		f := s.describe(0, 0, s.tape(&r.outcome), &r.outcome)
		f.Saved, f.Note = saved.path, strings.TrimPrefix(r.diverged, "; ")
		say("the run breaks %s%s", f.Rule, r.diverged)
		if s.report.Broken(f.Rule) == nil {
			s.report.fail(f)
		}
	}
}
