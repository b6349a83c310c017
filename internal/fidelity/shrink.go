package fidelity

// fail shrinks the calls of a sequence to few that still disagree, and reports
// them. A disagreement that does not come again is reported as it was.
func (c *comparison) fail(number int, settled bool, found *Disagreement) {
	calls := append([]Call(nil), c.calls...)
	before := len(calls)
	c.bench.patience = hurry
	fails := func(calls []Call) int {
		n, differs := c.replay(number, settled, calls, nil)
		if differs == nil {
			return -1
		}
		return n
	}
	calls = shrink(calls, fails)
	c.bench.patience = patience
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
	for size := len(calls) / 2; size > 0; {
		smaller := false
		for end := len(calls); end > 0; end -= size {
			end = min(end, len(calls))
			rest := append(append([]Call(nil), calls[:max(end-size, 0)]...), calls[end:]...)
			if n := fails(rest); n >= 0 {
				calls, smaller = rest[:n], true
			}
		}
		if !smaller || size > 1 {
			size /= 2
		}
	}
	for i := range calls {
		calls = simplify(calls, i, fails)
	}
	return calls
}

// simplify makes the arguments of one call simpler, one at a time.
func simplify(calls []Call, i int, fails func([]Call) int) []Call {
	for again := true; again; {
		again = false
		for _, s := range simpler(calls[i]) {
			rest := append([]Call(nil), calls...)
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
	switch c.Op { //nolint:exhaustive // the others are simple
	case opAdd, opMod:
		for bit := uint32(1); bit != 0; bit <<= 1 {
			if c.Bits&bit != 0 {
				c := c
				c.Bits &^= bit
				all = append(all, c)
			}
		}
	case opWait:
		try(func(s *Call) { s.Data = 0 })
		if c.N != 1 && c.N != maxEvents {
			try(func(s *Call) { s.N = maxEvents })
		}
	case opRead, opWrite, opRecvfrom, opSendto:
		try(func(s *Call) { s.N = 1 })
	case opSettime:
		try(func(s *Call) { s.Flags = 0 })
	}
	return all
}
