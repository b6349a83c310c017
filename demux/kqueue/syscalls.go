package kqueue

import "time"

// Kevent is a struct kevent: a change in the first list of Syscalls.Kevent, an
// event in the second. The systems have it in different widths; this one holds
// what each of them can express.
type Kevent struct {
	Ident  uint64 // a descriptor for most filters
	Filter int32  // one of the Profile's
	Flags  uint32 // Add and the others
	Fflags uint32 // the filter's own flags, NoteLowat and the others
	Data   int64  // the filter's own number
	Udata  uint64 // the caller's, handed back as it came
}

// Flags of a Kevent, EV_ADD and the others of sys/event.h. They are the same on
// every system; Receipt and Dispatch are missing on some, see Profile.
const (
	Add      = 0x0001 // EV_ADD: make the event, or change it if it is there
	Delete   = 0x0002 // EV_DELETE
	Enable   = 0x0004 // EV_ENABLE
	Disable  = 0x0008 // EV_DISABLE: keep the event, do not report it
	Oneshot  = 0x0010 // EV_ONESHOT: delete it once it was reported
	Clear    = 0x0020 // EV_CLEAR: reset it once it was reported
	Receipt  = 0x0040 // EV_RECEIPT: report the change with Error and Data 0
	Dispatch = 0x0080 // EV_DISPATCH: disable it once it was reported
	Error    = 0x4000 // EV_ERROR, reported: Data is an error number
	EOF      = 0x8000 // EV_EOF, reported: no more comes, or can be sent
)

// Flags of filters, NOTE_LOWAT and the others of sys/event.h: those that are
// the same on every system that has the filter.
const (
	NoteLowat = 0x00000001 // the filters Read and Write: Data is the low-water mark

	NoteDelete = 0x00000001 // Vnode: a name of the file was removed
	NoteWrite  = 0x00000002 // Vnode: it was written to
	NoteExtend = 0x00000004 // Vnode: it became longer
	NoteAttrib = 0x00000008 // Vnode: its attributes changed
	NoteLink   = 0x00000010 // Vnode: the number of its names changed
	NoteRename = 0x00000020 // Vnode: it was renamed
	NoteRevoke = 0x00000040 // Vnode: its file system is gone

	NoteExit     = 0x80000000 // Proc: the process has exited
	NoteFork     = 0x40000000 // Proc: it has forked
	NoteExec     = 0x20000000 // Proc: it runs another program
	NoteTrack    = 0x00000001 // Proc: follow its children too
	NoteTrackErr = 0x00000002 // Proc, reported: a child could not be followed
	NoteChild    = 0x00000004 // Proc, reported: a child, whose parent is in Data

	NoteTrigger = 0x01000000 // User: the event happens
	NoteNop     = 0x00000000 // User: leave the flags alone (NOTE_FFNOP)
	NoteAnd     = 0x40000000 // User: combine them by and (NOTE_FFAND)
	NoteOr      = 0x80000000 // User: combine them by or (NOTE_FFOR)
	NoteCopy    = 0xc0000000 // User: replace them (NOTE_FFCOPY)
	NoteControl = 0xc0000000 // User: the bits of the four above (NOTE_FFCTRLMASK)
	NoteFlags   = 0x00ffffff // User: the bits of the flags (NOTE_FFLAGSMASK)
)

// Timespec is a struct timespec.
type Timespec struct {
	Sec, Nsec int64
}

// Syscalls are the calls of a BSD that the backend makes. Package realdemux has
// those of the operating system, and package fakedemux those of a simulated
// kernel. Any goroutine may call them at any time, with one exception: only one
// Kevent with room for events is in progress at a time.
type Syscalls interface {
	// Kqueue is kqueue(2). The descriptor is closed on exec.
	Kqueue() (kq int, e Errno)
	// Kevent is kevent(2): it applies changes, and then, if there is room for
	// events, waits for some. A nil timeout waits forever. Kevent does not keep
	// its arguments.
	Kevent(kq int, changes, events []Kevent, timeout *Timespec) (n int, e Errno)
	// Pipe is pipe(2). Both ends are closed on exec, and are non-blocking if
	// nonblock is true.
	Pipe(nonblock bool) (r, w int, e Errno)
	// Read is read(2).
	Read(fd int, b []byte) (n int, e Errno)
	// Write is write(2). On a pipe without a reader it returns EPIPE, and raises
	// no signal that ends the program.
	Write(fd int, b []byte) (n int, e Errno)
	// Close is close(2).
	Close(fd int) Errno
	// Now is clock_gettime(CLOCK_MONOTONIC), from any origin.
	Now() time.Duration
}
