package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestServesWhatNetHTTPReads draws requests, some of them malformed. What the server takes for a
// request, net/http's parser takes for the same request, with the same body: it finds the end
// of each where the server has found it.
func TestServesWhatNetHTTPReads(t *testing.T) {
	served := 0
	rapid.Check(t, func(t *rapid.T) {
		input := strings.Join(rapid.SliceOfN(rapid.Custom(drawRequest), 1, 4).Draw(t, "requests"), "")
		cut := rapid.IntRange(0, len(input)).Draw(t, "cut")
		var got []string
		exchangeWith(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			got = append(got, fmt.Sprintf("%s %s %q %v", r.Method, r.URL, b, err))
		}), input[:cut], input[cut:])
		in := bufio.NewReader(strings.NewReader(input))
		for i, one := range got {
			served++
			for b, err := in.Peek(2); err == nil && string(b) == "\r\n"; b, err = in.Peek(2) {
				_, _ = in.Discard(2) // an empty line before a request, which net/http's parser leaves to its caller
			}
			want := "no request"
			if r, err := http.ReadRequest(in); err == nil {
				b, err := io.ReadAll(r.Body)
				want = fmt.Sprintf("%s %s %q %v", r.Method, r.URL, b, err)
			}
			if one != want {
				t.Fatalf("%q: request %d is %s, net/http reads %s", input, i+1, one, want)
			}
		}
	})
	if served == 0 {
		t.Error("no request was served: the test tests nothing")
	}
}

// drawRequest draws a request, or something near to one.
func drawRequest(t *rapid.T) string {
	var b strings.Builder
	b.WriteString(rapid.SampledFrom([]string{
		"GET / HTTP/1.1\r\n", "POST /a HTTP/1.1\r\n", "POST /b HTTP/1.0\r\n", "HEAD * HTTP/1.1\r\n", "GET http://a/ HTTP/1.1\r\n", "GET  / HTTP/1.1\r\n",
	}).Draw(t, "line"))
	fields := []string{
		"Connection: keep-alive\r\n", "X: y\r\n", "Content-Length: 3\r\n", "Content-Length: 10\r\n", "Content-Length:0\r\n",
		"content-length: \t5 \r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding:  chunked\r\n", "Transfer-Encoding : chunked\r\n", " folded\r\n", "X: y\n", "Expect: 100-continue\r\n",
	}
	b.WriteString("Host: a\r\n")
	for _, f := range rapid.SliceOfN(rapid.SampledFrom(fields), 0, 3).Draw(t, "fields") {
		b.WriteString(f)
	}
	b.WriteString("\r\n")
	b.WriteString(rapid.SampledFrom([]string{
		"", "abc", "3\r\nabc\r\n0\r\n\r\n", "03;x\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: u\r\n\r\n", "0\r\n\r\n", "0\n\n", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "3 \r\nabc\r\n0\r\n\r\n",
	}).Draw(t, "body"))
	return b.String()
}
