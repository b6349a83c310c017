package fidelity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reactortest/internal/golden"
	"reactortest/internal/sequence"
)

// A byte string is a sequence of calls: the first byte says whether there is a
// network, and then each call has callBytes of them,
//
//	0     which call
//	1, 2  whom it is about, and the other one: a descriptor that was made,
//	      notMadeByte or noneByte
//	3     a number: bytes, events, a type, a clock, a value
//	4     flags; from extraByte on Extra is that of 5..8
//	5..8  event bits, lowest byte first
//	9     which of a table of data
//
// Whatever the bytes are, they are calls, and calls that can be compared: what the
// package documentation excludes cannot be said in them.
const (
	callBytes   = 10
	maxInputs   = 72 // calls
	notMadeByte = 254
	noneByte    = 255
	extraByte   = 192
)

// Limits of a byte string, so that no backlog and no buffer is full.
const (
	mostBytes    = 17 // of a read or a write, and one less
	mostConnects = 8
)

// Tables that bytes are indices of.
var (
	clocks     = []int{1, 0, 7, 2, 3, 4, 10, 11, 99, math.MaxInt32}
	numberData = []uint64{1, 0, 2, 1<<64 - 1, 1<<64 - 2, 1<<32 - 1, 1 << 63, 255}
	valueData  = []uint64{0, 1, 3, 1<<32 - 1, 1 << 31}
	sockets3   = [][2]int{{familyUnix, typeStream}, {familyIPv4, typeStream}, {familyIPv4, typeDatagram}, {familyUnix, typePacket}, {familyIPv6, typeStream}, {familyIPv6, typeDatagram}}
	pairTypes  = []int{typeStream, typeDatagram, typePacket}
	flagsOfTo  = []int{0, 0x80000, 1}
	offsets    = []int{0, 1, 3}
	whences    = []int{0, 1, 2, 9}
	setFlagsTo = []int{nonBlock, nonBlock | oAppend, nonBlock | 2}
)

// at returns the entry of a table that a byte says.
func at[T any](table []T, b byte) T { return table[int(b)%len(table)] }

// index is the inverse of at, 0 for what is not there.
func index[T comparable](table []T, v T) byte { return byte(max(slices.Index(table, v), 0)) }

// Player makes the calls that a byte string encodes on the simulated kernel, and
// on the running kernel if that is a Linux.
type Player struct {
	comparison
	plays    int
	connects int
	made     [opCount]int
}

// NewPlayer returns a Player whose simulation has the named Mutation; "" stands for
// no mutation. Without a running Linux kernel, the Player compares nothing.
func NewPlayer(mutation string) (*Player, error) {
	mutate, err := lookupMutation(mutation)
	if err != nil {
		return nil, err
	}
	kernel, err := newRunning()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	b := newBench(newSimulated(mutate), kernel)
	if mutation != "" {
		b.patience = haste
	}
	return &Player{comparison: comparison{bench: b, report: &Report{}}}, nil
}

// Compares reports whether there is a running kernel to compare with.
func (p *Player) Compares() bool { return p.bench.running != nil }

// Made returns how often the named call was made. With "" it returns the names of
// all calls.
func (p *Player) Made(word string) (times int, words []string) {
	for op := range opCount {
		words = append(words, ops[op].word)
		if ops[op].word == word {
			times = p.made[op]
		}
	}
	return times, words
}

// Play plays one byte string. It returns the first disagreement, shrunk, or nil,
// and a text of the results of all calls: the same bytes give the same text.
func (p *Player) Play(data []byte) (answer string, failure *sequence.Failure) {
	p.calls, p.report.Failure, p.connects = p.calls[:0], nil, 0
	p.plays++
	settled := len(data) > 0 && data[0]&1 == 1
	p.bench.begin(p.plays, settled)
	var text []byte
	for at := 1; at+callBytes <= len(data) && len(p.calls) < maxInputs; at += callBytes {
		call := p.decode(data[at : at+callBytes])
		p.calls = append(p.calls, call)
		p.made[call.Op]++
		o, differs := p.bench.step(&call)
		if differs != nil {
			p.bench.end()
			p.fail(p.plays, settled, differs)
			return string(text), p.report.Failure
		}
		text = fmt.Appendf(text, "%v = %v\n", &call, &o)
	}
	p.bench.end()
	return string(text), p.leftOver()
}

// leftOver closes what the simulation has open: then nothing is.
func (p *Player) leftOver() *sequence.Failure {
	k := p.bench.simulated.k
	for _, l := range k.Leaks() {
		p.bench.simulated.linux.Close(l.Handle)
	}
	if left := k.Leaks(); len(left) > 0 {
		const what = "what is open after every close"
		return &sequence.Failure{Sequence: p.plays, Found: what, What: what, Simulated: fmt.Sprint(left), Running: "nothing"}
	}
	return nil
}

