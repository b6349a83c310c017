package kqueues

import (
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
)

// Fate is what the simulation does with a filter or a bit that a system has.
type Fate uint8

// The fates.
const (
	taken  Fate = iota // simulated
	Inert              // accepted without effect
	Absent             // ENOTSIMULATED: the simulation does not have it
)

// Word is a filter, a flag or a bit of fflags that sys/event.h of some systems has.
type Word struct {
	Name    string
	Systems Systems
	Filter  FilterKind // that has the bit; 0 of a flag or a filter
	Bit     uint32
	Fate    Fate
}

// OtherFilters are the filters that the simulation does not have, by number.
// sys/event.h; EVFILT_AIO of NetBSD and OpenBSD has a number and no functions
// there, and is EINVAL.
var OtherFilters = [...]struct {
	Name    string
	Systems Systems
	Number  int32
}{
	{"EVFILT_AIO", darwin | dragonfly | freebsd, -3},
	{"EVFILT_MACHPORT", darwin, -8},
	{"EVFILT_EXCEPT", dragonfly, -8},
	{"EVFILT_PROCDESC", freebsd, -8},
	{"EVFILT_DEVICE", anyOpenBSD, -8},
	{"EVFILT_FS", darwin | freebsd, -9},
	{"EVFILT_EXCEPT", anyOpenBSD, -9},
	{"EVFILT_LIO", freebsd, -10},
	{"EVFILT_FS", dragonfly, -10},
	{"EVFILT_VM", darwin, -12},
	{"EVFILT_SENDFILE", freebsd, -12},
	{"EVFILT_EMPTY", freebsd, -13},
	{"EVFILT_SOCK", darwin, -13},         // event_private.h
	{"EVFILT_MEMORYSTATUS", darwin, -14}, // event_private.h
	{"EVFILT_EXCEPT", darwin, -15},
	{"EVFILT_NW_CHANNEL", darwin, -16}, // event_private.h
	{"EVFILT_WORKLOOP", darwin, -17},
	{"EVFILT_FS", anyNetBSD, 7},
	{"EVFILT_EMPTY", netbsd, 9},
}

// FlagWords are the flags of a change.
var FlagWords = [...]Word{
	{"EV_ADD", others, 0, kqueue.Add, taken},
	{"EV_DELETE", others, 0, kqueue.Delete, taken},
	{"EV_ENABLE", others, 0, kqueue.Enable, taken},
	{"EV_DISABLE", others, 0, kqueue.Disable, taken},
	{"EV_ONESHOT", others, 0, kqueue.Oneshot, taken},
	{"EV_CLEAR", others, 0, kqueue.Clear, taken},
	{"EV_RECEIPT", others &^ netbsd9, 0, kqueue.Receipt, taken},
	{"EV_DISPATCH", others &^ netbsd9, 0, kqueue.Dispatch, taken},
	{"EV_FORCEONESHOT", freebsd, 0, forceOneshot, taken},
	{"EV_KEEPUDATA", freebsd, 0, keepUdata, taken},
	{"EV_UDATA_SPECIFIC", darwin, 0, 0x0100, Absent},
	{"EV_VANISHED", darwin, 0, 0x0200, Absent},
	{"EV_SYSFLAGS", others, 0, SystemFlags, Inert},
	{"EV_HUP", dragonfly | anyOpenBSD, 0, hangupFlag, Inert}, // in EV_SYSFLAGS there
}

