package demuxsuite

import "reactortest/proptest/internal/core"

// readinessRules are the rules of readiness of package demux, in its own words.
// Everything but W10 is a must; W10 is one where Traits.Fair holds.
var readinessRules = [...]core.Property{
	{
		Name: "W1", Rule: "Wait returns n > 0 as soon as a registration is reportable or an operation has completed; it returns n = 0 when " +
			"the timeout has passed, when a Wake was consumed and, by exception, for no reason.",
		Why: "A demux that misses an event, or returns early all the time, stalls a reactor or makes it spin.", Must: true,
	},
	{
		Name: "W2", Rule: "A timeout below 0 waits for ever, 0 polls, and one above 0 is rounded up to Traits.Resolution; if nothing happens, " +
			"Wait does not return before it has passed.",
		Why: "A wait that ends too soon fires timers early, or polls through the last fraction of every wait.", Must: true,
	},
	{
		Name: "W3", Rule: "The caller's mistakes panic: an empty dst, a want beyond Readable|Writable, unknown mode bits, NoToken, a nil Op, an " +
			"Op that is submitted while in flight. A mode that Traits denies is errors.ErrUnsupported. Register and Modify are " +
			"all or nothing: one that fails leaves what was as it was.",
		Why: "A mode that is emulated in silence reports too much or too little; half of a change is worse than none.", Must: true,
	},
	{
		Name: "W4", Rule: "While the condition of a level registration holds it is reported: in every Wait where all that is reportable fits " +
			"in dst, and as often as W10 says where it does not.",
		Why: "A handler that reads a part of what there is relies on the next report for the rest.", Must: true,
	},
	{
		Name: "W5", Rule: "An edge registration is reported at least once after the condition arises, and after Register or Modify if it holds " +
			"already. More reports may come, but not in every Wait while nothing happens, as in level mode.",
		Why: "A condition that held before the registration, and an edge that is forgotten, are connections that hang; an edge that is " +
			"reported for ever is a busy loop.", Must: true,
	},
	{
		Name: "W6", Rule: "After one event of a oneshot registration everything about it, hang-up and failure included, is silent until Modify; " +
			"the registration stays.",
		Why: "Oneshot hands a registration to one worker: a second event runs two of them at once.", Must: true,
	},
	{
		Name: "W7", Rule: "Where Traits.Merged holds, one batch has at most one event of a registration, with all of its conditions; where it " +
			"does not, the directions come in two events, in any order, with one token.",
		Why: "A handler that was called for one half of an event may have closed what the other half is about.", Must: true,
	},
	{
		Name: "W8", Rule: "Hangup says that the peer sends no more, or that both ends are done, and unread data may remain; Failed says that an " +
			"error is pending. Both are hints, and the next Read or Write tells the truth. A peer's half-close is reported only with Readable wanted. With want == 0 only Traits.Unasked is " +
			"reported, and in level mode that repeats until the caller deregisters. An event with Hangup or Failed also carries " +
			"each wanted direction (the one it concerns, where not Merged)",
		Why: "A caller that looks at Readable and Writable alone must still make the call that tells it the truth.", Must: true,
	},
	{
		Name: "W9", Rule: "After Deregister has returned nil, no later Wait reports readiness on account of that registration, even if the token " +
			"is used again; after Modify, readiness is reported under the new token only.",
		Why: "An event under a token that was given up reaches whoever has it now.", Must: true,
	},
	{
		Name: "W10", Rule: "Between two reports of one registration (of one direction, where not Merged), every other that was reportable all " +
			"the time in between is reported. It is a must where Traits.Fair holds, a should elsewhere. The backend's own wake " +
			"never appears in dst; it may cost one place of one batch.",
		Why: "A busy handle must not keep a quiet one from being served.", Must: false,
	},
	{
		Name: "W11", Rule: "A Wake makes the Wait that is blocked, or else the next one, return at once. Wakes coalesce and none is lost.",
		Why: "Work that another goroutine posts waits until something else happens, which may be never.", Must: true,
	},
	{
		Name: "W12", Rule: "Register of a registered handle is ErrExists, Modify or Deregister of an unregistered one is ErrNotFound, and neither " +
			"error has another meaning",
		Why: "A reactor that keeps its books by these errors loses count.", Must: true,
	},
	{
		Name: "W13", Rule: "Close ends the demux: a blocked Wait and every later call return ErrClosed, a second Close too. When Close and the " +
			"Wait that it ended have both returned, all of the demux's own handles are released",
		Why: "A loop that cannot be ended hangs its program's end; a handle used after its close is somebody else's.", Must: true,
	},
	{
		Name: "W14", Rule: "The caller deregisters a handle before it closes it; if it does not, what happens is the kernel's, and never that one " +
			"registration is reported under another's token.",
		Why: "Numbers are reused at once: an event of the old object must not look like one of the new.", Must: true,
	},
}

// DemuxRules returns the rules that TestDemux judges by, in the order of their
// numbers.
func DemuxRules() []core.Property { return append([]core.Property(nil), readinessRules[:]...) }

// completionRules are the rules of completion of package demux, in its own
// words. Everything is a must.
var completionRules = [...]core.Property{
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
			"accept's New is the caller's. On a stream, a read whose Buf is empty and not nil takes nothing: it completes with N = 0 when " +
			"there is data, the end or an error, and does not say which of them. A write of no bytes completes with N = 0 and sends nothing.",
		Why: "A caller that takes an error for the end, or the end for an error, cuts a stream short. So does one that takes a read of no " +
			"bytes for the end.", Must: true,
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
func CompleterRules() []core.Property { return append([]core.Property(nil), completionRules[:]...) }

// ruleSentence returns the sentence of the rule called name.
func ruleSentence(name string) string {
	for _, rules := range [][]core.Property{readinessRules[:], completionRules[:]} {
		for i := range rules {
			if rules[i].Name == name {
				return rules[i].Rule
			}
		}
	}
	panic("demuxsuite: no rule is called " + name)
}
