package objects

import "reactortest/fakedemux/internal/machine"

// Families and types of sockets, with the numbers of Linux; socket(2).
const (
	FamilyUnix = 1  // AF_UNIX
	FamilyIPv4 = 2  // AF_INET
	FamilyIPv6 = 10 // AF_INET6

	TypeStream   = 1 // SOCK_STREAM
	TypeDatagram = 2 // SOCK_DGRAM
	TypePacket   = 5 // SOCK_SEQPACKET, of the unix family
)

// FamilyOf is the family of a socket.
func FamilyOf(o machine.Object) int {
	switch o := o.(type) {
	case *Stream:
		if o.TCP {
			return o.family()
		}
	case *Listener:
		if !o.Unix() {
			return o.family()
		}
	case *Datagram:
		if o.UDP {
			return o.family()
		}
	}
	return FamilyUnix
}

// TypeOf is the type of a socket.
func TypeOf(o machine.Object) int {
	switch o := o.(type) {
	case *Stream:
		if o.Packets {
			return TypePacket
		}
	case *Listener:
		if o.Packets {
			return TypePacket
		}
	case *Datagram:
		return TypeDatagram
	}
	return TypeStream
}
