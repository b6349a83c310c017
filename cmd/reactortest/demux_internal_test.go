package main

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"sync"
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

// judgeDemuxes judges every demultiplexer, with fewer runs if tests are to be short.
func judgeDemuxes(ctx context.Context, args ...string) result {
	if testing.Short() {
		args = append(args, "-runs", "4")
	}
	return call(ctx, append([]string{"check", "-demux"}, args...)...)
}

// demuxes is the check of all demultiplexers for machines, made once for all
// tests.
var demuxes = sync.OnceValue(func() result { return judgeDemuxes(context.Background(), "-json") })

// demuxColumns returns the columns of demuxes.
func demuxColumns(t *testing.T) []demuxColumn {
	t.Helper()
	r := demuxes()
	r.want(t, exitClean)
	var table demuxTable
	if err := json.Unmarshal([]byte(r.out), &table); err != nil {
		t.Fatal(err)
	}
	return table.Demuxes
}

// table prints columns and returns the output and the exit status.
func table(t *testing.T, columns []demuxColumn) result {
	t.Helper()
	var out, err strings.Builder
	c := &command{ctx: t.Context(), out: &out, err: &err}
	c.printDemuxes(columns)
	code := c.concludeDemuxes(columns)
	return result{code, out.String(), err.String()}
}

func TestCheckDemux(t *testing.T) {
	columns := demuxColumns(t)
	judged := map[string]bool{}
	for i := range columns {
		column := &columns[i]
		if column.Report == nil {
			if !column.Real || column.NotRun == "" {
				t.Errorf("%s was not run, and the reason is %q", columnTitle(column), column.NotRun)
			}
			continue
		}
		judged[columnTitle(column)] = true
		for row, rule := range demuxRules() {
			cell := demuxCell(column, row, rule)
			completes := strings.HasPrefix(column.Name, "iocp") || column.Name == "io_uring" || runtime.GOOS == "windows" && column.Real
			if rule[0] == 'O' && (cell == cellNotMeant) == completes {
				t.Errorf("%s: %s: %s", columnTitle(column), rule, cell)
			}
			if rule == "W5" && (cell == cellNotMeant) == column.Report.Traits.Edge {
				t.Errorf("%s: W5: %s, and its Traits say Edge %v", columnTitle(column), cell, column.Report.Traits.Edge)
			}
		}
	}
	want := []string{
		"epoll, simulated", "kqueue-darwin, simulated", "kqueue-dragonfly, simulated", "kqueue-freebsd, simulated",
		"kqueue-netbsd, simulated", "kqueue-openbsd, simulated", "iocp, simulated",
	}
	if runtime.GOOS == "linux" {
		want = append(want, "epoll, real")
	}
	for _, title := range want {
		if !judged[title] {
			t.Errorf("%s is not in the table", title)
		}
	}
}

func TestCheckDemuxTwice(t *testing.T) {
	first := demuxColumns(t)
	again := judgeDemuxes(t.Context(), "-json")
	again.want(t, exitClean)
	var second demuxTable
	if err := json.Unmarshal([]byte(again.out), &second); err != nil {
		t.Fatal(err)
	}
	simulated := func(columns []demuxColumn) string {
		var kept []demuxColumn
		for _, c := range columns {
			if !c.Real {
				kept = append(kept, c)
			}
		}
		return table(t, kept).out
	}
	if a, b := simulated(first), simulated(second.Demuxes); a != b {
		t.Errorf("two checks differ:\n%s\n%s", a, b)
	}
}

func TestCheckDemuxAddsColumns(t *testing.T) {
	other, third := windowsOfWine, windowsItself // other is not this system
	if realdemux.Wine() {
		other, third = third, "epoll"
	}
	column := demuxColumn{Name: other, Real: true, Report: reportOf(nil)}
	column.Report.Rules[0].Passed = 77
	text, err := json.Marshal(demuxTable{[]demuxColumn{column}})
	if err != nil {
		t.Fatal(err)
	}
	r := judgeDemuxes(t.Context(), "-also", write(t, "other.json", string(text)))
	r.want(t, exitClean, "ok 77", third+", real: not run", "kqueue, real: not run")
	if strings.Contains(r.out, other+", real: not run") {
		t.Errorf("the column is there and was called not run:\n%s", r.out)
	}
}

