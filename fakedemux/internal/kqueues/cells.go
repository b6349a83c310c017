package kqueues

import "reactortest/demux/kqueue"

// Cell is a row of the table of what the kqueues of the systems do: a filter, an
// object and something that happens. The table is data: the simulation looks its
// answers up, docs/kqueue.md is printed from it, and a test plays every row on every
// system.
type Cell uint8

// Systems is a set of profiles.
type Systems uint8

const (
	darwin Systems = 1 << iota
	dragonfly
	freebsd
	netbsd
	netbsd9
	openbsd
	openbsd73
	openbsd77

	anyNetBSD  = netbsd | netbsd9
	anyOpenBSD = openbsd | openbsd73 | openbsd77
)

// Columns are the systems in the order of kqueue.Profiles.
var Columns = [...]Systems{darwin, dragonfly, freebsd, netbsd, netbsd9, openbsd, openbsd73, openbsd77}

// Saying is what some systems do in a row, with the source.
type Saying struct {
	Systems Systems
	Answer  Answer
	Source  string
}

// cellRow is a row of the table.
type cellRow struct {
	Filter, Object, Happening string
	Says                      []Saying
}

// AllRules has the answers of every system, in the order of kqueue.Profiles.
var AllRules = makeRules()

func makeRules() [len(Columns)][cellCount]Answer {
	var all [len(Columns)][cellCount]Answer
	for c := range Cells {
		for i, system := range Columns {
			for _, s := range Cells[c].Says {
				if s.Systems&system != 0 {
					all[i][c] = s.Answer
				}
			}
		}
	}
	return all
}

// profiles are those of the columns, in the same order.
var profiles = kqueue.Profiles()

// ColumnOf returns the index of the column of a profile.
func ColumnOf(p *kqueue.Profile) int {
	for i, other := range profiles {
		if other.Name == p.Name {
			return i
		}
	}
	panic("fakedemux: there is no table for the profile " + p.Name)
}

// RulesOf returns the answers of the system of a profile.
func RulesOf(p *kqueue.Profile) *[cellCount]Answer { return &AllRules[ColumnOf(p)] }

// Answer is what a system does in a row of the table. It is an alias because a row
// has few of the answers, and a switch over them need not name the others.
type Answer = uint8

// The answers. answerWords has what each means.
const (
	AnswerNone Answer = iota
	AnswerYes
	AnswerNo
	AnswerAccepted
	AnswerReported
	AnswerSilent
	AnswerNotSimulated
	AnswerEINVAL
	AnswerEOPNOTSUPP
	AnswerENOTSUP
	AnswerEBADF
	AnswerEPERM
	AnswerENOENT
	AnswerEPIPE
	AnswerERANGE
	AnswerFails
	AnswerStopsTimer
	AnswerErrorEvent
	AnswerStripped
	AnswerKept
	AnswerAlone
	AnswerJoined
	AnswerStops
	AnswerGoesOn
	AnswerReplaces
	AnswerIgnored
	AnswerRuns
	AnswerRunsQueues
	AnswerQueues
	AnswerStays
	AnswerSkips
	AnswerDequeues
	AnswerDisables
	AnswerEnables
	AnswerDeletes
	AnswerDeletesOld
	AnswerAdds
	AnswerKeeps
	AnswerBoth
	AnswerOther
	AnswerClears
	AnswerRead
	AnswerReplacesMark
	AnswerRaises
	AnswerBytes
	AnswerAddresses
	AnswerEOF
	AnswerEOFOneshot
	AnswerEOFReset
	AnswerEOFRefused
	AnswerAtomicRoom
	AnswerAnyRoom
	AnswerRestFree
	AnswerWhole
	AnswerAsPipe
	AnswerSocketRoom
	AnswerAtomicSocket
	AnswerWatched
	AnswerDoubles
	AnswerIfEmpty
	AnswerNever
	AnswerRest
	AnswerZero
	AnswerOne
	AnswerNoteDelete
	AnswerNoteDeleteLink
	AnswerNoteLink
	AnswerNoteWrite
	AnswerNoteWriteExtend
	AnswerNoteWriteLink
	AnswerNoteAttrib
	AnswerNoteAttribExtend
	AnswerNoteAttribTruncate
	AnswerNoteRename
	AnswerNoteOpen
	AnswerNoteRead
	AnswerAlways
	AnswerIfAsked
	AnswerExitStatus
	AnswerDropped
	AnswerTwo
	AnswerOneKnote
	AnswerUnit
	AnswerTick
	AnswerAtOnce
	AnswerLater
	AnswerReplacesFlags
	AnswerEveryChange
	AnswerRestarts
	AnswerCounts
	AnswerEach
	AnswerMasked
	AnswerComputed
	AnswerAsked
	AnswerNothing
	AnswerCount
)

