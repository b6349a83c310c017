package main

import (
	"fmt"
	"strings"

	"reactortest/scheduler"
)

// strategies are what can be measured.
var strategies = []struct {
	name string
	make func(seed uint64) scheduler.Strategy
}{
	{"random", scheduler.NewRandom},
	{"pct2", func(seed uint64) scheduler.Strategy { return scheduler.NewPCT(seed, 2) }},
	{"pct3", func(seed uint64) scheduler.Strategy { return scheduler.NewPCT(seed, 3) }},
	{"pct5", func(seed uint64) scheduler.Strategy { return scheduler.NewPCT(seed, 5) }},
	{"sparse2", func(seed uint64) scheduler.Strategy { return scheduler.NewSparse(seed, 2) }},
	{"sparse4", func(seed uint64) scheduler.Strategy { return scheduler.NewSparse(seed, 4) }},
	{"sparse8", func(seed uint64) scheduler.Strategy { return scheduler.NewSparse(seed, 8) }},
}

func strategyNames() []string {
	var names []string
	for _, s := range strategies {
		names = append(names, s.name)
	}
	return names
}

// turns takes several strategies in turn.
type turns struct {
	turn    []scheduler.Strategy
	current scheduler.Strategy
}

// newStrategy makes the strategies that are named. No name is nil.
func newStrategy(names string, seed uint64) (scheduler.Strategy, error) {
	if names == "" {
		return nil, nil //nolint:nilnil // the default search
	}
	t := &turns{}
	for name := range strings.SplitSeq(names, ",") {
		before := len(t.turn)
		for _, s := range strategies {
			if s.name == name {
				t.turn = append(t.turn, s.make(seed))
			}
		}
		if len(t.turn) == before {
			return nil, fmt.Errorf("-strategy: %q is none of %s", name, strings.Join(strategyNames(), ", "))
		}
	}
	return t, nil
}

// newSearch makes the strategy that is measured, for one seed.
func (s *settings) newSearch(seed int) scheduler.Strategy {
	if strategy, _ := newStrategy(s.strategy, uint64(seed)); strategy != nil {
		return strategy
	}
	return scheduler.NewSearch(uint64(seed))
}

func (t *turns) Begin(run int) bool {
	t.current = t.turn[run%len(t.turn)]
	return t.current.Begin(run)
}

func (t *turns) Choose(c *scheduler.Choice) int { return t.current.Choose(c) }
func (t *turns) End(r scheduler.Result)         { t.current.End(r) }

// Independent says that runs may be made in any order, as those of each strategy.
func (t *turns) Independent() {}
