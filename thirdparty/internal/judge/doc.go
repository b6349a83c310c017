// Package judge has what the adapters share: the list of an engine's configurations,
// and the test that judges each of them.
package judge

import "reactortest/proptest/server"

// Subject is an engine in one configuration.
type Subject struct {
	Name string // "2 loops, edge"
	New  server.NewEngine
	Real map[string]string // rules that it breaks on the running kernel without a fault, and why
}
