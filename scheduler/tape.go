package scheduler

import (
	"fmt"
	"strconv"
	"strings"
)

// tapeVersion begins every tape. A change of what the digits mean changes it.
const tapeVersion = "rt1"

// alphabet has the digits of a tape, by value.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// noDigits stands for an empty segment of digits.
const noDigits = "-"

// Tape names a run, so that it can be made again: what was tested, on what,
// and every decision. Its text has no white space and is good for a command
// line: rt1/SUITE/SUBJECT/DIALECT/PLAN/WORKLOAD/DIGITS~DIGEST.
type Tape struct {
	Suite    string // "reactor"; no slash
	Subject  string // "TestMyReactor", "planted/stale-event"
	Dialect  string // "epoll"; no slash
	Plan     string // mode and fault budgets, "f2"; no slash
	Workload string // the digits that the workload was drawn from, see Digits
	Digits   string // the digits of the run, see Digits
	Digest   uint32 // see Digest; 8 digits, hexadecimal
}

// String returns the text of t, which ParseTape reads.
func (t Tape) String() string {
	return fmt.Sprintf("%s/%s/%s/%s/%s/%s/%s~%08x", tapeVersion, t.Suite, t.Subject, t.Dialect, t.Plan,
		orNoDigits(t.Workload), orNoDigits(t.Digits), t.Digest)
}

func orNoDigits(digits string) string {
	if digits == "" {
		return noDigits
	}
	return digits
}

// ParseTape reads the text of a tape. An error names the text and the rule
// that it breaks. Whether there is such a suite, subject or dialect it does
// not know.
func ParseTape(s string) (Tape, error) {
	t, err := parseTape(s)
	if err != nil {
		return Tape{}, fmt.Errorf("tape %q: %w", shorten(s), err)
	}
	return t, nil
}

// tapeShape is what a tape looks like, for errors.
const tapeShape = tapeVersion + "/SUITE/SUBJECT/DIALECT/PLAN/WORKLOAD/DIGITS~DIGEST"

func parseTape(s string) (Tape, error) {
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return Tape{}, fmt.Errorf("%q in it: a tape has no white space", r)
		}
	}
	if version, _, _ := strings.Cut(s, "/"); version != tapeVersion {
		return Tape{}, fmt.Errorf("version %q: this program reads %s", shorten(version), tapeShape)
	}
	body, digest, found := cutLast(s, "~")
	if !found {
		return Tape{}, fmt.Errorf("it does not end with ~DIGEST: a tape is %s", tapeShape)
	}
	segments := strings.Split(body, "/")
	const subject, behind = 2, 4 // segments before the subject, and after it
	if len(segments) < subject+1+behind {
		return Tape{}, fmt.Errorf("%d segments of at least %d: a tape is %s", len(segments), subject+1+behind, tapeShape)
	}
	tail := segments[len(segments)-behind:]
	t := Tape{
		Suite: segments[1], Subject: strings.Join(segments[subject:len(segments)-behind], "/"),
		Dialect: tail[0], Plan: tail[1],
	}
	names := [...]string{"SUITE", "SUBJECT", "DIALECT", "PLAN"}
	for i, value := range [...]string{t.Suite, t.Subject, t.Dialect, t.Plan} {
		if value == "" {
			return Tape{}, fmt.Errorf("%s is empty: a tape is %s", names[i], tapeShape)
		}
	}
	var err error
	if t.Workload, err = parseDigits("WORKLOAD", tail[2]); err != nil {
		return Tape{}, err
	}
	if t.Digits, err = parseDigits("DIGITS", tail[3]); err != nil {
		return Tape{}, err
	}
	t.Digest, err = parseDigest(digest)
	return t, err
}

func parseDigits(segment, s string) (string, error) {
	switch s {
	case "":
		return "", fmt.Errorf("%s is empty: no digits are written %q", segment, noDigits)
	case noDigits:
		return "", nil
	}
	for i := range len(s) {
		if digitValue(s[i]) < 0 {
			return "", fmt.Errorf("%q at place %d of %s: digits are 0-9, A-Z and a-z", s[i], i, segment)
		}
	}
	return s, nil
}

func parseDigest(s string) (uint32, error) {
	v, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 8 || strings.ToLower(s) != s {
		return 0, fmt.Errorf("digest %q: it is 8 digits, 0-9 and a-f", shorten(s))
	}
	return uint32(v), nil
}

// Digits returns the digits of a tape for decisions: 0-9A-Za-z, one a
// decision. Quiet ones at the end are left out, since past the end of a tape
// every choice is quiet.
func Digits(decisions []Decision) string {
	n := len(decisions)
	for n > 0 && decisions[n-1].Got == 0 {
		n--
	}
	digits := make([]byte, n)
	for i, d := range decisions[:n] {
		digits[i] = alphabet[d.Got]
	}
	return string(digits)
}

// digitValue returns the value of a digit, -1 if c is none.
func digitValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 36
	}
	return -1
}

// cutLast is strings.Cut at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// shorten keeps an error on one screen: a tape can have thousands of digits.
func shorten(s string) string {
	const head, tail = 80, 40
	if len(s) <= head+tail {
		return s
	}
	return s[:head] + "..." + s[len(s)-tail:]
}
