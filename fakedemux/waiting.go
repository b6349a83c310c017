package fakedemux

import "reactortest/scheduler"

// newBlockingCall returns a call that may block. unix_stream_connect, unix_stream_data_wait
// and inet_wait_for_connect look for signals first, Linux 6.18.
func newBlockingCall(d *description, call scheduler.Call) blockingCall {
	s, isStream := d.object.(*stream)
	unix := isStream && !s.tcp
	connects := call.Name == "connect"
	return blockingCall{
		d: d, call: call,
		hurried: connects || unix && receives(call),
		room:    connects && (unix || !isStream),
	}
}

// receives reports whether a call takes data.
func receives(call scheduler.Call) bool {
	return call.Name == "read" || call.Name == "recvfrom" || call.Name == "recvmsg"
}

// waitedForNothing reports whether a receive of no bytes has waited, in its tries up to
// now. On TCP it waits once, for anything; tcp_recvmsg_locked, Linux 6.18.
func (s *stream) waitedForNothing(b []byte, tries int) bool {
	return s.tcp && len(b) == 0 && tries > 1
}
