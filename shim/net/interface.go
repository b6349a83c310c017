//go:build linux

package net

import (
	"errors"
	"net"

	"reactortest/shim/sim"
)

var errNoSuchInterface = errors.New("no such network interface")

// loopback is the one interface of the simulation.
func loopback() *net.Interface {
	return &net.Interface{Index: 1, MTU: 65536, Name: "lo", Flags: net.FlagUp | net.FlagLoopback | net.FlagRunning}
}

// InterfaceByIndex is net.InterfaceByIndex.
func InterfaceByIndex(index int) (*net.Interface, error) {
	if sim.Real() {
		return net.InterfaceByIndex(index)
	}
	return interfaceIf(index == 1)
}

// InterfaceByName is net.InterfaceByName.
func InterfaceByName(name string) (*net.Interface, error) {
	if sim.Real() {
		return net.InterfaceByName(name)
	}
	return interfaceIf(name == "lo")
}

func interfaceIf(found bool) (*net.Interface, error) {
	if !found {
		return nil, &net.OpError{Op: "route", Net: "ip+net", Err: errNoSuchInterface}
	}
	return loopback(), nil
}

// Interfaces is net.Interfaces.
func Interfaces() ([]net.Interface, error) {
	if sim.Real() {
		return net.Interfaces()
	}
	return []net.Interface{*loopback()}, nil
}
