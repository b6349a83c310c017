package main

import (
	"io"
	"strings"
	"testing"
)

func TestTableOfOneBug(t *testing.T) {
	for _, c := range []struct{ why, args, want string }{
		{"the default search", "-subjects ^posted-lifo$ -seeds 2 -runs 200", "| posted-lifo | posted-fifo | 2 | 2 |"},
		{"strategies in turn", "-subjects ^posted-lifo$ -seeds 1 -runs 200 -strategy random,pct3", "the strategies random,pct3 in turn"},
		{"another kernel", "-subjects ^posted-lifo$ -seeds 1 -runs 200 -dialect iocp", "| posted-lifo | posted-fifo | 1 | 1 |"},
		{"a search that finds nothing counts as one run more", "-legal -subjects ^twin$ -seeds 1 -runs 9", "| twin |  | 0 | 0 | 10 | 10 | - | - | - | - | - | - |"},
	} {
		var out strings.Builder
		if err := run(strings.Fields(c.args), &out, io.Discard); err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: the table does not have %q:\n%s", c.why, c.want, out.String())
		}
	}
}

func TestFlagsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-seeds 0", "-seeds is 0"},
		{"-strategy slow", `"slow" is none of random, pct2`},
		{"-subjects (", "-subjects: "},
		{"posted-lifo", "there are no arguments"},
	} {
		if err := run(strings.Fields(c.args), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got the error %v, want one with %q", c.args, err, c.want)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		list []int
		want int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{3, 1, 2}, 2}, {[]int{4, 1, 3, 2}, 3}} {
		if got := median(c.list); got != c.want {
			t.Errorf("the median of %v is %d, want %d", c.list, got, c.want)
		}
	}
}
