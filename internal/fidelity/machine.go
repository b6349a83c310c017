package fidelity

import "time"

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

// numbers are the numbers of the descriptors of a sequence.
type numbers struct {
	of []int
}

func (n *numbers) clear() { n.of = n.of[:0] }

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