// reportOf is one on a demultiplexer without edges that keeps every rule, changed.
func reportOf(change func(r *proptest.DemuxReport)) *proptest.DemuxReport {
	r := &proptest.DemuxReport{Traits: demux.Traits{Name: "iocp"}, Completer: true}
	for _, rule := range demuxRules() {
		r.Rules = append(r.Rules, proptest.RuleReport{Rule: rule, Passed: 3})
	}
	if change != nil {
		change(r)
	}
	return r
}

func TestCheckDemuxTellsWhatIsWrong(t *testing.T) {
	const w5, w10, o1 = 4, 9, 14
	for _, tt := range []struct {
		why, name string
		change    func(r *proptest.DemuxReport)
		code      int
		says      string
	}{
		{"a rule is broken", "iocp", func(r *proptest.DemuxReport) { r.Rules[o1].Failures = []string{"two events"} }, exitViolation, "--- FAIL: iocp, real: two events"},
		{"no case of a rule was run", "iocp", func(r *proptest.DemuxReport) { r.Rules[o1].Passed = 0 }, exitUsage, "not judged: O1 on iocp, real"},
		{"no edges on IOCP", "iocp", func(r *proptest.DemuxReport) { r.Rules[w5].Passed = 0 }, exitClean, "-"},
		{"no edges on epoll", "epoll", func(r *proptest.DemuxReport) { r.Rules[w5].Passed = 0 }, exitUsage, "not judged: W5 on epoll, real"},
		{"no edges on a kqueue", "kqueue-netbsd", func(r *proptest.DemuxReport) { r.Rules[w5].Passed = 0 }, exitUsage, "not judged: W5 on kqueue-netbsd, real"},
		{"a case was not run", "iocp", func(r *proptest.DemuxReport) { r.Rules[o1].Skipped = []string{"many: no room"} }, exitClean, "ok 3/4"},
		{"and the reason", "iocp", func(r *proptest.DemuxReport) { r.Rules[o1].Skipped = []string{"many: no room"} }, exitClean, "O1: case not run: many: no room"},
		{"not fair, and not promised", "iocp", func(r *proptest.DemuxReport) { r.Rules[w10].Notes = []string{"token 4"} }, exitClean, "unkept"},
		{"it cannot be opened", "iocp", func(r *proptest.DemuxReport) { *r = *unopened(demux.ErrClosed) }, exitViolation, "Open: " + demux.ErrClosed.Error()},
	} {
		t.Run(tt.why, func(t *testing.T) {
			table(t, []demuxColumn{{Name: tt.name, Real: true, Report: reportOf(tt.change)}}).want(t, tt.code, tt.says)
		})
	}
}

func TestCheckDemuxUsage(t *testing.T) {
	few, err := json.Marshal(demuxTable{[]demuxColumn{{Name: "Wine", Real: true, Report: &proptest.DemuxReport{}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why  string
		args []string
		says []string
	}{
		{"a flag of the other check", []string{"-demux", "-subject", "eventloop"}, []string{"-subject is for a check of a reactor"}},
		{"a column for the other check", []string{"-also", "x"}, []string{"-also is for -demux"}},
		{"a file that is not there", []string{"-demux", "-also", "/nowhere/x.json"}, []string{"-also", "/nowhere/x.json"}},
		{"a file of something else", []string{"-demux", "-also", write(t, "a.json", `{"subject":"x"}`)}, []string{"a.json is not the output of check -demux -json", "subject"}},
		{"an empty file", []string{"-demux", "-also", write(t, "b.json", "")}, []string{"b.json is not the output of check -demux -json"}},
		{"garbage behind the JSON", []string{"-demux", "-also", write(t, "d.json", `{"demuxes":[]} and more`)}, []string{"d.json", `followed by "and more"`}},
		{"an unknown column", []string{"-demux", "-also", write(t, "e.json", `{"demuxes":[{"name":"devpoll","real":true}]}`)}, []string{`e.json: there is no column "devpoll, real"`}},
		{"no runs", []string{"-demux", "-runs", "0"}, []string{"-runs is 0"}},
		{"a column of other rules", []string{"-demux", "-also", write(t, "c.json", string(few))}, []string{"c.json: Wine, real was judged by the rules", "these are W1 W2"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			call(t.Context(), append([]string{"check"}, tt.args...)...).want(t, exitUsage, tt.says...)
		})
	}
}
