package fakedemux

import "reactortest/demux/kqueue"

// cell is a row of the table of what the kqueues of the systems do: a filter, an
// object and something that happens. The table is data: the simulation looks its
// answers up, docs/kqueue.md is printed from it, and a test plays every row on every
// system.
type cell uint8

// systems is a set of profiles.
type systems uint8

const (
	darwin systems = 1 << iota
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

// columns are the systems in the order of kqueue.Profiles.
var columns = [...]systems{darwin, dragonfly, freebsd, netbsd, netbsd9, openbsd, openbsd73, openbsd77}

// saying is what some systems do in a row, with the source.
type saying struct {
	systems systems
	answer  answer
	source  string
}

// cellRow is a row of the table.
type cellRow struct {
	filter, object, happening string
	says                      []saying
}

// allRules has the answers of every system, in the order of kqueue.Profiles.
var allRules = makeRules()

func makeRules() [len(columns)][cellCount]answer {
	var all [len(columns)][cellCount]answer
	for c := range cells {
		for i, system := range columns {
			for _, s := range cells[c].says {
				if s.systems&system != 0 {
					all[i][c] = s.answer
				}
			}
		}
	}
	return all
}

// profiles are those of the columns, in the same order.
var profiles = kqueue.Profiles()

// columnOf returns the index of the column of a profile.
func columnOf(p *kqueue.Profile) int {
	for i, other := range profiles {
		if other.Name == p.Name {
			return i
		}
	}
	panic("fakedemux: there is no table for the profile " + p.Name)
}

// rulesOf returns the answers of the system of a profile.
func rulesOf(p *kqueue.Profile) *[cellCount]answer { return &allRules[columnOf(p)] }

// answer is what a system does in a row of the table. It is an alias because a row
// has few of the answers, and a switch over them need not name the others.
type answer = uint8

const (
	answerNone answer = iota
	answerYes
	answerNo
	answerAccepted
	answerReported
	answerSilent
	answerNotSimulated
	answerEINVAL
	answerEOPNOTSUPP
	answerENOTSUP
	answerEBADF
	answerEPERM
	answerENOENT
	answerEPIPE
	answerStripped
	answerKept
	answerAlone
	answerJoined
	answerStops
	answerGoesOn
	answerReplaces
	answerIgnored
	answerRuns
	answerQueues
	answerStays
	answerSkips
	answerDequeues
	answerDisables
	answerEnables
	answerDeletes
	answerDeletesOld
	answerAdds
	answerKeeps
	answerBoth
	answerOther
	answerClears
	answerRead
	answerReplacesMark
	answerRaises
	answerBytes
	answerAddresses
	answerEOF
	answerEOFOneshot
	answerEOFReset
	answerEOFRefused
	answerDoubles
	answerIfEmpty
	answerNever
	answerRest
	answerZero
	answerOne
	answerNoteDelete
	answerNoteDeleteLink
	answerNoteLink
	answerNoteWrite
	answerNoteWriteExtend
	answerNoteWriteLink
	answerNoteAttrib
	answerNoteAttribExtend
	answerNoteAttribTruncate
	answerNoteRename
	answerNoteOpen
	answerAlways
	answerIfAsked
	answerExitStatus
	answerDropped
	answerTwo
	answerOneKnote
	answerUnit
	answerTick
	answerAtOnce
	answerLater
	answerReplacesFlags
	answerEveryChange
	answerRestarts
	answerCounts
	answerEach
	answerMasked
	answerComputed
	answerAsked
	answerNothing
	answerCount
)

// answerWords is how docs/kqueue.md has the answers.
var answerWords = [answerCount]string{
	answerNone:               "the system does not have it",
	answerYes:                "yes",
	answerNo:                 "no",
	answerAccepted:           "accepted",
	answerReported:           "reported",
	answerSilent:             "not reported",
	answerNotSimulated:       "ENOTSIMULATED: the system or the simulation does not have the object",
	answerEINVAL:             "EINVAL",
	answerEOPNOTSUPP:         "EOPNOTSUPP",
	answerENOTSUP:            "ENOTSUP",
	answerEBADF:              "EBADF",
	answerEPERM:              "EPERM",
	answerENOENT:             "ENOENT",
	answerEPIPE:              "EPIPE",
	answerStripped:           "the flags of the change that made the knote, without EV_ADD, EV_DELETE, EV_ENABLE and EV_DISABLE",
	answerKept:               "the flags of the change that made the knote",
	answerAlone:              "EV_ERROR alone",
	answerJoined:             "EV_ERROR and the flags of the change",
	answerStops:              "ends the call with 0; later changes are not made",
	answerGoesOn:             "has no event; the call goes on",
	answerReplaces:           "replaces udata, fflags and data, and runs the filter",
	answerIgnored:            "has no effect",
	answerRuns:               "runs the filter",
	answerQueues:             "queues a knote that has become active, without running the filter",
	answerStays:              "the knote keeps its place on the queue until a Kevent comes to it",
	answerSkips:              "the knote keeps its place on the queue until a Kevent comes to it; changes do not run its filter",
	answerDequeues:           "the knote leaves the queue",
	answerDisables:           "EV_DISABLE",
	answerEnables:            "EV_ENABLE",
	answerDeletes:            "EV_DELETE; ENOENT if there is no knote",
	answerDeletesOld:         "EV_DELETE if there is a knote, EV_ADD otherwise",
	answerAdds:               "EV_ADD",
	answerKeeps:              "reports what the filter found when something last happened",
	answerBoth:               "both",
	answerOther:              "the knotes of the other end",
	answerClears:             "EV_CLEAR alone",
	answerRead:               "EVFILT_READ has that number",
	answerReplacesMark:       "the condition is data >= the mark, whatever the mark",
	answerRaises:             "the condition is data >= the mark, which is at least the usual one and at most the buffer",
	answerBytes:              "reported; data has the bytes",
	answerAddresses:          "reported; data has the bytes, and 16 for the address of each datagram",
	answerEOF:                "EV_EOF",
	answerEOFOneshot:         "EV_EOF and EV_ONESHOT",
	answerEOFReset:           "EV_EOF, fflags ECONNRESET",
	answerEOFRefused:         "EV_EOF, fflags ECONNREFUSED",
	answerDoubles:            "the buffer doubles until the write fits, up to 65536 bytes",
	answerIfEmpty:            "an empty buffer becomes one of 65536 bytes",
	answerNever:              "the buffer keeps its size",
	answerRest:               "reported; data has the size less the offset",
	answerZero:               "reported; data is 0",
	answerOne:                "reported; data is 1",
	answerNoteDelete:         "NOTE_DELETE",
	answerNoteDeleteLink:     "NOTE_DELETE and NOTE_LINK",
	answerNoteLink:           "NOTE_LINK",
	answerNoteWrite:          "NOTE_WRITE",
	answerNoteWriteExtend:    "NOTE_WRITE and NOTE_EXTEND",
	answerNoteWriteLink:      "NOTE_WRITE and NOTE_LINK",
	answerNoteAttrib:         "NOTE_ATTRIB",
	answerNoteAttribExtend:   "NOTE_ATTRIB and NOTE_EXTEND",
	answerNoteAttribTruncate: "NOTE_ATTRIB and NOTE_TRUNCATE",
	answerNoteRename:         "NOTE_RENAME",
	answerNoteOpen:           "NOTE_OPEN, NOTE_READ, NOTE_CLOSE and NOTE_CLOSE_WRITE",
	answerAlways:             "always",
	answerIfAsked:            "if NOTE_EXIT was asked for",
	answerExitStatus:         "if NOTE_EXITSTATUS was asked for too",
	answerDropped:            "not reported; the knote is deleted when a Kevent comes to it",
	answerTwo:                "two knotes: one reports NOTE_CHILD and is gone, the other follows the child",
	answerOneKnote:           "one knote, which reports NOTE_CHILD and follows the child",
	answerUnit:               "one unit, again and again; at once with EV_ONESHOT",
	answerTick:               "one tick of the clock (10 ms), again and again",
	answerAtOnce:             "at once, and then no more",
	answerLater:              "takes the new period when the old one is over; nothing is discarded",
	answerReplacesFlags:      "starts it again, with the flags of the change",
	answerEveryChange:        "starts it again, and so does every other change",
	answerRestarts:           "starts it again, and discards what it has counted",
	answerCounts:             "the timer stops until the report, which counts the periods",
	answerEach:               "each period is an expiration",
	answerMasked:             "those given with EV_ADD; NOTE_FFAND and the others change them; EV_CLEAR resets fflags",
	answerComputed:           "0; NOTE_FFAND and the others change that; EV_CLEAR resets fflags and data",
	answerAsked:              "those given with EV_ADD, all bits; NOTE_FFAND and the others change them",
	answerNothing:            "fflags and data are 0",
}
