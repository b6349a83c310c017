package fakedemux_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// optionSockets are the sockets that options are set on, and places of the world.
var optionSockets = []place{ofTCP, ofClient, ofServer, ofListener, ofTCP6, ofUDP, ofUDP6, ofUnix, ofUnixListener, ofPair, ofDatagram, ofPacket}

// lastOption is beyond the largest number of an option of Linux 6.18.
const lastOption = 130

// optionLevels are those of the headers of Linux 6.18 that a socket of the simulation
// could have, and one that is none: SOL_UDP, SOL_ICMPV6, SOL_SCTP, SOL_UDPLITE, SOL_RAW,
// SOL_NETLINK, SOL_TLS, SOL_XDP, SOL_MPTCP and SOL_SMC.
var optionLevels = []int{
	fakedemux.LevelIP, fakedemux.LevelSocket, fakedemux.LevelTCP, 17, fakedemux.LevelIPv6, 58, 77, 132, 136, 255, 270, 282, 283, 284, 286,
}

func ints(all ...int) []byte {
	var b []byte
	for _, v := range all {
		b = binary.NativeEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// optionValues are what options are set to, right and wrong, long and short.
var optionValues = [][]byte{
	nil,
	{1},
	{1, 0},
	ints(0), ints(1), ints(2), ints(3), ints(9), ints(100), ints(127), ints(128), ints(200), ints(256), ints(5000), ints(32768), ints(1 << 30), ints(-1), ints(-2), ints(-1 << 31),
	ints(1, 0), ints(1, 5), ints(0, 7), ints(1, -1), ints(0, 0, 0, 0), append(ints(1), 9), []byte("lo\x00"), []byte("lo"), []byte("no such device"),
}

// TestSocketOptions walks every option of every socket: each is refused, or it is set
// and told as on the running kernel. What is accepted without effect is in the list.
func TestSocketOptions(t *testing.T) {
	simulated := simulatedSide()
	var running *side
	if runningSide != nil {
		running = runningSide(t)
	}
	listed := fakedemux.AcceptedWithoutEffect("epoll")
	calls, refused := 0, 0
	for _, level := range optionLevels {
		for name := -1; name < lastOption; name++ {
			verdict, text := fakedemux.SocketOption(level, name)
			if in := slices.Contains(listed, "setsockopt "+text); in != (verdict == fakedemux.WithoutEffect) {
				t.Errorf("level %d option %d (%s): verdict %d, in the list: %v", level, name, text, verdict, in)
			}
			if verdict == fakedemux.Refused {
				refused += refuses(t, simulated, level, name)
				continue
			}
			for _, on := range optionSockets {
				for _, value := range optionValues {
					calls++
					want := setAndTell(t, simulated, on, level, name, value)
					if running == nil || machineDependent(level, name, value) {
						continue
					}
					if got := setAndTell(t, running, on, level, name, value); got != want {
						t.Errorf("%s (%d, %d) of %d set to %v: simulated %s, running kernel %s", text, level, name, on, value, want, got)
					}
				}
			}
		}
	}
	for level := -2; level < 300; level++ { // every other level
		for _, name := range []int{0, 1, 2, 9, 26} {
			if !slices.Contains(optionLevels, level) {
				refused += refuses(t, simulated, level, name)
			}
		}
	}
	t.Logf("%d options set, %d refused", calls, refused)
}

// machineDependent reports whether a value is the running machine's to choose.
func machineDependent(level, name int, value []byte) bool {
	const buffers = 2
	v := 0
	if len(value) >= 4 {
		v = int(int32(binary.NativeEndian.Uint32(value)))
	}
	size := level == fakedemux.LevelSocket && (name == 7 || name == 7+buffers-1)
	cookie := level == fakedemux.LevelSocket && name == 57
	ack := level == fakedemux.LevelTCP && name == 12 // the kernel sets it itself
	timeout := level == fakedemux.LevelSocket && (name == 20 || name == 21) && len(value) >= 16
	wraps := level == fakedemux.LevelSocket && name == 13 && len(value) >= 8 && value[7] > 127 // negative seconds, in ticks
	lowat := level == fakedemux.LevelSocket && name == 18 && (v < 0 || v >= 1<<24)             // the limit is net.ipv4.tcp_rmem
	return wraps || lowat || cookie || ack || timeout || size && (len(value) < 4 || v < 0 || v > 100_000)
}

// refuses checks that the simulation refuses to set and to tell an option.
func refuses(t *testing.T, s *side, level, name int) int {
	t.Helper()
	n := 0
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	for _, on := range optionSockets {
		for _, value := range [][]byte{ints(0), ints(1), ints(1, 1, 1, 1)} {
			n++
			if e := s.calls.Setsockopt(s.base+int(on), level, name, value); e == 0 {
				t.Errorf("level %d option %d is refused, and was set", level, name)
			}
			if _, e := s.calls.Getsockopt(s.base+int(on), level, name, make([]byte, 4)); e == 0 {
				t.Errorf("level %d option %d is refused, and was told", level, name)
			}
		}
	}
	return n
}

// setAndTell sets an option, and tells what it is then, with room for more and less.
func setAndTell(t *testing.T, s *side, on place, level, name int, value []byte) string {
	t.Helper()
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	fd := s.base + int(on)
	e := s.calls.Setsockopt(fd, level, name, value)
	answer := errnoName(e)
	if level == fakedemux.LevelSocket && (name == 57 || (name == 7 || name == 8) && e != 0) {
		return answer
	}
	for _, room := range []int{4, 0, 2, 20} {
		b := make([]byte, room)
		n, e := s.calls.Getsockopt(fd, level, name, b)
		answer += fmt.Sprintf(", %d %s %v", n, errnoName(e), b)
	}
	return answer
}

// TestMessageFlags walks every bit of the flags of send and recv.
func TestMessageFlags(t *testing.T) {
	simulated := simulatedSide()
	var running *side
	if runningSide != nil {
		running = runningSide(t)
	}
	for bit := range 32 {
		send, receive, name := fakedemux.MessageFlag(bit)
		flag := 1 << bit
		for _, on := range []place{ofServer, ofPair, ofDatagram, ofPacket, ofUDP, ofUDP6} {
			if flag == fakedemux.OutOfBand && on == ofPair {
				continue // docs/kernels.md: unix streams have none
			}
			for _, row := range []struct {
				call    string
				verdict fakedemux.Verdict
				do      func(s *side, flags int) string
			}{
				{"send", send, func(s *side, flags int) string { return sent(t, s, on, flags) }},
				{"recv", receive, func(s *side, flags int) string { return gotten(t, s, on, flags) }},
			} {
				with := row.do(simulated, flag)
				refused := strings.HasPrefix(with, "EOPNOTSUPP")
				switch without := row.do(simulated, 0); {
				case row.verdict == fakedemux.Refused && !refused:
					t.Errorf("%s with %s on %d: %s, want EOPNOTSUPP", row.call, name, on, with)
				case row.verdict == fakedemux.WithoutEffect && with != without && on != ofUDP && on != ofUDP6:
					t.Errorf("%s with %s on %d: %s, without the flag %s", row.call, name, on, with, without)
				}
				if running == nil || row.verdict == fakedemux.Refused || flag == 0x8000 && refused {
					continue
				}
				if got := row.do(running, flag); got != with {
					t.Errorf("%s with %s on %d: simulated %s, running kernel %s", row.call, name, on, with, got)
				}
			}
		}
	}
}

// sent sends with flags on a socket of a new world, and tells what came of it.
func sent(t *testing.T, s *side, on place, flags int) string {
	t.Helper()
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	fd := s.base + int(on)
	if on == ofUDP || on == ofUDP6 {
		s.calls.Bind(fd, fakedemux.Sockaddr{})
		at, _ := s.calls.Getsockname(fd)
		s.calls.Connect(fd, at)
	}
	n, e := s.calls.Sendto(fd, []byte("abc"), flags, fakedemux.Sockaddr{})
	return fmt.Sprint(errnoName(e), n)
}

// gotten receives with flags what waits at a socket of a new world, twice.
func gotten(t *testing.T, s *side, on place, flags int) string {
	t.Helper()
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	fd := s.base + int(on)
	if on == ofUDP || on == ofUDP6 {
		s.calls.Bind(fd, fakedemux.Sockaddr{})
		at, _ := s.calls.Getsockname(fd)
		s.calls.Sendto(fd, []byte("udp"), 0, at)
	}
	for s.calls.Poll(fd, epoll.EPOLLIN) == 0 {
	}
	answer := ""
	for range 2 {
		m := fakedemux.Message{Vectors: [][]byte{make([]byte, 2)}}
		n, e := s.calls.Recvmsg(fd, &m, flags)
		answer += fmt.Sprintf("%s %d %q flags %#x. ", errnoName(e), n, m.Vectors, m.Flags)
	}
	return answer
}

// TestAcceptedWithoutEffectIsPrinted: the list is in the page that lists it.
func TestAcceptedWithoutEffectIsPrinted(t *testing.T) {
	page, err := os.ReadFile("../docs/kernels.md")
	if err != nil {
		t.Fatal(err)
	}
	want := "```text\n" + strings.Join(fakedemux.AcceptedWithoutEffect("epoll"), "\n") + "\n```\n"
	if !strings.Contains(string(page), want) {
		t.Errorf("docs/kernels.md does not have\n%s", want)
	}
}

// TestEveryDialectTellsWhatHasNoEffect: no list is that of another family.
func TestEveryDialectTellsWhatHasNoEffect(t *testing.T) {
	for dialect, want := range map[string]string{
		"epoll": "setsockopt SO_KEEPALIVE", "kqueue-darwin": "NOTE_LEEWAY", "kqueue-freebsd": "NOTE_TRACKERR", "iocp": "MSG_DONTROUTE",
	} {
		list := strings.Join(fakedemux.AcceptedWithoutEffect(dialect), "\n")
		if !strings.Contains(list, want) {
			t.Errorf("%s: %q is not in\n%s", dialect, want, list)
		}
	}
}
