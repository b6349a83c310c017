package main

import (
	"strings"
	"testing"
)

// peer is a member, and what carries its lines.
type peer struct {
	m      *member
	input  string
	output string
}

func newPeer(r *room) *peer {
	p := &peer{}
	p.m = r.enter(func(line string) { p.output += line + "\n" })
	return p
}

// receive takes bytes that the member has sent: parts of a line, or several.
func (p *peer) receive(r *room, b string) {
	for p.input += b; !p.m.gone; {
		n, line, err := r.parts.cut([]byte(p.input), false)
		if n == 0 || err != nil {
			return
		}
		p.input = p.input[n:]
		r.obey(p.m, string(line))
	}
}

// TestProtocol plays the protocol without a server: bytes in, lines out.
func TestProtocol(t *testing.T) {
	for _, tt := range []struct {
		why      string
		ann, bob []string // what each sends, by turns
		toAnn    string
		toBob    string
	}{
		{
			why: "everybody hears what others say, and not what they say themselves",
			ann: []string{"NICK ann\n", "SAY hello\n"}, bob: []string{"NICK bob\n"},
			toAnn: "OK ann\nJOIN bob\n", toBob: "JOIN ann\nOK bob\nFROM ann hello\n",
		},
		{
			why: "a nick is one member's", ann: []string{"NICK ann\n"}, bob: []string{"NICK ann\n"},
			toAnn: "OK ann\n", toBob: "JOIN ann\nTAKEN ann\n",
		},
		{
			why: "a nick that was left is free", ann: []string{"NICK ann\n", "QUIT\n"}, bob: []string{"", "NICK ann\n"},
			toAnn: "OK ann\nBYE\n", toBob: "JOIN ann\nPART ann\nOK ann\n",
		},
		{
			why: "a line may come in parts", ann: []string{"NI", "CK a", "nn\r\nSAY"}, bob: []string{"", "", ""},
			toAnn: "OK ann\n", toBob: "JOIN ann\n",
		},
		{
			why: "several lines may come at once, and none counts after QUIT", ann: []string{"NICK ann\nSAY a\nQUIT\nSAY b\n"},
			toAnn: "OK ann\nBYE\n", toBob: "JOIN ann\nFROM ann a\nPART ann\n",
		},
		{
			why: "without a nick nobody speaks, and a nick is chosen once", ann: []string{"SAY a\n", "NICK ann\nNICK eve\n", "NICK\n"},
			toAnn: "WHAT SAY a\nOK ann\nWHAT NICK eve\nWHAT NICK\n", toBob: "JOIN ann\n",
		},
		{
			why: "a nick is a short word", ann: []string{"NICK a b\n", "NICK 12345678901234567\n"},
			toAnn: "WHAT NICK a b\nWHAT NICK 12345678901234567\n",
		},
		{
			why: "a line that does not end is not kept", ann: []string{"NICK ann\n", strings.Repeat("x", maxLine+1)},
			toAnn: "OK ann\nWHAT line is longer than I read\n", toBob: "JOIN ann\nPART ann\n",
		},
		{
			why: "nor is a line obeyed that ends too late", ann: []string{"NICK ann\n", "SAY " + strings.Repeat("x", maxLine-3) + "\n"},
			toAnn: "OK ann\nWHAT line is longer than I read\n", toBob: "JOIN ann\nPART ann\n",
		},
		{
			why: "the longest line", ann: []string{"NICK ann\n", "SAY " + strings.Repeat("x", maxLine-4) + "\r", "\n"},
			toAnn: "OK ann\n", toBob: "JOIN ann\nFROM ann " + strings.Repeat("x", maxLine-4) + "\n",
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			r := newRoom()
			ann, bob := newPeer(r), newPeer(r)
			for i := range max(len(tt.ann), len(tt.bob)) {
				if i < len(tt.ann) {
					ann.receive(r, tt.ann[i])
				}
				if i < len(tt.bob) {
					bob.receive(r, tt.bob[i])
				}
			}
			if ann.output != tt.toAnn || bob.output != tt.toBob {
				t.Errorf("ann got %q, want %q; bob got %q, want %q", ann.output, tt.toAnn, bob.output, tt.toBob)
			}
		})
	}
}