// AnswerWords is how docs/kqueue.md has the answers.
var AnswerWords = [AnswerCount]string{
	AnswerNone:               "the system does not have it",
	AnswerYes:                "yes",
	AnswerNo:                 "no",
	AnswerAccepted:           "accepted",
	AnswerReported:           "reported",
	AnswerSilent:             "not reported",
	AnswerNotSimulated:       "ENOTSIMULATED: the system or the simulation does not have the object",
	AnswerEINVAL:             "EINVAL",
	AnswerEOPNOTSUPP:         "EOPNOTSUPP",
	AnswerENOTSUP:            "ENOTSUP",
	AnswerEBADF:              "EBADF",
	AnswerEPERM:              "EPERM",
	AnswerENOENT:             "ENOENT",
	AnswerEPIPE:              "EPIPE",
	AnswerERANGE:             "ERANGE",
	AnswerFails:              "the change fails with that error, and the timer goes on as before",
	AnswerStopsTimer:         "the change fails with that error, and the timer stops",
	AnswerErrorEvent:         "the change succeeds, the timer stops, and there is an event with EV_ERROR and the error in data",
	AnswerStripped:           "the flags of the change that made the knote, without EV_ADD, EV_DELETE, EV_ENABLE and EV_DISABLE",
	AnswerKept:               "the flags of the change that made the knote",
	AnswerAlone:              "EV_ERROR alone",
	AnswerJoined:             "EV_ERROR and the flags of the change",
	AnswerStops:              "ends the call with 0; later changes are not made",
	AnswerGoesOn:             "has no event; the call goes on",
	AnswerReplaces:           "replaces udata, fflags and data, and runs the filter",
	AnswerIgnored:            "has no effect",
	AnswerRuns:               "runs the filter",
	AnswerRunsQueues:         "runs the filter, and queues a knote that was active before as well",
	AnswerQueues:             "queues a knote that has become active, without running the filter",
	AnswerStays:              "the knote keeps its place on the queue until a Kevent comes to it",
	AnswerSkips:              "the knote keeps its place on the queue until a Kevent comes to it; changes do not run its filter",
	AnswerDequeues:           "the knote leaves the queue",
	AnswerDisables:           "EV_DISABLE",
	AnswerEnables:            "EV_ENABLE",
	AnswerDeletes:            "EV_DELETE; ENOENT if there is no knote",
	AnswerDeletesOld:         "EV_DELETE if there is a knote, EV_ADD otherwise",
	AnswerAdds:               "EV_ADD",
	AnswerKeeps:              "reports what the filter found when something last happened",
	AnswerBoth:               "both",
	AnswerOther:              "the knotes of the other end",
	AnswerClears:             "EV_CLEAR alone",
	AnswerRead:               "EVFILT_READ has that number",
	AnswerReplacesMark:       "the condition is data >= the mark, whatever the mark",
	AnswerRaises:             "the condition is data >= the mark, which is at least the usual one and at most the buffer",
	AnswerBytes:              "reported; data has the bytes",
	AnswerAddresses:          "reported; data has the bytes, and 16 for the address of each datagram",
	AnswerEOF:                "EV_EOF",
	AnswerEOFOneshot:         "EV_EOF and EV_ONESHOT",
	AnswerEOFReset:           "EV_EOF, fflags ECONNRESET",
	AnswerEOFRefused:         "EV_EOF, fflags ECONNREFUSED",
	AnswerAtomicRoom:         "512 bytes",
	AnswerAnyRoom:            "one byte",
	AnswerRestFree:           "the rest of the buffer is free",
	AnswerWhole:              "the whole buffer is free, and nothing once that many bytes are unread",
	AnswerAsPipe:             "as of a pipe",
	AnswerSocketRoom:         "as of a unix stream socket",
	AnswerAtomicSocket:       "as of a unix stream socket, but there is enough room with 512 bytes",
	AnswerWatched:            "reports what the filter reports at the end that can use it",
	AnswerDoubles:            "the buffer doubles until the write fits, up to 65536 bytes",
	AnswerIfEmpty:            "an empty buffer becomes one of 65536 bytes",
	AnswerNever:              "the buffer keeps its size",
	AnswerRest:               "reported; data has the size less the offset",
	AnswerZero:               "reported; data is 0",
	AnswerOne:                "reported; data is 1",
	AnswerNoteDelete:         "NOTE_DELETE",
	AnswerNoteDeleteLink:     "NOTE_DELETE and NOTE_LINK",
	AnswerNoteLink:           "NOTE_LINK",
	AnswerNoteWrite:          "NOTE_WRITE",
	AnswerNoteWriteExtend:    "NOTE_WRITE and NOTE_EXTEND",
	AnswerNoteWriteLink:      "NOTE_WRITE and NOTE_LINK",
	AnswerNoteAttrib:         "NOTE_ATTRIB",
	AnswerNoteAttribExtend:   "NOTE_ATTRIB and NOTE_EXTEND",
	AnswerNoteAttribTruncate: "NOTE_ATTRIB and NOTE_TRUNCATE",
	AnswerNoteRename:         "NOTE_RENAME",
	AnswerNoteOpen:           "NOTE_OPEN, NOTE_READ, NOTE_CLOSE and NOTE_CLOSE_WRITE",
	AnswerNoteRead:           "NOTE_READ",
	AnswerAlways:             "always",
	AnswerIfAsked:            "if NOTE_EXIT was asked for",
	AnswerExitStatus:         "if NOTE_EXITSTATUS was asked for too",
	AnswerDropped:            "not reported; the knote is deleted when a Kevent comes to it",
	AnswerTwo:                "two knotes: one reports NOTE_CHILD and is gone, the other follows the child",
	AnswerOneKnote:           "one knote, which reports NOTE_CHILD and follows the child",
	AnswerUnit:               "one unit, again and again; at once with EV_ONESHOT",
	AnswerTick:               "one tick of the clock (10 ms), again and again",
	AnswerAtOnce:             "at once, and then no more",
	AnswerLater:              "takes the new period when the old one is over; nothing is discarded",
	AnswerReplacesFlags:      "starts it again, with the flags of the change",
	AnswerEveryChange:        "starts it again, and so does every other change",
	AnswerRestarts:           "starts it again, and discards what it has counted",
	AnswerCounts:             "the timer stops until the report, which counts the periods",
	AnswerEach:               "each period is an expiration",
	AnswerMasked:             "those given with EV_ADD; NOTE_FFAND and the others change them",
	AnswerComputed:           "0; NOTE_FFAND and the others change that; EV_CLEAR resets fflags and data",
	AnswerAsked:              "those given with EV_ADD, all bits; NOTE_FFAND and the others change them",
	AnswerNothing:            "fflags and data are 0",
}
