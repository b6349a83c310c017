package demux_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"reactortest/demux"
)

func TestReadyString(t *testing.T) {
	for _, tt := range []struct {
		why   string
		ready demux.Ready
		want  string
	}{
		{"the empty set", 0, "-"},
		{"one condition", demux.Writable, "w"},
		{"all, in one order", demux.Failed | demux.Hangup | demux.Writable | demux.Readable, "rwhf"},
		{"bits that are no condition", demux.Readable | 1<<6, "r?"},
	} {
		if got := tt.ready.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestModeString(t *testing.T) {
	for _, tt := range []struct {
		why  string
		mode demux.Mode
		want string
	}{
		{"the zero value", demux.Level, "level"},
		{"a mode", demux.Edge, "edge"},
		{"a mode", demux.Oneshot, "oneshot"},
		{"a combination", demux.Edge | demux.Oneshot, "edge|oneshot"},
		{"bits that are no mode are shown", demux.Edge | 1<<7, "mode(e7)"},
	} {
		if got := tt.mode.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestOpKindString(t *testing.T) {
	for kind, want := range map[demux.OpKind]string{
		0: "no operation", demux.OpRead: "read", demux.OpWrite: "write", demux.OpAccept: "accept", demux.OpConnect: "connect",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d: got %q, want %q", kind, got, want)
		}
	}
}

func TestErrno(t *testing.T) {
	e := demux.NewErrno("ECONNRESET", 54) // 54 on a BSD, 104 on Linux
	if got, want := e.Error(), "ECONNRESET: connection reset by peer"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e.Name() != "ECONNRESET" || e.Number() != 54 {
		t.Errorf("got name %q and number %d, want ECONNRESET and 54", e.Name(), e.Number())
	}
	wrapped := demux.SyscallError("read", e)
	if got, want := wrapped.Error(), "read: ECONNRESET: connection reset by peer"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var call *os.SyscallError
	if !errors.As(wrapped, &call) || call.Syscall != "read" {
		t.Errorf("%v is no os.SyscallError of read", wrapped)
	}
	if demux.SyscallError("read", nil) != nil {
		t.Error("SyscallError of nil: got an error")
	}
	if n := testing.AllocsPerRun(10, func() { e = demux.NewErrno("EALREADY", 1) }); n != 0 {
		t.Errorf("NewErrno: %v allocations, want 0", n)
	}
}

func TestErrnoIs(t *testing.T) {
	for _, tt := range []struct {
		why    string
		err    error
		target error
		want   bool
	}{
		{"the same name, the host's number", demux.NewErrno("EBADF", 9), syscall.EBADF, true},
		{"the same name, another number", demux.NewErrno("ECONNREFUSED", 61), syscall.ECONNREFUSED, true},
		{"another name, the same number", demux.NewErrno("EDEADLK", 11), syscall.EAGAIN, false},
		{"wrapped", demux.SyscallError("epoll_ctl", demux.NewErrno("ENOSPC", 28)), syscall.ENOSPC, true},
		{"no Errno of the host", demux.NewErrno("EEXIST", 17), fs.ErrExist, false},
		{"a sentinel of this package", demux.NewErrno("EEXIST", 17), demux.ErrExists, false},
		{"an unknown name matches nothing", demux.NewErrno("EWHAT", 9), syscall.EBADF, false},
		{"not even success", demux.NewErrno("EWHAT", 0), syscall.Errno(0), false},
		{"the same Errno", demux.NewErrno("EPIPE", 32), demux.NewErrno("EPIPE", 32), true},
	} {
		if got := errors.Is(tt.err, tt.target); got != tt.want {
			t.Errorf("%s: errors.Is(%v, %v): got %v, want %v", tt.why, tt.err, tt.target, got, tt.want)
		}
	}
}

func TestErrnoUnknown(t *testing.T) {
	for _, e := range []demux.Errno{demux.NewErrno("EWHAT", 200), demux.Errno(0xfff0<<16 | 200)} {
		if got, want := e.Error(), "errno 200"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestErrnoSymbols holds every name against the host: a wrong pairing in the
// table would make errors.Is lie.
func TestErrnoSymbols(t *testing.T) {
	hosts := map[string]syscall.Errno{
		"EADDRINUSE": syscall.EADDRINUSE, "EAGAIN": syscall.EAGAIN, "EBADF": syscall.EBADF,
		"ECONNABORTED": syscall.ECONNABORTED, "ECONNREFUSED": syscall.ECONNREFUSED, "ECONNRESET": syscall.ECONNRESET,
		"EDEADLK": syscall.EDEADLK, "EEXIST": syscall.EEXIST, "EFAULT": syscall.EFAULT,
		"EINPROGRESS": syscall.EINPROGRESS, "EINTR": syscall.EINTR, "EINVAL": syscall.EINVAL, "ELOOP": syscall.ELOOP,
		"EMFILE": syscall.EMFILE, "ENFILE": syscall.ENFILE, "ENOENT": syscall.ENOENT, "ENOMEM": syscall.ENOMEM,
		"ENOSPC": syscall.ENOSPC, "ENOSYS": syscall.ENOSYS, "ENOTCONN": syscall.ENOTCONN, "ENOTSOCK": syscall.ENOTSOCK,
		"EPERM": syscall.EPERM, "EPIPE": syscall.EPIPE, "EOPNOTSUPP": syscall.EOPNOTSUPP,
		"EADDRNOTAVAIL": syscall.EADDRNOTAVAIL, "EISCONN": syscall.EISCONN, "EALREADY": syscall.EALREADY,
		"ESRCH": syscall.ESRCH, "ETIMEDOUT": syscall.ETIMEDOUT,
	}
	for name, host := range hosts {
		e := demux.NewErrno(name, 7)
		if e.Name() != name || e.Number() != 7 || !errors.Is(e, host) || !strings.HasPrefix(e.Error(), name+": ") {
			t.Errorf("%s: got name %q, number %d, text %q, Is(%v) %v", name, e.Name(), e.Number(), e, host, errors.Is(e, host))
		}
	}
}

func TestSentinelsAreApart(t *testing.T) {
	all := []error{demux.ErrAgain, demux.ErrExists, demux.ErrNotFound, demux.ErrClosed, demux.ErrCanceled, demux.ErrAttached}
	for i, a := range all {
		for j, b := range all {
			if errors.Is(a, b) != (i == j) {
				t.Errorf("errors.Is(%v, %v): got %v", a, b, i != j)
			}
		}
	}
}

func TestSupports(t *testing.T) {
	level := demux.Traits{Level: true}
	afd := demux.Traits{Level: true, Oneshot: true}
	all := demux.Traits{Level: true, Edge: true, Oneshot: true}
	edgeOnly := demux.Traits{Edge: true}
	shotOnly := demux.Traits{Oneshot: true}
	for _, tt := range []struct {
		why    string
		traits demux.Traits
		mode   demux.Mode
		want   bool
	}{
		{"claimed", level, demux.Level, true},
		{"not claimed", level, demux.Edge, false},
		{"not claimed", level, demux.Oneshot, false},
		{"oneshot needs no level", shotOnly, demux.Oneshot, true},
		{"oneshot is not level", shotOnly, demux.Level, false},
		{"edge is not level", edgeOnly, demux.Level, false},
		{"both bits need both claims", afd, demux.Edge | demux.Oneshot, false},
		{"both bits need both claims", edgeOnly, demux.Edge | demux.Oneshot, false},
		{"both claimed", all, demux.Edge | demux.Oneshot, true},
		{"no mode at all", all, 1 << 2, false},
	} {
		if got := tt.traits.Supports(tt.mode); got != tt.want {
			t.Errorf("%s: %+v, %v: got %v, want %v", tt.why, tt.traits, tt.mode, got, tt.want)
		}
	}
}

func TestCheckRegistration(t *testing.T) {
	traits := demux.Traits{Level: true, Oneshot: true}
	for _, tt := range []struct {
		why    string
		tok    demux.Token
		want   demux.Ready
		mode   demux.Mode
		panics string // what the panic says, "" for none
		err    error
	}{
		{why: "nothing wanted is legal", tok: 0},
		{why: "the largest token", tok: demux.NoToken - 1, want: demux.Readable | demux.Writable, mode: demux.Oneshot},
		{why: "a mode that is denied", want: demux.Readable, mode: demux.Edge, err: errors.ErrUnsupported},
		{why: "one denied bit", mode: demux.Edge | demux.Oneshot, err: errors.ErrUnsupported},
		{why: "the reserved token", tok: demux.NoToken, panics: "NoToken"},
		{why: "Hangup cannot be wanted", want: demux.Readable | demux.Hangup, panics: "rh"},
		{why: "Failed cannot be wanted", want: demux.Failed, panics: "f"},
		{why: "unknown mode bits", mode: 1 << 3, panics: "mode("},
		{why: "a mistake comes before a refusal", tok: demux.NoToken, mode: demux.Edge, panics: "NoToken"},
	} {
		panicked, err := check(traits, tt.tok, tt.want, tt.mode)
		if tt.panics == "" && panicked != "" || !strings.Contains(panicked, tt.panics) {
			t.Errorf("%s: panic %q, want one with %q", tt.why, panicked, tt.panics)
		}
		if tt.panics != "" && panicked == "" {
			t.Errorf("%s: no panic", tt.why)
		}
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: got error %v, want %v", tt.why, err, tt.err)
		}
	}
}

func check(traits demux.Traits, tok demux.Token, want demux.Ready, mode demux.Mode) (panicked string, err error) {
	defer func() {
		if r := recover(); r != nil {
			panicked, _ = r.(string)
		}
	}()
	return "", traits.CheckRegistration(tok, want, mode)
}
