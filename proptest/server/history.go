package server

import (
	"fmt"

	"reactortest/proptest/internal/core"
)

// What a line of the history tells.
const (
	entryEngine uint8 = iota // Ready, Serve and Stop
	entryOpen
	entryData
	entryWoken
	entryLost
	entryClosed
	entryWrite // Write or Async has returned
	entryCloser
	entryWake
	entryTimer
	entryPeer
	entryShortage
	entryWorld // what the run does
)

// entryCall is a system call of the engine. It is shown and not judged.
const entryCall = core.EntryShown

// entry is one line of the history of a run.
type entry = core.Entry

// timeline returns the lines of a history.
func timeline(history []entry, mark int) []core.Line {
	out := make([]core.Line, len(history))
	for i := range history {
		e := &history[i]
		out[i] = core.Line{
			At: e.At, Round: e.Round, Decision: e.Decision, Lane: lane(e), Text: describe(e), Mark: i == mark,
			Folded: e.Kind == entryCall && e.On == 0, Touches: touches(e),
		}
	}
	return out
}

// lane returns who acts.
func lane(e *entry) string {
	switch {
	case e.Kind == entryPeer:
		return fmt.Sprintf("peer %d", e.ID)
	case e.Kind == entryShortage, e.Kind == entryWorld, e.Task == "main":
		return "world"
	case e.Task != "":
		return e.Task
	default:
		return "engine"
	}
}

// touches names what an entry is about.
func touches(e *entry) []string {
	switch e.Kind {
	case entryOpen, entryData, entryWoken, entryLost, entryClosed, entryWrite, entryCloser, entryWake:
		if e.ID >= 0 {
			return []string{connName(e.ID)}
		}
	case entryPeer:
		return []string{fmt.Sprintf("peer %d", e.ID)}
	case entryTimer:
		return []string{fmt.Sprintf("t%d", e.ID)}
	}
	return nil
}

// describe returns an entry without its number and lane.
func describe(e *entry) string {
	name := "an unknown connection"
	if e.ID >= 0 {
		name = connName(e.ID)
	}
	switch e.Kind {
	case entryOpen:
		return "Open of " + name
	case entryData:
		return fmt.Sprintf("Data of %s: %d bytes", name, e.N)
	case entryWoken:
		return "Woken of " + name
	case entryLost, entryClosed, entryWrite:
		return name + ": " + e.Text
	}
	return e.Text
}

// connHandle spells a handle that is left.
func connHandle(h int, call string) string { return fmt.Sprintf("%d, of %s", h, call) }
