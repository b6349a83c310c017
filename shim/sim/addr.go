//go:build linux

package sim

import (
	"net/netip"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"reactortest/fakedemux"
)

// FromSyscall turns an address of package syscall into one of the simulation. A nil
// address becomes the zero one.
func FromSyscall(sa syscall.Sockaddr) (fakedemux.Sockaddr, error) {
	switch sa := sa.(type) {
	case nil:
		return fakedemux.Sockaddr{}, nil
	case *syscall.SockaddrInet4:
		return inet(fakedemux.FamilyIPv4, netip.AddrFrom4(sa.Addr), sa.Port)
	case *syscall.SockaddrInet6:
		return inet(fakedemux.FamilyIPv6, netip.AddrFrom16(sa.Addr), sa.Port)
	case *syscall.SockaddrUnix:
		return name(sa.Name), nil
	}
	return fakedemux.Sockaddr{}, syscall.EAFNOSUPPORT
}

// FromUnix turns an address of x/sys/unix into one of the simulation. A nil address
// becomes the zero one.
func FromUnix(sa unix.Sockaddr) (fakedemux.Sockaddr, error) {
	switch sa := sa.(type) {
	case nil:
		return fakedemux.Sockaddr{}, nil
	case *unix.SockaddrInet4:
		return inet(fakedemux.FamilyIPv4, netip.AddrFrom4(sa.Addr), sa.Port)
	case *unix.SockaddrInet6:
		return inet(fakedemux.FamilyIPv6, netip.AddrFrom16(sa.Addr), sa.Port)
	case *unix.SockaddrUnix:
		return name(sa.Name), nil
	}
	return fakedemux.Sockaddr{}, syscall.EAFNOSUPPORT
}

// ToSyscall turns an address of the simulation into one of package syscall, nil for the
// zero address.
func ToSyscall(at fakedemux.Sockaddr) syscall.Sockaddr {
	switch at.Family {
	case fakedemux.FamilyIPv4:
		return &syscall.SockaddrInet4{Port: int(at.Port), Addr: four(at.Addr)}
	case fakedemux.FamilyIPv6:
		return &syscall.SockaddrInet6{Port: int(at.Port), Addr: sixteen(at.Addr)}
	case fakedemux.FamilyUnix:
		return &syscall.SockaddrUnix{Name: text(at)}
	}
	return nil
}

// ToUnix turns an address of the simulation into one of x/sys/unix, nil for the zero
// address.
func ToUnix(at fakedemux.Sockaddr) unix.Sockaddr {
	switch at.Family {
	case fakedemux.FamilyIPv4:
		return &unix.SockaddrInet4{Port: int(at.Port), Addr: four(at.Addr)}
	case fakedemux.FamilyIPv6:
		return &unix.SockaddrInet6{Port: int(at.Port), Addr: sixteen(at.Addr)}
	case fakedemux.FamilyUnix:
		return &unix.SockaddrUnix{Name: text(at)}
	}
	return nil
}

func inet(family int, a netip.Addr, port int) (fakedemux.Sockaddr, error) {
	if port < 0 || port > 0xffff {
		return fakedemux.Sockaddr{}, syscall.EINVAL
	}
	return fakedemux.Sockaddr{Family: family, Addr: a, Port: uint16(port)}, nil
}

// name turns a name of the unix family as Go writes it into an address: "@" stands for
// the NUL before an abstract name.
func name(s string) fakedemux.Sockaddr {
	at := fakedemux.Sockaddr{Family: fakedemux.FamilyUnix}
	if strings.HasPrefix(s, "@") || strings.HasPrefix(s, "\x00") {
		at.Name = s[1:]
	} else {
		at.Path = s
	}
	return at
}

// text is the reverse of name. Package syscall writes the address of a socket without a
// name as "@".
func text(at fakedemux.Sockaddr) string {
	if at.Path != "" {
		return at.Path
	}
	return "@" + at.Name
}

// four is an address of IPv4; the zero Addr is the unspecified one.
func four(a netip.Addr) [4]byte {
	if a = a.Unmap(); a.Is4() {
		return a.As4()
	}
	return [4]byte{}
}

func sixteen(a netip.Addr) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.As16()
}

// Raw addresses, as raw calls point to them; unix(7), ip(7), ipv6(7).

// fromRaw reads a struct sockaddr of n bytes.
func fromRaw(p uintptr, n int) (fakedemux.Sockaddr, error) {
	b := buffer(p, uintptr(max(n, 0)))
	if len(b) == 0 {
		return fakedemux.Sockaddr{}, nil
	}
	if len(b) < 2 {
		return fakedemux.Sockaddr{}, syscall.EINVAL
	}
	switch family := *(*uint16)(pointer(p)); family {
	case syscall.AF_UNIX:
		path := b[2:]
		if len(path) > 0 && path[0] == 0 {
			return name(string(path)), nil
		}
		s, _, _ := strings.Cut(string(path), "\x00")
		return name(s), nil
	case syscall.AF_INET:
		if len(b) < syscall.SizeofSockaddrInet4 {
			return fakedemux.Sockaddr{}, syscall.EINVAL
		}
		return inet(fakedemux.FamilyIPv4, netip.AddrFrom4([4]byte(b[4:8])), int(b[2])<<8|int(b[3]))
	case syscall.AF_INET6:
		if len(b) < 24 { // SIN6_LEN_RFC2133
			return fakedemux.Sockaddr{}, syscall.EINVAL
		}
		return inet(fakedemux.FamilyIPv6, netip.AddrFrom16([16]byte(b[8:24])), int(b[2])<<8|int(b[3]))
	}
	return fakedemux.Sockaddr{}, syscall.EAFNOSUPPORT
}

// toRaw stores an address at p, as far as there is room, and its size at size, which
// holds the room. Both may be 0.
func toRaw(at fakedemux.Sockaddr, p, size uintptr) {
	if p == 0 || size == 0 {
		return
	}
	var b []byte
	family := uint16(at.Family)
	b = append(b, Memory(&family)...)
	switch at.Family {
	case fakedemux.FamilyIPv4:
		a := four(at.Addr)
		b = append(append(append(b, byte(at.Port>>8), byte(at.Port)), a[:]...), make([]byte, 8)...)
	case fakedemux.FamilyIPv6:
		a := sixteen(at.Addr)
		b = append(append(b, byte(at.Port>>8), byte(at.Port)), 0, 0, 0, 0)
		b = append(append(b, a[:]...), 0, 0, 0, 0)
	case fakedemux.FamilyUnix:
		switch {
		case at.Path != "":
			b = append(append(b, at.Path...), 0)
		case at.Name != "":
			b = append(append(b, 0), at.Name...)
		}
	default:
		b = nil
	}
	room := (*uint32)(pointer(size))
	copy(buffer(p, uintptr(*room)), b)
	*room = uint32(len(b))
}
