package winfidelity

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

// Words of outcomes.
const (
	done    = "OK"
	pending = "pending"
	nothing = "nothing" // a poll that is over and has no handle
	timeout = "WAIT_TIMEOUT"
)

// Outcome is the result of a call or an operation.
type Outcome struct {
	Word    string // OK, pending, nothing, or the name of an error
	N       int    // bytes
	Data    string
	Events  uint32 // of a poll
	Packets []Packet
}

// Packet is a packet that GetQueued took.
type Packet struct {
	Key  uint32
	Oper Oper // All for a packet of Post
	N    uint32
}

// conditionNames are the conditions of a poll.
var conditionNames = sequence.Bits{
	{Bit: iocp.PollReceive, Name: "RECEIVE"},
	{Bit: iocp.PollSend, Name: "SEND"},
	{Bit: iocp.PollDisconnect, Name: "DISCONNECT"},
	{Bit: iocp.PollAbort, Name: "ABORT"},
	{Bit: iocp.PollLocalClose, Name: "LOCAL_CLOSE"},
	{Bit: iocp.PollConnect, Name: "CONNECT"},
	{Bit: iocp.PollAccept, Name: "ACCEPT"},
	{Bit: iocp.PollConnectFail, Name: "CONNECT_FAIL"},
}

// everything are all of them that can hold.
const everything = iocp.PollReceive | iocp.PollSend | iocp.PollDisconnect | iocp.PollAbort | iocp.PollConnect | iocp.PollAccept | iocp.PollConnectFail

// errorNames are the errors that have a name in a script.
var errorNames = map[iocp.Errno]string{
	0:                             done,
	iocp.ErrorIOPending:           pending,
	iocp.StatusPending:            pending,
	iocp.WaitTimeout:              timeout,
	iocp.ErrorInvalidHandle:       "ERROR_INVALID_HANDLE",
	iocp.ErrorInvalidParameter:    "ERROR_INVALID_PARAMETER",
	iocp.ErrorNotFound:            "ERROR_NOT_FOUND",
	iocp.WSAEINVAL:                "WSAEINVAL",
	iocp.WSAEFAULT:                "WSAEFAULT",
	iocp.WSAENOTSOCK:              "WSAENOTSOCK",
	iocp.WSAENOTCONN:              "WSAENOTCONN",
	iocp.WSAEISCONN:               "WSAEISCONN",
	iocp.WSAESHUTDOWN:             "WSAESHUTDOWN",
	iocp.WSAECONNRESET:            "WSAECONNRESET",
	iocp.WSAECONNABORTED:          "WSAECONNABORTED",
	iocp.WSAEOPNOTSUPP:            "WSAEOPNOTSUPP",
	iocp.StatusCancelled:          "CANCELLED",
	iocp.StatusHandlesClosed:      "HANDLES_CLOSED",
	iocp.StatusInvalidHandle:      "INVALID_HANDLE",
	iocp.StatusInvalidParameter:   "STATUS_INVALID_PARAMETER",
	iocp.StatusNotFound:           "NOT_FOUND",
	iocp.StatusObjectTypeMismatch: "OBJECT_TYPE_MISMATCH",
	iocp.StatusConnectionReset:    "CONNECTION_RESET",
	iocp.StatusConnectionRefused:  "CONNECTION_REFUSED",
	iocp.StatusDisconnected:       "CONNECTION_DISCONNECTED",
	iocp.StatusPipeDisconnected:   "PIPE_DISCONNECTED",
	iocp.StatusInvalidConnection:  "INVALID_CONNECTION",
	iocp.StatusConnectionAborted:  "CONNECTION_ABORTED",
	iocp.StatusBufferOverflow:     "BUFFER_OVERFLOW",
	iocp.StatusPortUnreachable:    "PORT_UNREACHABLE",
}

func errorName(e iocp.Errno) string {
	if s, known := errorNames[e]; known {
		return s
	}
	return e.String()
}

// failed is the outcome of a call that returned e and nothing else.
func failed(e iocp.Errno) Outcome { return Outcome{Word: errorName(e)} }

// hosted is the outcome of a call of a demux.Host.
func hosted(n int, err error) Outcome {
	var e demux.Errno
	switch {
	case err == nil:
		return Outcome{Word: done, N: n}
	case errors.Is(err, io.EOF):
		return Outcome{Word: "EOF"}
	case errors.Is(err, demux.ErrAgain):
		return Outcome{Word: "EAGAIN"}
	case errors.As(err, &e):
		return Outcome{Word: e.Name()}
	default:
		return Outcome{Word: err.Error()}
	}
}

func (o *Outcome) equal(p *Outcome) bool {
	return o.Word == p.Word && o.N == p.N && o.Data == p.Data && o.Events == p.Events && len(o.Packets) == len(p.Packets)
}

// String returns "WSAENOTCONN", "OK 3 \"abc\"", "OK RECEIVE|SEND" or
// "2 packets: 1 posted 10, 7 o3 5".
func (o *Outcome) String() string {
	var b strings.Builder
	b.WriteString(o.Word)
	if o.N != 0 {
		fmt.Fprint(&b, " ", o.N)
	}
	if o.Data != "" {
		fmt.Fprintf(&b, " %q", o.Data)
	}
	if o.Events != 0 {
		b.WriteString(" " + conditionNames.Text(o.Events))
	}
	if len(o.Packets) > 0 {
		b.WriteString(" " + packetsText(o.Packets))
	}
	return b.String()
}

func packetsText(all []Packet) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}

// String returns "1 posted 10" or "7 o3 5".
func (p Packet) String() string {
	if p.Oper == All {
		return fmt.Sprintf("%d posted %d", p.Key, p.N)
	}
	return fmt.Sprintf("%d %v %d", p.Key, p.Oper, p.N)
}

// byOperation sorts packets.
func byOperation(all []Packet) []Packet {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Packet) int { return int(a.Oper - b.Oper) })
	return all
}
