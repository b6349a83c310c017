package kqueue

import "time"

// Profile lists how the kqueue of one system differs from the others. The numbers
// are those of its sys/event.h and sys/errno.h as golang.org/x/sys/unix v0.49.0
// has them;
// "kqueue(2)" below is the manual page of the system itself.
type Profile struct {
	Name string // "darwin", the system's GOOS

	Read, Write, Vnode, Proc, Signal, Timer int32 // filters that every system has

	// User is EVFILT_USER, if HasUser. Without it a Wake goes through a pipe.
	User    int32
	HasUser bool

	Dispatch bool // EV_DISPATCH is known
	Receipt  bool // EV_RECEIPT is known

	// The units of EVFILT_TIMER in fflags, 0 if the system does not have the
	// unit. data counts milliseconds if fflags has no unit.
	NoteSeconds, NoteMilliseconds, NoteMicroseconds, NoteNanoseconds uint32

	// MaxTimeout is the longest timeout for Kevent. The backend splits a longer
	// wait into pieces. Excess says what the system does with a longer timeout.
	MaxTimeout time.Duration
	Excess     Excess

	ExitStatus bool // EVFILT_PROC has the status of an exit in data

	EOPNOTSUPP Errno // the one number that differs between systems
	Unreadable Errno // what read(2) and write(2) of a kqueue return; the fileops in sys/kern/kern_event.c
}

// Excess says what a system does with a timeout beyond Profile.MaxTimeout.
type Excess uint8

// The values of Excess.
const (
	ExcessWaits   Excess = iota // it waits for the whole timeout
	ExcessRefused               // EINVAL
	ExcessCut                   // it waits for MaxTimeout and reports a timeout
)

// million is the longest sleep, in seconds, that the Go runtime asks any kqueue
// for: netpoll_kqueue.go, "Darwin returns EINVAL if the sleep time is too long".
const million = 1_000_000 * time.Second

// Darwin is macOS. EVFILT_USER and its triggers are in sys/event.h and in use
// by netpoll_kqueue_event.go of the Go runtime; EV_DISPATCH is in sys/event.h
// and missing from kqueue(2), EV_RECEIPT and the units of timers are in both.
var Darwin = Profile{
	Name: "darwin",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -10, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMicroseconds: 0x2, NoteNanoseconds: 0x4,
	MaxTimeout: million, Excess: ExcessRefused, // the Go runtime, see million
	EOPNOTSUPP: 102, Unreadable: ENXIO,
}

// FreeBSD documents all of this in kqueue(2).
var FreeBSD = Profile{
	Name: "freebsd",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -11, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMilliseconds: 0x2, NoteMicroseconds: 0x4, NoteNanoseconds: 0x8,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: 45,
}

// NetBSD is NetBSD before 10.0. EVFILT_USER, EV_DISPATCH, EV_RECEIPT and the
// units of timers came with that release (kqueue(2), HISTORY, and the note in
// netpoll_kqueue_pipe.go of the Go runtime), and x/sys does not have them.
var NetBSD = Profile{
	Name: "netbsd",
	Read: 0, Write: 1, Vnode: 3, Proc: 4, Signal: 5, Timer: 6,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: ENXIO,
}

// OpenBSD has no EVFILT_USER that the Go runtime would use
// (netpoll_kqueue_pipe.go). Its timers count milliseconds. kqueue(2), BUGS: a
// timeout is limited to 24 hours, and a longer one silently taken for that.
var OpenBSD = Profile{
	Name: "openbsd",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	Dispatch: true, Receipt: true,
	MaxTimeout: 24 * time.Hour, Excess: ExcessCut,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: ENXIO,
}

// DragonFly has EVFILT_USER in sys/event.h (netpoll_kqueue_event.go of the Go
// runtime uses it), EV_DISPATCH and EV_RECEIPT in kqueue(2), and timers that
// count milliseconds.
var DragonFly = Profile{
	Name: "dragonfly",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -9, HasUser: true,
	Dispatch: true, Receipt: true,
	MaxTimeout: million, Excess: ExcessWaits,
	EOPNOTSUPP: 45, Unreadable: EBADF,
}

// profiles are all of them, by name.
var profiles = [...]*Profile{&Darwin, &DragonFly, &FreeBSD, &NetBSD, &OpenBSD}

// Profiles returns the profiles, in the order of their names. Do not change them.
func Profiles() []*Profile { return append([]*Profile(nil), profiles[:]...) }

// LookupProfile returns the profile called name, nil if there is none.
func LookupProfile(name string) *Profile {
	for _, p := range profiles {
		if p.Name == name {
			return p
		}
	}
	return nil
}
