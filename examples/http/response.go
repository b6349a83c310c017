package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// response is an http.ResponseWriter that keeps the answer. There is no Date: the clock of a
// demux.Host does not know it, and RFC 9110, 6.6.1 has a server without a clock send none.
type response struct {
	header http.Header
	status int // 0: none was written
	body   bytes.Buffer
}

// Header returns the header of the answer.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sets the status. The first one counts.
func (w *response) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http: the status %d has not three digits", status))
	}
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

// Write adds to the body.
func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// bodiless reports whether the status has no body: RFC 9110, 6.4.1.
func (w *response) bodiless() bool {
	return w.status == http.StatusNoContent || w.status == http.StatusNotModified
}

// content returns the body that is sent.
func (w *response) content(r *http.Request) []byte {
	if w.bodiless() || r != nil && r.Method == http.MethodHead {
		return nil
	}
	return w.body.Bytes()
}

// head returns the status line and the header, and whether another request may follow. r is
// nil if the request was not understood.
func (w *response) head(r *http.Request) (b []byte, keep bool) {
	w.WriteHeader(http.StatusOK)
	w.header.Del("Transfer-Encoding")
	switch {
	case w.bodiless():
		w.header.Del("Content-Length")
	case r != nil && r.Method == http.MethodHead && w.body.Len() == 0 && w.header.Get("Content-Length") != "":
	default:
		w.header.Set("Content-Length", strconv.Itoa(w.body.Len()))
	}
	if w.body.Len() > 0 && w.header.Get("Content-Type") == "" {
		w.header.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	keep = r != nil && !r.Close && !strings.EqualFold(w.header.Get("Connection"), "close")
	switch {
	case !keep:
		w.header.Set("Connection", "close")
	case !r.ProtoAtLeast(1, 1):
		w.header.Set("Connection", "keep-alive")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %03d %s\r\n", w.status, http.StatusText(w.status))
	_ = w.header.Write(&out) // sorted, and without line breaks in values
	out.Write(crlf)
	return out.Bytes(), keep
}
