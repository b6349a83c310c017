package fakedemux_test

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// fullHost is a host with all that it may have beyond demux.Host.
type fullHost interface {
	demux.Host
	demux.VectorHost
	demux.StreamOptions
	demux.UnixHost
	demux.DatagramHost
	demux.SharedHost
}

// hostRun is what a row of a table runs on.
type hostRun struct {
	fullHost
	tb   testing.TB
	dir  string                // where sockets may be made
	big  int                   // bytes, of which three times as many do not fit into a stream
	file func(path string)     // makes a regular file
	did  []string              // what the calls have returned
	open map[demux.Handle]bool // to be closed
}

// hostRow is one thing that a host does. Its steps write what they see.
type hostRow struct {
	why   string
	steps func(r *hostRun)
	want  string
	// differs is what other systems do: by the name of a dialect, or by the family.
	differs map[string]string
	// not are the families, and the dialects, that have no such calls.
	not string
}

// hostRows are all tables.
func hostRows() []hostRow {
	var all []hostRow
	for _, t := range [][]hostRow{vectorRows, optionRows, unixRows, datagramRows, sharedRows} {
		all = append(all, t...)
	}
	return all
}

// familyOf is the name of a dialect up to its dash.
func familyOf(dialect string) string { return strings.SplitN(dialect, "-", 2)[0] }

// expected is what a row sees on a dialect, and whether it runs there.
func (row *hostRow) expected(dialect string) (string, bool) {
	for _, name := range []string{dialect, familyOf(dialect)} {
		if strings.Contains(" "+row.not+" ", " "+name+" ") {
			return "", false
		}
		if want, has := row.differs[name]; has {
			return want, true
		}
	}
	return row.want, true
}

// play runs the row and compares.
func (row *hostRow) play(t *testing.T, r *hostRun, want string) {
	t.Helper()
	r.open = make(map[demux.Handle]bool)
	row.steps(r)
	for h := range r.open { // the order is not seen
		_ = r.fullHost.Close(h)
	}
	if got := strings.Join(r.did, "; "); got != want {
		t.Errorf("%s\n got %s\nwant %s", row.why, got, want)
	}
}

func TestHostRowsOnEveryDialect(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		for _, row := range hostRows() {
			want, runs := row.expected(dialect)
			if !runs {
				continue
			}
			t.Run(dialect+"/"+row.why, func(t *testing.T) {
				k := direct(fakedemux.Options{Dialect: dialect, First: 3})
				file := func(path string) {
					fd, e := k.Linux().Open(path, 0x41) // O_CREAT, O_WRONLY
					if e != 0 {
						t.Fatal(e)
					}
					k.Linux().Close(fd)
				}
				row.play(t, &hostRun{fullHost: k, tb: t, dir: "/tmp", big: 3000, file: file}, want)
				for _, leak := range k.Leaks() {
					t.Errorf("left open: %v", leak)
				}
			})
		}
	}
}

// says adds what was seen.
func (r *hostRun) says(format string, args ...any) {
	r.did = append(r.did, fmt.Sprintf(format, args...))
}

// result names an error as every system does.
func result(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, demux.ErrAgain):
		return "EAGAIN"
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EOPNOTSUPP):
		return "unsupported"
	}
	for _, e := range [...]struct {
		name   string
		number syscall.Errno
	}{
		{"EBADF", syscall.EBADF},
		{"ENOTSOCK", syscall.ENOTSOCK},
		{"EADDRINUSE", syscall.EADDRINUSE},
		{"EADDRNOTAVAIL", syscall.EADDRNOTAVAIL},
		{"EAFNOSUPPORT", syscall.EAFNOSUPPORT},
		{"ECONNREFUSED", syscall.ECONNREFUSED},
		{"ECONNRESET", syscall.ECONNRESET},
		{"EDESTADDRREQ", syscall.EDESTADDRREQ},
		{"EINTR", syscall.EINTR},
		{"EINVAL", syscall.EINVAL},
		{"EISCONN", syscall.EISCONN},
		{"EISDIR", syscall.EISDIR},
		{"EMFILE", syscall.EMFILE},
		{"EMSGSIZE", syscall.EMSGSIZE},
		{"ENETUNREACH", syscall.ENETUNREACH},
		{"ENOENT", syscall.ENOENT},
		{"ENOPROTOOPT", syscall.ENOPROTOOPT},
		{"ENOTCONN", syscall.ENOTCONN},
		{"ENOTDIR", syscall.ENOTDIR},
		{"EOPNOTSUPP", syscall.EOPNOTSUPP},
		{"EPERM", syscall.EPERM},
		{"EPIPE", syscall.EPIPE},
		{"ESHUTDOWN", syscall.ESHUTDOWN},
	} {
		if errors.Is(err, e.number) {
			return e.name
		}
	}
	return err.Error()
}

