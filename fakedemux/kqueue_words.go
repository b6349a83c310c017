package fakedemux

import "reactortest/demux/kqueue"

// fate is what the simulation does with a filter or a bit that a system has.
type fate uint8

const (
	taken  fate = iota // simulated
	inert              // accepted without effect
	absent             // ENOTSIMULATED: the simulation does not have it
)

// word is a filter, a flag or a bit of fflags that sys/event.h of some systems has.
type word struct {
	name    string
	systems systems
	filter  filterKind // that has the bit; 0 of a flag or a filter
	bit     uint32
	fate    fate
}

// otherFilters are the filters that the simulation does not have, by number.
// sys/event.h; EVFILT_AIO of NetBSD and OpenBSD has a number and no functions
// there, and is EINVAL.
var otherFilters = [...]struct {
	name    string
	systems systems
	number  int32
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
	{"EVFILT_EXCEPT", darwin, -15},
	{"EVFILT_WORKLOOP", darwin, -17},
	{"EVFILT_FS", anyNetBSD, 7},
	{"EVFILT_EMPTY", netbsd, 9},
}

// flagWords are the flags of a change.
var flagWords = [...]word{
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
	{"EV_UDATA_SPECIFIC", darwin, 0, 0x0100, absent},
	{"EV_VANISHED", darwin, 0, 0x0200, absent},
	{"EV_SYSFLAGS", others, 0, systemFlags, inert},
}

// noteWords are the bits of fflags.
var noteWords = [...]word{
	{"NOTE_LOWAT", others, filterRead, kqueue.NoteLowat, taken},
	{"NOTE_FILE_POLL", freebsd, filterRead, noteFilePoll, taken},
	{"NOTE_EOF", anyOpenBSD, filterRead, noteEOF, taken},
	{"NOTE_OOB", darwin, filterRead, 0x0002, absent},
	{"NOTE_OOB", dragonfly, filterRead, 0x0002, inert}, // of EVFILT_EXCEPT
	{"NOTE_OOB", anyOpenBSD, filterRead, 0x0004, inert},
	{"NOTE_LOWAT", others, filterWrite, kqueue.NoteLowat, taken},

	{"NOTE_DELETE", others, filterVnode, kqueue.NoteDelete, taken},
	{"NOTE_WRITE", others, filterVnode, kqueue.NoteWrite, taken},
	{"NOTE_EXTEND", others, filterVnode, kqueue.NoteExtend, taken},
	{"NOTE_ATTRIB", others, filterVnode, kqueue.NoteAttrib, taken},
	{"NOTE_LINK", others, filterVnode, kqueue.NoteLink, taken},
	{"NOTE_RENAME", others, filterVnode, kqueue.NoteRename, taken},
	{"NOTE_REVOKE", others, filterVnode, kqueue.NoteRevoke, taken},
	{"NOTE_TRUNCATE", anyOpenBSD, filterVnode, noteTruncate, taken},
	{"NOTE_OPEN", freebsd | netbsd, filterVnode, noteOpen, taken},
	{"NOTE_CLOSE", freebsd | netbsd, filterVnode, noteCloseRead, taken},
	{"NOTE_CLOSE_WRITE", freebsd | netbsd, filterVnode, noteCloseWrite, taken},
	{"NOTE_READ", freebsd | netbsd, filterVnode, noteRead, taken},
	{"NOTE_NONE", darwin, filterVnode, 0x0080, inert}, // for programs that want no notes
	{"NOTE_FUNLOCK", darwin, filterVnode, 0x0100, absent},
	{"NOTE_LEASE_DOWNGRADE", darwin, filterVnode, 0x0200, absent},
	{"NOTE_LEASE_RELEASE", darwin, filterVnode, 0x0400, absent},

	{"NOTE_EXIT", others, filterProc, kqueue.NoteExit, taken},
	{"NOTE_FORK", others, filterProc, kqueue.NoteFork, taken},
	{"NOTE_EXEC", others, filterProc, kqueue.NoteExec, taken},
	{"NOTE_TRACK", others, filterProc, kqueue.NoteTrack, taken},
	{"NOTE_TRACKERR", others, filterProc, kqueue.NoteTrackErr, inert}, // only reported
	{"NOTE_CHILD", others, filterProc, kqueue.NoteChild, inert},       // only reported
	{"NOTE_EXITSTATUS", darwin, filterProc, exitStatus, taken},
	{"NOTE_REAP", darwin, filterProc, 0x10000000, absent},
	{"NOTE_SIGNAL", darwin, filterProc, 0x08000000, absent},
	{"NOTE_EXIT_DETAIL", darwin, filterProc, 0x02000000, absent},

	{"NOTE_SECONDS", darwin | freebsd | netbsd | openbsd | openbsd77, filterTimer, 0x0001, taken},
	{"NOTE_MSECONDS", freebsd, filterTimer, 0x0002, taken},
	{"NOTE_USECONDS", darwin | netbsd | openbsd | openbsd77, filterTimer, 0x0002, taken},
	{"NOTE_USECONDS", freebsd, filterTimer, 0x0004, taken},
	{"NOTE_NSECONDS", darwin, filterTimer, 0x0004, taken},
	{"NOTE_NSECONDS", freebsd, filterTimer, 0x0008, taken},
	{"NOTE_ABSOLUTE", darwin, filterTimer, 0x0008, absent}, // there is no calendar
	{"NOTE_ABSTIME", freebsd | netbsd | openbsd | openbsd77, filterTimer, 0x0010, absent},
	{"NOTE_LEEWAY", darwin, filterTimer, 0x0010, inert},
	{"NOTE_CRITICAL", darwin, filterTimer, 0x0020, inert},
	{"NOTE_BACKGROUND", darwin, filterTimer, 0x0040, inert},
	{"NOTE_MACH_CONTINUOUS_TIME", darwin, filterTimer, 0x0080, inert},
	{"NOTE_MACHTIME", darwin, filterTimer, 0x0100, absent},

	{"NOTE_FFLAGSMASK", others &^ (netbsd9 | openbsd73 | openbsd77), filterUser, kqueue.NoteFlags, taken},
	{"NOTE_TRIGGER", others &^ (netbsd9 | openbsd73 | openbsd77), filterUser, kqueue.NoteTrigger, taken},
	{"NOTE_FFAND", others &^ (netbsd9 | openbsd73 | openbsd77), filterUser, kqueue.NoteAnd, taken},
	{"NOTE_FFOR", others &^ (netbsd9 | openbsd73 | openbsd77), filterUser, kqueue.NoteOr, taken},
}

