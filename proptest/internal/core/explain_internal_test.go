package core

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/scheduler"
)

func TestExplainFindsTheNearestPassingRun(t *testing.T) {
	o := toyOptions(t)
	f := toyCheck(t, toy{}, o).Broken("in-order")
	_, e, err := Explain(f.Saved, toy{}, o)
	if err != nil || e == nil || e.Passing == nil {
		t.Fatalf("no passing run: %+v, %v", e, err)
	}
	p := e.Passing
	if len(p.Changes) != 1 || p.Failing == p.Passing || len(p.Lines) == 0 || !strings.HasPrefix(p.Failing, "task 1/") {
		t.Errorf("the passing run is %+v, want one change of a choice of tasks", p)
	}
	if f.Lines[0].Mark || !strings.Contains(e.Screen(), "the nearest passing run: 1 change, found in 1 run\n") {
		t.Errorf("the screen is\n%s", e.Screen())
	}
	repaired := false
	r, e, err := Explain(f.Tape, toy{broken: &repaired}, o)
	if err != nil || e != nil || r.Failure != nil {
		t.Errorf("a run that breaks no rule is explained: %+v, %v", e, err)
	}
}

func TestNeighborsComeByTheNumberOfChanges(t *testing.T) {
	decisions := []scheduler.Decision{{N: 3, Got: 1}, {N: 2}, {N: 2, Got: 1}}
	var got []string
	for d := range neighbors(decisions) {
		got = append(got, scheduler.Digits(d))
	}
	const want = "1|001|111|201|"
	if all := strings.Join(got, "|"); all != want {
		t.Errorf("the neighbors are %s, want %s", all, want)
	}
	for range neighbors(decisions) {
		break // it can be left
	}
}

func TestPagesNameTheFile(t *testing.T) {
	dir := t.TempDir()
	e := &Explanation{Subject: "toy", Failure: &Failure{Rule: "in-order", Text: "broken", Lines: []Line{{Lane: "tasks", Text: "arrives", Mark: true}}}}
	page := filepath.Join(dir, "page.html")
	if err := e.WritePage(page, "go test"); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.html")
	if err := os.Symlink(page, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ why, path string }{
		{"a folder that is not there", filepath.Join(dir, "none", "page.html")},
		{"a folder in the place of the file", dir},
		{"a link is not written through", link},
	} {
		for _, err := range []error{e.WritePage(tt.path, ""), e.WriteTrace(tt.path)} {
			if err == nil || !strings.HasPrefix(err.Error(), "file "+tt.path+": ") {
				t.Errorf("%s: the error is %v, want one that names the file", tt.why, err)
			}
		}
	}
}
