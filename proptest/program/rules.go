package program

import "reactortest/proptest/internal/core"

// The rules, by index.
const (
	rulePasses = iota
	ruleEndsTasks
	ruleClosesHandles
	ruleDeregisters
	ruleEndsOperations
	ruleCount
)

// properties has the rules in the order of the constants.
var properties = [ruleCount]core.Property{
	rulePasses: {
		Name: "program-passes", Rule: "the program does not fail its test",
		Why: "The program, or one of its clients, called t.Error or t.Fatal.", Must: true,
	},
	ruleEndsTasks: {
		Name: "program-ends-tasks", Rule: "within 10 s after the program has returned, every task that it started has ended",
		Why: "A task that is left behind keeps its memory and its handles, and may use objects that no longer exist.", Must: true,
	},
	ruleClosesHandles: {
		Name: "program-closes-handles", Rule: "when the program has ended, every handle and demultiplexer that it opened is closed",
		Why: "If every connection that ends this way costs a descriptor, accept fails with EMFILE sooner or later.", Must: true,
	},
	ruleDeregisters: {
		Name: "program-deregisters", Rule: "the program deregisters a handle before it closes the handle, or does not use the demultiplexer afterward",
		Why: "The next handle with that number gets the events of the old one, or cannot be registered (W14 of package demux).", Must: true,
	},
	ruleEndsOperations: {
		Name: "program-ends-operations", Rule: "when the program has ended, every operation that it submitted has come back, or its demultiplexer is closed",
		Why: "The kernel keeps using the buffer of an operation until the operation ends.", Must: true,
	},
}

// Properties returns the rules that TestProgram judges by, besides the ways in
// which a run can break down: deadlock, livelock, panic, run-error and hang.
func Properties() []core.Property { return append([]core.Property(nil), properties[:]...) }
