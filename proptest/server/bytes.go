package server

import (
	"bytes"
	"fmt"
)

// What peers send and what handlers send can be told apart byte by byte, and from what
// belongs to another connection.

// patternSize is after how many bytes what is sent comes again.
const patternSize = 1 << 16

// pattern is what is sent, twice: every stream begins at another place of it. starts has
// the place that begins with each byte.
var pattern, starts = func() (p [2 * patternSize]byte, starts [256]int) {
	x := uint32(1)
	for i := range patternSize {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		p[i] = byte(x >> 11)
		p[i+patternSize] = p[i]
		starts[p[i]] = i
	}
	return p, starts
}()

// sentBytes returns n bytes of what peer id sends, from off on. The first one of all
// names the peer. n is at most patternSize, and the result is not to be changed.
func sentBytes(id, off, n int) []byte {
	return pattern[(starts[id%256]+off)%patternSize:][:n:n]
}

// firstWrong returns the place of the first byte of b that is not what peer id sends from
// off on, -1 if there is none.
func firstWrong(b []byte, id, off int) int {
	for done := 0; done < len(b); {
		part := b[done:min(done+patternSize, len(b))]
		if want := sentBytes(id, off+done, len(part)); !bytes.Equal(part, want) {
			for i := range part {
				if part[i] != want[i] {
					return off + done + i
				}
			}
		}
		done += len(part)
	}
	return -1
}

// Streams of what an engine is given to send, whose order among each other is not
// known.
const (
	byCallback = iota // Write and what Open returns
	byThread          // Async
	streams
)

// streamBit tells the streams apart.
const streamBit = 0x80

// answerByte is byte number off of a stream of connection number. The first one names
// the connection.
func answerByte(number, stream, off int) byte {
	return pattern[(starts[number%streamBit]+off)%patternSize]&^streamBit | byte(stream)*streamBit
}

// answers is what an engine was given to send on one connection: pieces of two
// streams. Pieces of a stream have an order, and none is torn by a piece of the other.
type answers struct {
	number int
	given  [streams]int   // bytes of each
	pieces [streams][]int // where each ends
	taken  [streams]int   // of given: bytes that the engine has accepted
	loose  bool           // the engine has refused bytes: a part of a piece may have been sent
}

// give returns the next n bytes of a stream.
func (a *answers) give(stream, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = answerByte(a.number, stream, a.given[stream]+i)
	}
	a.given[stream] += n
	a.pieces[stream] = append(a.pieces[stream], a.given[stream])
	return b
}

func (a *answers) allGiven() int { return a.given[byCallback] + a.given[byThread] }
func (a *answers) accepted() int { return a.taken[byCallback] + a.taken[byThread] }

// checker checks what one peer gets.
type checker struct {
	number int // of the connection, -1 before its first byte
	got    [streams]int
	piece  [streams]int // that the next byte of the stream belongs to
	inside int          // the stream of a piece that has begun and not ended, -1: none
}

func newChecker() checker { return checker{number: -1, inside: -1} }

func (c *checker) all() int { return c.got[byCallback] + c.got[byThread] }

// check takes the next bytes that a peer has got on a connection. It returns what is
// wrong with them, "" if nothing is.
func (c *checker) check(b []byte, a *answers) string {
	for _, x := range b {
		stream := int(x / streamBit)
		off := c.got[stream]
		switch {
		case off >= a.given[stream]:
			return fmt.Sprintf("byte %d of c%d was never given to the engine, or comes twice", c.all(), a.number)
		case x != answerByte(a.number, stream, off):
			return fmt.Sprintf("byte %d of c%d is wrong: %#02x, not %#02x", c.all(), a.number, x, answerByte(a.number, stream, off))
		case c.inside >= 0 && c.inside != stream && !a.loose:
			return fmt.Sprintf("byte %d of c%d is in the middle of what another call has sent", c.all(), a.number)
		}
		c.got[stream]++
		c.inside = stream
		for c.piece[stream] < len(a.pieces[stream]) && a.pieces[stream][c.piece[stream]] <= c.got[stream] {
			c.piece[stream]++
			c.inside = -1
		}
	}
	return ""
}
