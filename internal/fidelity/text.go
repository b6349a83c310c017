package fidelity

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"reactortest/demux/epoll"
	"reactortest/internal/sequence"
)

// Words of a script for what is a number in a Call.
var (
	typeWords  = []string{typeStream: "stream", typeDatagram: "datagram", typePacket: "seqpacket"}
	howWords   = []string{"read", "write", "both", "wrong"}
	timerWords = []string{timerOff: "off", timerPast: "past", timerSoon: "soon", timerFar: "far", timerWrong: "wrong"}
)

// socketWords are the sockets that a script can make.
var socketWords = []struct {
	word        string
	family, typ int
}{
	{"unix", familyUnix, typeStream},
	{"tcp", familyIPv4, typeStream},
	{"udp", familyIPv4, typeDatagram},
	{"tcp6", familyIPv6, typeStream},
	{"udp6", familyIPv6, typeDatagram},
	{"seqpacket", familyUnix, typePacket},
}

// flagWords are the optional flags of a call.
var flagWords = map[part]struct {
	word string
	flag int
}{
	partSemaphore: {"semaphore", 1},
	partTruncate:  {"truncate", 0x20},
	partRepeating: {"repeating", 1},
}

// String returns the call as a script has it: "pipe a b", "add e a IN|ET 3".
func (c *Call) String() string {
	words := []string{ops[c.Op].word}
	made := c.Made
	for _, p := range ops[c.Op].parts {
		if p == partMade {
			words = append(words, made.String())
			made++
			continue
		}
		if w := c.word(p); w != "" {
			words = append(words, w)
		}
	}
	if c.Extra != 0 {
		words = append(words, extraWord, strconv.Itoa(c.Extra))
	}
	return strings.Join(words, " ")
}

// extraWord comes before Extra, at the end.
const extraWord = "extra"

// word returns one argument, "" if it is left out.
func (c *Call) word(p part) string {
	switch p {
	case partMade:
	case partFD:
		return c.FD.String()
	case partPlace:
		if c.Other != None {
			return c.Other.String()
		}
	case partOther:
		return c.Other.String()
	case partType:
		return typeWords[c.N]
	case partSocket:
		for _, s := range socketWords {
			if s.family == c.Flags && s.typ == c.N {
				return s.word
			}
		}
	case partN:
		return strconv.Itoa(c.N)
	case partFlags:
		return strconv.Itoa(c.Flags)
	case partOption:
		return options[c.N].text
	case partNumber:
		return strconv.FormatUint(c.Data, 10)
	case partNanos:
		if c.Data != 0 {
			return strconv.FormatUint(c.Data, 10)
		}
	case partBits:
		return bits(c.Bits)
	case partLabel:
		return label(c.Data)
	case partHow:
		return howWords[c.N]
	case partTimer:
		return timerWords[c.N]
	case partSemaphore, partTruncate, partRepeating:
		if c.Flags != 0 {
			return flagWords[p].word
		}
	}
	return ""
}

// parseCall reads what Call.String wrote. made is how many descriptors the calls
// before it have made.
func parseCall(line string, made Ref) (Call, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Call{}, fmt.Errorf("an empty line is no call")
	}
	for op := range opCount {
		if ops[op].word != words[0] {
			continue
		}
		c := Call{Op: op, Made: made, Other: None, Data: defaultData(op)}
		if op == opUrgent || op == opRecvUrgent {
			c.Flags, c.N = outOfBand, 1
		}
		rest := words[1:]
		for _, p := range ops[op].parts {
			var err error
			if rest, err = c.take(p, rest, &made); err != nil {
				return Call{}, fmt.Errorf("%q: %w", line, err)
			}
		}
		if len(rest) == 2 && rest[0] == extraWord {
			var err error
			c.Extra, err = strconv.Atoi(rest[1])
			return c, err
		}
		if len(rest) > 0 {
			return Call{}, fmt.Errorf("%q: what is %q?", line, rest[0])
		}
		return c, nil
	}
	return Call{}, fmt.Errorf("there is no call %q", words[0])
}

