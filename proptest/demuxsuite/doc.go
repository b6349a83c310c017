// Package demuxsuite judges demultiplexers by the rules of package demux.
//
// TestDemux checks the demultiplexer that a Host opens against the rules W1 to
// W14, and TestCompleter one that carries out operations against O1 to O10:
//
//	func TestMine(t *testing.T) {
//		demuxsuite.TestDemux(t, func(testing.TB) demux.Host { return newMyHost() })
//	}
//
// Each rule has cases. On the simulated kernel a search runs them in drawn orders
// and with drawn faults; a failure has a tape. On a real kernel each case runs
// once. CheckDemux runs each case once outside of a test. CheckContract wraps a demultiplexer and reports each call
// that breaks the contract. Package proptest exports all of them too.
package demuxsuite
