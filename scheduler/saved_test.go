package scheduler_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// savedText is a file as it is written.
const savedText = `# a handler ran after its registration was closed
#
# found by run 24
suite reactor
subject Mine/a%2301
dialect epoll
rule no-stale-dispatch
tape rt2/reactor/Mine/a%2301/epoll/f2/w1/01002~b06126cc
points task test-fault test-order
deviations test-order#0=1 test-fault#1=2
0 task 0/3
1 test-order 1/2
2 test-fault 0/3
3 test-order 0/62
4 test-fault 2/3
5 test-order 0/2
`

// savedDigest is that of savedRun.
const savedDigest = "b06126cc"

func savedRun() scheduler.Saved {
	return sealed(scheduler.Saved{
		Comment: "a handler ran after its registration was closed\n\nfound by run 24",
		Rule:    "no-stale-dispatch",
		Tape:    scheduler.Tape{Suite: "reactor", Subject: "Mine/a#01", Dialect: "epoll", Plan: "f2", Workload: "w1"},
		Decisions: []scheduler.Decision{
			{Point: scheduler.PointTask, N: 3},
			{Point: pointOrder, N: 2, Got: 1},
			{Point: pointFault, N: 3},
			{Point: pointOrder, N: 62},
			{Point: pointFault, N: 3, Got: 2},
			{Point: pointOrder, N: 2},
		},
	})
}

// sealed gives the tape of s the digits and the digest of its decisions.
func sealed(s scheduler.Saved) scheduler.Saved {
	s.Tape.Digits = scheduler.Digits(s.Decisions)
	s.Tape.Digest = scheduler.Digest(s.Tape.Workload, s.Decisions, s.Rule)
	return s
}

func TestSaved(t *testing.T) {
	if got, err := scheduler.FormatSaved(savedRun()); err != nil || got != savedText {
		t.Errorf("%v, written:\n%s\nwant:\n%s", err, got, savedText)
	}
	for _, c := range []struct{ why, text string }{
		{"as written", savedText},
		{"with comments and empty lines between", strings.ReplaceAll(savedText, "\n3 ", "\n\n# a thought\n3 ")},
		{"with the line ends of Windows", strings.ReplaceAll(savedText, "\n", "\r\n")},
		{"without a last line end", strings.TrimSuffix(savedText, "\n")},
		{"with the header in another order", strings.Replace(savedText, "suite reactor\nsubject Mine/a%2301", "subject Mine/a%2301\nsuite reactor", 1)},
	} {
		got, err := scheduler.ParseSaved(c.text)
		if err != nil || !reflect.DeepEqual(got, savedRun()) {
			t.Errorf("%s: %+v, %v", c.why, got, err)
		}
	}
}

