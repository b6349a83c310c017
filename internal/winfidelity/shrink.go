package winfidelity

import (
	"slices"

	"reactortest/internal/sequence"
)

// fail shrinks the calls of a sequence to few that still disagree, and reports
// them. A disagreement that does not come again is reported as it was.
func (c *comparison) fail(number int, found *Disagreement) {
	before := len(c.calls)
	usual := c.bench.patience
	c.bench.patience = min(usual, pauses(haste))
	shrinker := sequence.Shrinker[Call]{Simpler: simpler, Rename: rename, Fails: func(calls []Call) int {
		n, differs := c.replay(calls, nil)
		if differs == nil {
			return -1
		}
		return n
	}}
	calls := shrinker.Shrink(slices.Clone(c.calls))
	c.bench.patience = usual
	f := &sequence.Failure{Sequence: number, Before: before, Found: found.String()}
	n, differs := c.replay(calls, &f.Script)
	if differs != nil {
		f.Script = f.Script[:n]
	} else { // it does not come again
		differs = &Disagreement{What: "not repeatable: " + found.What, Simulated: found.Simulated, Running: found.Running}
		f.Script = f.Script[:0]
		for i := range c.calls {
			f.Script = append(f.Script, c.calls[i].String())
		}
	}
	f.What, f.Simulated, f.Running = differs.What, differs.Simulated, differs.Running
	c.report.Failure = f
}

// replay makes the calls on both systems. It returns how many were made up to the
// first disagreement, and that.
func (c *comparison) replay(calls []Call, script *[]string) (int, *Disagreement) {
	c.bench.begin()
	defer c.bench.end()
	for i := range calls {
		o, differs := c.bench.step(&calls[i])
		if script != nil {
			*script = append(*script, calls[i].String()+" = "+o.String())
		}
		if differs != nil {
			return i + 1, differs
		}
		if c.bench.explained {
			break
		}
	}
	return len(calls), nil
}

// rename numbers handles and operations anew, without gaps.
func rename(calls []Call) []Call {
	calls = slices.Clone(calls)
	names, started := sequence.Names{}, map[Oper]Oper{}
	for i := range calls {
		c := &calls[i]
		c.Handle, c.Other = names.Of(c.Handle), names.Of(c.Other)
		if n, known := started[c.Oper]; known {
			c.Oper = n
		} else if c.Oper >= 0 {
			c.Oper = NotStarted
		}
		c.Made = names.Make(c.Made, ops[c.Op].makes)
		first := Oper(len(started))
		if ops[c.Op].starts {
			started[c.Start] = first
		}
		c.Start = first
	}
	return calls
}

// simpler returns c with one argument simpler each.
func simpler(c Call) []Call {
	var all []Call
	try := func(change func(*Call)) {
		s := c
		if change(&s); s != c {
			all = append(all, s)
		}
	}
	for r := range c.Handle {
		try(func(s *Call) { s.Handle = r })
	}
	switch c.Op { //nolint:exhaustive // the others are simple
	case opAssociate, opPost:
		try(func(s *Call) { s.Key = 1 })
	case opGet:
		try(func(s *Call) { s.When = whenNow })
		if c.N != 1 && c.N != maxEntries {
			try(func(s *Call) { s.N = maxEntries })
		}
	case opRecv, opSend, opRead, opWrite:
		try(func(s *Call) { s.N = 1 })
	case opPoll:
		for bit := uint32(1); bit != 0; bit <<= 1 {
			if c.Bits&bit != 0 {
				try(func(s *Call) { s.Bits &^= bit })
			}
		}
		try(func(s *Call) { s.When = whenNever })
		try(func(s *Call) { s.Flags = 0 })
		try(func(s *Call) { s.N = 1 })
	}
	return all
}
