package fakedemux_test

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// winMachine carries out calls of Windows that are written as lines "CALL
// ARGUMENTS = OUTCOME". Handles and operations have names.
//
//	pair A B | listen L BACKLOG | connect L A | accept L A | stream A  the host's calls
//	write A TEXT | read A N | shutdown A | close A | dup A B           likewise
//	port P | afd F | associate P A KEY | modes A skip | post P KEY N
//	get P N [MSEC]                 = packets: KEY OPERATION STATUS N, a poll with its events
//	recv A OP N | send A OP TEXT | cancel A OP
//	socket L A | acceptex L A OP | connectex A L OP | updateaccept A L | updateconnect A
//	poll F A OP EVENTS [MSEC] [exclusive] | cancelafd F OP
//	closehandle P | closesocket A | base A
//	data OP                        = what the buffer begins with
//	status OP                      = the status in its OVERLAPPED
//	getn P N [MSEC]                = packets: OPERATION N
//
// and the calls of iocp_calls_test.go.
type winMachine struct {
	shared  bool // the numbers of handles: other threads open and close some
	host    demux.Host
	sys     iocp.Winsock
	handles map[string]demux.Handle
	ports   map[string]netip.AddrPort
	ops     map[string]*iocp.Operation
	names   map[*iocp.Operation]string
	bufs    map[string][]byte
	polls   map[string]bool
	lists   map[string]*iocp.PollList
}

func newWinMachine(host demux.Host, sys iocp.Winsock) *winMachine {
	return &winMachine{
		host: host, sys: sys,
		handles: map[string]demux.Handle{"none": 9999},
		ports:   map[string]netip.AddrPort{},
		ops:     map[string]*iocp.Operation{},
		names:   map[*iocp.Operation]string{},
		bufs:    map[string][]byte{},
		polls:   map[string]bool{},
		lists:   map[string]*iocp.PollList{},
	}
}

var pollNames = [...]bitName{
	{iocp.PollReceive, "RECEIVE"},
	{iocp.PollExpedited, "EXPEDITED"},
	{iocp.PollSend, "SEND"},
	{iocp.PollDisconnect, "DISCONNECT"},
	{iocp.PollAbort, "ABORT"},
	{iocp.PollLocalClose, "LOCAL_CLOSE"},
	{iocp.PollConnect, "CONNECT"},
	{iocp.PollAccept, "ACCEPT"},
	{iocp.PollConnectFail, "CONNECT_FAIL"},
}

var winNames = map[iocp.Errno]string{
	0:                             "OK",
	iocp.ErrorIOPending:           "pending",
	iocp.StatusPending:            "pending",
	iocp.WaitTimeout:              "WAIT_TIMEOUT",
	iocp.ErrorInvalidHandle:       "ERROR_INVALID_HANDLE",
	iocp.ErrorInvalidParameter:    "ERROR_INVALID_PARAMETER",
	iocp.ErrorNotFound:            "ERROR_NOT_FOUND",
	iocp.ErrorAbandonedWait:       "ERROR_ABANDONED_WAIT_0",
	iocp.WSAEINVAL:                "WSAEINVAL",
	iocp.WSAENOTSOCK:              "WSAENOTSOCK",
	iocp.WSAENOTCONN:              "WSAENOTCONN",
	iocp.WSAEISCONN:               "WSAEISCONN",
	iocp.WSAESHUTDOWN:             "WSAESHUTDOWN",
	iocp.WSAECONNRESET:            "WSAECONNRESET",
	iocp.StatusCancelled:          "CANCELLED",
	iocp.StatusInvalidHandle:      "INVALID_HANDLE",
	iocp.StatusInvalidParameter:   "STATUS_INVALID_PARAMETER",
	iocp.StatusNotFound:           "NOT_FOUND",
	iocp.StatusObjectTypeMismatch: "OBJECT_TYPE_MISMATCH",
	iocp.StatusConnectionReset:    "CONNECTION_RESET",
	iocp.StatusConnectionRefused:  "CONNECTION_REFUSED",
	iocp.StatusConnectionAborted:  "CONNECTION_ABORTED",
	iocp.StatusLocalDisconnect:    "LOCAL_DISCONNECT",
	iocp.StatusBufferOverflow:     "BUFFER_OVERFLOW",
	iocp.StatusPortUnreachable:    "PORT_UNREACHABLE",
	iocp.StatusPipeDisconnected:   "PIPE_DISCONNECTED",
}

