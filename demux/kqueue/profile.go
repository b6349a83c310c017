package kqueue

import "time"

// Profile lists how the kqueue of one system differs from the others. The numbers
// are those of its sys/event.h and sys/errno.h as golang.org/x/sys/unix v0.49.0
// has them;
// "kqueue(2)" below is the manual page of the system itself.
type Profile struct {
	Name    string // "netbsd", or "netbsd-9" for a release that is not the newest
	System  string // the system's GOOS: "netbsd"
	Release string // which release the profile stands for, as the system names it

	Read, Write, Vnode, Proc, Signal, Timer int32 // filters that every system has

	// User is EVFILT_USER, if HasUser. Without it a Wake goes through a pipe.
	User    int32
	HasUser bool

	Dispatch bool // EV_DISPATCH is known
	Receipt  bool // EV_RECEIPT is known

	// The units of EVFILT_TIMER in fflags, 0 if the system does not have the
	// unit. data counts milliseconds if fflags has no unit. NoteUnits has the bits
	// of all units; it is 0 if the system does not look at fflags.
	NoteSeconds, NoteMilliseconds, NoteMicroseconds, NoteNanoseconds uint32
	NoteUnits                                                        uint32

	// EnoentFirst says that a change that does not add fails with ENOENT if there is
	// no knote, whether the descriptor is open or not. Elsewhere a descriptor that is
	// not open is EBADF; kevent_register, kqueue_register.
	EnoentFirst bool

	// The sizes of a pipe in bytes: of a new one, and the most that it can grow to;
	// PIPE_SIZE and BIG_PIPE_SIZE in sys/pipe.h.
	PipeSize, PipeMost int
	// PipeBack is the size of the other direction of a new pipe, where pipes go both
	// ways; pipe_create.
	PipeBack int
	// SendLow is the free space in bytes at which a socket is writable, if its buffer
	// is not smaller: so_snd.sb_lowat, which soreserve sets to MCLBYTES.
	SendLow int
	// DatagramSend is how large the buffer of a UDP socket for sending is in bytes:
	// udp_sendspace in netinet/udp_usrreq.c.
	DatagramSend int
	// The buffers of stream sockets in bytes, before a system makes them larger by
	// itself: tcp_sendspace and tcp_recvspace in netinet/tcp_usrreq.c; PIPSIZ in
	// kern/uipc_usrreq.c, which is what one direction of a unix socket holds.
	TCPSend, TCPReceive, UnixStream int

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
	Name: "darwin", System: "darwin", Release: "xnu-11215",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -10, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMicroseconds: 0x2, NoteNanoseconds: 0x4, NoteUnits: 0x107,
	EnoentFirst: true, // kevent_register, bsd/kern/kern_event.c
	PipeSize:    16384, PipeMost: 65536, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 1448 * 256, TCPReceive: 1448 * 384, UnixStream: 8192,
	MaxTimeout: million, Excess: ExcessRefused, // the Go runtime, see million
	EOPNOTSUPP: darwinEOPNOTSUPP, Unreadable: ENXIO,
}

// FreeBSD documents all of this in kqueue(2).
var FreeBSD = Profile{
	Name: "freebsd", System: "freebsd", Release: "14",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -11, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMilliseconds: 0x2, NoteMicroseconds: 0x4, NoteNanoseconds: 0x8, NoteUnits: 0xf,
	PipeSize: 16384, PipeMost: 65536, PipeBack: 4096, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 32768, TCPReceive: 65536, UnixStream: 8192,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: 45,
}

// NetBSD is NetBSD 10, the first release with EVFILT_USER, EV_DISPATCH, EV_RECEIPT
// and the units of timers; kqueue(2), HISTORY, and sys/kern/kern_event.c, where
// revision 1.117 of January 2021 has EVFILT_USER and EV_RECEIPT.
var NetBSD = Profile{
	Name: "netbsd", System: "netbsd", Release: "10",
	Read: 0, Write: 1, Vnode: 3, Proc: 4, Signal: 5, Timer: 6,
	User: 8, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMicroseconds: 0x2, NoteNanoseconds: 0x3, NoteUnits: 0x3,
	PipeSize: 16384, PipeMost: 65536, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 32768, TCPReceive: 32768, UnixStream: 4096,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: ENXIO,
}

