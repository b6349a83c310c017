package main

import (
	"bytes"
	"slices"
	"strings"
)

// Limits of the protocol.
const (
	maxLine = 512 // bytes of a line from a member
	maxNick = 16
)

// room is the protocol, apart from what carries it: bytes come in, and lines go
// out to its members. It makes no call and knows no time.
//
//	a member sends    it gets                 and the others get
//	NICK ann          OK ann, or TAKEN ann    JOIN ann
//	SAY hello                                 FROM ann hello
//	QUIT              BYE                     PART ann
//	anything else     WHAT anything else
//
// A member without a nick hears what the others say. A connection that ends
// without a QUIT is a PART too.
type room struct {
	members []*member // in the order they came
	nicks   map[string]*member
	parts   parts
}

// parts are what the tests replace by wrong ones.
type parts struct {
	cut    func(input []byte) (line, rest []byte, whole bool)
	leave  func(r *room, m *member)
	sentTo func(m *member) bool // nothing is left to send
}

// correct are the right ones.
var correct = parts{cut: cutLine, leave: (*room).leaveOnce, sentTo: (*member).sent}

// member is one connection as the protocol sees it.
type member struct {
	nick   string
	input  []byte // what came after the last whole line
	output []byte // what is to be sent
	gone   bool   // it has left: output is still sent, and input is dropped
}

func newRoom() *room { return &room{nicks: make(map[string]*member), parts: correct} }

// enter adds a member.
func (r *room) enter() *member {
	m := &member{}
	r.members = append(r.members, m)
	return m
}

// receive takes bytes that a member has sent: parts of a line, or several.
func (r *room) receive(m *member, b []byte) {
	m.input = append(m.input, b...)
	for !m.gone {
		line, rest, whole := r.parts.cut(m.input)
		if !whole {
			break
		}
		m.input = rest
		r.obey(m, string(line))
	}
	if len(m.input) > maxLine {
		m.send("WHAT line is longer than I read")
		r.parts.leave(r, m)
	}
	if m.gone {
		m.input = nil
	}
}

// cutLine cuts the first line off, if it is whole.
func cutLine(input []byte) (line, rest []byte, whole bool) {
	line, rest, whole = bytes.Cut(input, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest, whole
}

// obey does what a line says.
func (r *room) obey(m *member, line string) {
	word, text, _ := strings.Cut(line, " ")
	switch {
	case word == "NICK" && m.nick == "" && text != "" && len(text) <= maxNick && !strings.Contains(text, " "):
		r.name(m, text)
	case word == "SAY" && m.nick != "" && text != "":
		r.tell(m, "FROM "+m.nick+" "+text)
	case word == "QUIT" && text == "":
		m.send("BYE")
		r.parts.leave(r, m)
	default:
		m.send("WHAT " + line)
	}
}

// name gives a member its nick, if nobody has it.
func (r *room) name(m *member, nick string) {
	if r.nicks[nick] != nil {
		m.send("TAKEN " + nick)
		return
	}
	m.nick, r.nicks[nick] = nick, m
	m.send("OK " + nick)
	r.tell(m, "JOIN "+nick)
}

// tell sends a line to every member but one.
func (r *room) tell(except *member, line string) {
	for _, m := range r.members {
		if m != except {
			m.send(line)
		}
	}
}

// leaveOnce ends a membership. Quitting ends it, and so does the end of the
// connection: whatever comes first.
func (r *room) leaveOnce(m *member) {
	if !m.gone {
		r.leave(m)
	}
}

// leave ends a membership and frees the nick.
func (r *room) leave(m *member) {
	m.gone = true
	r.members = slices.DeleteFunc(r.members, func(other *member) bool { return other == m })
	if m.nick != "" {
		delete(r.nicks, m.nick)
		r.tell(nil, "PART "+m.nick)
	}
}

func (m *member) send(line string) { m.output = append(append(m.output, line...), '\n') }

// sent reports whether nothing is left to send.
func (m *member) sent() bool { return len(m.output) == 0 }
