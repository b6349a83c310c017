package scheduler_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

func TestTape(t *testing.T) {
	for _, c := range []struct {
		why  string
		text string
		want scheduler.Tape
	}{
		{
			"a tape of a test", "rt1/reactor/TestMyReactor/epoll/f2/31/110000312~8c1f02aa",
			scheduler.Tape{
				Suite: "reactor", Subject: "TestMyReactor", Dialect: "epoll", Plan: "f2",
				Workload: "31", Digits: "110000312", Digest: 0x8c1f02aa,
			},
		},
		{
			"a subject with a slash", "rt1/reactor/planted/stale-event/epoll/a0/zZ9/-~00000001",
			scheduler.Tape{
				Suite: "reactor", Subject: "planted/stale-event", Dialect: "epoll", Plan: "a0",
				Workload: "zZ9", Digest: 1,
			},
		},
		{
			"no digits at all, a tilde in the subject", "rt1/demux/a~b/kqueue/f/-/-~ffffffff",
			scheduler.Tape{Suite: "demux", Subject: "a~b", Dialect: "kqueue", Plan: "f", Digest: 0xffffffff},
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

func TestTapeErrors(t *testing.T) {
	const good = "rt1/reactor/Mine/epoll/f2/31/11~8c1f02aa"
	for _, c := range []struct {
		why  string
		text string
		want string
	}{
		{"nothing", "", `version ""`},
		{"a newer version", "rt2" + good[3:], `version "rt2": this program reads rt1/`},
		{"no version", good[4:], `version "reactor"`},
		{"digits only", "110011", `version "110011"`},
		{"no digest", "rt1/reactor/Mine/epoll/f2/31/11", "does not end with ~DIGEST"},
		{"a segment missing", "rt1/reactor/Mine/epoll/31/11~8c1f02aa", "6 segments of at least 7"},
		{"no suite", "rt1//Mine/epoll/f2/31/11~8c1f02aa", "SUITE is empty"},
		{"no subject", "rt1/reactor//epoll/f2/31/11~8c1f02aa", "SUBJECT is empty"},
		{"no dialect", "rt1/reactor/Mine//f2/31/11~8c1f02aa", "DIALECT is empty"},
		{"no plan", "rt1/reactor/Mine/epoll//31/11~8c1f02aa", "PLAN is empty"},
		{"empty digits are written -", "rt1/reactor/Mine/epoll/f2/31/~8c1f02aa", `DIGITS is empty: no digits are written "-"`},
		{"the workload's too", "rt1/reactor/Mine/epoll/f2//11~8c1f02aa", "WORKLOAD is empty"},
		{"a bad digit, by place", "rt1/reactor/Mine/epoll/f2/31/11!1~8c1f02aa", `'!' at place 2 of DIGITS`},
		{"- is no digit", "rt1/reactor/Mine/epoll/f2/3-1/11~8c1f02aa", `'-' at place 1 of WORKLOAD`},
		{"a short digest", "rt1/reactor/Mine/epoll/f2/31/11~8c1f02a", `digest "8c1f02a"`},
		{"a long digest", good + "0", `digest "8c1f02aa0"`},
		{"an upper-case digest", "rt1/reactor/Mine/epoll/f2/31/11~8C1F02AA", `digest "8C1F02AA"`},
		{"no hexadecimal", "rt1/reactor/Mine/epoll/f2/31/11~8c1f02ag", `digest "8c1f02ag"`},
		{"a sign", "rt1/reactor/Mine/epoll/f2/31/11~+c1f02aa", `digest "+c1f02aa"`},
		{"white space", good + "\n", `'\n' in it`},
	} {
		_, err := scheduler.ParseTape(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.why, err, c.want)
		} else if !strings.HasPrefix(err.Error(), "tape \"") {
			t.Errorf("%s: error %v does not name the input", c.why, err)
		}
	}
	long := "rt1/reactor/Mine/epoll/f2/31/" + strings.Repeat("1", 20_000) + "!~8c1f02aa"
	if _, err := scheduler.ParseTape(long); err == nil || len(err.Error()) > 500 {
		t.Error("the error of a long tape does not fit on a screen")
	}
}

// Whatever is read prints as it was, and whatever a text is, reading does not
// panic.
func TestTapeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`rt1(/[a-z0-9-]{0,3}){5,8}(/[0-9A-Za-z]{1,4}|/-){2}~[0-9a-f]{8}|[rt1/~\-0aZ]{0,40}`).Draw(t, "text")
		tape, err := scheduler.ParseTape(text)
		if err == nil && tape.String() != text {
			t.Fatalf("%q prints as %q", text, tape)
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
