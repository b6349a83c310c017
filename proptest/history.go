package proptest

import (
	"fmt"
	"strings"
	"time"

	"reactortest/demux"
)

// entryKind is what a line of the history tells.
type entryKind uint8

const (
	entryWait     entryKind = iota // the loop waits
	entryEvent                     // the Wait reported it
	entryDispatch                  // a handler was called
	entryTimer
	entryPosted
	entryClosed // a CloseFunc function was called
	entryDo     // a callback or the set-up did something
	entryPeer
	entryPost
	entryIdle
	entryLoop // Run and Close of the reactor
	entryNote // of the subject's observer: shown, never judged
)

// entry is one line of the history of a run.
type entry struct {
	at    time.Duration
	wait  int // how many Waits there were
	kind  entryKind
	ready demux.Ready
	mode  demux.Mode
	id    int // watch, timer or post
	n     int
	d     time.Duration
	text  string
}

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

// renderHistory returns the history as a time line, the line at index mark
// with ">" before it.
func renderHistory(history []entry, mark int) []string {
	var lines []string
	var at time.Duration
	for i := 0; i < len(history); i++ {
		e := history[i]
		if e.at != at {
			at = e.at
			lines = append(lines, fmt.Sprintf("  -- %v --", at))
		}
		marked := i == mark
		line := e.describe()
		if e.kind == entryWait || e.kind == entryEvent {
			events := []string{}
			if e.kind == entryEvent {
				line, events = "wait returns  ", append(events, e.describe())
			}
			for i+1 < len(history) && history[i+1].kind == entryEvent {
				i++
				marked = marked || i == mark
				events = append(events, history[i].describe())
			}
			line = strings.TrimRight(fmt.Sprintf("%-14s %s", line, strings.Join(events, " ")), " ")
		}
		prefix := "  "
		if marked {
			prefix = "> "
		}
		lines = append(lines, fmt.Sprintf("%s#%d %s", prefix, e.wait, line))
	}
	return lines
}

// describe returns the entry without its number.
func (e entry) describe() string {
	switch e.kind {
	case entryWait:
		return "wait " + timeout(e.d)
	case entryEvent:
		if e.id < 0 {
			return "?:" + e.ready.String()
		}
		return name(e.id) + ":" + e.ready.String()
	case entryDispatch:
		return tidy("dispatch %-4s %-4s %s", name(e.id), e.ready, e.text)
	case entryTimer:
		return tidy("timer t%-7d %s", e.id, e.text)
	case entryPosted:
		return tidy("posted p%-6d %s", e.id, e.text)
	case entryClosed:
		return tidy("closed %-6s %s", name(e.id), e.text)
	case entryDo:
		return "         " + e.text
	case entryPeer:
		return tidy("peer %-8s %s", name(e.id), e.text)
	case entryPost:
		return tidy("post p%-8d %s", e.id, e.text)
	case entryIdle, entryLoop, entryNote:
		return e.text
	default:
		return fmt.Sprintf("entry(%d)", e.kind)
	}
}

func tidy(format string, args ...any) string {
	return strings.TrimRight(fmt.Sprintf(format, args...), " ")
}

// traceDigest is a digest of what happened, without notes.
func traceDigest(history []entry) uint64 {
	h := uint64(14695981039346656037)
	mix := func(v uint64) {
		h = (h ^ v) * 1099511628211
		h ^= h >> 29
	}
	for _, e := range history {
		if e.kind == entryNote {
			continue
		}
		mix(uint64(e.at))
		mix(uint64(e.kind)<<32 | uint64(e.ready)<<16 | uint64(e.mode))
		mix(uint64(e.id)<<32 | uint64(uint32(e.n)))
		mix(uint64(e.d))
	}
	return h
}
