package iocp

import (
	"time"

	"reactortest/demux"
)

var traits = demux.Traits{
	Name:    "iocp",
	Level:   true, // one poll a report, armed again by the next Wait
	Edge:    false,
	Oneshot: true,
	Merged:  true, // a poll reports all that holds
	// A reset is told unasked. A peer that has closed shows as a FIN, as it
	// does when it has only stopped to send, and that is told with Readable
	// wanted; so Hangup is not among them.
	Unasked:      demux.Failed,
	Fair:         false,            // nothing was found that promises it
	Resolution:   time.Millisecond, // GetQueuedCompletionStatusEx counts in milliseconds
	ReadsOrdered: false,            // one read in flight a stream
	CloseCancels: true,             // closesocket: operations finish with an error
	Lends:        false,
}

// always are the conditions that every poll asks for.
const always = PollAbort | PollConnectFail | PollLocalClose

// interest returns the conditions to ask for.
func interest(want demux.Ready) uint32 {
	mask := uint32(always)
	if want&demux.Readable != 0 {
		// PollReceive does not tell of a FIN. PollConnect is not asked for
		// anywhere: it holds on every connected socket, written to or not.
		mask |= PollReceive | PollAccept | PollDisconnect
	}
	if want&demux.Writable != 0 {
		mask |= PollSend
	}
	return mask
}

// ready returns what a poll that found events says to a registration with the
// given interest.
func ready(events uint32, want demux.Ready) demux.Ready {
	events &= interest(want) // the poll may have asked for more
	var r demux.Ready
	if events&(PollReceive|PollAccept) != 0 {
		r |= demux.Readable
	}
	if events&PollSend != 0 {
		r |= demux.Writable
	}
	if events&PollDisconnect != 0 {
		r |= demux.Hangup | want
	}
	if events&always != 0 {
		r |= failed(want)
	}
	return r
}

// failed returns the report of a handle of which nothing is left: both ends
// are done, and an error is pending. The wanted directions come along: the
// next Read or Write tells what happened (W8).
func failed(want demux.Ready) demux.Ready {
	if want == 0 {
		return traits.Unasked
	}
	return demux.Hangup | demux.Failed | want
}