// A run that broke no rule can be saved as well.
func TestSavedWithoutRule(t *testing.T) {
	run := savedRun()
	run.Rule, run.Comment = "", ""
	run = sealed(run)
	text, err := scheduler.FormatSaved(run)
	if err != nil || !strings.Contains(text, "\nrule -\n") {
		t.Fatalf("%v, written:\n%s", err, text)
	}
	if got, err := scheduler.ParseSaved(text); err != nil || !reflect.DeepEqual(got, run) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestSavedErrors(t *testing.T) {
	for _, c := range []struct{ why, old, new, want string }{
		{"an empty file", savedText, "", `no line "points"`},
		{"no tape", "tape rt2/reactor/Mine/a%2301/epoll/f2/w1/01002~" + savedDigest + "\n", "", `no line "tape"`},
		{"a bad tape", "~" + savedDigest, "", "line 8: tape \"rt2/"},
		{"a tape of an older version", "tape rt2", "tape rt1", "search again"},
		{"two tapes", "points", "tape rt2/a/b/c/d/-/-~00000000\npoints", `line 9: a second line "tape"`},
		{"a tape of another run", "/01002~", "/01001~", "the tape has the digits 01001, the decisions are 01002"},
		{"a tape of another workload", "/w1/", "/w2/", "the tape has the digest " + savedDigest},
		{"no suite", "suite reactor\n", "", `no line "suite"`},
		{"another suite", "suite reactor", "suite demux", `the line "suite" has "demux", the tape has "reactor"`},
		{"no subject", "subject Mine/a%2301\n", "", `no line "subject"`},
		{"another subject", "subject Mine/a%2301", "subject Mine/a#01", `the line "subject" has "Mine/a#01", the tape has "Mine/a%2301"`},
		{"two subjects", "subject Mine/a%2301", "subject Mine/a%2301\nsubject Mine/a%2301", `line 6: a second line "subject"`},
		{"no dialect", "dialect epoll\n", "", `no line "dialect"`},
		{"another dialect", "dialect epoll", "dialect iocp", `the line "dialect" has "iocp", the tape has "epoll"`},
		{"no rule", "rule no-stale-dispatch\n", "", `no line "rule"`},
		{"another rule", "rule no-stale-dispatch", "rule posted-in-order", "the tape has the digest " + savedDigest},
		{"a rule that is none", "rule no-stale-dispatch", "rule a b", "' ' at place 1 of rule"},
		{"no deviations", "deviations test-order#0=1 test-fault#1=2\n", "", `no line "deviations"`},
		{"deviations of another run", "test-fault#1=2", "test-fault#0=2", `"deviations" does not agree with the decisions, which have: test-order#0=1 test-fault#1=2`},
		{"a decision left out", "3 test-order 0/62\n", "", "line 14: decision 4 where 3 comes next"},
		{"a bound of another run", "3 test-order 0/62", "3 test-order 0/61", "the tape has the digest " + savedDigest},
		{"a decision without a bound", "0/62", "0", "NUMBER POINT GOT/N"},
		{"a word too many", "0/62", "0/62 x", "NUMBER POINT GOT/N"},
		{"an answer beyond the bound", "0/62", "62/62", "alternative 62 of 62 (0 to 61)"},
		{"a bound that cannot be", "0/62", "0/63", "2 to 62 alternatives"},
		{"one alternative is no decision", "0/62", "0/1", "2 to 62 alternatives"},
		{"an unknown keyword", "points", "pionts", `line 9: begins with "pionts"`},
		{"more than a file has", "# found", "# " + strings.Repeat("x", 1<<20), "a file has at most 1048576"},
		{"more decisions than a file has", "0 task 0/3\n", quietLines(20_001), "decision 20000: a file has at most 20000"},
		{
			"unknown points are all named", "1 test-order 1/2\n2 test-fault 0/3", "1 lost 1/2\n2 gone 0/3",
			"choice points that this program does not have: lost, gone",
		},
	} {
		text := strings.Replace(savedText, c.old, c.new, 1)
		_, err := scheduler.ParseSaved(text)
		if text == savedText || err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "saved run") || len(err.Error()) > 1000 {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		}
	}
}

func quietLines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d task 0/3\n", i)
	}
	return b.String()
}

// What could not be read back is not written.
func TestFormatSavedErrors(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(s *scheduler.Saved)
		want   string
	}{
		{"a tape that is none", func(s *scheduler.Saved) { s.Tape.Plan = "a b" }, "' ' at place 1 of PLAN"},
		{"digits of another run", func(s *scheduler.Saved) { s.Tape.Digits = "1" }, "the tape has the digits 1"},
		{"a digest of another run", func(s *scheduler.Saved) { s.Tape.Digest++ }, "the tape has the digest"},
		{"a rule that is none", func(s *scheduler.Saved) { s.Rule = "two words" }, "' ' at place 3 of rule"},
		{"a rule that stands for none", func(s *scheduler.Saved) { s.Rule = "-" }, "no rule"},
		{"a long comment", func(s *scheduler.Saved) { s.Comment = strings.Repeat("x", 1<<20) }, "a file has at most 1048576"},
		{
			"many decisions",
			func(s *scheduler.Saved) { s.Decisions = make([]scheduler.Decision, 20_001) },
			"20001 decisions: a file has at most 20000",
		},
	} {
		run := savedRun()
		c.change(&run)
		if text, err := scheduler.FormatSaved(run); err == nil || text != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
	}
}

