package stream_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
)

// cutter is a connection whose Handler has a Split, and the end of its peer.
type cutter struct {
	t      rapid.TB
	k      *fakedemux.Kernel
	loop   *eventloop.Loop
	conn   *stream.Conn
	peer   demux.Handle
	got    []string
	closed bool
	err    error // of Closed
}

// cutting runs f with a connection in a quiet kernel. on, if not nil, is called with each
// token after it was booked.
func cutting(t rapid.TB, o stream.Options, split bufio.SplitFunc, limit int, on func(x *cutter, token []byte), f func(x *cutter)) {
	t.Helper()
	dialect := "epoll"
	if o.Operations {
		dialect = "iocp"
	}
	k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
	defer k.Stop()
	err := k.Run(func() {
		loop, err := eventloop.Open(k, nil)
		if err != nil {
			t.Fatal(err)
		}
		near, far, err := k.Pair()
		if err != nil {
			t.Fatal(err)
		}
		x := &cutter{t: t, k: k, loop: loop, peer: far}
		x.conn, err = stream.New(loop, &o).Attach(near, &stream.Handler{
			Split: split, MaxToken: limit,
			Data: func(_ *stream.Conn, token []byte) {
				x.got = append(x.got, string(token))
				if on != nil {
					on(x, token)
				}
			},
			Closed: func(_ *stream.Conn, err error) { x.closed, x.err = true, err },
		})
		if err != nil {
			t.Fatal(err)
		}
		f(x)
		if err := errors.Join(loop.Close(), k.Close(far)); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settle runs the loop until nothing is left to do.
func (x *cutter) settle() {
	for idle := 0; idle < 3; idle++ {
		n, err := x.loop.RunOnce(0)
		if err != nil {
			x.t.Fatal(err)
		}
		if n > 0 {
			idle = 0
		}
	}
}

// send has bytes of the peer arrive.
func (x *cutter) send(b []byte) {
	if _, err := x.k.Write(x.peer, b); err != nil && !x.closed {
		x.t.Fatal(err)
	}
	x.settle()
}

// end has the end of the peer arrive.
func (x *cutter) end() {
	if err := x.k.CloseWrite(x.peer); err != nil && !x.closed {
		x.t.Fatal(err)
	}
	x.settle()
}

// fields is a Split of the tests' own: it cuts at commas, drops comments from # to ; and ends
// the stream at a !.
func fields(data []byte, atEOF bool) (int, []byte, error) {
	switch {
	case len(data) == 0:
		return 0, nil, nil
	case data[0] == '#':
		if i := bytes.IndexByte(data, ';'); i >= 0 {
			return i + 1, nil, nil
		}
	case data[0] == '!':
		return 1, []byte("the end"), bufio.ErrFinalToken
	default:
		if i := bytes.IndexAny(data, ",#!"); i >= 0 && data[i] == ',' {
			return i + 1, data[:i], nil
		} else if i >= 0 {
			return i, data[:i], nil
		}
	}
	if atEOF {
		return len(data), data, nil
	}
	return 0, nil, nil
}

var splits = []struct {
	name  string
	split bufio.SplitFunc
}{
	{"lines", bufio.ScanLines},
	{"words", bufio.ScanWords},
	{"runes", bufio.ScanRunes},
	{"bytes", bufio.ScanBytes},
	{"fields", fields},
}

// TestSplitIsBufioScanner sends the same bytes, cut at random places, and pauses at random
// tokens.
func TestSplitIsBufioScanner(t *testing.T) {
	for _, s := range splits {
		for _, operations := range []bool{false, true} {
			name := s.name
			if operations {
				name += "-operations"
			}
			t.Run(name, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					input := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "bc", " ", "\n", "\r\n", "\r", "é", "\xff", ",", "#x;", "#", "!"}), 0, 40).Draw(t, "input"), "")
					limit := rapid.IntRange(1, 20).Draw(t, "limit")
					cuts := rapid.SliceOfN(rapid.IntRange(0, len(input)), 0, 6).Draw(t, "cuts")
					pauses := rapid.SliceOfN(rapid.IntRange(1, 20), 0, 3).Draw(t, "pauses")
					readBuffer := rapid.SampledFrom([]int{1, 3, 64}).Draw(t, "read")

					// Byte by byte: at the end a Scanner does not ask again after bytes were
					// taken without a token, and what it finds depends on what it read at once.
					want := bufio.NewScanner(iotest.OneByteReader(strings.NewReader(input)))
					want.Buffer(nil, limit)
					want.Split(s.split)
					tokens := []string(nil)
					for want.Scan() {
						tokens = append(tokens, want.Text())
					}
					pause := func(x *cutter, _ []byte) {
						if slices.Contains(pauses, len(x.got)) {
							x.conn.Pause()
						}
					}
					cutting(t, stream.Options{Operations: operations, ReadBuffer: readBuffer}, s.split, limit, pause, func(x *cutter) {
						slices.Sort(cuts)
						from := 0
						for _, to := range append(cuts, len(input)) {
							x.send([]byte(input[from:to]))
							from = to
							if len(cuts)%2 == 0 {
								x.conn.Resume()
								x.settle()
							}
						}
						x.end()
						for !x.closed {
							before := len(x.got)
							x.conn.Resume()
							x.settle()
							if len(x.got) == before && !x.closed {
								t.Fatalf("stuck after %q", x.got)
							}
						}
						if !slices.Equal(x.got, tokens) || !errors.Is(x.err, want.Err()) {
							t.Errorf("got %q and %v, bufio.Scanner has %q and %v", x.got, x.err, tokens, want.Err())
						}
					})
				})
			})
		}
	}
}

