package objects

// sizedBySystem says that streams have the buffers of the profile, and not
// Options.StreamBuffer.
func (s *Stream) sizedBySystem() bool {
	return s.Kernel.Traits.SystemBuffers && s.Kernel.Traits.Bsd
}

// Size is the largest number of bytes that are sent and unread. For TCP both buffers are
// full then. For a unix socket it is PIPSIZ: "the total for sender and receiver is
// actually only PIPSIZ", sys/kern/uipc_usrreq.c.
func (s *Stream) Size() int {
	switch {
	case !s.sizedBySystem():
		return s.Kernel.Traits.StreamBuffer
	case s.TCP:
		return s.Kernel.Traits.TCPSend + s.Kernel.Traits.TCPReceive
	default:
		return s.Kernel.Traits.UnixStream
	}
}

// SendSize is so_snd.sb_hiwat.
func (s *Stream) SendSize() int {
	if s.TCP && s.sizedBySystem() {
		return s.Kernel.Traits.TCPSend
	}
	return s.Size()
}

// ReceiveSize is so_rcv.sb_hiwat.
func (s *Stream) ReceiveSize() int {
	if s.TCP && s.sizedBySystem() {
		return s.Kernel.Traits.TCPReceive
	}
	return s.Size()
}
