package demuxsuite

import "reactortest/proptest/internal/core"

// readinessRules are the rules of readiness of package demux, in its own words.
// Everything but W10 is a must; W10 is one where Traits.Fair holds.
var readinessRules = [...]core.Property{
	{
		Name: "W1", Rule: "Wait returns n > 0 as soon as a registration is reportable or an operation has completed. It returns n = 0 when the " +
			"timeout has passed, when it has consumed a Wake and, by exception, for no reason.",
		Why: "A demux that misses an event, or returns early all the time, stalls a reactor or makes it spin.", Must: true,
	},
	{
		Name: "W2", Rule: "A timeout below 0 waits forever, 0 polls, and a timeout above 0 is rounded up to Traits.Resolution. If nothing " +
			"happens, Wait does not return before the timeout has passed, and on a simulated kernel no later than one " +
			"Traits.Resolution after it, apart from what the kernel's own timers are late. Signals that interrupt the wait " +
			"change neither.",
		Why: "A wait that ends too soon fires timers early, or polls through the last fraction of every wait. One that begins again " +
			"after each signal may never end.", Must: true,
	},
	{
		Name: "W3", Rule: "The caller's mistakes panic: an empty dst, a want beyond Readable|Writable, unknown mode bits, NoToken, a nil Op, an " +
			"Op that is submitted while in flight. A mode that Traits denies is refused with errors.ErrUnsupported. Register and " +
			"Modify are all or nothing: a call that fails changes nothing.",
		Why: "A mode that is emulated in silence reports too much or too little; half of a change is worse than none.", Must: true,
	},
	{
		Name: "W4", Rule: "While the condition of a level registration holds, the registration is reported: in every Wait if everything that is " +
			"reportable fits in dst, and otherwise as often as W10 says.",
		Why: "A handler that reads only part of the data relies on the next report for the rest.", Must: true,
	},
	{
		Name: "W5", Rule: "An edge registration is reported at least once after the condition arises, and after Register or Modify if the " +
			"condition already holds. It may be reported more often, but not in every Wait while nothing happens, as in level mode.",
		Why: "A connection hangs if its condition held before the registration or if an edge is forgotten. An edge that is reported " +
			"forever is a busy loop.", Must: true,
	},
	{
		Name: "W6", Rule: "After one event of a oneshot registration the registration stays, but nothing about it is reported until Modify, not " +
			"even hang-up or failure.",
		Why: "Oneshot hands a registration to one worker: a second event runs two of them at once.", Must: true,
	},
	{
		Name: "W7", Rule: "Where Traits.Merged holds, one batch has at most one event of a registration, with all of its conditions. Elsewhere " +
			"the directions come in two events with one token, in any order.",
		Why: "A handler that was called for one half of an event may have closed the handle that the other half is about.", Must: true,
	},
	{
		Name: "W8", Rule: "Hangup says that the peer sends no more, or that both ends are done; unread data may remain. Failed says that an error " +
			"is pending. Both are hints, and the next Read or Write tells the truth. A peer's half-close is reported only with " +
			"Readable wanted. With want == 0 only the conditions in Traits.Unasked are reported, and in level mode they repeat " +
			"until the caller deregisters. An event with Hangup or Failed also carries each wanted direction (where not Merged, the " +
			"wanted direction that it concerns).",
		Why: "A caller that looks at Readable and Writable alone must still make the call that tells it the truth.", Must: true,
	},
	{
		Name: "W9", Rule: "After Deregister has returned nil, no later Wait reports readiness on account of that registration, even if the token " +
			"is used again. After Modify, readiness is reported only under the new token.",
		Why: "An event under an old token reaches the registration that has the token now.", Must: true,
	},
	{
		Name: "W10", Rule: "Between two reports of one registration (of one direction, where not Merged), every other registration that was " +
			"reportable all the time in between is reported. This is a must where Traits.Fair holds and a should elsewhere. The " +
			"backend's own wake never appears in dst, but it may cost one place of one batch.",
		Why: "A busy handle must not keep a quiet one from being served.", Must: false,
	},
	{
		Name: "W11", Rule: "A Wake makes the Wait that is blocked, or else the next one, return at once. Wakes coalesce, and none is lost.",
		Why: "If a Wake is lost, work that another goroutine posts waits until something else happens, which may be never.", Must: true,
	},
	{
		Name: "W12", Rule: "Register of a registered handle returns ErrExists, and Modify or Deregister of an unregistered handle returns " +
			"ErrNotFound. Neither error has another meaning.",
		Why: "A reactor that keeps its books by these errors loses count.", Must: true,
	},
	{
		Name: "W13", Rule: "Close ends the demux: a blocked Wait and every later call, including a second Close, return ErrClosed. When Close and " +
			"the Wait that it ended have both returned, all of the demux's own handles are released.",
		Why: "A loop that cannot be ended hangs the end of its program, and a handle that is used after its close may name another " +
			"object.", Must: true,
	},
	{
		Name: "W14", Rule: "The caller deregisters a handle before it closes the handle. If it does not, the kernel decides what happens, but one " +
			"registration is never reported under another's token.",
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
		Name: "O1", Rule: "Every operation that Submit accepted comes back in exactly one event with its token, even after Cancel and Deregister. " +
			"If Submit fails, there is no event.",
		Why: "A caller frees the memory of an operation when its event comes: no event is a leak, and two events are a use after " +
			"free.", Must: true,
	},
	{
		Name: "O2", Rule: "From Submit to that event, the Op and its Buf belong to the demux: the caller neither reads nor writes them.",
		Why: "A buffer that is written after its event, or read before it, carries another operation's data.", Must: true,
	},
	{
		Name: "O3", Rule: "Cancel is a request: the event has ErrCanceled or the result. For an operation that is not in flight, Cancel returns " +
			"ErrNotFound.",
		Why: "A cancel that loses the race must not lose the data, and a cancel of nothing must not end another operation.", Must: true,
	},
	{
		Name: "O4", Rule: "Where Traits.ReadsOrdered holds, several reads in flight on one stream are filled and reported in the order of " +
			"submission. Elsewhere the second Submit is refused with errors.ErrUnsupported. Everywhere, a stream has at most one " +
			"write in flight.",
		Why: "Reads that overtake each other put a stream together in the wrong order, and nobody notices.", Must: true,
	},
	{
		Name: "O5", Rule: "An operation that finishes at once still completes through Wait, and W1 and W10 hold for it.",
		Why: "A caller that must handle two ways for an operation to end gets one of them wrong, and one that always finishes " +
			"at once can starve everything else.", Must: true,
	},
	{
		Name: "O6", Rule: "A read with N = 0 and a nil Err is the end of a stream, and an empty datagram otherwise. A write's N may be short. An " +
			"accept's New belongs to the caller. On a stream, a read whose Buf is empty and not nil takes no bytes: it completes " +
			"with N = 0 when there is data, the end or an error, and does not say which of them. A write of no bytes completes with " +
			"N = 0 and sends nothing.",
		Why: "A caller that takes an error for the end, or the end for an error, cuts a stream short. So does one that takes a read of no " +
			"bytes for the end.", Must: true,
	},
	{
		Name: "O7", Rule: "Close of the demux cancels the operations in flight. Before Close (or the Wait that it ended) returns, the kernel has " +
			"given every Buf back. Those operations get Err = ErrClosed and no event.",
		Why: "If the kernel still writes to memory after Close, it overwrites the data of the next owner.", Must: true,
	},
	{
		Name: "O8", Rule: "A read that is submitted with a nil Buf gets a buffer of the demux where Traits.Lends holds, and is refused with " +
			"errors.ErrUnsupported elsewhere.",
		Why: "A read into nothing that is accepted looks like the end of the stream.", Must: true,
	},
	{
		Name: "O9", Rule: "Closing a handle with operations in flight ends them where Traits.CloseCancels holds. Elsewhere they live on and keep " +
			"the object open.",
		Why: "An operation whose handle was closed and that never ends keeps its buffer forever.", Must: true,
	},
	{
		Name: "O10", Rule: "The first Submit attaches the handle to this demux for the handle's life. A handle that is attached elsewhere is " +
			"refused with ErrAttached.",
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