// decode makes a call of bytes.
func (p *Player) decode(b []byte) Call {
	c := Call{Op: Op(b[0] % byte(opCount)), FD: p.ref(b[1]), Other: p.ref(b[2]), Made: Ref(len(p.bench.descriptors))}
	n, flags := int(b[3]), int(b[4])
	switch c.Op {
	case opSocketpair:
		c.N = at(pairTypes, b[3])
	case opEventfd:
		c.Data, c.Flags = at(valueData, b[9]), flags%2
	case opTimerfd:
		c.N = at(clocks, b[3])
	case opSocket:
		kind := at(sockets3, b[3])
		c.Flags, c.N = kind[0], kind[1]
	case opAdd, opMod:
		c.Bits, c.Data = binary.LittleEndian.Uint32(b[5:]), userData(uint64(len(p.calls)+1))
	case opDel:
		c.Data = userData(uint64(len(p.calls) + 1))
	case opWait:
		c.N = n % (maxEvents + 1)
		if flags == 1 {
			c.Data = 1000
		}
	case opRead, opReadv:
		c.N = n % mostBytes
	case opWrite, opSendto, opWritev:
		c.N, c.Data = n%mostBytes, uint64(b[9])
	case opUrgent:
		c.N, c.Data, c.Flags, c.Other = n%mostBytes, uint64(b[9]), outOfBand, None
	case opRecvUrgent:
		c.N, c.Flags = 1, outOfBand
	case opRecvfrom:
		c.N, c.Flags = n%mostBytes, 0x20*(flags%2)
	case opSignal:
		c.Data = at(numberData, b[9])
	case opShutdown:
		c.N = n % len(howWords)
	case opListen:
		c.N = mostConnects + n
	case opSettime:
		c.N, c.Flags = n%timerCount, flags%2
	case opAcceptFrom, opDupFrom, opSendfile, opSetsockopt, opGetsockopt, opFcntl, opIoctl, opSendmsg, opRecvmsg, opDup2, opDup3, opLseek, opOpen:
		decodeProgram(&c, b)
	case opGetsockname, opGetpeername, opBindAs, opDirectory, opEpollCreate, opPipe, opMemfd, opAccept, opDup, opClose, opBind, opConnect, opError, opLinger, opGettime, opPoll, opCount:
	}
	if b[4] >= extraByte {
		c.Extra = extra(&c, int(int32(binary.LittleEndian.Uint32(b[5:]))))
	}
	p.comparable(&c)
	return c
}

// decodeProgram fills in a call that programs make beside the others.
func decodeProgram(c *Call, b []byte) {
	n, flags := int(b[3]), int(b[4])
	switch c.Op { //nolint:exhaustive // the others are elsewhere
	case opAcceptFrom, opDupFrom, opSendfile:
		c.Flags = flags % 2
		c.N = n % mostBytes
	case opSetsockopt, opGetsockopt:
		c.N = n % len(options)
		c.Data = uint64(uint32(at(options[c.N].values, b[9])))
	case opFcntl:
		c.N = at(commands, b[3])
		switch c.N {
		case setFlags:
			c.Flags = at(setFlagsTo, b[4]&^extraByte)
		case 2:
			c.Flags = flags % 2
		}
	case opIoctl:
		c.N, c.Flags = at(requests, b[3]), 1
	case opSendmsg:
		c.N, c.Data, c.Flags = n%mostBytes, uint64(b[9]), at(sendFlags, b[4]&^extraByte)
	case opRecvmsg:
		c.N, c.Flags = n%mostBytes, at(receiveFlags, b[4]&^extraByte)
	case opDup2, opDup3:
		if c.Other == NotMade {
			c.Other = None // it would be open from then on
		}
		if c.Op == opDup3 {
			c.Flags = at(flagsOfTo, b[4]&^extraByte)
		}
	case opOpen:
		c.N, c.Flags = n%4, at(openFlagsOf, b[4]&^extraByte)
	case opLseek:
		c.N, c.Flags = at(offsets, b[3]), at(whences, b[4]&^extraByte)
	}
}

// extra is what may be added to the flags of c, of what bytes say: what makes no
// other call of it that Linux knows and the simulation does not.
func extra(c *Call, n int) int {
	switch c.Op { //nolint:exhaustive // the others have no flags
	case opEpollCreate, opEventfd, opTimerfd, opAccept:
		return n
	case opPipe:
		return n &^ 0x4080 // O_DIRECT, O_NOTIFICATION_PIPE
	case opSocket, opSocketpair:
		return n &^ 0xf // the type
	case opSettime:
		return n &^ 0x3 // absolute
	case opAdd, opMod, opDel:
		return n % 4
	case opShutdown:
		if how := c.N + n; how < 0 || how > 2 {
			return n
		}
	}
	return 0
}

// ref is the descriptor that a byte says.
func (p *Player) ref(b byte) Ref {
	switch made := len(p.bench.descriptors); {
	case b == noneByte:
		return None
	case b == notMadeByte || made == 0:
		return NotMade
	default:
		return Ref(int(b) % made)
	}
}

