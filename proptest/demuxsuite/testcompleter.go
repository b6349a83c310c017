package demuxsuite

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// TestCompleter judges a demultiplexer that carries out operations by the rules
// O1 to O10 of package demux, with a subtest for each, and by what W3 says of
// operations. newHost is called once per case; the demux under test is what
// the host's Open returns. If that is no demux.Completer every case is
// skipped. What it can do is taken from its Traits.
//
// An operation that connects needs a handle that is not connected. A host that
// can make one has a method Stream(addr netip.Addr) (demux.Handle, error), for
// a stream handle of the family of addr; without it the cases that need it are
// skipped.
//
// Cases run as those of TestDemux do.
func TestCompleter(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	testSuite(t, completerSuite, newHost)
}

// completerSuite are the cases of O1 to O10, and of W3 for operations.
var completerSuite = []demuxRuleCases{
	{"O1", "one-event", completerOneEventCases},
	{"O2", "ownership", completerOwnershipCases},
	{"O3", "cancel", completerCancelCases},
	{"O4", "order", completerOrderCases},
	{"O5", "finished-at-once", completerAtOnceCases},
	{"O6", "results", completerResultCases},
	{"O7", "close", completerCloseCases},
	{"O8", "lending", completerLendingCases},
	{"O9", "a-handle-closed-in-flight", completerInFlightCases},
	{"O10", "attachment", completerAttachmentCases},
	{"W3", "mistakes", completerMistakeCases},
}

// completerRules are the rules of completion of package demux, in its own
// words. Everything is a must.
var completerRules = [...]core.Property{
	{
		Name: "O1", Rule: "Every operation that Submit accepted comes back in exactly one event with its token, also after Cancel and " +
			"Deregister. If Submit fails there is no event.",
		Why: "A caller frees the memory of an operation when its event comes: none is a leak, and two are a use after free.", Must: true,
	},
	{
		Name: "O2", Rule: "From Submit to that event the Op and its Buf belong to the demux: the caller neither reads nor writes them.",
		Why: "A buffer that is written after its event, or read before it, carries another operation's data.", Must: true,
	},
	{
		Name: "O3", Rule: "Cancel is a request: the event has ErrCanceled or the result. Of an operation that is not in flight it says ErrNotFound.",
		Why: "A cancel that loses the race must not lose the data; one that names nothing must not end another operation.", Must: true,
	},
	{
		Name: "O4", Rule: "Several reads in flight on one stream are filled in the order of submission, and reported so, where " +
			"Traits.ReadsOrdered holds; elsewhere the second Submit is errors.ErrUnsupported. There is one write in flight a " +
			"stream, everywhere.",
		Why: "Reads that overtake each other put a stream together in the wrong order, and nobody notices.", Must: true,
	},
	{
		Name: "O5", Rule: "An operation that finishes at once still completes through Wait, and W1 and W10 hold for it.",
		Why: "A caller that must handle two ways for an operation to end gets one of them wrong, and one that always finishes " +
			"at once can starve everything else.", Must: true,
	},
	{
		Name: "O6", Rule: "A read with N = 0 and a nil Err is the end of a stream, and an empty datagram otherwise; a write's N may be short; an " +
			"accept's New is the caller's.",
		Why: "A caller that takes an error for the end, or the end for an error, cuts a stream short.", Must: true,
	},
	{
		Name: "O7", Rule: "Close of the demux cancels what is in flight and, before it (or the Wait that it ended) returns, the kernel has given " +
			"every Buf back. Those operations get Err = ErrClosed and no event.",
		Why: "Memory that the kernel still writes to after Close is somebody else's by then.", Must: true,
	},
	{
		Name: "O8", Rule: "A read that is submitted with a nil Buf gets one of the demux's where Traits.Lends holds, and is errors.ErrUnsupported " +
			"elsewhere.",
		Why: "A read into nothing that is accepted looks like the end of the stream.", Must: true,
	},
	{
		Name: "O9", Rule: "Closing a handle with operations in flight ends them where Traits.CloseCancels holds; elsewhere they live on and keep " +
			"the object open.",
		Why: "An operation whose handle was closed and that never ends keeps its buffer for ever.", Must: true,
	},
	{
		Name: "O10", Rule: "The first Submit attaches the handle to this demux for its life; one that is attached elsewhere is ErrAttached.",
		Why: "An operation whose packet goes to another demux never ends.", Must: true,
	},
}

// CompleterRules returns the rules that TestCompleter judges by, in the order
// of their numbers.
func CompleterRules() []core.Property { return append([]core.Property(nil), completerRules[:]...) }
