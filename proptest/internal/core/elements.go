package core

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of the text of a workload.
const (
	maxWorkloadText = 8192 // bytes
	maxElements     = 2048
)

// PlainWorkload stands for the workload that is drawn when every draw is 0.
const PlainWorkload = "-"

// Word is a part of an element: atoms that are joined by ".".
type Word []string

// Element is a part of a workload: words that are joined by ",". The first atom
// of its first word is its kind.
type Element []Word

// ParseElements splits the text of a workload, elements that are joined by "+",
// and checks its first element, the version.
func ParseElements(text, version string) ([]Element, error) {
	if len(text) > maxWorkloadText {
		return nil, fmt.Errorf("a workload has at most %d bytes, and this has %d", maxWorkloadText, len(text))
	}
	parts := strings.Split(text, "+")
	if parts[0] != version {
		return nil, fmt.Errorf("a workload begins with its version, %s, and this with %q", version, parts[0])
	}
	if len(parts) > maxElements {
		return nil, fmt.Errorf("a workload has at most %d elements, and this has %d", maxElements, len(parts))
	}
	var all []Element
	for _, part := range parts[1:] {
		var e Element
		for word := range strings.SplitSeq(part, ",") {
			atoms := strings.Split(word, ".")
			for _, a := range atoms {
				if a == "" || strings.Trim(a, atomLetters) != "" {
					return nil, fmt.Errorf("element %q: an atom is letters, digits and dashes, and this is %q", part, a)
				}
			}
			e = append(e, atoms)
		}
		all = append(all, e)
	}
	return all, nil
}

const atomLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:="

// String returns the element as a workload has it.
func (e Element) String() string {
	words := make([]string, len(e))
	for i, w := range e {
		words[i] = w.String()
	}
	return strings.Join(words, ",")
}

// String returns the word as an element has it.
func (w Word) String() string { return strings.Join(w, ".") }

// Atom returns atom i, "" if there is none.
func (w Word) Atom(i int) string {
	if i < len(w) {
		return w[i]
	}
	return ""
}

// ParseNumber reads a decimal number from 0 to most.
func ParseNumber(atom string, most int) (int, error) {
	n, err := strconv.ParseUint(atom, 10, 31)
	if err != nil || int(n) > most || atom != strconv.Itoa(int(n)) {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", atom, most)
	}
	return int(n), nil
}

// units of a duration in a workload, the largest first.
var units = []struct {
	suffix string
	unit   time.Duration
}{
	{"h", time.Hour}, {"s", time.Second}, {"ms", time.Millisecond}, {"us", time.Microsecond}, {"ns", time.Nanosecond},
}

// FormatDuration returns d as a workload has it: a whole number of the largest
// unit that d is a multiple of. d is not negative.
func FormatDuration(d time.Duration) string {
	if d == 0 {
		return "0ms"
	}
	for _, u := range units {
		if d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.suffix
		}
	}
	return ""
}

// ParseDuration reads what FormatDuration wrote, up to most.
func ParseDuration(atom string, most time.Duration) (time.Duration, error) {
	digits := strings.TrimRight(atom, "abcdefghijklmnopqrstuvwxyz")
	for _, u := range units {
		if u.suffix != atom[len(digits):] {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > int64(most/u.unit) || FormatDuration(time.Duration(n)*u.unit) != atom {
			break
		}
		return time.Duration(n) * u.unit, nil
	}
	return 0, fmt.Errorf("%q is not a duration from 0 to %v, such as 5ms or 2h", atom, most)
}