// defaultData are the bytes of a write.
func defaultData(op Op) uint64 {
	if op == opWrite || op == opSendto || op == opUrgent || op == opWritev || op == opSendmsg {
		return 'a'
	}
	return 0
}

// take reads one argument from the words that are left.
func (c *Call) take(p part, words []string, made *Ref) ([]string, error) {
	if flag, optional := flagWords[p]; optional {
		if len(words) > 0 && words[0] == flag.word {
			c.Flags = flag.flag
			return words[1:], nil
		}
		return words, nil
	}
	if len(words) == 0 {
		if p == partPlace || p == partNanos {
			return nil, nil
		}
		return nil, fmt.Errorf("it ends too early")
	}
	err := c.parse(p, words[0])
	if p == partMade {
		if words[0] != made.String() {
			return nil, fmt.Errorf("what is made here is called %v", *made)
		}
		*made++
		return words[1:], nil
	}
	return words[1:], err
}

// parse reads the word of an argument.
func (c *Call) parse(p part, word string) (err error) {
	switch p {
	case partMade, partSemaphore, partTruncate, partRepeating:
	case partFD:
		c.FD, err = sequence.ParseRef(word)
	case partOther, partPlace:
		c.Other, err = sequence.ParseRef(word)
	case partType:
		c.N, err = indexOf(typeWords, word)
	case partHow:
		c.N, err = indexOf(howWords, word)
	case partTimer:
		c.N, err = indexOf(timerWords, word)
	case partSocket:
		for _, s := range socketWords {
			if s.word == word {
				c.Flags, c.N = s.family, s.typ
				return nil
			}
		}
		err = fmt.Errorf("%q is no socket", word)
	case partN:
		if c.N, err = strconv.Atoi(word); err == nil && (c.N < 0 || c.N > math.MaxInt32) {
			err = fmt.Errorf("%d is not in 0 to %d", c.N, math.MaxInt32)
		}
	case partFlags:
		c.Flags, err = strconv.Atoi(word)
	case partOption:
		err = fmt.Errorf("%q is no option", word)
		for i := range options {
			if options[i].text == word {
				c.N, err = i, nil
			}
		}
	case partNumber, partNanos:
		c.Data, err = strconv.ParseUint(word, 10, 64)
	case partBits:
		c.Bits, err = bitNames.Parse(word)
	case partLabel:
		var n uint64
		n, err = strconv.ParseUint(word, 10, 32)
		c.Data = userData(n)
	}
	return err
}

// outOfBand is MSG_OOB; send(2), recv(2).
const outOfBand = 1

func indexOf(words []string, word string) (int, error) {
	if i := slices.Index(words, word); i >= 0 && word != "" {
		return i, nil
	}
	return 0, fmt.Errorf("%q is none of %s", word, strings.Join(words, " "))
}

var bitNames = sequence.Bits{
	{Bit: epoll.EPOLLIN, Name: "IN"},
	{Bit: epoll.EPOLLPRI, Name: "PRI"},
	{Bit: epoll.EPOLLOUT, Name: "OUT"},
	{Bit: epoll.EPOLLERR, Name: "ERR"},
	{Bit: epoll.EPOLLHUP, Name: "HUP"},
	{Bit: epoll.EPOLLRDHUP, Name: "RDHUP"},
	{Bit: epollReadNormal, Name: "RDNORM"},
	{Bit: epollReadBand, Name: "RDBAND"},
	{Bit: epollWriteNormal, Name: "WRNORM"},
	{Bit: epollWriteBand, Name: "WRBAND"},
	{Bit: epollExclusive, Name: "EXCLUSIVE"},
	{Bit: epoll.EPOLLONESHOT, Name: "ONESHOT"},
	{Bit: epoll.EPOLLET, Name: "ET"},
}

// bits returns "IN|OUT|ET", "0" for none.
func bits(m uint32) string { return bitNames.Text(m) }
