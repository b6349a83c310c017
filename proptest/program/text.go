package program

import (
	"errors"
	"fmt"
	"strings"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// callKind is a call of a host or of a demultiplexer: the kind of an entry.
type callKind uint8

const (
	callOpen callKind = iota
	callGo
	callPair
	callPipe
	callStream
	callListen
	callAccept
	callConnect
	callResult
	callRead
	callWrite
	callCloseWrite
	callDup
	callClose
	callRegister
	callModify
	callDeregister
	callWait
	callSubmit
	callCancel
	callCloseDemux
	callOther // of a goroutine; its text has its name
	callOption
	callRemove
	callDatagram
	callReceive
	callSend
)

var callNames = [...]string{
	callOpen: "open", callGo: "start", callPair: "pair", callPipe: "pipe", callStream: "stream", callListen: "listen", callAccept: "accept",
	callConnect: "connect", callResult: "connect result", callRead: "read", callWrite: "write", callCloseWrite: "close write",
	callDup: "dup", callClose: "close", callRegister: "register", callModify: "modify", callDeregister: "deregister", callWait: "wait",
	callSubmit: "submit", callCancel: "cancel", callCloseDemux: "close demux", callOther: "call",
	callOption: "set option", callRemove: "remove", callDatagram: "datagram", callReceive: "receive", callSend: "send",
}

// String returns the name of the call.
func (k callKind) String() string { return callNames[k] }

// Results of a call in an entry that are no number.
const (
	resultFailed = -1
	resultAgain  = -2
)

// note puts a call into the history. The lock is held.
func (s *session) note(what callKind, on demux.Handle, n int, err error, text string) {
	c := s.c
	c.Events++
	if err != nil {
		n = resultFailed
	}
	if errors.Is(err, demux.ErrAgain) {
		n = resultAgain
	}
	e := core.Entry{Kind: uint8(what), ID: s.task(), N: n}
	if on != demux.NoHandle {
		e.D = durationOf(on)
	}
	if c.Verbose {
		e.Text = sentence(what, on, n, err, text)
	}
	c.Note(e)
}

// sentence tells of a call: "read 5: 6 bytes "hello\n"".
func sentence(what callKind, on demux.Handle, n int, err error, text string) string {
	var b strings.Builder
	b.WriteString(what.String())
	if on != demux.NoHandle {
		fmt.Fprintf(&b, " %d", on)
	}
	switch {
	case n == resultAgain:
		text = "would block"
	case err != nil:
		text = err.Error()
	}
	if text = strings.TrimSpace(text); text != "" {
		b.WriteString(": " + text)
	}
	return b.String()
}

// maxQuoted is how many bytes of data a line shows.
const maxQuoted = 60

func quote(b []byte) string {
	if len(b) <= maxQuoted {
		return fmt.Sprintf("%q", b)
	}
	return fmt.Sprintf("%q and %d bytes more", b[:maxQuoted], len(b)-maxQuoted)
}

// folded reports whether a line is shown only where details are asked for: what
// changed nothing that a reader would look for.
func folded(e *core.Entry) bool {
	if e.Kind == core.EntryNote || e.Kind == core.EntryFailed {
		return false
	}
	switch callKind(e.Kind) {
	case callOpen, callRegister, callModify, callDeregister, callGo, callResult, callCloseDemux, callOption:
		return e.N != resultFailed
	case callWait:
		return e.N == 0
	case callPair, callPipe, callStream, callListen, callAccept, callConnect, callRead, callWrite, callCloseWrite,
		callDup, callClose, callSubmit, callCancel, callOther, callRemove, callDatagram, callReceive, callSend:
	}
	return e.N == resultAgain
}

// timeline returns the lines of a history.
func timeline(history []core.Entry, mark int, names *lanes) []core.Line {
	out := make([]core.Line, len(history))
	for i := range history {
		e := &history[i]
		lane := "program"
		if e.Kind < core.EntryShown || e.Kind == core.EntryFailed {
			if name := names.name(e.ID); name != "" {
				lane = name
			}
		}
		out[i] = core.Line{
			At: e.At, Round: e.Round, Lane: lane, Text: e.Text, Mark: i == mark, Decision: e.Decision, Folded: folded(e),
		}
	}
	return out
}