func winName(e iocp.Errno) string {
	if s, known := winNames[e]; known {
		return s
	}
	return e.String()
}

func pollBits(t *testing.T, text string) uint32 {
	t.Helper()
	var m uint32
	for word := range strings.SplitSeq(text, "|") {
		known := word == "0"
		for _, b := range pollNames {
			if b.name == word {
				m |= b.bit
				known = true
			}
		}
		if !known {
			t.Fatalf("unknown condition %q", word)
		}
	}
	return m
}

func pollText(m uint32) string {
	var s []string
	for _, b := range pollNames {
		if m&b.bit != 0 {
			s = append(s, b.name)
		}
	}
	if len(s) == 0 {
		return "0"
	}
	return strings.Join(s, "|")
}

// play carries out lines, which must return what they say.
func (m *winMachine) play(t *testing.T, lines []string) {
	t.Helper()
	if differs := m.differs(t, lines); differs != "" {
		t.Fatal(differs)
	}
}

// differs carries out lines up to the first that returns something else, and
// tells of it; "" if there is none.
func (m *winMachine) differs(t *testing.T, lines []string) string {
	t.Helper()
	for i, line := range lines {
		call, want, _ := strings.Cut(line, " = ")
		got := m.do(t, strings.Fields(call))
		if m.shared && want == "INVALID_HANDLE" && got == "OBJECT_TYPE_MISMATCH" {
			continue // another thread of the process has taken the number since
		}
		if !slices.Contains(strings.Split(want, " or "), got) {
			return fmt.Sprintf("%s\n\tgot %s", strings.Join(lines[:i+1], "\n"), got)
		}
	}
	return ""
}

// arg returns word i of a line, "" if it has fewer.
func arg(f []string, i int) string {
	if i < len(f) {
		return f[i]
	}
	return ""
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func hostOutcome(n int, err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.Is(err, demux.ErrAgain):
		return "EAGAIN"
	case err != nil:
		var e demux.Errno
		if errors.As(err, &e) {
			return e.Name()
		}
		return err.Error()
	case n >= 0:
		return strconv.Itoa(n)
	default:
		return "OK"
	}
}

func (m *winMachine) do(t *testing.T, f []string) string {
	t.Helper()
	made := func(name string, h demux.Handle, err error) string {
		if err == nil {
			m.handles[name] = h
		}
		return hostOutcome(-1, err)
	}
	h := func(i int) demux.Handle { return m.handles[arg(f, i)] }
	switch f[0] {
	case "pair":
		a, b, err := m.host.Pair()
		m.handles[f[2]] = b
		return made(f[1], a, err)
	case "listen":
		l, at, err := m.host.Listen("127.0.0.1:0", atoi(t, f[2]))
		m.ports[f[1]] = at
		return made(f[1], l, err)
	case "connect":
		c, err := m.host.Connect(m.ports[f[1]])
		return made(f[2], c, err)
	case "accept":
		c, err := m.host.Accept(h(1))
		return made(f[2], c, err)
	case "stream":
		s, err := m.host.(interface {
			Stream(addr netip.Addr) (demux.Handle, error)
		}).Stream(netip.MustParseAddr("127.0.0.1"))
		return made(f[1], s, err)
	case "dup":
		d, err := m.host.Dup(h(1))
		return made(f[2], d, err)
	case "write":
		n, err := m.host.Write(h(1), []byte(f[2]))
		return hostOutcome(n, err)
	case "read":
		buf := make([]byte, atoi(t, f[2]))
		n, err := m.host.Read(h(1), buf)
		if err == nil {
			return string(buf[:n])
		}
		return hostOutcome(n, err)
	case "shutdown":
		return hostOutcome(-1, m.host.CloseWrite(h(1)))
	case "close":
		return hostOutcome(-1, m.host.Close(h(1)))
	default:
		return m.call(t, f, h)
	}
}

