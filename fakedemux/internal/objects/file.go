package objects

import (
	"strings"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// VnodeKind is a kind of file.
type VnodeKind uint8

// The kinds of files.
const (
	VnodeFile VnodeKind = iota
	VnodeDirectory
	VnodeFifo
	VnodeSocket
)

// Vnode is a file of the file system in memory, which the calls of Linux and of BSD
// share. It may have several names, or none.
type Vnode struct {
	Kind    VnodeKind
	Content []byte
	Links   int                    // names that it has
	Opens   []*machine.Description // that have it open, in the order in which they were made
	Entries []entry                // of a directory, in the order in which they were made
	Pipe    *pipe                  // of a FIFO that somebody has open
	socket  *machine.Description   // that is bound to it
	Revoked bool
}

// entry is a name in a directory.
type entry struct {
	name string
	v    *Vnode
}

// OpenFile is what open(2) makes of a file or a directory. It is always ready, and
// epoll_ctl(2) refuses it with EPERM.
type OpenFile struct {
	kernel  *System
	V       *Vnode
	Desc    *machine.Description
	Offset  int
	Mode    int // O_ACCMODE
	Appends bool
}

// NewVnode makes an empty file without a name.
func NewVnode(kind VnodeKind) *Vnode { return &Vnode{Kind: kind} }

// AddFile opens a file.
func (k *System) AddFile(v *Vnode, call string) (int, *OpenFile) {
	f := &OpenFile{kernel: k, V: v, Mode: readWrite}
	fd, d := k.Add(f, call)
	f.Desc = d
	v.Opens = append(v.Opens, d)
	return fd, f
}

// Kind returns "file" or "directory".
func (f *OpenFile) Kind() string {
	if f.V.Kind == VnodeDirectory {
		return "directory"
	}
	return "file"
}

// Poll returns Conditions.
func (f *OpenFile) Poll() uint32 { return f.Conditions() }

// Conditions returns what holds.
func (f *OpenFile) Conditions() uint32 { return machine.Readable | machine.Writable }

// Release tells those that watch the file of the close.
func (f *OpenFile) Release() {
	f.V.forget(f.Desc)
	f.V.Tell(closedBy(CanWrite(f)))
}

// forget takes a description off the list of those that have the file open.
func (v *Vnode) forget(d *machine.Description) {
	v.Opens = machine.Without(v.Opens, d)
}

func (f *OpenFile) Read(b []byte) (int, errno.Failure) {
	if f.V.Kind == VnodeDirectory {
		return 0, errno.IsDirectory
	}
	if !CanRead(f) {
		return 0, errno.BadFile
	}
	n := 0
	if f.Offset < len(f.V.Content) {
		n = copy(b, f.V.Content[f.Offset:])
	}
	f.Offset += n
	if len(b) > 0 {
		f.V.Tell(changeRead)
	}
	return n, errno.OK
}

func (f *OpenFile) Write(b []byte) (int, errno.Failure) {
	v := f.V
	if v.Kind == VnodeDirectory || !CanWrite(f) {
		return 0, errno.BadFile
	}
	if len(b) == 0 {
		return 0, errno.OK
	}
	if f.Appends || f.Desc.Status&StatusAppend != 0 {
		f.Offset = len(v.Content)
	}
	if f.Offset > MaxFile-len(b) {
		return 0, errno.TooBig
	}
	end := f.Offset + len(b)
	c := ChangeWritten
	if end > len(v.Content) {
		c |= ChangeExtended
		v.resize(end)
	}
	copy(v.Content[f.Offset:], b)
	f.Offset = end
	v.Tell(c)
	return len(b), errno.OK
}

// From returns up to count bytes of the content.
func (v *Vnode) From(at, count int) []byte {
	at = min(at, len(v.Content))
	return v.Content[at : at+min(count, len(v.Content)-at)]
}

// resize makes the file size bytes long.
func (v *Vnode) resize(size int) {
	if size <= len(v.Content) {
		v.Content = v.Content[:size]
		return
	}
	v.Content = append(v.Content, make([]byte, size-len(v.Content))...)
}

// Change is what has happened to a file. All but the last are notes of EVFILT_VNODE, with
// their numbers; sys/event.h of FreeBSD.
type Change uint32

// The changes.
const (
	ChangeDeleted    Change = 0x0001
	ChangeWritten    Change = 0x0002
	ChangeExtended   Change = 0x0004
	ChangeAttributes Change = 0x0008
	ChangeLinked     Change = 0x0010
	ChangeRenamed    Change = 0x0020
	ChangeOpened     Change = 0x0080
	changeClosed     Change = 0x0100 // by a reader
	changeClosedBy   Change = 0x0200 // by a writer
	changeRead       Change = 0x0400
	ChangeTruncated  Change = 0x10000

	Untold Change = 1 << 31 // nobody is told
)

func closedBy(writer bool) Change {
	if writer {
		return changeClosedBy
	}
	return changeClosed
}

// fileWatcher is a watcher of a file.
type fileWatcher interface {
	// Changed says what has happened to the file.
	Changed(c Change)
	// Revoked says that the file system of the file is gone.
	Revoked()
	// Written says that a FIFO has a writer again.
	Written()
}

// Tell says what has happened to a file to those that watch a description which has it
// open.
func (v *Vnode) Tell(c Change) {
	for i := len(v.Opens) - 1; i >= 0; i-- {
		v.Opens[i].Happen(0)
		eachFileWatcher(v.Opens[i], func(w fileWatcher) { w.Changed(c) })
	}
}

// Revoke ends a file whose file system is gone.
func (v *Vnode) Revoke() {
	v.Revoked = true
	for i := len(v.Opens) - 1; i >= 0; i-- {
		eachFileWatcher(v.Opens[i], fileWatcher.Revoked)
	}
}

func eachFileWatcher(d *machine.Description, f func(fileWatcher)) {
	for w := d.Watches; w != nil; w = w.Next {
		if watcher, is := w.By.(fileWatcher); is {
			f(watcher)
		}
	}
}

// Opened makes d the writer of the FIFO whose pipe p is.
func (p *pipe) Opened(d *machine.Description) {
	p.Writer, p.Unwritten = d, false
	if p.Reader != nil {
		eachFileWatcher(p.Reader, fileWatcher.Written)
	}
}

// LostName tells those that watch a file that it has lost a name: by unlink(2), or because
// another file was given the name.
func (k *System) LostName(v *Vnode, replaced bool) {
	how := &k.Traits.Unlinked
	if replaced {
		how = &k.Traits.Replaced
	}
	v.tellOf(how[min(v.Links, 1)])
}

// tellOf is tell, if there is something to tell.
func (v *Vnode) tellOf(c Change) {
	if c != Untold {
		v.Tell(c)
	}
}

// SetSize makes the file size bytes long, and tells those that watch it; VOP_SETATTR
// with a size.
func (k *System) SetSize(v *Vnode, size int) {
	c := k.Traits.Grown
	switch {
	case size == len(v.Content):
		c = k.Traits.SameSize
	case size < len(v.Content):
		c = k.Traits.Shrunk
	}
	v.resize(size)
	v.tellOf(c)
}

// FindFile returns the directory and the file of a path. A path is names joined by
// slashes, from the root, which is the working directory too. file is nil if the last
// name does not exist. A run begins with the directories / and /tmp.
func (k *System) FindFile(path string) (dir *Vnode, name string, file *Vnode, f errno.Failure) {
	if k.root == nil {
		k.root = NewVnode(VnodeDirectory)
		k.root.Links = 2
		k.root.Enter("tmp", NewVnode(VnodeDirectory))
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
			return dir, first, v, errno.OK
		}
		switch {
		case v == nil:
			return nil, "", nil, errno.NotFound
		case v.Kind != VnodeDirectory:
			return nil, "", nil, errno.NoDirectory
		}
		dir, rest = v, after
	}
}

func (v *Vnode) entry(name string) *Vnode {
	for i := range v.Entries {
		if v.Entries[i].name == name {
			return v.Entries[i].v
		}
	}
	return nil
}

// Enter gives a file a name in the directory v.
func (v *Vnode) Enter(name string, file *Vnode) {
	v.Entries = append(v.Entries, entry{name, file})
	file.Links++
}

// Leave removes a name from the directory v.
func (v *Vnode) Leave(name string) {
	for i := range v.Entries {
		if v.Entries[i].name == name {
			v.Entries[i].v.Links--
			v.Entries = append(v.Entries[:i], v.Entries[i+1:]...)
			return
		}
	}
}

// StatusAppend is O_APPEND of a description's status; asm-generic/fcntl.h.
const StatusAppend = 0x400

// MaxFile is the largest offset in a file of the simulation.
const MaxFile = 1 << 26
