package scheduler_test

import (
	"regexp"
	"strings"
	"testing"

	"reactortest/scheduler"
)

func TestTape(t *testing.T) {
	for _, c := range []struct {
		why  string
		text string
		want scheduler.Tape
	}{
		{
			"a tape of a test", "rt2/reactor/TestMyReactor/epoll/f2od/w1+t,5ms,stop:0.x=1_2-3/110000312~8c1f02aa",
			scheduler.Tape{
				Suite: "reactor", Subject: "TestMyReactor", Dialect: "epoll", Plan: "f2od",
				Workload: "w1+t,5ms,stop:0.x=1_2-3", Digits: "110000312", Digest: 0x8c1f02aa,
			},
		},
		{
			"a subject with a slash", "rt2/reactor/planted/stale-event/epoll-5.10/a0/zZ9/-~00000001",
			scheduler.Tape{
				Suite: "reactor", Subject: "planted/stale-event", Dialect: "epoll-5.10", Plan: "a0",
				Workload: "zZ9", Digest: 1,
			},
		},
		{
			"no digits at all, a tilde in the subject", "rt2/demux/a%7Eb/kqueue/f/-/-~ffffffff",
			scheduler.Tape{Suite: "demux", Subject: "a~b", Dialect: "kqueue", Plan: "f", Workload: scheduler.PlainWorkload, Digest: 0xffffffff},
		},
	} {
		got, err := scheduler.ParseTape(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.why, got, err)
		}
		if text := c.want.String(); text != c.text {
			t.Errorf("%s: prints %q, want %q", c.why, text, c.text)
		}
	}
}

// Whatever a test is called, its tape can be read back, and is one word for a
// shell.
func TestTapeSubjects(t *testing.T) {
	word := regexp.MustCompile(`^[A-Za-z0-9/._=+~%:,-]*$`)
	for _, c := range []struct{ why, subject, segment string }{
		{"a plain name", "TestMine/epoll", "TestMine/epoll"},
		{"the second test of a name", "TestMine/a#01", "TestMine/a%2301"},
		{"a test without a name", "TestMine/#00", "TestMine/%2300"},
		{"parentheses and quotes", `T/f("x",'y')`, "T/f%28%22x%22%2C%27y%27%29"},
		{"what a shell would run", "T/$(id)`id`;&|<>*?[]{}!\\", "T/%24%28id%29%60id%60%3B%26%7C%3C%3E%2A%3F%5B%5D%7B%7D%21%5C"},
		{"letters of other scripts", "T/\u00e9\u8a9e", "T/%C3%A9%E8%AA%9E"},
		{"bytes that are no text", "T/\xff\x00", "T/%FF%00"},
		{"a space, a line end", "a b\nc", "a%20b%0Ac"},
		{"a percent sign", "100%/%41", "100%25/%2541"},
		{"a tilde", "a~00000000", "a%7E00000000"},
		{"empty elements of a path", "/a//b/", "/a//b/"},
		{"slashes only", "///", "///"},
		{"dots", "../..", "../.."},
		{"segments of a tape", "Mine/epoll/f2/w1/11", "Mine/epoll/f2/w1/11"},
		{"as long as may be", strings.Repeat("#", 1024), strings.Repeat("%23", 1024)},
	} {
		tape := scheduler.Tape{Suite: "reactor", Subject: c.subject, Dialect: "epoll", Plan: "f2", Workload: "w1", Digits: "1"}
		if err := tape.Validate(); err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
		text := tape.String()
		if !strings.Contains(text, "/"+c.segment+"/epoll/") || !word.MatchString(text) {
			t.Errorf("%s: %q is written %q, want %q in it", c.why, c.subject, text, c.segment)
		}
		if got, err := scheduler.ParseTape(text); err != nil || got != tape {
			t.Errorf("%s: %q was read as %+v, %v", c.why, text, got, err)
		}
	}
}

