package fakedemux

// sizedBySystem says that streams have the buffers of the profile, and not
// Options.StreamBuffer.
func (s *stream) sizedBySystem() bool {
	return s.kernel.traits.systemBuffers && s.kernel.traits.bsd
}

// size is the largest number of bytes that are sent and unread. For TCP both buffers are
// full then. For a unix socket it is PIPSIZ: "the total for sender and receiver is
// actually only PIPSIZ", sys/kern/uipc_usrreq.c.
func (s *stream) size() int {
	switch {
	case !s.sizedBySystem():
		return s.kernel.traits.streamBuffer
	case s.tcp:
		return s.kernel.traits.tcpSend + s.kernel.traits.tcpReceive
	default:
		return s.kernel.traits.unixStream
	}
}

// sendSize is so_snd.sb_hiwat.
func (s *stream) sendSize() int {
	if s.tcp && s.sizedBySystem() {
		return s.kernel.traits.tcpSend
	}
	return s.size()
}

// receiveSize is so_rcv.sb_hiwat.
func (s *stream) receiveSize() int {
	if s.tcp && s.sizedBySystem() {
		return s.kernel.traits.tcpReceive
	}
	return s.size()
}