// NetBSD9 is NetBSD before 10.0. It is what the Go runtime (netpoll_kqueue_pipe.go)
// and golang.org/x/sys know of NetBSD.
var NetBSD9 = Profile{
	Name: "netbsd-9", System: "netbsd", Release: "9",
	Read: 0, Write: 1, Vnode: 3, Proc: 4, Signal: 5, Timer: 6,
	PipeSize: 16384, PipeMost: 65536, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 32768, TCPReceive: 32768, UnixStream: 4096,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: ENXIO,
}

// OpenBSD is OpenBSD 7.8, the first release with EVFILT_USER: revision 1.74 of
// sys/event.h, May 2025. kqueue(2), BUGS: a timeout is limited to 24 hours, and the
// system cuts a longer one to that without an error.
var OpenBSD = Profile{
	Name: "openbsd", System: "openbsd", Release: "7.8",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -10, HasUser: true,
	Dispatch: true, Receipt: true,
	NoteSeconds: 0x1, NoteMicroseconds: 0x2, NoteNanoseconds: 0x3, NoteUnits: 0x3,
	PipeSize: 16384, PipeMost: 65536, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 16384, TCPReceive: 16384, UnixStream: 32768,
	MaxTimeout: 24 * time.Hour, Excess: ExcessCut,
	ExitStatus: true, // kqueue(2), NOTE_EXIT
	EOPNOTSUPP: 45, Unreadable: ENXIO,
}

// OpenBSD77 is OpenBSD 7.4 to 7.7, without EVFILT_USER.
var OpenBSD77 = older(OpenBSD, "openbsd-7.7", "7.7", OpenBSD.NoteUnits)

// OpenBSD73 is OpenBSD before 7.4, without EVFILT_USER. Its timers count
// milliseconds, whatever fflags says. It is what the Go runtime
// (netpoll_kqueue_pipe.go) and golang.org/x/sys know of OpenBSD.
var OpenBSD73 = older(OpenBSD, "openbsd-7.3", "7.3", 0)

// older returns p as an earlier release without EVFILT_USER has it, and without
// units of timers if units is 0.
func older(p Profile, name, release string, units uint32) Profile {
	p.Name, p.Release, p.User, p.HasUser, p.NoteUnits = name, release, 0, false, units
	if units == 0 {
		p.NoteSeconds, p.NoteMicroseconds, p.NoteNanoseconds = 0, 0, 0
	}
	return p
}

// DragonFly has EVFILT_USER in sys/event.h (netpoll_kqueue_event.go of the Go
// runtime uses it), EV_DISPATCH and EV_RECEIPT in kqueue(2), and timers that
// count milliseconds.
var DragonFly = Profile{
	Name: "dragonfly", System: "dragonfly", Release: "6.4",
	Read: -1, Write: -2, Vnode: -4, Proc: -5, Signal: -6, Timer: -7,
	User: -9, HasUser: true,
	Dispatch: true, Receipt: true,
	PipeSize: 32768, PipeMost: 32768, PipeBack: 32768, SendLow: 2048, DatagramSend: 9216,
	TCPSend: 57344, TCPReceive: 57344, UnixStream: 57344,
	MaxTimeout: million, Excess: ExcessWaits,
	ExitStatus: true, // filt_proc, sys/kern/kern_event.c
	EOPNOTSUPP: 45, Unreadable: EBADF,
}

// profiles are all of them, by name.
var profiles = [...]*Profile{&Darwin, &DragonFly, &FreeBSD, &NetBSD, &NetBSD9, &OpenBSD, &OpenBSD73, &OpenBSD77}

// Profiles returns the profiles, in the order of their names. Do not change them.
func Profiles() []*Profile { return append([]*Profile(nil), profiles[:]...) }

// LookupProfile returns the profile called name, nil if there is none. A name without
// a release stands for the newest release that has a profile.
func LookupProfile(name string) *Profile {
	for _, p := range profiles {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Oldest returns the profile of the oldest release of the system goos, nil if there
// is none. A backend that does not know the release that it runs on uses it: what
// the oldest release has, every later one has too.
func Oldest(goos string) *Profile {
	switch goos {
	case NetBSD9.System:
		return &NetBSD9
	case OpenBSD73.System:
		return &OpenBSD73
	default:
		return LookupProfile(goos)
	}
}
