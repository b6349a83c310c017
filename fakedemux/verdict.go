package fakedemux

import (
	"fmt"
	"slices"

	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
)

// Verdict is what the simulation makes of an option or a flag of a call.
type Verdict uint8

// The verdicts.
const (
	Refused       Verdict = iota // the call fails
	Simulated                    // it does what it does on Linux
	WithoutEffect                // it is accepted, and changes nothing
)

// SocketOption returns what the simulation makes of an option of setsockopt(2) of a
// TCP, UDP or unix socket, and its name, "" if it is refused. An option that only
// getsockopt(2) knows is Simulated too: setting it is refused with ENOPROTOOPT, as on
// Linux. SO_RCVTIMEO and SO_SNDTIMEO are Simulated with a time of 0, which is no
// timeout; with another time they are refused.
func SocketOption(level, name int) (Verdict, string) {
	o := objects.FindOption(level, name, objects.AllSockets)
	switch {
	case o == nil:
		return Refused, ""
	case o.Effect == objects.NoEffect:
		return WithoutEffect, o.Text
	default:
		return Simulated, o.Text
	}
}

// messageFlags are the flags of send(2) and recv(2), by bit.
var messageFlags = [32]struct {
	text          string
	send, receive Verdict
}{
	0:  {"MSG_OOB", Simulated, Simulated},
	1:  {"MSG_PEEK", WithoutEffect, Simulated},
	2:  {"MSG_DONTROUTE", WithoutEffect, WithoutEffect},
	3:  {"MSG_CTRUNC", WithoutEffect, WithoutEffect},
	4:  {"MSG_PROBE", Refused, WithoutEffect},
	5:  {"MSG_TRUNC", WithoutEffect, Simulated},
	6:  {"MSG_DONTWAIT", Simulated, Simulated},
	7:  {"MSG_EOR", WithoutEffect, WithoutEffect},
	8:  {"MSG_WAITALL", WithoutEffect, Simulated},
	9:  {"MSG_FIN", WithoutEffect, WithoutEffect},
	10: {"MSG_SYN", WithoutEffect, WithoutEffect},
	11: {"MSG_CONFIRM", WithoutEffect, WithoutEffect},
	12: {"MSG_RST", WithoutEffect, WithoutEffect},
	13: {"MSG_ERRQUEUE", WithoutEffect, Simulated},
	14: {"MSG_NOSIGNAL", WithoutEffect, WithoutEffect},
	15: {"MSG_MORE", WithoutEffect, WithoutEffect}, // refused for UDP
	16: {"MSG_WAITFORONE", WithoutEffect, WithoutEffect},
	17: {"1<<17", WithoutEffect, WithoutEffect},
	18: {"MSG_BATCH", WithoutEffect, WithoutEffect},
	19: {"1<<19", WithoutEffect, WithoutEffect},
	20: {"1<<20", WithoutEffect, WithoutEffect},
	21: {"1<<21", WithoutEffect, WithoutEffect},
	22: {"1<<22", WithoutEffect, WithoutEffect},
	23: {"1<<23", WithoutEffect, WithoutEffect},
	24: {"1<<24", WithoutEffect, WithoutEffect},
	25: {"MSG_SOCK_DEVMEM", WithoutEffect, Refused},
	26: {"MSG_ZEROCOPY", WithoutEffect, WithoutEffect}, // SO_ZEROCOPY is refused
	27: {"1<<27", WithoutEffect, WithoutEffect},
	28: {"1<<28", WithoutEffect, WithoutEffect},
	29: {"MSG_FASTOPEN", Refused, WithoutEffect},
	30: {"MSG_CMSG_CLOEXEC", WithoutEffect, Simulated},
	31: {"MSG_CMSG_COMPAT", Simulated, Simulated}, // EINVAL in sendmsg and recvmsg
}

// MessageFlag returns what the simulation makes of a bit, 0 to 31, of the flags of
// send(2) and of recv(2), and its name. A refused flag fails with EOPNOTSUPP. Linux
// ignores a bit that is no flag.
func MessageFlag(bit int) (send, receive Verdict, name string) {
	f := messageFlags[bit]
	return f.send, f.receive, f.text
}

// AcceptedWithoutEffect returns what the calls of a dialect accept although it changes
// nothing in the simulation, one line each: "setsockopt SO_KEEPALIVE". docs/kernels.md
// has the list of Linux, and docs/kqueue.md those of the BSDs. AcceptedWithoutEffect
// panics if the dialect does not exist.
func AcceptedWithoutEffect(dialect string) []string {
	d := lookupDialect(dialect)
	if d.family == iocpFamily {
		return slices.Clone(ports.WindowsWithoutEffect)
	}
	if d.family == kqueueFamily {
		return kqueues.InertWords(d.kqueue)
	}
	var lines []string
	for _, o := range objects.Sockopts {
		if o.Effect == objects.NoEffect {
			lines = append(lines, "setsockopt "+o.Text)
		}
	}
	for _, f := range messageFlags {
		switch {
		case f.text[0] == '1': // Linux knows no such flag either
		case f.send == WithoutEffect && f.receive == WithoutEffect:
			lines = append(lines, fmt.Sprintf("send and recv %s", f.text))
		case f.send == WithoutEffect:
			lines = append(lines, "send "+f.text)
		case f.receive == WithoutEffect:
			lines = append(lines, "recv "+f.text)
		}
	}
	return append(lines, "setsockopt SO_LINGER with a time", "epoll_ctl EPOLLWAKEUP", "fcntl F_SETFL O_NOATIME", "open O_NOCTTY", "open O_LARGEFILE")
}
