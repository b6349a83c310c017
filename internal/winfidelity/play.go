package winfidelity

import (
	"errors"
	"fmt"
	"strings"

	"reactortest/internal/sequence"
)

// Play makes the calls of a script, one on each line in the form of reports, on the
// simulated system, and on the running system if that is a Windows; compared says
// whether it is. Play returns the result of each call and the changes that it made
// to conditions of sockets and to operations. A disagreement is an error.
func Play(lines []string) (output string, compared bool, err error) {
	calls, err := parseCalls(lines)
	if err != nil {
		return "", false, err
	}
	running, err := Running()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return "", false, err
	}
	b := newBench(newMachine(Simulated(nil)), nil)
	if running != nil {
		b = newBench(b.simulated, newMachine(running))
	}
	b.begin()
	defer b.end()
	var out strings.Builder
	p := player{bench: b, before: map[sequence.Ref]uint32{}, over: map[Oper]bool{}}
	for i := range calls {
		o, differs := b.step(&calls[i])
		if differs != nil {
			return out.String(), true, fmt.Errorf("line %d, %v: %v", i+1, &calls[i], differs)
		}
		fmt.Fprintf(&out, "%v = %v\n", &calls[i], &o)
		p.changes(&out)
	}
	return out.String(), running != nil, nil
}

// player remembers what a script has told.
type player struct {
	bench  *bench
	before map[sequence.Ref]uint32
	over   map[Oper]bool
}

// changes writes what has changed.
func (p *player) changes(out *strings.Builder) {
	for i := range p.bench.handles {
		h := &p.bench.handles[i]
		if r := sequence.Ref(i); sockets.has(h.kind) && p.before[r] != h.conditions {
			fmt.Fprintf(out, "   %v: %s\n", r, conditionNames.Text(h.conditions))
			p.before[r] = h.conditions
		}
	}
	for i := range p.bench.flights {
		if n := Oper(i); p.bench.flights[i].began && !p.over[n] && !p.bench.simulated.inFlight(n) {
			p.over[n] = true
			o := p.bench.simulated.outcome(n)
			fmt.Fprintf(out, "   %v: %v\n", n, &o)
		}
	}
}

func parseCalls(lines []string) ([]Call, error) {
	var calls []Call
	made, started := sequence.Ref(0), Oper(0)
	for i, line := range lines {
		c, err := parseCall(line, made, started)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		made += sequence.Ref(ops[c.Op].makes)
		if ops[c.Op].starts {
			started++
		}
		calls = append(calls, c)
	}
	return calls, nil
}
