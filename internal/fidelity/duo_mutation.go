package fidelity

import "fmt"

// DuoMutation is a rule of blocked calls that is broken on purpose: it changes what a
// call of the simulation does or returns.
type DuoMutation struct {
	Name string
	Rule string // what it breaks

	main func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome // a call of the main task
	task func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome // a call of T
}

var duoMutations []DuoMutation

func lookupDuoMutation(name string) (*DuoMutation, error) {
	if name == "" {
		return nil, nil
	}
	for i := range duoMutations {
		if duoMutations[i].Name == name {
			return &duoMutations[i], nil
		}
	}
	return nil, fmt.Errorf("fidelity: there is no mutation %q", name)
}