// What has no text that can be read is refused before anybody prints it.
func TestTapeValidate(t *testing.T) {
	good := scheduler.Tape{Suite: "reactor", Subject: "Mine", Dialect: "epoll", Plan: "f2", Workload: "w1", Digits: "1"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why    string
		change func(t *scheduler.Tape)
		want   string
	}{
		{"no suite", func(t *scheduler.Tape) { t.Suite = "" }, "SUITE is empty"},
		{"a slash in the suite", func(t *scheduler.Tape) { t.Suite = "a/b" }, `'/' at place 1 of SUITE "a/b"`},
		{"no subject", func(t *scheduler.Tape) { t.Subject = "" }, "SUBJECT is empty"},
		{"a long subject", func(t *scheduler.Tape) { t.Subject = strings.Repeat("x", 1025) }, "SUBJECT has 1025 bytes, at most 1024"},
		{"no dialect", func(t *scheduler.Tape) { t.Dialect = "" }, "DIALECT is empty"},
		{"a space in the dialect", func(t *scheduler.Tape) { t.Dialect = "e poll" }, "' ' at place 1 of DIALECT"},
		{"a long dialect", func(t *scheduler.Tape) { t.Dialect = strings.Repeat("x", 65) }, "DIALECT has 65 bytes, at most 64"},
		{"no plan", func(t *scheduler.Tape) { t.Plan = "" }, "PLAN is empty"},
		{"a plus in the plan", func(t *scheduler.Tape) { t.Plan = "f+2" }, `'+' at place 1 of PLAN "f+2"`},
		{"a letter beyond ASCII", func(t *scheduler.Tape) { t.Plan = "f\u00e9" }, "at place 1 of PLAN"},
		{"no workload", func(t *scheduler.Tape) { t.Workload = "" }, "WORKLOAD is empty"},
		{"a tilde in the workload", func(t *scheduler.Tape) { t.Workload = "w1~" }, "'~' at place 2 of WORKLOAD"},
		{"a slash in the workload", func(t *scheduler.Tape) { t.Workload = "w1/2" }, "'/' at place 2 of WORKLOAD"},
		{"a long workload", func(t *scheduler.Tape) { t.Workload = strings.Repeat("x", 8193) }, "WORKLOAD has 8193 bytes, at most 8192"},
		{"what is no digit", func(t *scheduler.Tape) { t.Digits = "1-" }, "'-' at place 1 of DIGITS"},
		{"too many digits", func(t *scheduler.Tape) { t.Digits = strings.Repeat("1", 20_001) }, "20001 DIGITS: a tape has at most 20000"},
	} {
		bad := good
		c.change(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 500 {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		}
		if got, err := scheduler.ParseTape(bad.String()); err == nil && got == bad {
			t.Errorf("%s: refused, and read all the same from %q", c.why, bad)
		}
	}
}

func TestTapeErrors(t *testing.T) {
	const good = "rt2/reactor/Mine/epoll/f2/w1/11~8c1f02aa"
	for _, c := range []struct {
		why  string
		text string
		want string
	}{
		{"nothing", "", `version ""`},
		{"a newer version", "rt3" + good[3:], `version "rt3": this program reads rt2/`},
		{"an older version", "rt1/reactor/Mine/epoll/f2/31/11~8c1f02aa", `version "rt1" has the draws of a workload and not the workload`},
		{"an older version says what to do", "rt1" + good[3:], "search again to get a tape of version rt2, or replay it with the release that printed it"},
		{"no version", good[4:], `version "reactor"`},
		{"digits only", "110011", `version "110011"`},
		{"no digest", "rt2/reactor/Mine/epoll/f2/w1/11", "does not end with ~DIGEST"},
		{"a segment missing", "rt2/reactor/Mine/epoll/w1/11~8c1f02aa", "6 segments of at least 7"},
		{"no suite", "rt2//Mine/epoll/f2/w1/11~8c1f02aa", "SUITE is empty"},
		{"no subject", "rt2/reactor//epoll/f2/w1/11~8c1f02aa", "SUBJECT is empty"},
		{"no dialect", "rt2/reactor/Mine//f2/w1/11~8c1f02aa", "DIALECT is empty"},
		{"no plan", "rt2/reactor/Mine/epoll//w1/11~8c1f02aa", "PLAN is empty"},
		{"empty digits are written -", "rt2/reactor/Mine/epoll/f2/w1/~8c1f02aa", `DIGITS is empty: no digits are written "-"`},
		{"a workload is never empty", "rt2/reactor/Mine/epoll/f2//11~8c1f02aa", "WORKLOAD is empty"},
		{"a bad digit, by place", "rt2/reactor/Mine/epoll/f2/w1/11!1~8c1f02aa", `'!' at place 2 of DIGITS`},
		{"a bad workload, by place", "rt2/reactor/Mine/epoll/f2/w1*/11~8c1f02aa", `'*' at place 2 of WORKLOAD`},
		{"a subject that is not escaped", "rt2/reactor/a#b/epoll/f2/w1/11~8c1f02aa", `SUBJECT "a#b" is written "a%23b"`},
		{"a letter that is escaped: a second way to write it", "rt2/reactor/%41/epoll/f2/w1/11~8c1f02aa", `SUBJECT "%41" is written "A"`},
		{"half an escape", "rt2/reactor/a%2/epoll/f2/w1/11~8c1f02aa", "% is followed by two digits"},
		{"small digits of an escape", "rt2/reactor/a%7e/epoll/f2/w1/11~8c1f02aa", "% is followed by two digits"},
		{"a short digest", "rt2/reactor/Mine/epoll/f2/w1/11~8c1f02a", `digest "8c1f02a"`},
		{"a long digest", good + "0", `digest "8c1f02aa0"`},
		{"an upper-case digest", "rt2/reactor/Mine/epoll/f2/w1/11~8C1F02AA", `digest "8C1F02AA"`},
		{"no hexadecimal", "rt2/reactor/Mine/epoll/f2/w1/11~8c1f02ag", `digest "8c1f02ag"`},
		{"a sign", "rt2/reactor/Mine/epoll/f2/w1/11~+c1f02aa", `digest "+c1f02aa"`},
		{"white space", good + "\n", `'\n' in it`},
		{"too long for any tape", "rt2/" + strings.Repeat("x", 1<<16), "65540 bytes: a tape has at most 65536"},
	} {
		_, err := scheduler.ParseTape(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", c.why, err, c.want)
		} else if !strings.HasPrefix(err.Error(), "tape \"") {
			t.Errorf("%s: error %v does not name the input", c.why, err)
		}
	}
	long := "rt2/reactor/Mine/epoll/f2/w1/" + strings.Repeat("1", 20_000) + "!~8c1f02aa"
	if _, err := scheduler.ParseTape(long); err == nil || len(err.Error()) > 500 {
		t.Error("the error of a long tape does not fit on a screen")
	}
}

// Whatever is read prints as it was, and whatever a text is, reading does not
// panic.
func FuzzTape(f *testing.F) {
	for _, seed := range []string{
		"rt2/reactor/TestMyReactor/epoll/f2od/w1+t,5ms,stop:0.x=1_2-3/110000312~8c1f02aa", "rt2/a/b%7E//c/d/-/-~00000000",
		"rt2/a/%25%/c/d/e/f/-/-~00000000", "rt1/a/b/c/d/-/-~00000000", "rt2/~/~", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tape, err := scheduler.ParseTape(text)
		if err != nil {
			return
		}
		if err := tape.Validate(); err != nil || tape.String() != text {
			t.Fatalf("%q prints as %q, %v", text, tape, err)
		}
	})
}

