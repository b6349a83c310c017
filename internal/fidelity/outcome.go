package fidelity

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// Outcome is the result of a call.
type Outcome struct {
	N, M   int // of a call that makes descriptors their numbers
	Errno  epoll.Errno
	Data   string
	Events []epoll.Event
}

// failed is the outcome of a call that returned e; nothing else counts then.
func failed(e epoll.Errno) Outcome { return Outcome{Errno: e} }

// result is the outcome of a call that returned n or e.
func result(n int, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	return Outcome{N: n}
}

func (o *Outcome) equal(p *Outcome) bool {
	return o.N == p.N && o.M == p.M && o.Errno == p.Errno && o.Data == p.Data && slices.Equal(o.Events, p.Events)
}

// String returns a text such as "EAGAIN", "3 \"abc\"" or "2 1:IN 7:IN|HUP".
func (o *Outcome) String() string {
	if o.Errno != 0 {
		return errnoName(o.Errno)
	}
	var b strings.Builder
	fmt.Fprint(&b, o.N)
	if o.M != 0 {
		fmt.Fprint(&b, ", ", o.M)
	}
	switch {
	case o.Data == "":
	case len(o.Data) <= 32:
		fmt.Fprintf(&b, " %q", o.Data)
	default:
		fmt.Fprintf(&b, " %q...", o.Data[:32])
	}
	for _, ev := range o.Events {
		fmt.Fprintf(&b, " %s:%s", label(ev.Data), bits(ev.Events))
	}
	return b.String()
}

// moreErrnos are those that package epoll does not name; asm-generic/errno.h.
var moreErrnos = []struct {
	number epoll.Errno
	name   string
}{
	{88, "ENOTSOCK"},
	{89, "EDESTADDRREQ"},
	{90, "EMSGSIZE"},
	{91, "EPROTOTYPE"},
	{95, "EOPNOTSUPP"},
	{6, "ENXIO"},
	{21, "EISDIR"},
	{25, "ENOTTY"},
	{29, "ESPIPE"},
	{92, "ENOPROTOOPT"},
	{97, "EAFNOSUPPORT"},
	{98, "EADDRINUSE"},
	{99, "EADDRNOTAVAIL"},
	{103, "ECONNABORTED"},
	{106, "EISCONN"},
	{107, "ENOTCONN"},
	{114, "EALREADY"},
	{115, "EINPROGRESS"},
}

func errnoName(e epoll.Errno) string {
	for _, m := range moreErrnos {
		if m.number == e {
			return m.name
		}
	}
	var known demux.Errno
	if errors.As(e.Err("call"), &known) && known.Name() != "E?" {
		return known.Name()
	}
	return fmt.Sprintf("errno %d", e)
}