// systemOf returns the system of a profile.
func systemOf(p *kqueue.Profile) systems { return columns[columnOf(p)] }

// lacking is what the simulation does not have of one system.
type lacking struct {
	flags uint32                 // the flags that are refused
	notes [filterUser + 1]uint32 // the bits of fflags that are refused, by filter
}

var allLacking = makeLacking()

func makeLacking() [len(columns)]lacking {
	var all [len(columns)]lacking
	for i, system := range columns {
		for _, w := range flagWords {
			if w.fate == absent && w.systems&system != 0 {
				all[i].flags |= w.bit
			}
		}
		for _, w := range noteWords {
			if w.fate == absent && w.systems&system != 0 {
				all[i].notes[w.filter] |= w.bit
			}
		}
	}
	return all
}

// lackingOf returns what the simulation does not have of the system of a profile.
func lackingOf(p *kqueue.Profile) *lacking { return &allLacking[columnOf(p)] }

// simulates refuses a filter, a flag and a bit of fflags that the system has and the
// simulation does not have. kind is 0 if the simulation does not know the filter. A
// change that deletes a knote may have any flags.
func (kq *kqueueInstance) simulates(kind filterKind, c *kqueue.Kevent) failure {
	if kind == 0 {
		system := systemOf(kq.profile)
		for _, f := range otherFilters {
			if f.number == c.Filter && f.systems&system != 0 {
				return kq.kernel.refuse(f.name + " on " + kq.profile.Name)
			}
		}
		return ok
	}
	if kq.lacks.flags&c.Flags == 0 && kq.lacks.notes[kind]&c.Fflags == 0 || c.Flags&kqueue.Delete != 0 {
		return ok
	}
	return kq.kernel.refuse(kq.lackedName(kind, c) + " on " + kq.profile.Name)
}

// lackedName returns the name of the flag or the bit that simulates refuses.
func (kq *kqueueInstance) lackedName(kind filterKind, c *kqueue.Kevent) string {
	system := systemOf(kq.profile)
	for _, w := range flagWords {
		if w.fate == absent && w.systems&system != 0 && w.bit&c.Flags != 0 {
			return w.name
		}
	}
	for _, w := range noteWords {
		if w.fate == absent && w.systems&system != 0 && w.filter == kind && w.bit&c.Fflags != 0 {
			return w.name
		}
	}
	return "such a flag"
}

// inertWords returns the names of what a system accepts without effect.
func inertWords(p *kqueue.Profile) []string {
	system := systemOf(p)
	var names []string
	for _, w := range flagWords {
		if w.fate == inert && w.systems&system != 0 {
			names = append(names, w.name)
		}
	}
	for _, w := range noteWords {
		if w.fate == inert && w.systems&system != 0 {
			names = append(names, w.name)
		}
	}
	return names
}
