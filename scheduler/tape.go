package scheduler

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// tapeVersion begins every tape. A change of what a segment means changes it.
const tapeVersion = "rt2"

// alphabet has the digits of a tape, by value.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// noDigits stands for an empty segment of digits.
const noDigits = "-"

// PlainWorkload is the text of the workload without any elements.
const PlainWorkload = "-"

// Limits of a tape.
const (
	maxTape     = 64 << 10 // bytes of its text
	maxName     = 64       // bytes of SUITE, DIALECT, PLAN and a rule
	maxSubject  = 1024     // bytes, before they are escaped
	maxWorkload = 8192     // bytes
	maxDigits   = DefaultDecisions
)

// Tape names a run, so that it can be made again: the subject, the simulated
// kernel, the workload and every decision. Its text is one word for a shell:
// rt2/SUITE/SUBJECT/DIALECT/PLAN/WORKLOAD/DIGITS~DIGEST.
type Tape struct {
	Suite    string // "reactor"
	Subject  string // "TestMyReactor", "planted/stale-event": any text; the text of a tape has it escaped
	Dialect  string // "epoll"
	Plan     string // mode and fault budgets, "f2od"
	Workload string // the workload, as text of the suite; PlainWorkload if it has no elements
	Digits   string // the digits of the run, see Digits
	Digest   uint32 // see Digest; 8 digits, hexadecimal
}

// String returns the text of t, which ParseTape reads if Validate finds
// nothing.
func (t Tape) String() string {
	return fmt.Sprintf("%s/%s/%s/%s/%s/%s/%s~%08x", tapeVersion, t.Suite, escapeSubject(t.Subject), t.Dialect, t.Plan,
		t.Workload, orNoDigits(t.Digits), t.Digest)
}

func orNoDigits(digits string) string {
	if digits == "" {
		return noDigits
	}
	return digits
}

// Validate returns an error if ParseTape could not read the text of t. The error
// names the segment and the rule that it breaks:
//
//   - Suite, Dialect and Plan are 1 to 64 letters, digits, dots, dashes and
//     underscores.
//   - Subject is 1 to 1024 arbitrary bytes.
//   - Workload is 1 to 8192 letters, digits and characters of ".,:+=_-".
//   - Digits are at most 20000.
func (t Tape) Validate() error {
	return cmp.Or(
		checkName("SUITE", t.Suite), checkSubject(t.Subject), checkName("DIALECT", t.Dialect), checkName("PLAN", t.Plan),
		checkWorkload(t.Workload), checkDigits(t.Digits),
	)
}

// ParseTape reads the text of a tape. An error names the text and the rule that it
// breaks. ParseTape does not check whether the suite, the subject or the dialect
// exists.
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
	if len(s) > maxTape {
		return Tape{}, fmt.Errorf("%d bytes: a tape has at most %d", len(s), maxTape)
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f {
			return Tape{}, fmt.Errorf("%q in it: a tape has no white space", r)
		}
	}
	if err := checkVersion(s); err != nil {
		return Tape{}, err
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
	t := Tape{Suite: segments[1], Dialect: tail[0], Plan: tail[1], Workload: tail[2]}
	var errSubject, errDigits, errDigest error
	t.Subject, errSubject = unescapeSubject(strings.Join(segments[subject:len(segments)-behind], "/"))
	t.Digits, errDigits = parseDigits(tail[3])
	t.Digest, errDigest = parseDigest(digest)
	return t, cmp.Or(errSubject, errDigits, errDigest, t.Validate())
}

func checkVersion(s string) error {
	switch version, _, _ := strings.Cut(s, "/"); version {
	case tapeVersion:
		return nil
	case "rt1":
		return fmt.Errorf("version \"rt1\" has the draws of a workload and not the workload, and what is drawn has changed since: "+
			"search again to get a tape of version %s, or replay it with the release that printed it", tapeVersion)
	default:
		return fmt.Errorf("version %q: this program reads %s", shorten(version), tapeShape)
	}
}

func parseDigits(s string) (string, error) {
	switch s {
	case "":
		return "", fmt.Errorf("DIGITS is empty: no digits are written %q", noDigits)
	case noDigits:
		return "", nil
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

// Digits returns the digits of a tape for decisions: 0-9A-Za-z, one for each
// decision. It leaves out quiet digits at the end, because past the end of a tape
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

// digitValue returns the value of a digit, -1 if c is not a digit.
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