// NoteWords are the bits of fflags.
var NoteWords = [...]Word{
	{"NOTE_LOWAT", others, FilterRead, kqueue.NoteLowat, taken},
	{"NOTE_FILE_POLL", freebsd, FilterRead, noteFilePoll, taken},
	{"NOTE_EOF", anyOpenBSD, FilterRead, noteEOF, taken},
	{"NOTE_OOB", darwin, FilterRead, 0x0002, Absent},
	{"NOTE_OOB", dragonfly, FilterRead, 0x0002, Absent}, // filt_soread, sys/kern/uipc_socket.c: no bytes are reported then
	{"NOTE_OOB", anyOpenBSD, FilterRead, 0x0004, Inert},
	{"NOTE_LOWAT", others, FilterWrite, kqueue.NoteLowat, taken},

	{"NOTE_DELETE", others, FilterVnode, kqueue.NoteDelete, taken},
	{"NOTE_WRITE", others, FilterVnode, kqueue.NoteWrite, taken},
	{"NOTE_EXTEND", others, FilterVnode, kqueue.NoteExtend, taken},
	{"NOTE_ATTRIB", others, FilterVnode, kqueue.NoteAttrib, taken},
	{"NOTE_LINK", others, FilterVnode, kqueue.NoteLink, taken},
	{"NOTE_RENAME", others, FilterVnode, kqueue.NoteRename, taken},
	{"NOTE_REVOKE", others, FilterVnode, kqueue.NoteRevoke, taken},
	{"NOTE_TRUNCATE", anyOpenBSD, FilterVnode, NoteTruncate, taken},
	{"NOTE_OPEN", freebsd | netbsd, FilterVnode, noteOpen, taken},
	{"NOTE_CLOSE", freebsd | netbsd, FilterVnode, noteCloseRead, taken},
	{"NOTE_CLOSE_WRITE", freebsd | netbsd, FilterVnode, noteCloseWrite, taken},
	{"NOTE_READ", freebsd | netbsd, FilterVnode, NoteRead, taken},
	{"NOTE_NONE", darwin, FilterVnode, 0x0080, Inert}, // for programs that want no notes
	{"NOTE_FUNLOCK", darwin, FilterVnode, 0x0100, Absent},
	{"NOTE_LEASE_DOWNGRADE", darwin, FilterVnode, 0x0200, Absent},
	{"NOTE_LEASE_RELEASE", darwin, FilterVnode, 0x0400, Absent},

	{"NOTE_EXIT", others, FilterProc, kqueue.NoteExit, taken},
	{"NOTE_FORK", others, FilterProc, kqueue.NoteFork, taken},
	{"NOTE_EXEC", others, FilterProc, kqueue.NoteExec, taken},
	{"NOTE_TRACK", others, FilterProc, kqueue.NoteTrack, taken},
	{"NOTE_TRACKERR", others, FilterProc, kqueue.NoteTrackErr, Inert}, // only reported
	{"NOTE_CHILD", others, FilterProc, kqueue.NoteChild, Inert},       // only reported
	{"NOTE_EXITSTATUS", darwin, FilterProc, ExitStatus, taken},
	{"NOTE_REAP", darwin, FilterProc, 0x10000000, Absent},
	{"NOTE_SIGNAL", darwin, FilterProc, 0x08000000, Absent},
	{"NOTE_EXIT_DETAIL", darwin, FilterProc, 0x02000000, Absent},
	{"NOTE_EXIT_DECRYPTFAIL", darwin, FilterProc, 0x00010000, Inert}, // only reported, like the next three
	{"NOTE_EXIT_MEMORY", darwin, FilterProc, 0x00020000, Inert},
	{"NOTE_EXIT_CSERROR", darwin, FilterProc, 0x00040000, Inert},
	{"NOTE_EXIT_REPARENTED", darwin, FilterProc, 0x00080000, Inert},

	{"NOTE_SECONDS", darwin | freebsd | netbsd | openbsd | openbsd77, FilterTimer, 0x0001, taken},
	{"NOTE_MSECONDS", freebsd, FilterTimer, 0x0002, taken},
	{"NOTE_USECONDS", darwin | netbsd | openbsd | openbsd77, FilterTimer, 0x0002, taken},
	{"NOTE_USECONDS", freebsd, FilterTimer, 0x0004, taken},
	{"NOTE_NSECONDS", darwin, FilterTimer, 0x0004, taken},
	{"NOTE_NSECONDS", freebsd, FilterTimer, 0x0008, taken},
	{"NOTE_ABSOLUTE", darwin, FilterTimer, 0x0008, Absent}, // there is no calendar
	{"NOTE_ABSTIME", freebsd | netbsd | openbsd | openbsd77, FilterTimer, 0x0010, Absent},
	{"NOTE_LEEWAY", darwin, FilterTimer, 0x0010, Inert},
	{"NOTE_CRITICAL", darwin, FilterTimer, 0x0020, Inert},
	{"NOTE_BACKGROUND", darwin, FilterTimer, 0x0040, Inert},
	{"NOTE_MACH_CONTINUOUS_TIME", darwin, FilterTimer, 0x0080, Inert},
	{"NOTE_MACHTIME", darwin, FilterTimer, 0x0100, Absent},

	{"NOTE_FFLAGSMASK", others &^ (netbsd9 | openbsd73 | openbsd77), FilterUser, kqueue.NoteFlags, taken},
	{"NOTE_TRIGGER", others &^ (netbsd9 | openbsd73 | openbsd77), FilterUser, kqueue.NoteTrigger, taken},
	{"NOTE_FFAND", others &^ (netbsd9 | openbsd73 | openbsd77), FilterUser, kqueue.NoteAnd, taken},
	{"NOTE_FFOR", others &^ (netbsd9 | openbsd73 | openbsd77), FilterUser, kqueue.NoteOr, taken},
}

