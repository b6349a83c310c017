package main

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

var crlf = []byte("\r\n")

// chunked is the length of a body that comes in chunks.
const chunked = -1

// headEnd returns where the head of a request ends in b, 0 if it does not. The first looked
// bytes are known not to have the end.
func headEnd(b []byte, looked int) int {
	if i := bytes.Index(b[looked:], []byte("\r\n\r\n")); i >= 0 {
		return looked + i + 2*len(crlf)
	}
	return 0
}

// parse reads the head of a request. length is that of its body, or chunked. If status is not
// 0, the request is answered with it.
//
// net/http's parser accepts some heads whose body another program finds elsewhere: two
// lengths, or a length beside a Transfer-Encoding. Whoever accepts those lets a client smuggle
// requests past a proxy (RFC 9112, 11.2). So the lines are checked before.
func parse(head []byte) (r *http.Request, length int64, status int) {
	first, fields, _ := bytes.Cut(head, crlf)
	if status := checkFirst(string(first)); status != 0 {
		return nil, 0, status
	}
	f, ok := framingOf(bytes.TrimSuffix(fields, crlf))
	if !ok {
		return nil, 0, http.StatusBadRequest
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil && f.coding != "" && !strings.EqualFold(f.coding, "chunked") {
		return nil, 0, http.StatusNotImplemented
	}
	if err != nil {
		return nil, 0, http.StatusBadRequest
	}
	length, status = f.length(r)
	return r, length, status
}

// checkFirst checks a request line: a method, a target and a version, with one space between
// them.
func checkFirst(line string) (status int) {
	words := strings.Split(line, " ")
	if len(words) != 3 || words[0] == "" || words[1] == "" || strings.ContainsAny(line, "\r\n\t\x00") {
		return http.StatusBadRequest
	}
	major, minor, ok := http.ParseHTTPVersion(words[2])
	switch {
	case !ok:
		return http.StatusBadRequest
	case major != 1 || minor > 1:
		return http.StatusHTTPVersionNotSupported
	case words[0] == http.MethodConnect:
		return http.StatusNotImplemented
	default:
		return 0
	}
}

// framing is what a header says of where the body ends.
type framing struct {
	hosts, lengths, codings int // how many of these fields there are
	size, coding            string
}

// framingOf reads the lines of a header. ok is false if one of them is malformed.
func framingOf(fields []byte) (f framing, ok bool) {
	for len(fields) > 0 {
		var line []byte
		line, fields, _ = bytes.Cut(fields, crlf)
		name, value, found := strings.Cut(string(line), ":")
		// A line that goes on with the value of the one before begins with a space:
		// RFC 9112, 5.2 lets a server refuse it, and 5.1 has it refuse a space before
		// the colon.
		if !found || name == "" || strings.ContainsAny(name, " \t") || strings.ContainsAny(value, "\r\n\x00") {
			return f, false
		}
		value = strings.Trim(value, " \t")
		switch {
		case strings.EqualFold(name, "Host"):
			f.hosts++
		case strings.EqualFold(name, "Content-Length"):
			f.lengths, f.size = f.lengths+1, value
		case strings.EqualFold(name, "Transfer-Encoding"):
			f.codings, f.coding = f.codings+1, value
		}
	}
	return f, true
}

// length returns how long the body of r is.
func (f framing) length(r *http.Request) (length int64, status int) {
	switch {
	case f.hosts > 1 || f.hosts == 0 && r.ProtoAtLeast(1, 1):
		return 0, http.StatusBadRequest
	case f.lengths+f.codings > 1:
		return 0, http.StatusBadRequest
	case f.codings > 0 && !r.ProtoAtLeast(1, 1):
		return 0, http.StatusBadRequest // RFC 9112, 6.1: its framing is faulty
	case f.codings > 0 && !strings.EqualFold(f.coding, "chunked"):
		return 0, http.StatusNotImplemented
	case r.Header.Get("Expect") != "" && !expects(r):
		return 0, http.StatusExpectationFailed
	case f.codings > 0:
		return chunked, 0
	case f.lengths > 0:
		if strings.Trim(f.size, "0123456789") != "" {
			return 0, http.StatusBadRequest
		}
		n, err := strconv.ParseInt(f.size, 10, 64)
		if err != nil {
			return 0, http.StatusBadRequest
		}
		return n, 0
	default:
		return 0, 0
	}
}

// expects reports whether the client waits for a 100 before it sends the body.
func expects(r *http.Request) bool {
	return r.ProtoAtLeast(1, 1) && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
}
