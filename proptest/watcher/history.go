package watcher

import (
	"fmt"
	"strings"
	"time"

	"reactortest/proptest/internal/core"
)

// What a line of the history tells.
const (
	entryWait     uint8 = iota // the loop waits
	entryEvent                 // the Wait reported it
	entryDispatch              // a handler was called
	entryTimer
	entryPosted
	entryClosed // a CloseFunc function was called
	entryDo     // a callback or the set-up did something
	entryPeer
	entryPost
	entryIdle
	entryLoop // Run and Close of the reactor
)

// entry is one line of the history of a run: ID is a watch, a timer or a post.
type entry = core.Entry

// name spells watch numbers as letters: a, b ... z, a1, b1 ...
func name(id int) string {
	s := string(rune('a' + id%26))
	if id >= 26 {
		s += fmt.Sprint(id / 26)
	}
	return s
}

// timeout spells the timeout of a Wait.
func timeout(d time.Duration) string {
	if d < 0 {
		return "for ever"
	}
	return d.String()
}

// timeline returns the lines of a history. What a Wait reports stands in its
// line, unless something happened meanwhile.
func timeline(history []entry, mark int) []core.Line {
	var lines []core.Line
	for i := 0; i < len(history); i++ {
		e := history[i]
		l := core.Line{At: e.At, Round: e.Round, Decision: e.Decision, Lane: lane(e), Mark: i == mark, Text: describe(e)}
		if e.Kind == entryWait || e.Kind == entryEvent {
			events := []string{}
			if e.Kind == entryEvent {
				l.Text, events = "wait returns  ", append(events, describe(e))
			}
			for i+1 < len(history) && history[i+1].Kind == entryEvent {
				i++
				l.Mark = l.Mark || i == mark
				events = append(events, describe(history[i]))
			}
			l.Text = strings.TrimRight(fmt.Sprintf("%-14s %s", l.Text, strings.Join(events, " ")), " ")
		}
		lines = append(lines, l)
	}
	return lines
}

// lane returns who acts.
func lane(e entry) string {
	switch e.Kind {
	case entryPeer:
		return "peer " + name(e.ID)
	case entryPost:
		return "posters"
	case entryIdle:
		return "kernel"
	default:
		return "loop"
	}
}

// describe returns an entry without its number.
func describe(e entry) string {
	switch e.Kind {
	case entryWait:
		return "wait " + timeout(e.D)
	case entryEvent:
		if e.ID < 0 {
			return "?:" + e.Ready.String()
		}
		return name(e.ID) + ":" + e.Ready.String()
	case entryDispatch:
		return tidy("dispatch %-4s %-4s %s", name(e.ID), e.Ready, e.Text)
	case entryTimer:
		return tidy("timer t%-7d %s", e.ID, e.Text)
	case entryPosted:
		return tidy("posted p%-6d %s", e.ID, e.Text)
	case entryClosed:
		return tidy("closed %-6s %s", name(e.ID), e.Text)
	case entryDo:
		return "         " + e.Text
	case entryPeer:
		return tidy("peer %-8s %s", name(e.ID), e.Text)
	case entryPost:
		return tidy("post p%-8d %s", e.ID, e.Text)
	case entryIdle, entryLoop, core.EntryNote:
		return e.Text
	default:
		return fmt.Sprintf("entry(%d)", e.Kind)
	}
}

func tidy(format string, args ...any) string {
	return strings.TrimRight(fmt.Sprintf(format, args...), " ")
}
