package fidelity

import (
	"fmt"

	"reactortest/demux/epoll"
)

// Mutation is a rule of the simulation that is broken on purpose.
type Mutation struct {
	Name, Rule string
	wrap       func(epoll.Syscalls) epoll.Syscalls
}

var mutations []Mutation

// Mutations returns all of them.
func Mutations() []Mutation { return mutations }

func lookupMutation(name string) (func(epoll.Syscalls) epoll.Syscalls, error) {
	if name == "" {
		return nil, nil
	}
	for _, m := range mutations {
		if m.Name == name {
			return m.wrap, nil
		}
	}
	return nil, fmt.Errorf("fidelity: there is no mutation %q", name)
}
