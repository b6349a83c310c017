package objects

import (
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// Purpose is what a call that may block is for.
type Purpose uint8

// The purposes.
const (
	ToReceive Purpose = iota
	ToSend
	ToAccept
	ToConnect
	ToCopy // sendfile(2)
)

// NewBlockingCall returns a call that may block. unix_stream_connect, unix_stream_data_wait
// and inet_wait_for_connect look for signals first, and __skb_wait_for_more_packets, where
// SOCK_SEQPACKET waits too, looks for them last, Linux 6.18.
func NewBlockingCall(d *machine.Description, call scheduler.Call, purpose Purpose) machine.BlockingCall {
	s, isStream := d.Object.(*Stream)
	unix := isStream && !s.TCP
	connects := purpose == ToConnect
	return machine.BlockingCall{
		D: d, Call: call,
		Hurried: connects || unix && !s.Packets && purpose == ToReceive,
		Room:    connects && (unix || !isStream),
	}
}

// WaitedForNothing reports whether a receive of no bytes has waited, in its tries up to
// now. On TCP it waits once, for anything; tcp_recvmsg_locked, Linux 6.18.
func (s *Stream) WaitedForNothing(b []byte, tries int) bool {
	return s.TCP && len(b) == 0 && tries > 1
}
