package objects

// SetBuffer sets how many bytes a stream holds that are sent and unread. A system whose
// buffers are its own has other sizes: for TCP both buffers are full then, and for a unix
// socket the size is PIPSIZ, "the total for sender and receiver is actually only PIPSIZ",
// sys/kern/uipc_usrreq.c.
func (t *Traits) SetBuffer(size int) {
	t.StreamBuffer, t.size = size, [2]int{size, size}
	if t.SystemBuffers {
		t.size = [2]int{t.UnixStream, t.TCPSend + t.TCPReceive}
	}
}

// Size is the largest number of bytes that are sent and unread.
func (s *Stream) Size() int {
	if s.TCP {
		return s.Kernel.Traits.size[1]
	}
	return s.Kernel.Traits.size[0]
}

// Room is how many bytes there is room for, sbspace.
func (s *Stream) Room() int {
	size, used := s.Size(), s.Used()
	if s.Peer == nil {
		used = s.lost
	}
	if s.TCP || s.Packets || !s.Kernel.Traits.UnixStops {
		return size - used
	}
	if used < size {
		return size
	}
	return 0
}

// sendLow is so_snd.sb_lowat.
func (s *Stream) sendLow() int { return min(s.Kernel.Traits.SendLow, s.Size()) }

// SendSize is so_snd.sb_hiwat.
func (s *Stream) SendSize() int {
	if s.TCP && s.Kernel.Traits.SystemBuffers {
		return s.Kernel.Traits.TCPSend
	}
	return s.Size()
}

// ReceiveSize is so_rcv.sb_hiwat.
func (s *Stream) ReceiveSize() int {
	if s.TCP && s.Kernel.Traits.SystemBuffers {
		return s.Kernel.Traits.TCPReceive
	}
	return s.Size()
}