// keeps closes h at the end, if err is nil, and ends the test otherwise.
func (r *hostRun) keeps(h demux.Handle, err error) demux.Handle {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatal(err)
	}
	r.open[h] = true
	return h
}

// tries is keeps of a call that the row is about: it says how it ended.
func (r *hostRun) tries(what string, h demux.Handle, err error) {
	r.says("%s %s", what, result(err))
	if err == nil {
		r.open[h] = true
	}
}

func (r *hostRun) Close(h demux.Handle) {
	delete(r.open, h)
	if err := r.fullHost.Close(h); err != nil {
		r.tb.Fatal(err)
	}
}

// closed is the number of a handle that is not open.
func (r *hostRun) closed() demux.Handle {
	a, _ := r.pair()
	r.Close(a)
	return a
}

func (r *hostRun) pair() (a, b demux.Handle) {
	r.tb.Helper()
	a, b, err := r.Pair()
	return r.keeps(a, err), r.keeps(b, err)
}

// connection is one of TCP.
func (r *hostRun) connection() (client, server demux.Handle) {
	r.tb.Helper()
	l, at, err := r.Listen("127.0.0.1:0", 8)
	r.keeps(l, err)
	client, server = r.meets(l, func() (demux.Handle, error) { return r.Connect(at) })
	r.Close(l)
	return client, server
}

// meets makes a connection to a listener.
func (r *hostRun) meets(l demux.Handle, connect func() (demux.Handle, error)) (client, server demux.Handle) {
	r.tb.Helper()
	c, err := connect()
	client = r.keeps(c, err)
	r.await(l, demux.Readable)
	s, err := r.Accept(l)
	server = r.keeps(s, err)
	r.await(client, demux.Writable)
	if err := r.ConnectResult(client); err != nil {
		r.tb.Fatal(err)
	}
	return client, server
}

// await waits until h is ready for want.
func (r *hostRun) await(h demux.Handle, want demux.Ready) {
	r.tb.Helper()
	d, err := r.Open()
	if err != nil {
		r.tb.Fatal(err)
	}
	if err := d.Register(h, 1, want, demux.Level); err != nil {
		r.tb.Fatal(err)
	}
	if n, err := d.Wait(make([]demux.Event, 1), 10*time.Second); n != 1 || err != nil {
		r.tb.Fatalf("Wait for %v of %d: %d, %v", want, h, n, err)
	}
	if err := d.Deregister(h); err != nil {
		r.tb.Fatal(err)
	}
	if err := d.Close(); err != nil {
		r.tb.Fatal(err)
	}
}

// reads says what one read returns, when there is something.
func (r *hostRun) reads(h demux.Handle) {
	r.tb.Helper()
	r.await(h, demux.Readable)
	b := make([]byte, 100)
	n, err := r.Read(h, b)
	if err != nil {
		r.says("read %s", result(err))
		return
	}
	r.says("read %q", b[:n])
}

// readAll returns what has arrived of n bytes.
func (r *hostRun) readAll(h demux.Handle, n int) string {
	r.tb.Helper()
	var all []byte
	b := make([]byte, 1<<16)
	for len(all) < n {
		r.await(h, demux.Readable)
		got, err := r.Read(h, b)
		if err != nil {
			r.tb.Fatal(err)
		}
		all = append(all, b[:got]...)
	}
	return string(all)
}

// datagram makes a socket on the loopback network.
func (r *hostRun) datagram() (demux.Handle, netip.AddrPort) {
	r.tb.Helper()
	h, at, err := r.Datagram("127.0.0.1:0")
	return r.keeps(h, err), at
}