func (m *winMachine) call(t *testing.T, f []string, h func(i int) demux.Handle) string {
	t.Helper()
	made := func(p demux.Handle, e iocp.Errno) string {
		m.handles[f[len(f)-1]] = p
		return winName(e)
	}
	switch f[0] {
	case "port":
		return made(m.sys.CreatePort())
	case "afd":
		return made(m.sys.OpenAFD())
	case "socket":
		return made(m.sys.AcceptSocket(h(1)))
	case "associate":
		return winName(m.sys.Associate(h(1), h(2), uintptr(atoi(t, f[3]))))
	case "modes":
		return winName(m.sys.SetModes(h(1), map[string]uint8{"skip": iocp.SkipOnSuccess, "other": 4}[f[2]]))
	case "post":
		return winName(m.sys.Post(h(1), uintptr(atoi(t, f[2])), uint32(atoi(t, f[3]))))
	case "get":
		return m.get(t, h(1), f)
	case "closehandle":
		return winName(m.sys.CloseHandle(h(1)))
	case "closesocket":
		return winName(m.sys.CloseSocket(h(1)))
	case "base":
		_, e := m.sys.BaseSocket(h(1))
		return winName(e)
	case "updateaccept":
		return winName(m.sys.UpdateAccepted(h(1), h(2)))
	case "updateconnect":
		return winName(m.sys.UpdateConnected(h(1)))
	case "cancel":
		return winName(m.sys.CancelIoEx(h(1), m.ops[f[2]]))
	case "cancelafd":
		return winName(m.sys.CancelAFD(h(1), m.ops[f[2]]))
	case "status":
		return winName(iocp.Errno(m.ops[f[1]].Overlapped.Internal))
	case "getn":
		return m.getNumbers(t, h(1), f)
	case "udp", "bind", "connectudp", "linger", "shut", "from", "addr":
		return m.winsock(t, f, h)
	case "data":
		return string(m.bufs[f[1]][:m.ops[f[1]].Overlapped.InternalHigh])
	default:
		return m.start(t, f, h)
	}
}

// start starts an operation.
func (m *winMachine) start(t *testing.T, f []string, h func(i int) demux.Handle) string {
	t.Helper()
	name := f[2]
	switch f[0] {
	case "poll", "acceptex", "connectex", "sendto", "acceptrecv", "connectsend":
		name = f[3]
	}
	op := m.ops[name]
	if op == nil {
		op = m.sys.Acquire()
		m.ops[name], m.names[op] = op, name
	}
	switch f[0] {
	case "recv":
		m.bufs[name] = make([]byte, atoi(t, f[3]))
		return m.outcome(op, m.sys.Recv(h(1), op, m.bufs[name]))
	case "send":
		m.bufs[name] = []byte(strings.Repeat(f[3], max(1, len(f)-3)))
		if len(f) > 4 {
			m.bufs[name] = []byte(strings.Repeat(f[3], atoi(t, f[4])))
		}
		return m.outcome(op, m.sys.Send(h(1), op, m.bufs[name]))
	case "acceptex":
		return winName(m.sys.AcceptEx(h(1), h(2), op))
	case "connectex":
		return winName(m.sys.ConnectEx(h(1), op, m.ports[f[2]]))
	case "poll":
		m.polls[name] = true
		op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: h(2), Events: pollBits(t, f[4])}
		for _, option := range f[5:] {
			if option == "exclusive" {
				op.Poll.Exclusive = 1
			} else {
				op.Poll.Timeout = -int64(atoi(t, option)) * 10_000
			}
		}
		e := m.sys.PollAFD(h(1), op)
		switch {
		case e == 0 && op.Poll.NumberOfHandles == 0:
			return "nothing"
		case e == 0:
			return pollText(op.Poll.Events)
		}
		return winName(e)
	default:
		return m.startMore(t, f, h, name, op)
	}
}

func (m *winMachine) outcome(op *iocp.Operation, e iocp.Errno) string {
	if e == 0 {
		return fmt.Sprintf("OK %d", op.Overlapped.InternalHigh)
	}
	return winName(e)
}

// get dequeues, and writes down what came.
func (m *winMachine) get(t *testing.T, port demux.Handle, f []string) string {
	t.Helper()
	entries, e := m.take(t, port, f)
	if e != 0 {
		return winName(e)
	}
	var all []string
	for _, entry := range entries {
		op := entry.Operation
		if op == nil {
			all = append(all, fmt.Sprintf("%d post %d", entry.Key, entry.Transferred))
			continue
		}
		name := m.names[op]
		s := fmt.Sprintf("%d %s %s", entry.Key, name, winName(iocp.Errno(op.Overlapped.Internal)))
		switch {
		case !m.polls[name]:
			s += " " + strconv.Itoa(int(entry.Transferred))
		case m.lists[name] != nil && op.Overlapped.Internal == 0:
			s += m.listText(m.lists[name])
		case op.Overlapped.Internal == 0 && op.Poll.NumberOfHandles > 0:
			s += " " + pollText(op.Poll.Events)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}
