package fakedemux

import (
	"strings"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
)

// vnodeKind is a kind of file.
type vnodeKind uint8

const (
	vnodeFile vnodeKind = iota
	vnodeDirectory
	vnodeFifo
	vnodeSocket
)

// vnode is a file of the file system in memory, which the calls of Linux and of BSD
// share. It may have several names, or none.
type vnode struct {
	kind    vnodeKind
	content []byte
	links   int            // names that it has
	opens   []*description // that have it open, in the order in which they were made
	entries []entry        // of a directory, in the order in which they were made
	pipe    *pipe          // of a FIFO that somebody has open
	socket  *description   // that is bound to it
	revoked bool
}

// entry is a name in a directory.
type entry struct {
	name string
	v    *vnode
}

// openFile is what open(2) makes of a file or a directory. It is always ready, and
// epoll_ctl(2) refuses it with EPERM.
type openFile struct {
	kernel  *Kernel
	v       *vnode
	desc    *description
	offset  int
	mode    int // O_ACCMODE
	appends bool
}

func newVnode(kind vnodeKind) *vnode { return &vnode{kind: kind} }

// addFile opens a file.
func (k *Kernel) addFile(v *vnode, call string) (int, *openFile) {
	f := &openFile{kernel: k, v: v, mode: readWrite}
	fd, d := k.add(f, call)
	f.desc = d
	v.opens = append(v.opens, d)
	return fd, f
}

func (f *openFile) kind() string {
	if f.v.kind == vnodeDirectory {
		return "directory"
	}
	return "file"
}

func (f *openFile) poll() uint32 { return epoll.EPOLLIN | epoll.EPOLLOUT }

func (f *openFile) release() {
	f.v.forget(f.desc)
	f.v.tell(noteClose(canWrite(f)))
}

// forget takes a description off the list of those that have the file open.
func (v *vnode) forget(d *description) {
	v.opens = without(v.opens, d)
}

func (f *openFile) read(b []byte) (int, failure) {
	if f.v.kind == vnodeDirectory {
		return 0, isDirectory
	}
	if !canRead(f) {
		return 0, badFile
	}
	if f.offset >= len(f.v.content) {
		return 0, ok
	}
	n := copy(b, f.v.content[f.offset:])
	f.offset += n
	f.v.tell(noteRead)
	return n, ok
}

func (f *openFile) write(b []byte) (int, failure) {
	v := f.v
	if v.kind == vnodeDirectory || !canWrite(f) {
		return 0, badFile
	}
	if len(b) == 0 {
		return 0, ok
	}
	if f.appends || f.desc.status&flagAppend != 0 {
		f.offset = len(v.content)
	}
	if f.offset > maxFile-len(b) {
		return 0, tooBig
	}
	end := f.offset + len(b)
	notes := uint32(kqueue.NoteWrite)
	if end > len(v.content) {
		notes |= kqueue.NoteExtend
		v.resize(end)
	}
	copy(v.content[f.offset:], b)
	f.offset = end
	v.tell(notes)
	return len(b), ok
}

// from returns up to count bytes of the content.
func (v *vnode) from(at, count int) []byte {
	at = min(at, len(v.content))
	return v.content[at : at+min(count, len(v.content)-at)]
}

// resize makes the file size bytes long.
func (v *vnode) resize(size int) {
	if size <= len(v.content) {
		v.content = v.content[:size]
		return
	}
	v.content = append(v.content, make([]byte, size-len(v.content))...)
}

// Notes that FreeBSD and NetBSD 10 have; sys/event.h.
const (
	noteOpen       = 0x0080
	noteCloseRead  = 0x0100 // NOTE_CLOSE
	noteCloseWrite = 0x0200
	noteRead       = 0x0400
	noteUse        = noteOpen | noteCloseRead | noteCloseWrite | noteRead
	noteTruncate   = 0x0080 // of OpenBSD
)

func noteClose(wrote bool) uint32 {
	if wrote {
		return noteCloseWrite
	}
	return noteCloseRead
}

// tell says what has happened to a file to the knotes of every description that has it
// open. It is VN_KNOTE: the filters for reading and writing run too.
func (v *vnode) tell(notes uint32) {
	for i := len(v.opens) - 1; i >= 0; i-- {
		d := v.opens[i]
		d.happen(0)
		for j := len(d.knotes) - 1; j >= 0; j-- {
			d.knotes[j].vnodeHint(notes)
		}
	}
}

// vnodeHint runs the filter of a knote of a file. notes say what has happened.
func (kn *knote) vnodeHint(notes uint32) {
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

// revoke ends a file whose file system is gone; filt_vfsvnode, filt_vfsread.
func (v *vnode) revoke() {
	v.revoked = true
	for i := len(v.opens) - 1; i >= 0; i-- {
		d := v.opens[i]
		for j := len(d.knotes) - 1; j >= 0; j-- {
			kn := d.knotes[j]
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

// Unlink removes a name of the file h, for EVFILT_VNODE. It is not a call of a task.
func (k *Kernel) Unlink(h demux.Handle) {
	d := k.lookupHandle(h)
	if d == nil {
		return
	}
	if f, is := d.object.(*openFile); is {
		f.v.links = max(f.v.links-1, 0)
		k.tellUnlinked(f.v)
	}
}

// tellUnlinked says that a file has lost a name.
func (k *Kernel) tellUnlinked(v *vnode) {
	row := cellVnodeUnlink
	if v.links > 0 {
		row = cellVnodeUnlinkOne
	}
	notes := uint32(kqueue.NoteDelete)
	switch rulesOf(k.dialect.kqueue)[row] {
	case answerNoteLink:
		notes = kqueue.NoteLink
	case answerNoteDeleteLink:
		notes |= kqueue.NoteLink
	}
	v.tell(notes)
}

// findFile returns the directory and the file of a path. A path is names joined by
// slashes, from the root, which is the working directory too. file is nil if the last
// name does not exist. A run begins with the directories / and /tmp.
func (k *Kernel) findFile(path string) (dir *vnode, name string, file *vnode, f failure) {
	if k.root == nil {
		k.root = newVnode(vnodeDirectory)
		k.root.links = 2
		k.root.enter("tmp", newVnode(vnodeDirectory))
	}
	dir = k.root
	for rest := strings.Trim(path, "/"); ; {
		first, after, more := strings.Cut(rest, "/")
		if more && (first == "" || first == ".") {
			rest = after
			continue
		}
		v := dir.entry(first)
		if !more {
			if first == "" || first == "." {
				v = dir
			}
			return dir, first, v, ok
		}
		switch {
		case v == nil:
			return nil, "", nil, notFound
		case v.kind != vnodeDirectory:
			return nil, "", nil, noDirectory
		}
		dir, rest = v, after
	}
}

func (v *vnode) entry(name string) *vnode {
	for i := range v.entries {
		if v.entries[i].name == name {
			return v.entries[i].v
		}
	}
	return nil
}

func (v *vnode) enter(name string, file *vnode) {
	v.entries = append(v.entries, entry{name, file})
	file.links++
}

func (v *vnode) leave(name string) {
	for i := range v.entries {
		if v.entries[i].name == name {
			v.entries[i].v.links--
			v.entries = append(v.entries[:i], v.entries[i+1:]...)
			return
		}
	}
}
