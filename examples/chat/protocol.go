package main

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
)

// Limits of the protocol.
const (
	maxLine = 512 // bytes of a line from a member
	maxNick = 16
)

// room is the protocol, apart from what carries it: lines come in, and lines go
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

// member is one connection as the protocol sees it.
type member struct {
	nick string
	send func(line string)
	gone bool // it has left: what it sends is dropped
}

func newRoom() *room { return &room{nicks: make(map[string]*member), parts: correct} }

// enter adds a member. send sends a line to it.
func (r *room) enter(send func(line string)) *member {
	m := &member{send: send}
	r.members = append(r.members, m)
	return m
}

// cutLine is bufio.ScanLines with a limit. It cuts off a line that is too long, which the
// room does not obey, and drops one that the end of the stream has cut off.
func cutLine(data []byte, _ bool) (n int, line []byte, err error) {
	n, line, err = bufio.ScanLines(data, false)
	if line == nil && len(bytes.TrimSuffix(data, []byte("\r"))) > maxLine {
		return len(data), data, nil
	}
	return n, line, err
}

// obey does what a line says.
func (r *room) obey(m *member, line string) {
	word, text, _ := strings.Cut(line, " ")
	switch {
	case len(line) > maxLine:
		m.send("WHAT line is longer than I read")
		r.parts.leave(r, m)
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
