package fakedemux

import "strings"

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
	kernel  *system
	v       *vnode
	desc    *description
	offset  int
	mode    int // O_ACCMODE
	appends bool
}

func newVnode(kind vnodeKind) *vnode { return &vnode{kind: kind} }

// addFile opens a file.
func (k *system) addFile(v *vnode, call string) (int, *openFile) {
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

func (f *openFile) poll() uint32 { return f.conditions() }

func (f *openFile) conditions() uint32 { return readable | writable }

func (f *openFile) release() {
	f.v.forget(f.desc)
	f.v.tell(closedBy(canWrite(f)))
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
	f.v.tell(changeRead)
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
	if f.appends || f.desc.status&statusAppend != 0 {
		f.offset = len(v.content)
	}
	if f.offset > maxFile-len(b) {
		return 0, tooBig
	}
	end := f.offset + len(b)
	c := changeWritten
	if end > len(v.content) {
		c |= changeExtended
		v.resize(end)
	}
	copy(v.content[f.offset:], b)
	f.offset = end
	v.tell(c)
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

// change is what has happened to a file. All but the last are notes of EVFILT_VNODE, with
// their numbers; sys/event.h of FreeBSD.
type change uint32

const (
	changeDeleted    change = 0x0001
	changeWritten    change = 0x0002
	changeExtended   change = 0x0004
	changeAttributes change = 0x0008
	changeLinked     change = 0x0010
	changeRenamed    change = 0x0020
	changeOpened     change = 0x0080
	changeClosed     change = 0x0100 // by a reader
	changeClosedBy   change = 0x0200 // by a writer
	changeRead       change = 0x0400
	changeTruncated  change = 0x10000
)

func closedBy(writer bool) change {
	if writer {
		return changeClosedBy
	}
	return changeClosed
}

// fileWatcher is a watcher of a file.
type fileWatcher interface {
	// changed says what has happened to the file.
	changed(c change)
	// revoked says that the file system of the file is gone.
	revoked()
	// written says that a FIFO has a writer again.
	written()
}

// tell says what has happened to a file to those that watch a description which has it
// open.
func (v *vnode) tell(c change) {
	for i := len(v.opens) - 1; i >= 0; i-- {
		v.opens[i].happen(0)
		eachFileWatcher(v.opens[i], func(w fileWatcher) { w.changed(c) })
	}
}

// revoke ends a file whose file system is gone.
func (v *vnode) revoke() {
	v.revoked = true
	for i := len(v.opens) - 1; i >= 0; i-- {
		eachFileWatcher(v.opens[i], fileWatcher.revoked)
	}
}

func eachFileWatcher(d *description, f func(fileWatcher)) {
	for w := d.watches; w != nil; w = w.next {
		if watcher, is := w.by.(fileWatcher); is {
			f(watcher)
		}
	}
}

// opened makes d the writer of the FIFO whose pipe p is.
func (p *pipe) opened(d *description) {
	p.writer, p.unwritten = d, false
	if p.reader != nil {
		eachFileWatcher(p.reader, fileWatcher.written)
	}
}

// unlinked tells those that watch a file that it has lost a name.
func (k *system) unlinked(v *vnode) {
	if v.links > 0 {
		v.tell(k.traits.unlinkedOne)
	} else {
		v.tell(k.traits.unlinked)
	}
}

// setSize makes the file size bytes long, and tells those that watch it; VOP_SETATTR
// with a size.
func (k *system) setSize(v *vnode, size int) {
	c := k.traits.grown
	if size < len(v.content) {
		c = k.traits.shrunk
	}
	v.resize(size)
	v.tell(c)
}

// findFile returns the directory and the file of a path. A path is names joined by
// slashes, from the root, which is the working directory too. file is nil if the last
// name does not exist. A run begins with the directories / and /tmp.
func (k *system) findFile(path string) (dir *vnode, name string, file *vnode, f failure) {
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

// statusAppend is O_APPEND of a description's status; asm-generic/fcntl.h.
const statusAppend = 0x400

// maxFile is the largest offset in a file of the simulation.
const maxFile = 1 << 26
