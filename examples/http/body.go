package main

import (
	"bytes"
	"net/http"
	"strconv"
)

// maxChunkLine bounds the line with the size of a chunk, in bytes, and maxTrailer all that
// follows the last chunk.
const (
	maxChunkLine = 256
	maxTrailer   = maxHead
)

// The parts of a body.
type part int

const (
	partLength    part = iota // the bytes that Content-Length announces
	partChunkSize             // RFC 9112, 7.1
	partChunk
	partChunkEnd
	partTrailer // is dropped
	partDone
)

// body is that of one request. What arrives of it is taken at once: a client that sends it byte
// by byte costs no more than another one.
type body struct {
	part    part
	left    int64 // of a chunk, or of the length
	trailer int
	data    []byte
}

// newBody makes a body of a length, or one that comes in chunks.
func newBody(length int64) body {
	switch length {
	case chunked:
		return body{part: partChunkSize}
	case 0:
		return body{part: partDone}
	default:
		return body{left: length}
	}
}

// done reports whether all of the body has arrived.
func (x *body) done() bool { return x.part == partDone }

// take takes what it can use of b, and returns how many bytes that are. If status is not 0,
// the body is malformed or too large.
func (x *body) take(b []byte) (used, status int) {
	for x.part != partDone {
		n, status := x.takePart(b[used:])
		if status != 0 || n == 0 {
			return used, status
		}
		used += n
	}
	return used, 0
}

func (x *body) takePart(b []byte) (n, status int) {
	if x.part == partLength || x.part == partChunk {
		n = int(min(x.left, int64(len(b))))
		x.data = append(x.data, b[:n]...)
		x.left -= int64(n)
		switch {
		case x.left > 0:
		case x.part == partLength:
			x.part = partDone
		default:
			x.part = partChunkEnd
		}
		return n, 0
	}
	limit := maxChunkLine
	if x.part == partTrailer {
		limit = maxTrailer - x.trailer
	}
	line, n, ok := cutLine(b, limit)
	if !ok {
		return 0, http.StatusBadRequest
	}
	if n == 0 {
		return 0, 0
	}
	switch {
	case x.part == partChunkSize:
		return n, x.chunk(line)
	case x.part == partChunkEnd && len(line) > 0:
		return 0, http.StatusBadRequest
	case x.part == partChunkEnd:
		x.part = partChunkSize
	case len(line) == 0:
		x.part = partDone
	default:
		x.trailer += n
	}
	return n, 0
}

// chunk begins a chunk whose size a line tells. The extensions behind the size are dropped.
func (x *body) chunk(line []byte) (status int) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	if len(bytes.Trim(digits, "0123456789abcdefABCDEF")) > 0 {
		return http.StatusBadRequest
	}
	size, err := strconv.ParseInt(string(digits), 16, 64)
	switch {
	case err != nil:
		return http.StatusBadRequest
	case size > maxBody-int64(len(x.data)):
		return http.StatusRequestEntityTooLarge
	case size == 0:
		x.part = partTrailer
	default:
		x.part, x.left = partChunk, size
	}
	return 0
}

// cutLine returns the first line of b without its end, and how many bytes it has with it: 0 if
// it is not whole. ok is false if it ends otherwise than in CRLF, or is longer than limit.
func cutLine(b []byte, limit int) (line []byte, n int, ok bool) {
	i := bytes.IndexByte(b, '\n')
	switch {
	case i < 0:
		return nil, 0, len(b) <= limit
	case i == 0 || b[i-1] != '\r' || i+1 > limit || bytes.IndexByte(b[:i-1], '\r') >= 0:
		return nil, 0, false
	default:
		return b[:i-1], i + 1, true
	}
}
