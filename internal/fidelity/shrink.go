package fidelity

import "slices"

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
	calls = shrink(calls, fails)
	c.bench.patience = usual
	f := &Failure{Sequence: number, Before: before, Disagreement: *found}
	n, differs := c.replay(number, settled, calls, &f.Script)
	if differs == nil { // it does not come again
		f.Script = f.Script[:0]
		for i := range c.calls {
			f.Script = append(f.Script, c.calls[i].String())
		}
		f.What = "not repeatable: " + f.What
	} else {
		f.Disagreement, f.Script = *differs, f.Script[:n]
	}
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

// shrink takes calls out, halves first, then fewer, and makes arguments simpler,
// as long as the rest still fails. fails returns how many calls it took, -1 if
// it did not fail.
func shrink(calls []Call, fails func([]Call) int) []Call {
	n := fails(calls)
	if n < 0 {
		return calls
	}
	calls = calls[:n]
	for before := []Call(nil); !slices.Equal(before, calls); {
		before = slices.Clone(calls)
		calls = cut(calls, fails)
		for i := range calls {
			calls = simplify(calls, i, fails)
		}
	}
	if named := rename(calls); fails(named) == len(calls) {
		return named
	}
	return calls
}

// cut takes calls out.
func cut(calls []Call, fails func([]Call) int) []Call {
	for size := max(len(calls)/2, 1); size > 0; {
		smaller := false
		for end := len(calls); end > 0; end -= size {
			end = min(end, len(calls))
			rest := slices.Delete(slices.Clone(calls), max(end-size, 0), end)
			if n := fails(rest); n >= 0 {
				calls, smaller = rest[:n], true
			}
		}
		if !smaller || size > 1 {
			size /= 2
		}
	}
	return calls
}

// rename numbers the descriptors anew, without gaps.
func rename(calls []Call) []Call {
	calls = slices.Clone(calls)
	names := map[Ref]Ref{}
	for i := range calls {
		c := &calls[i]
		c.FD, c.Other = renamed(names, c.FD), renamed(names, c.Other)
		first := Ref(len(names))
		for j := range ops[c.Op].makes {
			names[c.Made+Ref(j)] = first + Ref(j)
		}
		c.Made = first
		if data := defaultData(c.Op); data != 0 {
			c.Data = data
		}
	}
	return calls
}

func renamed(names map[Ref]Ref, r Ref) Ref {
	if r < 0 {
		return r
	}
	if name, made := names[r]; made {
		return name
	}
	return NotMade
}

// simplify makes the arguments of one call simpler, one at a time.
func simplify(calls []Call, i int, fails func([]Call) int) []Call {
	for again := true; again; {
		again = false
		for _, s := range simpler(calls[i]) {
			rest := slices.Clone(calls)
			rest[i] = s
			if fails(rest) == len(calls) {
				calls, again = rest, true
				break
			}
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
	case opRead, opWrite, opRecvfrom, opSendto, opUrgent:
		try(func(s *Call) { s.N = 1 })
	case opSettime:
		try(func(s *Call) { s.Flags = 0 })
	}
	return all
}
