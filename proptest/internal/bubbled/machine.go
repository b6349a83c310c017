// Package bubbled makes the runs of a suite in bubbles of testing/synctest, for subjects
// that start goroutines of their own.
package bubbled

import (
	"fmt"
	"testing"

	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler/bubble"
)

// Machine is the host of runs that are bubbles. Goroutines of the subject make their calls
// with bubble.Current().Do.
type Machine struct {
	*fakedemux.Kernel
	t *testing.T
}

var _ core.Machine = (*Machine)(nil)

// New returns a machine whose runs are made on k for a test. It panics if tb is no test,
// because only a test can make bubbles.
func New(tb testing.TB, k *fakedemux.Kernel) *Machine {
	t, is := tb.(*testing.T)
	if !is {
		panic(fmt.Sprintf("proptest: a subject that starts goroutines is judged in a test: a *testing.T is needed, not %T", tb))
	}
	return &Machine{k, t}
}

// StuckError means that goroutines were left which can never go on, and which the judge
// did not know of.
type StuckError struct{ Text string }

// Error says what the runtime says of them.
func (e *StuckError) Error() string { return "goroutines are left that can never go on: " + e.Text }

// Run runs main as a task, in a bubble.
func (m *Machine) Run(main func()) error {
	var err error
	known := false
	defer m.Tasks().CheckCallers(true) // the goroutine of the bubble ends
	stuck := bubble.Test(m.t, func(*testing.T) {
		m.Tasks().CheckCallers(true)
		b := bubble.New(m.Kernel)
		err = m.Kernel.Run(main)
		known = len(b.Left()) > 0
		b.End()
	})
	if stuck != "" && !known && (err == nil || core.IsEnd(err)) {
		return &StuckError{stuck}
	}
	return err
}