func TestFirstDifference(t *testing.T) {
	run := savedRun().Decisions
	other := func(i int, d scheduler.Decision) []scheduler.Decision {
		changed := slices.Clone(run)
		changed[i] = d
		return changed
	}
	for _, c := range []struct {
		why   string
		asked []scheduler.Decision
		want  string // "" if none
	}{
		{"the same run", run, ""},
		{"another answer to the same question is none", other(3, scheduler.Decision{Point: pointOrder, N: 62, Got: 9}), ""},
		{
			"another point", other(3, scheduler.Decision{Point: pointFault, N: 62}),
			"decision 3: the saved run asked test-order (62 alternatives), this run asks test-fault (62 alternatives)",
		},
		{
			"another bound", other(0, scheduler.Decision{Point: scheduler.PointTask, N: 4}),
			"decision 0: the saved run asked task (3 alternatives), this run asks task (4 alternatives)",
		},
		{
			"a decision more in the middle", slices.Insert(slices.Clone(run), 2, scheduler.Decision{Point: scheduler.PointTask, N: 2}),
			"decision 2: the saved run asked test-fault (3 alternatives), this run asks task (2 alternatives)",
		},
		{"a run that ended", run[:4], "decision 4: the saved run asked test-fault (3 alternatives), this run had ended before it"},
		{"a run that goes on", append(slices.Clone(run), run[0]), "decision 6: the saved run had ended before it, this run asks task (3 alternatives)"},
		{"a run that asked nothing", nil, "decision 0: the saved run asked task (3 alternatives), this run had ended before it"},
	} {
		d, differs := scheduler.FirstDifference(run, c.asked)
		if differs != (c.want != "") || differs && d.String() != c.want {
			t.Errorf("%s: %v, %v, want %q", c.why, differs, d, c.want)
		}
	}
}

// A program that has changed is run by the deviations of a saved run, and the
// first decision that differs has a name.
func TestRegressionOfAChangedProgram(t *testing.T) {
	program := func(s scheduler.Strategy, changed bool) []scheduler.Decision {
		s.Begin(0)
		rec := scheduler.NewRecorder(0)
		rec.Begin(s)
		for i := range 4 {
			rec.Fault(pointFault, 128)
			if changed && i == 1 {
				rec.Pick(pointAmount, 3)
			}
			rec.Pick(pointOrder, 5)
		}
		s.End(scheduler.Result{Decisions: len(rec.Decisions())})
		return rec.Decisions()
	}
	before := program(scheduler.NewReplay("01101213", true), false)
	deviations := scheduler.FindDeviations(before)
	after := program(scheduler.NewDeviations(deviations), true)
	d, differs := scheduler.FirstDifference(before, after)
	const want = "decision 3: the saved run asked test-order (5 alternatives), this run asks test-amount (3 alternatives)"
	if !differs || d.String() != want {
		t.Errorf("%v, %q, want %q", differs, d, want)
	}
	if found := scheduler.FindDeviations(after); !slices.Equal(found.List, deviations.List) {
		t.Errorf("the run deviates at %v, want %v", found.List, deviations.List)
	}
}

func TestDeviations(t *testing.T) {
	d := scheduler.FindDeviations(savedRun().Decisions)
	want := "points task test-fault test-order\ndeviations test-order#0=1 test-fault#1=2\n"
	if d.String() != want {
		t.Errorf("found\n%swant\n%s", d, want)
	}
	got, err := scheduler.ParseDeviations("# why this is kept\n\n" + want)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("read %+v, %v", got, err)
	}
	quiet, err := scheduler.ParseDeviations(scheduler.FindDeviations(nil).String())
	if err != nil || len(quiet.List)+len(quiet.Points) != 0 {
		t.Errorf("a quiet run: %+v, %v", quiet, err)
	}
}

