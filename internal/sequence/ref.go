package sequence

import (
	"fmt"
	"strconv"
)

// Ref names a descriptor of a sequence by the order in which it was made, from 0.
// A negative Ref names a descriptor that was never made.
type Ref int

// The references that name nothing.
const (
	None    Ref = -1 // the descriptor -1, or no argument
	NotMade Ref = -2 // a number that is never open
)

// String returns "a" for the first, "b", then "a1" after "z".
func (r Ref) String() string {
	switch {
	case r == None:
		return "-1"
	case r < 0:
		return "none"
	case r < 26:
		return string(rune('a' + r))
	default:
		return fmt.Sprintf("%c%d", 'a'+r%26, r/26)
	}
}

// ParseRef reads the text of Ref.String.
func ParseRef(s string) (Ref, error) {
	switch {
	case s == "-1":
		return None, nil
	case s == "none":
		return NotMade, nil
	case s == "" || s[0] < 'a' || s[0] > 'z':
		return 0, fmt.Errorf("%q is no descriptor: they are a to z, a1 and so on, none and -1", s)
	case len(s) == 1:
		return Ref(s[0] - 'a'), nil
	}
	n, err := strconv.Atoi(s[1:])
	if err != nil || n < 1 || n > 10 {
		return 0, fmt.Errorf("%q is no descriptor", s)
	}
	return Ref(s[0]-'a') + Ref(26*n), nil
}

// Names renames descriptors after calls have been taken out of a sequence.
type Names map[Ref]Ref

// Of returns the new name of r, NotMade if r is no longer made.
func (n Names) Of(r Ref) Ref {
	if r < 0 {
		return r
	}
	if name, made := n[r]; made {
		return name
	}
	return NotMade
}

// Make gives the next names to count descriptors, from r on. It returns the first
// name.
func (n Names) Make(r Ref, count int) Ref {
	first := Ref(len(n))
	for i := range Ref(count) {
		n[r+i] = first + i
	}
	return first
}
