package fidelity

import "reactortest/scheduler"

// What is drawn. A quiet strategy draws the first alternative of everything.
var (
	pointCall     = scheduler.NewPoint("fidelity-call")     // which call comes next
	pointArgument = scheduler.NewPoint("fidelity-argument") // with what
)
