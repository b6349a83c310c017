package fidelity

import (
	"slices"

	"reactortest/internal/sequence"
)

// fail shrinks the calls of a sequence to few that still disagree, and reports
// them. A disagreement that does not come again is reported as it was.
func (c *comparison) fail(number int, settled bool, found *Disagreement) {
	calls := append([]Call(nil), c.calls...)
	before := len(calls)
	usual := c.bench.patience
	c.bench.patience = hurry
	fails := func(calls []Call) int {
		n, differs := c.replay(number, settled, calls, nil)
		if differs == nil {
			return -1
		}
		return n
	}
	shrinker := sequence.Shrinker[Call]{Fails: fails, Simpler: simpler, Rename: rename}
	calls = shrinker.Shrink(calls)
	c.bench.patience = usual
	f := &sequence.Failure{Sequence: number, Before: before, Found: found.String()}
	n, differs := c.replay(number, settled, calls, &f.Script)
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

// replay makes the calls on both kernels. It returns how many were made up to
// the first disagreement, and that.
func (c *comparison) replay(number int, settled bool, calls []Call, script *[]string) (int, *Disagreement) {
	c.bench.begin(number, settled)
	defer c.bench.end()
	for i := range calls {
		o, differs := c.bench.step(&calls[i])
		if script != nil {
			line := calls[i].String()
			if differs == nil {
				line += " = " + o.String()
			}
			*script = append(*script, line)
		}
		if differs != nil {
			return i + 1, differs
		}
	}
	return len(calls), nil
}

// rename numbers the descriptors anew, without gaps.
func rename(calls []Call) []Call {
	calls = slices.Clone(calls)
	names := sequence.Names{}
	for i := range calls {
		c := &calls[i]
		c.FD, c.Other = names.Of(c.FD), names.Of(c.Other)
		c.Made = names.Make(c.Made, ops[c.Op].makes)
		if data := defaultData(c.Op); data != 0 {
			c.Data = data
		}
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
	for r := range c.FD {
		try(func(s *Call) { s.FD = r })
	}
	try(func(s *Call) { s.Extra = 0 })
	switch c.Op { //nolint:exhaustive // the others are simple
	case opAdd, opMod:
		for bit := uint32(1); bit != 0; bit <<= 1 {
			if c.Bits&bit != 0 {
				try(func(s *Call) { s.Bits &^= bit })
			}
		}
	case opWait:
		try(func(s *Call) { s.Data = 0 })
		if c.N != 1 && c.N != maxEvents {
			try(func(s *Call) { s.N = maxEvents })
		}
	case opRead, opWrite, opRecvfrom, opSendto, opUrgent, opReadv, opWritev, opSendmsg, opRecvmsg, opSendfile:
		try(func(s *Call) { s.N = 1 })
	case opSettime:
		try(func(s *Call) { s.Flags = 0 })
	}
	return all
}
