package fakedemux

import "reactortest/demux/kqueue"

// Notes that FreeBSD and NetBSD 10 have; sys/event.h.
const (
	noteOpen       = 0x0080
	noteCloseRead  = 0x0100 // NOTE_CLOSE
	noteCloseWrite = 0x0200
	noteRead       = 0x0400
	noteUse        = noteOpen | noteCloseRead | noteCloseWrite | noteRead
	noteTruncate   = 0x0080 // of OpenBSD
)

// notesOf returns the notes of a change. Those of OpenBSD have another number for one.
func notesOf(c change) uint32 {
	if c&changeTruncated != 0 {
		return uint32(c&^changeTruncated) | noteTruncate
	}
	return uint32(c)
}

// changed runs the filter of a knote of a file. It is VN_KNOTE: the filters for reading
// and writing run too.
func (kn *knote) changed(c change) {
	notes := notesOf(c)
	uses := notes&noteUse != 0 && notes&(kqueue.NoteWrite|kqueue.NoteAttrib) == 0
	if uses && kn.kq.rule(cellVnodeUse) != answerNoteOpen {
		return
	}
	switch {
	case kn.kind == filterVnode:
		kn.note(notes)
	case !uses:
		kn.happen()
	}
}

// revoked is filt_vfsvnode and filt_vfsread of a file that was revoked.
func (kn *knote) revoked() {
	kn.end(true)
	if kn.kind != filterVnode || kn.kq.rule(cellVnodeRevoke) == answerEOFOneshot {
		kn.flags |= kqueue.Oneshot
	}
	if kn.kind == filterVnode {
		kn.fflags |= kn.sfflags & kqueue.NoteRevoke
		kn.gone = true
	}
	kn.activate()
}

// written is the end of EV_EOF at the reading end of a FIFO.
func (kn *knote) written() {
	if kn.kind == filterRead {
		kn.flags &^= kqueue.EOF | noData
	}
}

// readFile is filt_vfsread, filt_genfsread and filt_ufsread.
func (kn *knote) readFile(f *openFile) bool {
	if f.v.revoked {
		return true
	}
	size := len(f.v.content)
	if f.v.kind == vnodeDirectory {
		size = directorySize
	}
	kn.data = int64(size - f.offset)
	if kn.data != 0 {
		return true
	}
	switch kn.kq.profile.System {
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
func (kn *knote) writeFile() bool {
	kn.data = 0
	if kn.kq.rule(cellWriteFile) == answerOne {
		kn.data = 1
	}
	return true
}
