package scheduler_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// savedText is a file as it is written.
const savedText = `# a handler ran after its registration was closed
#
# found by run 24
tape rt1/reactor/Mine/epoll/f2/31/01002~8c1f02aa
points task test-fault test-order
deviations test-order#0=1 test-fault#1=2
0 task 0/3
1 test-order 1/2
2 test-fault 0/3
3 test-order 0/62
4 test-fault 2/3
5 test-order 0/2
`

func savedRun() scheduler.Saved {
	return scheduler.Saved{
		Comment: "a handler ran after its registration was closed\n\nfound by run 24",
		Tape: scheduler.Tape{
			Suite: "reactor", Subject: "Mine", Dialect: "epoll", Plan: "f2", Workload: "31", Digits: "01002", Digest: 0x8c1f02aa,
		},
		Decisions: []scheduler.Decision{
			{Point: scheduler.PointTask, N: 3},
			{Point: pointOrder, N: 2, Got: 1},
			{Point: pointFault, N: 3},
			{Point: pointOrder, N: 62},
			{Point: pointFault, N: 3, Got: 2},
			{Point: pointOrder, N: 2},
		},
	}
}

func TestSaved(t *testing.T) {
	if got := scheduler.FormatSaved(savedRun()); got != savedText {
		t.Errorf("written:\n%s\nwant:\n%s", got, savedText)
	}
	for _, c := range []struct{ why, text string }{
		{"as written", savedText},
		{"with comments and empty lines between", strings.ReplaceAll(savedText, "\n3 ", "\n\n# a thought\n3 ")},
		{"with the line ends of Windows", strings.ReplaceAll(savedText, "\n", "\r\n")},
		{"without a last line end", strings.TrimSuffix(savedText, "\n")},
	} {
		got, err := scheduler.ParseSaved(c.text)
		if err != nil || !reflect.DeepEqual(got, savedRun()) {
			t.Errorf("%s: %+v, %v", c.why, got, err)
		}
	}
}

func TestSavedErrors(t *testing.T) {
	for _, c := range []struct{ why, old, new, want string }{
		{"an empty file", savedText, "", `no line "points"`},
		{"no tape", "tape rt1/reactor/Mine/epoll/f2/31/01002~8c1f02aa\n", "", `no line "tape"`},
		{"a bad tape", "~8c1f02aa", "", "line 4: tape \"rt1/"},
		{"two tapes", "points", "tape rt1/a/b/c/d/-/-~00000000\npoints", `line 5: a second line "tape"`},
		{"a tape of another run", "/01002~", "/01001~", "the tape has the digits 01001, the decisions are 01002"},
		{"no deviations", "deviations test-order#0=1 test-fault#1=2\n", "", `no line "deviations"`},
		{"deviations of another run", "test-fault#1=2", "test-fault#0=2", `"deviations" does not agree with the decisions, which have: test-order#0=1 test-fault#1=2`},
		{"a decision left out", "3 test-order 0/62\n", "", "line 10: decision 4 where 3 comes next"},
		{"a decision without a bound", "0/62", "0", "NUMBER POINT GOT/N"},
		{"a word too many", "0/62", "0/62 x", "NUMBER POINT GOT/N"},
		{"an answer beyond the bound", "0/62", "62/62", "alternative 62 of 62 (0 to 61)"},
		{"a bound that cannot be", "0/62", "0/63", "2 to 62 alternatives"},
		{"one alternative is no decision", "0/62", "0/1", "2 to 62 alternatives"},
		{"an unknown keyword", "points", "pionts", `line 5: begins with "pionts"`},
		{
			"unknown points are all named", "1 test-order 1/2\n2 test-fault 0/3", "1 lost 1/2\n2 gone 0/3",
			"choice points that this program does not have: lost, gone",
		},
	} {
		_, err := scheduler.ParseSaved(strings.Replace(savedText, c.old, c.new, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "saved run") {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		}
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
		run := scheduler.Saved{Tape: savedRun().Tape, Comment: rapid.StringMatching(`([a-z]{1,9}( [a-z]{1,9})?)?`).Draw(t, "comment")}
		for range rapid.IntRange(0, 20).Draw(t, "decisions") {
			n := rapid.Uint8Range(2, scheduler.MaxAlternatives).Draw(t, "n")
			run.Decisions = append(run.Decisions, scheduler.Decision{
				Point: rapid.SampledFrom(points).Draw(t, "point"), N: n, Got: rapid.Uint8Range(0, n-1).Draw(t, "got"),
			})
		}
		run.Tape.Digits = scheduler.Digits(run.Decisions)
		got, err := scheduler.ParseSaved(scheduler.FormatSaved(run))
		if err != nil || !reflect.DeepEqual(got, run) {
			t.Fatalf("read %+v, %v", got, err)
		}
	})
}
