package scheduler

import (
	"fmt"
	"strings"
)

// What the segments of a tape are made of: nothing that a shell or a path
// takes for something else.
const (
	alphanumeric  = alphabet
	nameChars     = alphanumeric + "._-"
	workloadChars = alphanumeric + ".,:+=_-"
	subjectChars  = alphanumeric + "/._=+-"
)

// checkName checks a segment that is a name.
func checkName(segment, s string) error {
	if err := checkLength(segment, s, maxName); err != nil {
		return err
	}
	return checkChars(segment, s, nameChars, "letters, digits, dots, dashes and underscores")
}

func checkSubject(s string) error { return checkLength("SUBJECT", s, maxSubject) }

func checkWorkload(s string) error {
	if err := checkLength("WORKLOAD", s, maxWorkload); err != nil {
		return err
	}
	return checkChars("WORKLOAD", s, workloadChars, `letters, digits and ".,:+=_-"`)
}

func checkDigits(s string) error {
	if len(s) > maxDigits {
		return fmt.Errorf("%d DIGITS: a tape has at most %d", len(s), maxDigits)
	}
	return checkChars("DIGITS", s, alphabet, "0-9, A-Z and a-z")
}

func checkLength(segment, s string, most int) error {
	switch {
	case s == "":
		return fmt.Errorf("%s is empty: a tape is %s", segment, tapeShape)
	case len(s) > most:
		return fmt.Errorf("%s has %d bytes, at most %d are allowed: %q", segment, len(s), most, shorten(s))
	}
	return nil
}

func checkChars(segment, s, chars, names string) error {
	for i, r := range s {
		if !strings.ContainsRune(chars, r) {
			return fmt.Errorf("%q at place %d of %s %q: it is made of %s", r, i, segment, shorten(s), names)
		}
	}
	return nil
}

// escapeSubject returns s for a tape: every byte that is not in subjectChars is
// written as % and two digits, hexadecimal. The names of Go tests have quotes,
// parentheses, # and letters of every script.
func escapeSubject(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(subjectChars, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unescapeSubject returns the subject that escapeSubject wrote. There is one
// way to write each.
func unescapeSubject(s string) (string, error) {
	var b strings.Builder
	for rest := s; rest != ""; {
		head, tail, escaped := strings.Cut(rest, "%")
		b.WriteString(head)
		if !escaped {
			break
		}
		c, ok := parseHex(tail)
		if !ok {
			return "", fmt.Errorf("SUBJECT %q: %% is followed by two digits, 0-9 and A-F", shorten(s))
		}
		b.WriteByte(c)
		rest = tail[2:]
	}
	subject := b.String()
	if want := escapeSubject(subject); want != s {
		return "", fmt.Errorf("SUBJECT %q is written %q", shorten(s), shorten(want))
	}
	return subject, nil
}

// parseHex reads the two digits at the beginning of s.
func parseHex(s string) (byte, bool) {
	const digits = "0123456789ABCDEF"
	if len(s) < 2 {
		return 0, false
	}
	high, low := strings.IndexByte(digits, s[0]), strings.IndexByte(digits, s[1])
	return byte(high<<4 | low), high >= 0 && low >= 0
}
