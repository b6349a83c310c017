package proptest

import (
	"testing"

	"reactortest/demux"
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
var completerRules = [...]Property{
	{
		"O1", "Every operation that Submit accepted comes back in exactly one event with its token, also after Cancel and " +
			"Deregister. If Submit fails there is no event.",
		"A caller frees the memory of an operation when its event comes: none is a leak, and two are a use after free.", true,
	},
	{
		"O2", "From Submit to that event the Op and its Buf belong to the demux: the caller neither reads nor writes them.",
		"A buffer that is written after its event, or read before it, carries another operation's data.", true,
	},
	{
		"O3", "Cancel is a request: the event has ErrCanceled or the result. Of an operation that is not in flight it says ErrNotFound.",
		"A cancel that loses the race must not lose the data; one that names nothing must not end another operation.", true,
	},
	{
		"O4", "Several reads in flight on one stream are filled in the order of submission, and reported so, where " +
			"Traits.ReadsOrdered holds; elsewhere the second Submit is errors.ErrUnsupported. There is one write in flight a " +
			"stream, everywhere.",
		"Reads that overtake each other put a stream together in the wrong order, and nobody notices.", true,
	},
	{
		"O5", "An operation that finishes at once still completes through Wait, and W1 and W10 hold for it.",
		"A caller that must handle two ways for an operation to end gets one of them wrong, and one that always finishes " +
			"at once can starve everything else.", true,
	},
	{
		"O6", "A read with N = 0 and a nil Err is the end of a stream, and an empty datagram otherwise; a write's N may be short; an " +
			"accept's New is the caller's.",
		"A caller that takes an error for the end, or the end for an error, cuts a stream short.", true,
	},
	{
		"O7", "Close of the demux cancels what is in flight and, before it (or the Wait that it ended) returns, the kernel has given " +
			"every Buf back. Those operations get Err = ErrClosed and no event.",
		"Memory that the kernel still writes to after Close is somebody else's by then.", true,
	},
	{
		"O8", "A read that is submitted with a nil Buf gets one of the demux's where Traits.Lends holds, and is errors.ErrUnsupported " +
			"elsewhere.",
		"A read into nothing that is accepted looks like the end of the stream.", true,
	},
	{
		"O9", "Closing a handle with operations in flight ends them where Traits.CloseCancels holds; elsewhere they live on and keep " +
			"the object open.",
		"An operation whose handle was closed and that never ends keeps its buffer for ever.", true,
	},
	{
		"O10", "The first Submit attaches the handle to this demux for its life; one that is attached elsewhere is ErrAttached.",
		"An operation whose packet goes to another demux never ends.", true,
	},
}

// CompleterRules returns the rules that TestCompleter judges by, in the order
// of their numbers.
func CompleterRules() []Property { return append([]Property(nil), completerRules[:]...) }
