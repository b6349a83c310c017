package fakedemux_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reactortest/demux/epoll"
)

// parse reads "CALL ARGUMENTS = OUTCOME".
//
//	pair | pipe | epoll | file                 = first descriptor, and second
//	eventfd VALUE | listen BACKLOG | connect N = descriptor
//	dup FD | close FD | shutdown FD | accept FD | result FD
//	add|mod|del EPOLL FD BITS DATA
//	wait EPOLL N                               = n DATA:BITS ...
//	read FD N | write FD N | signal FD VALUE
//	poll FD                                    = BITS
func parse(t *testing.T, line string) (s step, want string) {
	t.Helper()
	call, want, _ := strings.Cut(line, " = ")
	f := strings.Fields(call)
	number := func(i int) int {
		n, err := strconv.Atoi(f[i])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		return n
	}
	s = step{call: f[0], chars: 'a'}
	switch f[0] {
	case "pair", "pipe", "file":
	case "epoll":
		s.call = "epoll_create"
	case "eventfd", "listen":
		s.n = number(1)
	case "connect":
		s.listen = number(1)
	case "add", "mod", "del":
		s.op = map[string]int{"add": epoll.CtlAdd, "mod": epoll.CtlMod, "del": epoll.CtlDel}[f[0]]
		s.call, s.fd, s.other = "epoll_ctl", number(1), number(2)
		if len(f) > 3 {
			s.bits, s.data = parseBits(t, f[3]), uint64(number(4))
		}
	case "wait":
		s.call, s.fd, s.n = "epoll_wait", number(1), number(2)
	case "read", "write":
		s.fd, s.n = number(1), number(2)
	case "signal":
		v, err := strconv.ParseUint(f[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s.fd, s.data = number(1), v
	default:
		s.fd = number(1)
	}
	return s, want
}

func parseBits(t *testing.T, text string) uint32 {
	t.Helper()
	var m uint32
	for word := range strings.SplitSeq(text, "|") {
		i := slices.IndexFunc(bitNames[:], func(b bitName) bool { return b.name == word })
		if i < 0 && word != "0" {
			t.Fatalf("unknown bit %q", word)
		}
		if i >= 0 {
			m |= bitNames[i].bit
		}
	}
	return m
}

// play carries the lines out on m and compares. patience is how long m may
// take for what comes over a network.
func play(t *testing.T, m machine, lines []string, patience time.Duration) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for i, line := range lines {
		s, want := parse(t, line)
		for {
			got := playOne(m, s)
			if got == want {
				break
			}
			early := s.call == "poll" || s.call == "epoll_wait" && strings.HasPrefix(got, "0") || got == "EAGAIN"
			if !early || time.Now().After(deadline) {
				t.Fatalf("%s\n\tgot %s", strings.Join(lines[:i+1], "\n"), got)
			}
		}
	}
}

func playOne(m machine, s step) string {
	if s.call == "poll" {
		mask, asked := m.poll(s.fd)
		if !asked {
			return "cannot be asked"
		}
		return bits(mask)
	}
	return fmt.Sprint(m.do(s))
}