// SystemOf returns the system of a profile.
func SystemOf(p *kqueue.Profile) Systems { return Columns[ColumnOf(p)] }

// lacking is what the simulation does not have of one system.
type lacking struct {
	flags uint32                 // the flags that are refused
	notes [FilterUser + 1]uint32 // the bits of fflags that are refused, by filter
}

var allLacking = makeLacking()

func makeLacking() [len(Columns)]lacking {
	var all [len(Columns)]lacking
	for i, system := range Columns {
		for _, w := range FlagWords {
			if w.Fate == Absent && w.Systems&system != 0 {
				all[i].flags |= w.Bit
			}
		}
		for _, w := range NoteWords {
			if w.Fate == Absent && w.Systems&system != 0 {
				all[i].notes[w.Filter] |= w.Bit
			}
		}
	}
	return all
}

// lackingOf returns what the simulation does not have of the system of a profile.
func lackingOf(p *kqueue.Profile) *lacking { return &allLacking[ColumnOf(p)] }

// simulates refuses a filter, a flag and a bit of fflags that the system has and the
// simulation does not have. kind is 0 if the simulation does not know the filter. A
// change that deletes a knote may have any flags.
func (kq *Instance) simulates(kind FilterKind, c *kqueue.Kevent) errno.Failure {
	if kind == 0 {
		system := SystemOf(kq.Profile)
		for _, f := range OtherFilters {
			if f.Number == c.Filter && f.Systems&system != 0 {
				return kq.kernel.Refuse(f.Name + " on " + kq.Profile.Name)
			}
		}
		return errno.OK
	}
	if kq.lacks.flags&c.Flags == 0 && kq.lacks.notes[kind]&c.Fflags == 0 || c.Flags&kqueue.Delete != 0 {
		return errno.OK
	}
	return kq.kernel.Refuse(kq.lackedName(kind, c) + " on " + kq.Profile.Name)
}

// lackedName returns the name of the flag or the bit that simulates refuses.
func (kq *Instance) lackedName(kind FilterKind, c *kqueue.Kevent) string {
	system := SystemOf(kq.Profile)
	for _, w := range FlagWords {
		if w.Fate == Absent && w.Systems&system != 0 && w.Bit&c.Flags != 0 {
			return w.Name
		}
	}
	for _, w := range NoteWords {
		if w.Fate == Absent && w.Systems&system != 0 && w.Filter == kind && w.Bit&c.Fflags != 0 {
			return w.Name
		}
	}
	return "such a flag"
}

// InertWords returns the names of what a system accepts without effect.
func InertWords(p *kqueue.Profile) []string {
	system := SystemOf(p)
	var names []string
	for _, w := range FlagWords {
		if w.Fate == Inert && w.Systems&system != 0 {
			names = append(names, w.Name)
		}
	}
	for _, w := range NoteWords {
		if w.Fate == Inert && w.Systems&system != 0 {
			names = append(names, w.Name)
		}
	}
	return names
}
