package story

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// systemErrors are those that a story may meet.
var systemErrors = [...]string{
	"EADDRINUSE", "EAGAIN", "EBADF", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EEXIST", "EINTR", "EINVAL",
	"ELOOP", "EMFILE", "ENFILE", "ENOENT", "ENOMEM", "ENOSPC", "ENOTCONN", "ENOTSOCK", "EPERM", "EPIPE",
}

// failure returns the name of an error, "" for none.
func failure(err error) string {
	var simulated demux.Errno
	var system syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.Is(err, demux.ErrAgain):
		return "EAGAIN"
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.Is(err, demux.ErrExists):
		return "exists"
	case errors.Is(err, demux.ErrNotFound):
		return "not found"
	case errors.Is(err, demux.ErrClosed):
		return "closed"
	case errors.As(err, &simulated):
		return simulated.Name()
	case errors.As(err, &system):
		for _, name := range systemErrors {
			if demux.NewErrno(name, 0).Is(system) {
				return name
			}
		}
	}
	return err.Error()
}

// errnoName returns the name of e, "" for 0.
func errnoName(e epoll.Errno) string { return failure(e.Err("call")) }

// shown returns bytes as the output has them.
func shown(b []byte) string {
	if len(b) <= 40 {
		return strconv.Quote(string(b))
	}
	return fmt.Sprintf("%d bytes", len(b))
}

// text returns the bytes that a word of a script stands for, *N for N bytes.
func text(word string) ([]byte, error) {
	count, repeated := strings.CutPrefix(word, "*")
	if !repeated {
		return []byte(word), nil
	}
	n, err := number(count)
	if err != nil {
		return nil, err
	}
	return []byte(strings.Repeat("x", n)), nil
}

func number(word string) (int, error) {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n > maxBytes {
		return 0, fmt.Errorf("%q: a number from 0 to %d", word, maxBytes)
	}
	return n, nil
}

// duration returns what "5ms" stands for, and a negative one for "forever".
func duration(word string) (time.Duration, error) {
	if word == "forever" {
		return -1, nil
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q: a time is 5ms or the like, or forever", word)
	}
	return d, nil
}

// interest returns the conditions that letters, "rw" or "-", stand for.
func interest(word string) (demux.Ready, error) {
	var want demux.Ready
	for _, r := range strings.TrimPrefix(word, "-") {
		switch r {
		case 'r':
			want |= demux.Readable
		case 'w':
			want |= demux.Writable
		default:
			return 0, fmt.Errorf("%q: what is wanted is r, w, rw or -", word)
		}
	}
	return want, nil
}

// mode returns the mode that the last of words, if there is one, stands for.
func mode(words []string) (demux.Mode, error) {
	if len(words) == 0 {
		return demux.Level, nil
	}
	switch words[0] {
	case "level":
		return demux.Level, nil
	case "edge":
		return demux.Edge, nil
	case "oneshot":
		return demux.Oneshot, nil
	case "edge-oneshot":
		return demux.Edge | demux.Oneshot, nil
	default:
		return 0, fmt.Errorf("%q: a mode is level, edge, oneshot or edge-oneshot", words[0])
	}
}

// epollBits are the bits of epoll_ctl(2), in the order in which they are told.
var epollBits = [...]struct {
	name string
	bit  uint32
}{
	{"in", epoll.EPOLLIN},
	{"pri", epoll.EPOLLPRI},
	{"out", epoll.EPOLLOUT},
	{"rdhup", epoll.EPOLLRDHUP},
	{"err", epoll.EPOLLERR},
	{"hup", epoll.EPOLLHUP},
	{"et", epoll.EPOLLET},
	{"oneshot", epoll.EPOLLONESHOT},
	{"exclusive", 1 << 28}, // linux/eventpoll.h, EPOLLEXCLUSIVE
}

func parseBits(word string) (uint32, error) {
	var bits uint32
	if word == "-" {
		return 0, nil
	}
	for name := range strings.SplitSeq(word, "|") {
		known := false
		for _, b := range epollBits {
			if b.name == name {
				bits |= b.bit
				known = true
			}
		}
		if !known {
			return 0, fmt.Errorf("%q: the bits are in, pri, out, rdhup, err, hup, et, oneshot and exclusive, joined by |", name)
		}
	}
	return bits, nil
}

func formatBits(bits uint32) string {
	var names []string
	for _, b := range epollBits {
		if bits&b.bit != 0 {
			names = append(names, b.name)
			bits &^= b.bit
		}
	}
	if bits != 0 {
		names = append(names, fmt.Sprintf("%#x", bits))
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, "|")
}