// Whatever a tape has: Validate refuses it, or it is read back.
func FuzzTapeFields(f *testing.F) {
	f.Add("reactor", "TestMine/a#01", "epoll", "f2", "w1", "01")
	f.Add("", "/", "a/b", "f2-in", "-", "")
	f.Add("-", "%", "-", "-", "-", "-")
	f.Fuzz(func(t *testing.T, suite, subject, dialect, plan, workload, digits string) {
		tape := scheduler.Tape{Suite: suite, Subject: subject, Dialect: dialect, Plan: plan, Workload: workload, Digits: digits, Digest: 7}
		got, err := scheduler.ParseTape(tape.String())
		if valid := tape.Validate() == nil; valid != (err == nil && got == tape) {
			t.Fatalf("%#v: valid %v, read back as %#v, %v", tape, valid, got, err)
		}
	})
}

func TestDigits(t *testing.T) {
	d := func(got ...uint8) (list []scheduler.Decision) {
		for _, g := range got {
			list = append(list, scheduler.Decision{Point: pointOrder, N: 62, Got: g})
		}
		return list
	}
	for _, c := range []struct {
		why  string
		in   []scheduler.Decision
		want string
	}{
		{"no decisions", nil, ""},
		{"a quiet run", d(0, 0, 0), ""},
		{"quiet digits at the end are left out", d(1, 0, 2, 0, 0), "102"},
		{"the alphabet", d(9, 10, 35, 36, 61), "9AZaz"},
	} {
		if got := scheduler.Digits(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}
