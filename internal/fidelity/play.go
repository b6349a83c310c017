package fidelity

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Play makes the calls of a script, one on each line in the form of reports, on the
// simulated kernel, and on the running kernel if that is a Linux; compared says
// whether it is. Play returns the result of each call and the conditions that it
// has changed. A disagreement is an error.
func Play(lines []string) (output string, compared bool, err error) {
	calls, err := parseCalls(lines)
	if err != nil {
		return "", false, err
	}
	kernel, err := newRunning()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return "", false, err
	}
	b := newBench(newSimulated(nil), kernel)
	b.begin(0, usesNetwork(calls))
	defer b.end()
	var out strings.Builder
	before := map[Ref]uint32{}
	for i := range calls {
		o, differs := b.step(&calls[i])
		if differs != nil {
			return out.String(), true, fmt.Errorf("line %d, %v: %v", i+1, &calls[i], differs)
		}
		fmt.Fprintf(&out, "%v = %v\n", &calls[i], &o)
		for i, r := range b.watch {
			if have, known := before[r]; !known || have != b.want[i] {
				fmt.Fprintf(&out, "   %v: %s\n", r, bits(b.want[i]))
			}
			before[r] = b.want[i]
		}
	}
	return out.String(), kernel != nil, nil
}

func parseCalls(lines []string) ([]Call, error) {
	var calls []Call
	made := Ref(0)
	for i, line := range lines {
		c, err := parseCall(line, made)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if c.N > maxBytes || c.Op == opWait && c.N > maxEvents {
			return nil, fmt.Errorf("line %d: %d is more than there is room for", i+1, c.N)
		}
		if c.Op == opEventfd && c.Data > math.MaxUint32 {
			return nil, fmt.Errorf("line %d: an eventfd begins with 32 bits, not with %d", i+1, c.Data)
		}
		made += Ref(ops[c.Op].makes)
		calls = append(calls, c)
	}
	return calls, nil
}

// usesNetwork reports whether there is a network in the calls.
func usesNetwork(calls []Call) bool {
	for i := range calls {
		if calls[i].Op == opSocket && calls[i].Flags != familyUnix {
			return true
		}
	}
	return false
}
