package demuxsuite

import (
	"testing"

	"reactortest/demux"
)

// TestCompleter judges a demultiplexer that carries out operations by the rules
// O1 to O10 of package demux, and by what W3 says of operations. The demux under
// test is what the host's Open returns. If that is no demux.Completer every case
// is skipped. What it can do is taken from its Traits.
//
// An operation that connects needs a handle that is not connected. A host that
// can make one has a method Stream(addr netip.Addr) (demux.Handle, error), for
// a stream handle of the family of addr; without it the cases that need it are
// skipped.
//
// Cases run as those of TestDemux do.
func TestCompleter(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	mustMake(newHost)
	Test(t, CompleterName, newHost, nil)
}

// completionSuite are the cases of O1 to O10, and of W3 for operations.
var completionSuite = []ruleCases{
	{"O1", "one-event", opOneEventCases},
	{"O2", "ownership", opOwnershipCases},
	{"O3", "cancel", opCancelCases},
	{"O4", "order", opOrderCases},
	{"O5", "finished-at-once", opAtOnceCases},
	{"O6", "results", opResultCases},
	{"O7", "close", opCloseCases},
	{"O8", "lending", opLendingCases},
	{"O9", "a-handle-closed-in-flight", opInFlightCases},
	{"O10", "attachment", opAttachmentCases},
	{"W3", "mistakes", opMistakeCases},
}
