package fidelity

import "reactortest/scheduler"

// What is drawn. A quiet strategy draws the first alternative of everything.
var (
	pointCall     = scheduler.NewPoint("fidelity-call", "Which call comes next when the simulated kernel is compared with the running one. No run of a subject asks it.")
	pointArgument = scheduler.NewPoint("fidelity-argument", "Which argument that call gets. No run of a subject asks it.")
)