// TestSplitMistaken has Splits that break the rules of bufio.SplitFunc.
func TestSplitMistaken(t *testing.T) {
	own := errors.New("of Split")
	for _, tt := range []struct {
		why    string
		split  bufio.SplitFunc
		tokens int
		err    error
	}{
		{why: "it takes fewer than no bytes", err: bufio.ErrNegativeAdvance, split: func([]byte, bool) (int, []byte, error) { return -1, nil, nil }},
		{why: "it takes more than there are", err: bufio.ErrAdvanceTooFar, split: func(b []byte, _ bool) (int, []byte, error) { return len(b) + 1, b, nil }},
		{why: "it takes nothing, again and again", tokens: 100, err: io.ErrNoProgress, split: func([]byte, bool) (int, []byte, error) { return 0, []byte{}, nil }},
		{why: "it wants more than there may be", err: bufio.ErrTooLong, split: func([]byte, bool) (int, []byte, error) { return 0, nil, nil }},
		{why: "its own error", err: own, split: func(b []byte, _ bool) (int, []byte, error) { return len(b), b, own }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			cutting(t, stream.Options{}, tt.split, 8, nil, func(x *cutter) {
				x.send([]byte("0123456789"))
				if !x.closed || !errors.Is(x.err, tt.err) || len(x.got) != tt.tokens {
					t.Errorf("closed %v with %v after %d tokens, want %v after %d", x.closed, x.err, len(x.got), tt.err, tt.tokens)
				}
			})
		})
	}
}

// TestSplitNoTokenAfterTheEnd ends a connection, or stops it, at its second line of four.
func TestSplitNoTokenAfterTheEnd(t *testing.T) {
	errMine := errors.New("mine")
	for _, tt := range []struct {
		why  string
		do   func(x *cutter)
		end  bool // of the peer
		want error
		got  int
	}{
		{why: "Close", do: func(x *cutter) { _ = x.conn.Close() }, end: true, got: 2},
		{why: "Close, and the end came with the lines", do: func(x *cutter) { _ = x.conn.Close() }, end: true, got: 2},
		{why: "Abort", do: func(x *cutter) { x.conn.Abort(errMine) }, want: errMine, got: 2},
		{why: "CloseWrite does not end what is read", do: func(x *cutter) { _ = x.conn.CloseWrite() }, end: true, got: 5},
		{why: "Pause and Resume at once", do: func(x *cutter) { x.conn.Pause(); x.conn.Resume() }, end: true, got: 5},
		{why: "CloseWrite while tokens wait", end: true, got: 5, do: func(x *cutter) {
			x.conn.Pause()
			_ = x.loop.Post(func() { _ = x.conn.CloseWrite(); x.conn.Resume() })
		}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			for _, operations := range []bool{false, true} {
				second := func(x *cutter, _ []byte) {
					if len(x.got) == 2 {
						tt.do(x)
					}
				}
				cutting(t, stream.Options{Operations: operations}, bufio.ScanLines, 0, second, func(x *cutter) {
					if _, err := x.k.Write(x.peer, []byte("1\n2\n3\n4\n5")); err != nil {
						t.Fatal(err)
					}
					if tt.end {
						x.end()
					}
					x.settle()
					if !x.closed || !errors.Is(x.err, tt.want) || len(x.got) != tt.got {
						t.Errorf("operations %v: closed %v with %v after %q", operations, x.closed, x.err, x.got)
					}
				})
			}
		})
	}
}

// TestSplitWaitsWhileFull has each line answered with more than a peer takes that does not
// read.
func TestSplitWaitsWhileFull(t *testing.T) {
	answer := make([]byte, 3000)
	write := func(x *cutter, _ []byte) {
		if err := x.conn.Write(answer); err != nil {
			x.t.Error(err)
		}
	}
	for _, operations := range []bool{false, true} {
		o := stream.Options{Operations: operations, HighWater: 4000, LowWater: 1000}
		cutting(t, o, bufio.ScanLines, 0, write, func(x *cutter) {
			const lines = 20
			x.send([]byte(strings.Repeat("line\n", lines)))
			if n := len(x.got); n >= lines || x.conn.Queued() > 4000+len(answer) {
				t.Errorf("%d lines of %d were handed over to a connection that is full, and %d bytes are queued", n, lines, x.conn.Queued())
			}
			x.end()
			read := 0
			for b := make([]byte, 1000); ; x.settle() {
				n, err := x.k.Read(x.peer, b)
				read += max(n, 0)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("after %d bytes: %v", read, err)
				}
			}
			if want := lines * len(answer); read != want || len(x.got) != lines || !x.closed {
				t.Errorf("%d bytes came back, want %d, and %d lines were handed over", read, want, len(x.got))
			}
		})
	}
}

// TestSplitAllocates sees that a token costs no memory.
func TestSplitAllocates(t *testing.T) {
	n := 0
	count := func(*cutter, []byte) { n++ }
	cutting(t, stream.Options{}, bufio.ScanLines, 0, count, func(x *cutter) {
		x.got = make([]string, 0, 1<<16)
		many := []byte(strings.Repeat("\n", 1000) + "rest")
		send := func() { x.send(many) }
		send()
		if got := testing.AllocsPerRun(20, send); got > 5 {
			t.Errorf("1000 tokens: %v allocations", got)
		}
		if n < 20_000 {
			t.Errorf("%d tokens", n)
		}
	})
}