// comparable changes a call to one that can be compared; package documentation,
// What is compared.
func (p *Player) comparable(c *Call) {
	b := p.bench
	fd := b.kindOf(c.FD)
	switch c.Op { //nolint:exhaustive // the others always can
	case opSocket:
		if c.Flags != familyUnix && !b.settled {
			c.Flags, c.N = familyUnix, typeStream
		}
	case opAdd, opMod:
		if b.settled && b.kindOf(c.Other) == epollfd {
			c.Other = NotMade // an edge more of the network below would show as readiness above
		}
	case opWait:
		if b.settled && c.N > 0 {
			c.N = maxEvents
		}
	case opSendfile:
		*c = b.noCopyToFile(*c)
	case opWrite, opWritev:
		*c = b.noLateWrite(*c)
	case opLseek:
		*c = b.noEndOfDirectory(*c)
	case opBindAs:
		*c = b.heldAddress(*c)
	case opBind:
		if fd == unixDatagram {
			c.FD = NotMade // those of a socketpair have no names here
		}
	case opUrgent, opRecvUrgent:
		if !of(tcpStream, tcpFresh, tcpListener).has(fd) {
			c.FD = NotMade // others have out-of-band data of their own, or none
		}
	case opConnect:
		if p.connects++; p.connects > mostConnects || fd == unixDatagram || b.same(c.FD, c.Other) || b.sameAddress(c.FD, c.Other) {
			c.FD = NotMade
		}
	}
	if ops[c.Op].makes > 0 && b.open() >= maxOpen {
		*c = Call{Op: opClose, FD: c.FD, Other: None, Made: c.Made}
	}
}

// same reports whether two descriptors name the same socket.
func (b *bench) same(r, s Ref) bool {
	x, y := b.named(r), b.named(s)
	return x != nil && y != nil && x.same == y.same
}

func (b *bench) open() int {
	n := 0
	for _, d := range b.descriptors {
		if d.kind != gone {
			n++
		}
	}
	return n
}

// Encode returns the bytes of a script, for the corpus of a fuzzer. If bytes cannot
// encode a call, Encode takes a similar one.
func Encode(lines []string) ([]byte, error) {
	calls, err := parseCalls(lines)
	if err != nil {
		return nil, err
	}
	data := []byte{0}
	if usesNetwork(calls) {
		data[0] = 1
	}
	for i := range calls {
		data = append(data, encode(&calls[i])...)
	}
	return data, nil
}

// Corpus returns the bytes of the scripts in a folder.
func Corpus(folder string) ([][]byte, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s, err := golden.Parse(file, text)
		if err != nil {
			return nil, err
		}
		var lines []string
		for _, c := range s.Commands {
			lines = append(lines, strings.Join(c.Words, " "))
		}
		data, err := Encode(lines)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, data)
	}
	return all, nil
}

func encode(c *Call) []byte {
	b := []byte{byte(c.Op), refByte(c.FD), refByte(c.Other), byte(c.N), byte(c.Flags), 0, 0, 0, 0, byte(c.Data)}
	switch c.Op { //nolint:exhaustive // the others are as they are
	case opSocketpair:
		b[3] = index(pairTypes, c.N)
	case opEventfd:
		b[9] = index(valueData, c.Data)
	case opTimerfd:
		b[3] = index(clocks, c.N)
	case opSocket:
		b[3], b[4] = index(sockets3, [2]int{c.Flags, c.N}), 0
	case opAdd, opMod:
		binary.LittleEndian.PutUint32(b[5:], c.Bits)
	case opSignal:
		b[9] = index(numberData, c.Data)
	case opRecvfrom:
		b[4] = byte(c.Flags / 0x20)
	case opWait:
		b[4] = byte(min(c.Data, 1))
	case opListen:
		b[3] = byte(max(c.N-mostConnects, 0))
	case opSetsockopt:
		b[9] = index(options[c.N].values, int(int32(c.Data)))
	case opFcntl:
		b[3] = index(commands, c.N)
		if c.N == setFlags {
			b[4] = index(setFlagsTo, c.Flags)
		}
	case opIoctl:
		b[3], b[4] = index(requests, c.N), 0
	case opSendmsg:
		b[4] = index(sendFlags, c.Flags)
	case opRecvmsg:
		b[4] = index(receiveFlags, c.Flags)
	case opDup3:
		b[4] = index(flagsOfTo, c.Flags)
	case opOpen:
		b[4] = index(openFlagsOf, c.Flags)
	case opLseek:
		b[3], b[4] = index(offsets, c.N), index(whences, c.Flags)
	}
	if c.Extra != 0 {
		b[4] |= extraByte
		binary.LittleEndian.PutUint32(b[5:], uint32(int32(c.Extra)))
	}
	return b
}

func refByte(r Ref) byte {
	switch r {
	case None:
		return noneByte
	case NotMade:
		return notMadeByte
	default:
		return byte(r)
	}
}
