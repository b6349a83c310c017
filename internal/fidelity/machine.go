package fidelity

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// machine is one of the two kernels. Descriptors are numbered from 0, the lowest
// that is free first.
type machine interface {
	// begin starts a sequence: nothing is open.
	begin(sequence int)
	// do makes a call.
	do(c *Call) Outcome
	// conditions is poll(2) with timeout 0 of the descriptors, for every
	// condition.
	conditions(refs []Ref, into []uint32)
	// unread returns how many bytes have arrived at a TCP socket.
	unread(r Ref) int
	// now is a clock that goes on while a test waits.
	now() time.Duration
	// end closes what is open.
	end()
}

// notMade is the number of a descriptor that is never open.
const notMade = 300

// numbers are the numbers of the descriptors of a sequence, and its ports.
type numbers struct {
	of    []int
	ports []uint16 // in the order in which they were told
}

func (n *numbers) clear() { n.of, n.ports = n.of[:0], n.ports[:0] }

// port is the name of a port: each kernel chooses its own.
func (n *numbers) port(p uint16) string {
	if p == 0 {
		return "none"
	}
	i := slices.Index(n.ports, p)
	if i < 0 {
		i = len(n.ports)
		n.ports = append(n.ports, p)
	}
	return strconv.Itoa(i)
}

// inet is the text of an address of IPv4 or IPv6. All loopback addresses of IPv4 are
// one: a sequence has its own on the running kernel.
func (n *numbers) inet(a netip.Addr, port uint16) string {
	text := a.String()
	if u := a.Unmap(); u.Is4() && u.IsLoopback() {
		text = strings.Replace(text, u.String(), "127.0.0.1", 1)
	}
	return text + " port " + n.port(port)
}

// unixText is the text of a name.
func unixText(name string) string {
	if len(name) == 5 {
		return "unix, chosen"
	}
	return strings.TrimSpace("unix " + name)
}

// number returns the number of r.
func (n *numbers) number(r Ref) int {
	switch {
	case r == NotMade:
		return notMade
	case r < 0 || int(r) >= len(n.of):
		return -1
	default:
		return n.of[r]
	}
}

// set says which number r has; -1 if the call that would have made it failed.
func (n *numbers) set(r Ref, number int) {
	for len(n.of) <= int(r) {
		n.of = append(n.of, -1)
	}
	n.of[r] = number
}

// made keeps the numbers that c has made.
func (n *numbers) made(c *Call, o *Outcome) {
	for i := range ops[c.Op].makes {
		number := -1
		if o.Errno == 0 {
			number = [...]int{o.N, o.M}[i]
		}
		n.set(c.Made+Ref(i), number)
	}
}

// payload is n bytes that tell which write they are of.
func payload(buffer []byte, c *Call) []byte {
	b := buffer[:c.N]
	for i := range b {
		b[i] = byte(c.Data) + byte(i)
	}
	return b
}

// everything is what poll asks for.
const everything = 0x1 | 0x2 | 0x4 | 0x2000 // IN, PRI, OUT, RDHUP

// maxBytes is the largest read or write.
const maxBytes = 1 << 16
