package stream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxEmptySteps is how many tokens in a row a Split may return without taking a byte, as in
// bufio.Scanner.
const maxEmptySteps = 100

// tokens is what a connection knows of its tokens if its Handler has a Split.
type tokens struct {
	rest    []byte // what has arrived and was not cut into tokens
	ended   bool   // the peer sends no more: End waits for the last token
	waiting bool   // there may be another token in rest, and the connection is paused or full
	posted  bool   // cutLater has posted
	steps   int    // tokens in a row for which no byte was taken
}

// cuts reports whether tokens may be handed over now.
func (c *Conn) cuts() bool { return !c.dead && !c.closing && !c.paused && !c.full }

// cut gives Data the tokens that b completes, and keeps the rest of b.
func (c *Conn) cut(b []byte) {
	if c.tokens == nil {
		c.tokens = &tokens{}
	}
	t := c.tokens
	held := len(t.rest) > 0
	if held {
		t.rest = append(t.rest, b...)
		b = t.rest
	}
	b = b[c.handTokens(t, b):]
	switch {
	case c.dead || c.closing:
		t.rest, t.waiting = nil, false
	case held:
		t.rest = t.rest[:copy(t.rest, b)]
	default:
		t.rest = append(t.rest[:0], b...)
	}
}

// handTokens gives Data the tokens at the beginning of b, and returns how many bytes they
// have taken.
func (c *Conn) handTokens(t *tokens, b []byte) (used int) {
	t.waiting = false
	for used < len(b) || t.ended {
		if !c.cuts() {
			t.waiting = true
			return used
		}
		window := b[used:min(len(b), used+c.handler.maxToken())]
		last := used+len(window) == len(b)
		n, token, err := c.handler.Split(window, last && t.ended)
		switch err = t.check(n, len(window), token, err); {
		case err == nil:
		case errors.Is(err, bufio.ErrFinalToken):
			if token != nil {
				c.handler.token(c, token)
			}
			if !c.dead {
				_ = c.Close() // ErrClosed: Data has closed it
			}
			return used
		default:
			c.Abort(err)
			return used
		}
		used += n
		if token != nil {
			c.handler.token(c, token)
			continue
		}
		if n > 0 {
			continue
		}
		if len(window) == c.handler.maxToken() {
			c.Abort(bufio.ErrTooLong)
		}
		return used
	}
	return used
}

// check returns what is wrong with what Split has returned for size bytes, nil if nothing is.
// The errors are those of bufio.Scanner.
func (t *tokens) check(n, size int, token []byte, err error) error {
	switch {
	case err != nil:
		return err
	case n < 0:
		return bufio.ErrNegativeAdvance
	case n > size:
		return bufio.ErrAdvanceTooFar
	case n > 0:
		t.steps = 0
	case token != nil:
		if t.steps++; t.steps > maxEmptySteps {
			return io.ErrNoProgress
		}
	}
	return nil
}

// check panics if MaxToken is negative.
func (h *Handler) check() {
	if h.MaxToken < 0 {
		panic(fmt.Sprintf("stream: MaxToken is %d, which is negative", h.MaxToken))
	}
}

// maxToken is MaxToken with its default.
func (h *Handler) maxToken() int {
	if h.MaxToken == 0 {
		return bufio.MaxScanTokenSize
	}
	return h.MaxToken
}

// token gives a token to Data.
func (h *Handler) token(c *Conn, token []byte) {
	if h.Data != nil {
		h.Data(c, token)
	}
}

// eof is called when a read tells that the peer has ended its direction. End follows the last
// token.
func (c *Conn) eof() {
	if c.handler.Split != nil && !c.closing {
		if c.tokens == nil {
			c.tokens = &tokens{}
		}
		c.tokens.ended = true
		c.cut(nil)
		if c.dead || c.tokens.waiting {
			return
		}
	}
	c.ended = true
	c.atEnd()
}

// cutLater has the tokens handed over that wait, but not within the callback, perhaps of
// another connection, that calls Resume.
func (c *Conn) cutLater() {
	t := c.tokens
	if t.posted {
		return
	}
	err := c.net.loop.Post(func() {
		t.posted = false
		if !t.waiting || !c.cuts() {
			return
		}
		c.enter()
		defer c.leave()
		if t.ended {
			c.eof()
		} else {
			c.cut(nil)
		}
		c.inCallback = false
		c.update()
	})
	t.posted = err == nil // ErrClosed: the loop has ended
}