func TestDeviationsErrors(t *testing.T) {
	const head = "points test-order test-fault\ndeviations "
	for _, c := range []struct{ why, text, want string }{
		{"nothing", "", `no line "points"`},
		{"no deviations", "points test-order", `no line "deviations"`},
		{"two lines of them", head + "\ndeviations", `line 3: a second line "deviations"`},
		{"a decision is not for this file", head + "\n0 test-order 1/2", `line 3: begins with "0"`},
		{"no index", head + "test-order=1", "POINT#INDEX=ALTERNATIVE"},
		{"no alternative", head + "test-order#1", "POINT#INDEX=ALTERNATIVE"},
		{"a negative index", head + "test-order#-1=1", "POINT#INDEX=ALTERNATIVE"},
		{"the quiet alternative is no deviation", head + "test-order#1=0", "alternative 1 to 61"},
		{"beyond every choice", head + "test-order#1=62", "alternative 1 to 61"},
		{"two at one choice", head + "test-order#1=1 test-order#1=2", "two deviations at one choice"},
		{"a point that is not on the list", "points test-order\ndeviations test-fault#0=1", `not on the line "points"`},
		{
			"unknown points are all named", "points test-order gone lost\ndeviations lost#0=1 missing#3=1",
			"choice points that this program does not have: gone, lost, missing",
		},
		{"a point that is no name", head + "Order#1=1", `point "Order"`},
	} {
		_, err := scheduler.ParseDeviations(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "deviations") {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		}
	}
}

// Choices at other points do not move a deviation; a bound that has become too
// small is an error.
func TestDeviationsAreRelative(t *testing.T) {
	d, err := scheduler.ParseDeviations("points test-order\ndeviations test-order#1=3")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why   string
		extra int // choices at another point in between
		n     int // bound of the choice
		err   string
	}{
		{"as saved", 0, 4, ""},
		{"a new choice point in between", 3, 4, ""},
		{"fewer alternatives", 0, 3, "diverged at test-order#1=3: the choice has 3 alternatives (0 to 2)"},
	} {
		s, rec := scheduler.NewDeviations(d), scheduler.NewRecorder(0)
		s.Begin(0)
		rec.Begin(s)
		rec.Pick(pointOrder, c.n)
		for range c.extra {
			rec.Fault(pointFault, 0)
		}
		got := rec.Pick(pointOrder, c.n)
		if c.err != "" {
			mustContain(t, rec.Err(), c.err)
		} else if got != 3 || rec.Err() != nil {
			t.Errorf("%s: took %d, %v, want 3", c.why, got, rec.Err())
		}
	}
}

// Any run survives its file.
func TestSavedRoundTrip(t *testing.T) {
	points := []scheduler.Point{scheduler.PointTask, pointFault, pointOrder, pointAmount}
	rapid.Check(t, func(t *rapid.T) {
		run := scheduler.Saved{
			Tape: savedRun().Tape, Comment: rapid.StringMatching(`([a-z]{1,9}( [a-z]{1,9})?)?`).Draw(t, "comment"),
			Rule: rapid.StringMatching(`([a-z]{1,5}-[a-z]{1,5})?`).Draw(t, "rule"),
		}
		run.Tape.Subject = rapid.StringN(1, 40, 1024).Draw(t, "subject")
		for range rapid.IntRange(0, 20).Draw(t, "decisions") {
			n := rapid.Uint8Range(2, scheduler.MaxAlternatives).Draw(t, "n")
			run.Decisions = append(run.Decisions, scheduler.Decision{
				Point: rapid.SampledFrom(points).Draw(t, "point"), N: n, Got: rapid.Uint8Range(0, n-1).Draw(t, "got"),
			})
		}
		run = sealed(run)
		text, err := scheduler.FormatSaved(run)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := scheduler.ParseSaved(text); err != nil || !reflect.DeepEqual(got, run) {
			t.Fatalf("read %+v, %v", got, err)
		}
	})
}

// Whatever file is read can be written, and is then the same run.
func FuzzSaved(f *testing.F) {
	f.Add(savedText)
	f.Add(strings.ReplaceAll(savedText, "\n", "\r\n\n# x\n"))
	f.Add("#  two spaces \t\n#\n#\n" + savedText)
	f.Add("suite\nsubject  %\ndialect\nrule -\ntape rt2/a/b/c/d/-/-~00000000\npoints\ndeviations\n0 task 0/2")
	f.Fuzz(func(t *testing.T, text string) {
		run, err := scheduler.ParseSaved(text)
		if err != nil {
			return
		}
		again, err := scheduler.FormatSaved(run)
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		if got, err := scheduler.ParseSaved(again); err != nil || !reflect.DeepEqual(got, run) {
			t.Fatalf("read %+v, then %+v, %v", run, got, err)
		}
	})
}
