package scheduler_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// has returns a bug that needs each of the patterns.
func has(patterns ...string) func(string) bool {
	return func(text string) bool {
		for _, p := range patterns {
			if !regexp.MustCompile(p).MatchString(text) {
				return false
			}
		}
		return true
	}
}

func TestShrinkWorkload(t *testing.T) {
	atLeast := func(n string) func(string) bool { return has(`x,(` + n + `)(\+|$)`) }
	for _, c := range []struct {
		why   string
		text  string
		fails func(string) bool
		want  string
	}{
		{"what does not fail stays as it is", "w1+t,5ms+c.3,w", has("nothing"), "w1+t,5ms+c.3,w"},
		{"what always fails is the version alone", "w1+t,5ms+c.3,w", has(), "w1"},
		{"a version has no parts that go", "w9,a.7", has(), "w9,a.7"},
		{"the plain workload", "-", has(), "-"},
		{"one element of many", "w1+a+b+c+d+e+f+g", has(`\+e`), "w1+e"},
		{"two that need each other, and their order", "w1+a+b+c+d+e+f+g", has(`\+b.*\+g`), "w1+b+g"},
		{"the last", "w1+a+b+c", has(`\+c`), "w1+c"},
		{"the first", "w1+a+b+c", has(`\+a`), "w1+a"},
		{"words go", "w1+c,open,write.3,read,close", has(`write.3`), "w1+c,write.3"},
		{"the first word of an element stays while the element does", "w1+c.2,open,write", has(`\+c`), "w1+c.0"},
		{"a number becomes 0", "w1+t,70ms", has(`t,\d+ms`), "w1+t,0ms"},
		{"or 1", "w1+t,70ms", has(`t,[1-9]\d*ms`), "w1+t,1ms"},
		{"or the least that fails", "w1+x,3000", atLeast(`1[7-9]\d\d|[2-9]\d\d\d`), "w1+x,1700"},
		{"an odd one", "w1+x,9", atLeast("[13579]"), "w1+x,1"},
		{"numbers of a word one by one", "w1+c.7.9.x,k=5", has(`c\.[3-9]\.[2-9]`), "w1+c.3.2.x"},
		{"what is no number stays", "w1+t5,a5,5-,18446744073709551616,5MS,5:5", has("t5,a5,5-,18446744073709551616,5MS,5:5"), "w1+t5,a5,5-,18446744073709551616,5MS,5:5"},
		{"a number with zeros in front", "w1+x,007", has("x,0*[3-9]"), "w1+x,3"},
		{"empty parts are parts", "w1++,,+..", has(`,`), "w1+,"},
		{
			"an element that can go only after another has", "w1+a+b+c",
			func(s string) bool { return s == "w1+a+b+c" || s == "w1+a+c" || s == "w1+a" || s == "w1" }, "w1",
		},
		{
			"a word that can go only after a number is lower", "w1+a,1+b,9",
			has(`\+a`, `\+b,\d`, `a,1|b,0`), "w1+a+b,0",
		},
	} {
		if got := scheduler.ShrinkWorkload(c.text, c.fails, 0); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

func TestShrinkWorkloadKeepsToItsBudget(t *testing.T) {
	fails := has(`\+c,`, `\+x,[4-9]\d`)
	text := "w1+a,1,2+b,3,4+c,5,6+d+x,99+e,7"
	if got := scheduler.ShrinkWorkload(text, fails, 1000); got != "w1+c,0+x,40" {
		t.Errorf("with a large budget %q", got)
	}
	for _, budget := range []int{1, 2, 5, 10, 20} {
		tries := 0
		got := scheduler.ShrinkWorkload(text, func(s string) bool {
			tries++
			return fails(s)
		}, budget)
		if tries > budget || !fails(got) {
			t.Errorf("budget %d: %d tries, result %q", budget, tries, got)
		}
	}
}

// Whatever the bug: the result has failed, no text is tried twice, and
// shrinking again or anew changes nothing.
func TestShrinkWorkloadProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "w1" + strings.Join(rapid.SliceOfN(rapid.StringMatching(`\+[abc](\.[0-9]{1,2}(ms)?)?(,[de][0-9]?(\.[0-9])?){0,3}`), 0, 6).Draw(t, "elements"), "")
		needs := rapid.SliceOfN(rapid.SampledFrom([]string{`\+a`, `\+b\.[2-9]`, `,d`, `,e\d\.[1-9]`, `\+c.*,d`, `\+[ab].*\+c`}), 0, 3).Draw(t, "needs")
		tried := map[string]bool{}
		fails := func(s string) bool {
			if tried[s] {
				t.Fatalf("%q was tried twice", s)
			}
			tried[s] = true
			return has(needs...)(s)
		}
		small := scheduler.ShrinkWorkload(text, fails, 0)
		if !has(needs...)(text) {
			if small != text {
				t.Fatalf("%q does not fail, and became %q", text, small)
			}
			return
		}
		if !tried[small] || !has(needs...)(small) || len(small) > len(text) {
			t.Fatalf("%q became %q, tried %v", text, small, tried[small])
		}
		if again := scheduler.ShrinkWorkload(small, has(needs...), 0); again != small {
			t.Fatalf("shrinking %q again gives %q", small, again)
		}
		if anew := scheduler.ShrinkWorkload(text, has(needs...), 0); anew != small {
			t.Fatalf("shrinking %q gives %q and %q", text, small, anew)
		}
	})
}
