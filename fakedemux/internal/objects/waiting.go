package objects

import (
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// NewBlockingCall returns a call that may block. unix_stream_connect, unix_stream_data_wait
// and inet_wait_for_connect look for signals first, and __skb_wait_for_more_packets, where
// SOCK_SEQPACKET waits too, looks for them last, Linux 6.18.
func NewBlockingCall(d *machine.Description, call scheduler.Call) machine.BlockingCall {
	s, isStream := d.Object.(*Stream)
	unix := isStream && !s.TCP
	connects := call.Name == "connect"
	return machine.BlockingCall{
		D: d, Call: call,
		Hurried: connects || unix && !s.Packets && Receives(call),
		Room:    connects && (unix || !isStream),
	}
}

// Receives reports whether a call takes data.
func Receives(call scheduler.Call) bool {
	return call.Name == "read" || call.Name == "recvfrom" || call.Name == "recvmsg"
}

// Sends reports whether a call sends data.
func Sends(call scheduler.Call) bool { return call.Name == "sendto" || call.Name == "sendmsg" }

// WaitedForNothing reports whether a receive of no bytes has waited, in its tries up to
// now. On TCP it waits once, for anything; tcp_recvmsg_locked, Linux 6.18.
func (s *Stream) WaitedForNothing(b []byte, tries int) bool {
	return s.TCP && len(b) == 0 && tries > 1
}
