package kqueues

import (
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/objects"
)

// Notes that FreeBSD and NetBSD 10 have; sys/event.h.
const (
	noteOpen       = 0x0080
	noteCloseRead  = 0x0100 // NOTE_CLOSE
	noteCloseWrite = 0x0200
	NoteRead       = 0x0400
	NoteUse        = noteOpen | noteCloseRead | noteCloseWrite | NoteRead
	NoteTruncate   = 0x0080 // of OpenBSD
)

// notesOf returns the notes of a change. Those of OpenBSD have another number for one.
func notesOf(c objects.Change) uint32 {
	if c&objects.ChangeTruncated != 0 {
		return uint32(c&^objects.ChangeTruncated) | NoteTruncate
	}
	return uint32(c)
}

// Changed runs the filter of a knote of a file. It is VN_KNOTE: the filters for reading
// and writing run too.
func (kn *Knote) Changed(c objects.Change) {
	notes := notesOf(c)
	uses := notes&NoteUse != 0 && notes&(kqueue.NoteWrite|kqueue.NoteAttrib) == 0
	if uses && kn.Kq.Rule(CellVnodeUse) != AnswerNoteOpen {
		return
	}
	switch {
	case kn.Kind == FilterVnode:
		kn.note(notes)
	case !uses:
		kn.happen()
	}
}

// Revoked is filt_vfsvnode and filt_vfsread of a file that was revoked.
func (kn *Knote) Revoked() {
	kn.end(true)
	if kn.Kind != FilterVnode || kn.Kq.Rule(CellVnodeRevoke) == AnswerEOFOneshot {
		kn.flags |= kqueue.Oneshot
	}
	if kn.Kq.Profile.System == "openbsd" {
		kn.data = 0 // filt_dead
	}
	if kn.Kind == FilterVnode {
		kn.fflags |= kn.sfflags & kqueue.NoteRevoke
		kn.gone = kn.Kq.Rule(CellVnodeRevokeUnasked) == AnswerReported
	}
	kn.activate()
}

// Written is the end of EV_EOF at the reading end of a FIFO.
func (kn *Knote) Written() {
	if kn.Kind == FilterRead {
		kn.flags &^= kqueue.EOF | NoData
	}
}

// readFile is filt_vfsread, filt_genfsread and filt_ufsread.
func (kn *Knote) readFile(f *objects.OpenFile) bool {
	if f.V.Revoked {
		return true
	}
	size := len(f.V.Content)
	if f.V.Kind == objects.VnodeDirectory {
		size = directorySize
	}
	kn.data = int64(size - f.Offset)
	if kn.data != 0 {
		return true
	}
	switch kn.Kq.Profile.System {
	case "freebsd":
		return kn.sfflags&noteFilePoll != 0
	case "openbsd":
		if kn.sfflags&noteEOF != 0 {
			kn.fflags |= noteEOF
			return true
		}
	}
	return false
}

// directorySize is what a directory takes on a disk, DIRBLKSIZ; ufs/dir.h.
const directorySize = 512

// Notes of EVFILT_READ; sys/event.h.
const (
	noteFilePoll = 0x0002 // NOTE_FILE_POLL of FreeBSD
	noteEOF      = 0x0002 // NOTE_EOF of OpenBSD
)

// writeFile is filt_vfswrite and filt_ufswrite, and vnode_writable_space_count of
// Darwin.
func (kn *Knote) writeFile() bool {
	kn.data = 0
	if kn.Kq.Rule(CellWriteFile) == AnswerOne {
		kn.data = 1
	}
	return true
}
