package sequence

import (
	"fmt"
	"strings"
)

// Bits are the names of bits, in the order in which they are written.
type Bits []struct {
	Bit  uint32
	Name string
}

// Text returns the names of the set bits, such as "IN|OUT|ET", or "0".
func (all Bits) Text(m uint32) string {
	var names []string
	for _, b := range all {
		if m&b.Bit != 0 {
			names = append(names, b.Name)
			m &^= b.Bit
		}
	}
	if m != 0 {
		names = append(names, fmt.Sprintf("%#x", m))
	}
	if names == nil {
		return "0"
	}
	return strings.Join(names, "|")
}

// Parse reads the text that Text returns.
func (all Bits) Parse(s string) (uint32, error) {
	var m uint32
	for word := range strings.SplitSeq(s, "|") {
		bit, known := all.bit(word)
		if !known && word != "0" {
			return 0, fmt.Errorf("%q is no bit", word)
		}
		m |= bit
	}
	return m, nil
}

func (all Bits) bit(name string) (uint32, bool) {
	for _, b := range all {
		if b.Name == name {
			return b.Bit, true
		}
	}
	return 0, false
}
