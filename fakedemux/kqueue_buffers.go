package fakedemux

// sizedBySystem says that streams have the buffers of the profile, and not
// Options.StreamBuffer.
func (s *stream) sizedBySystem() bool {
	return s.kernel.options.SystemBuffers && s.kernel.dialect.family == kqueueFamily
}

// size is the largest number of bytes that are sent and unread. For TCP both buffers are
// full then. For a unix socket it is PIPSIZ: "the total for sender and receiver is
// actually only PIPSIZ", sys/kern/uipc_usrreq.c.
func (s *stream) size() int {
	switch {
	case !s.sizedBySystem():
		return s.kernel.options.StreamBuffer
	case s.tcp:
		return s.kernel.dialect.kqueue.TCPSend + s.kernel.dialect.kqueue.TCPReceive
	default:
		return s.kernel.dialect.kqueue.UnixStream
	}
}

// sendSize is so_snd.sb_hiwat.
func (s *stream) sendSize() int {
	if s.tcp && s.sizedBySystem() {
		return s.kernel.dialect.kqueue.TCPSend
	}
	return s.size()
}

// receiveSize is so_rcv.sb_hiwat.
func (s *stream) receiveSize() int {
	if s.tcp && s.sizedBySystem() {
		return s.kernel.dialect.kqueue.TCPReceive
	}
	return s.size()
}
