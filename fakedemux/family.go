package fakedemux

// Families and types of sockets, with the numbers of Linux; socket(2).
const (
	familyUnix = 1  // AF_UNIX
	familyIPv4 = 2  // AF_INET
	familyIPv6 = 10 // AF_INET6

	typeStream   = 1 // SOCK_STREAM
	typeDatagram = 2 // SOCK_DGRAM
	typePacket   = 5 // SOCK_SEQPACKET, of the unix family
)

// familyOf is the family of a socket.
func familyOf(o object) int {
	switch o := o.(type) {
	case *stream:
		if o.tcp {
			return o.family()
		}
	case *listener:
		if !o.unix() {
			return o.family()
		}
	case *datagram:
		if o.udp {
			return o.family()
		}
	}
	return familyUnix
}

// typeOf is the type of a socket.
func typeOf(o object) int {
	switch o := o.(type) {
	case *stream:
		if o.packets {
			return typePacket
		}
	case *listener:
		if o.packets {
			return typePacket
		}
	case *datagram:
		return typeDatagram
	}
	return typeStream
}
