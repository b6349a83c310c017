package watcher

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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
	entryLoop  // Run and Close of the reactor
	entryNudge // a task of the workload wakes the loop for nothing
)

// Lines that are shown and never judged.
const (
	entryAccepted = core.EntryShown + iota // Post of the reactor has returned
	entryRegister                          // a call of the loop's own, which N tells the handle of
	entryModify
	entryDeregister
	entryWake
)

// entry is one line of the history of a run: ID is a watch, a timer or a post.
type entry = core.Entry

// watchName is the number of a watch. Texts spell it as a letter: a, b ... z, a1,
// b1 ... It is spelled only where a text is made.
type watchName int

// name returns the name of watch id.
func name(id int) watchName { return watchName(id) }

// String spells the number.
func (n watchName) String() string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	s := letters[n%26 : n%26+1]
	if n >= 26 {
		s += strconv.Itoa(int(n) / 26)
	}
	return s
}

// timeout spells the timeout of a Wait.
func timeout(d time.Duration) string {
	if d < 0 {
		return "forever"
	}
	return d.String()
}

// timeline returns the lines of a history. What a Wait reports stands in its
// line, unless something happened meanwhile.
func timeline(history []entry, mark int) []core.Line {
	var lines []core.Line
	for i := 0; i < len(history); i++ {
		e := history[i]
		l := line(e)
		l.Mark = i == mark
		switch e.Kind {
		case entryWait, entryEvent:
			if e.Kind == entryEvent {
				l.Text = waits("returns", e.On)
				i--
			}
			i = addEvents(&l, history, i, mark)
		case entryPost:
			l.Folded = returnsNext(history[i:])
		}
		lines = append(lines, l)
	}
	return lines
}

// line returns the line of an entry.
func line(e entry) core.Line {
	l := core.Line{At: e.At, Round: e.Round, Decision: e.Decision, Lane: lane(e), Text: describe(e), Touches: touches(e)}
	l.Folded = e.Kind >= entryRegister && e.Kind <= entryWake
	return l
}

// addEvents adds to the line of a Wait what the entries after entry i say that it
// has reported, and returns the index of the last of these. The decisions that led
// to it were made before.
func addEvents(l *core.Line, history []entry, i, mark int) int {
	for first := i; i+1 < len(history) && history[i+1].Kind == entryEvent && history[i+1].At == l.At; i++ {
		e := history[i+1]
		if l.Text += " "; i == first {
			l.Text = strings.TrimRight(l.Text, " ") + ": "
		}
		l.Text += describe(e)
		l.Decision = e.Decision
		l.Mark = l.Mark || i+1 == mark
		l.Touches = append(l.Touches, touches(e)...)
	}
	return i
}

// returnsNext reports whether the Post that history begins with returns before
// something else happens that is shown: then the line of its return says it all.
func returnsNext(history []entry) bool {
	for _, e := range history[1:] {
		switch {
		case e.Kind == entryAccepted:
			return e.ID == history[0].ID
		case e.Kind < entryRegister || e.Kind > entryWake:
			return false
		}
	}
	return false
}

// loopLane is the lane of the task that runs the loop.
const loopLane = "loop"

// taskLane returns what a task is called in a time line.
func taskLane(task string) string {
	if task == "main" {
		return loopLane
	}
	return task
}

// lane returns who acts.
func lane(e entry) string {
	switch {
	case e.Task != "":
		return taskLane(e.Task)
	case e.Kind == entryPeer:
		return "peer " + name(e.ID).String()
	case e.Kind == entryPost:
		return "poster"
	case e.Kind == entryIdle:
		return "kernel"
	default:
		return loopLane
	}
}

// touches names what an entry is about.
func touches(e entry) []string {
	switch e.Kind {
	case entryEvent, entryRegister, entryModify, entryDeregister:
		if e.ID < 0 {
			return nil
		}
		return []string{name(e.ID).String()}
	case entryDispatch, entryClosed, entryPeer:
		return []string{name(e.ID).String()}
	case entryTimer:
		return []string{timerName(e.ID)}
	case entryPosted, entryPost, entryAccepted:
		return []string{postName(e.ID)}
	default:
		return named(e.Text)
	}
}

// namers are the words of a text after which the name of a watch comes.
var namers = []string{"watch", "closes", "modifies", "of"}

// named returns the names of what a text is about: "closes b", "sets t0 in 1ms".
func named(text string) (all []string) {
	last := ""
	for word := range strings.FieldsSeq(text) {
		bare := strings.Trim(word, ":,;")
		number := strings.Trim(bare[min(1, len(bare)):], "0123456789") == ""
		switch {
		case !number || bare == "" || bare[0] < 'a' || bare[0] > 'z' || slices.Contains(all, bare):
		case len(bare) > 1 && (bare[0] == 't' || bare[0] == 'p'), slices.Contains(namers, last):
			all = append(all, bare)
		}
		last = word
	}
	return all
}

func timerName(id int) string { return fmt.Sprintf("t%d", id) }
func postName(id int) string  { return fmt.Sprintf("p%d", id) }

// waits says what a Wait does; a loop's second demultiplexer has a number.
func waits(what string, demux int) string {
	if demux > 0 {
		return fmt.Sprintf("wait on demux %d %s", demux+1, what)
	}
	return "wait " + what
}

// describe returns an entry without its number and lane.
func describe(e entry) string {
	switch e.Kind {
	case entryWait:
		return waits(timeout(e.D), e.On)
	case entryEvent:
		if e.ID < 0 {
			return "?:" + e.Ready.String()
		}
		return name(e.ID).String() + ":" + e.Ready.String()
	case entryDispatch:
		return tidy("dispatch %s %s %s", name(e.ID), e.Ready, e.Text)
	case entryTimer:
		return tidy("runs timer %s %s", timerName(e.ID), e.Text)
	case entryPosted:
		return tidy("runs post %s %s", postName(e.ID), e.Text)
	case entryClosed:
		return tidy("runs the close function of %s %s", name(e.ID), e.Text)
	case entryDo:
		return strings.Repeat("  ", min(e.N, 1)) + e.Text
	case entryPost:
		return "calls Post: " + postName(e.ID)
	case entryAccepted:
		return describePost(e)
	case entryRegister, entryModify, entryDeregister, entryWake:
		return describeCall(e)
	case entryNudge:
		return "wakes the loop for nothing"
	case entryPeer, entryIdle, entryLoop, core.EntryNote:
		return e.Text
	default:
		return cmp.Or(e.Text, fmt.Sprintf("entry(%d)", e.Kind))
	}
}

// describePost says what Post of the reactor has returned. On says how many
// functions of the loop were running.
func describePost(e entry) string {
	verdict := " is accepted"
	if e.N != 0 {
		verdict = " is refused"
	}
	return strings.Repeat("  ", min(e.On, 1)) + "Post returns: " + postName(e.ID) + verdict
}

// describeCall says what a loop asks of its demultiplexer.
func describeCall(e entry) string {
	text := [...]string{"register", "modify", "deregister", "wake"}[e.Kind-entryRegister]
	if e.Kind != entryWake {
		text += fmt.Sprintf(" handle %d", e.N)
		if e.ID >= 0 {
			text += " of " + name(e.ID).String()
		}
	}
	if e.Kind == entryRegister || e.Kind == entryModify {
		text += fmt.Sprintf(": %s %s", e.Ready, e.Mode)
	}
	if e.On > 0 {
		text += fmt.Sprintf(", demux %d", e.On+1)
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

func tidy(format string, args ...any) string {
	return strings.TrimRight(fmt.Sprintf(format, args...), " ")
}
