package fakedemux

import (
	"slices"

	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Flags of open(2) beside the access mode; asm-generic/fcntl.h.
const (
	openCreate    = 0x40
	openExclusive = 0x80
	openTruncate  = 0x200
	openTTY       = 0x100 // O_NOCTTY
	openKnown     = 3 | openCreate | openExclusive | openTruncate | openTTY | flagAppend | flagLarge | flagDirectory | flagNoAtime | epoll.NonBlock | epoll.CloseOnExec
)

// Open is open(2). There are two directories, / and /tmp; the working directory is /.
// A file is made with O_CREAT, readable and writable by all. Open returns EINVAL for
// flags that the simulation does not have.
func (l Linux) Open(path string, flags int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "open", Handle: -1})
	flags = cInt(flags)
	switch {
	case path == "":
		return -1, epoll.ENOENT
	case flags&^openKnown != 0:
		return -1, epoll.EINVAL
	}
	o, f := k.openPath(path, flags)
	if f == ok {
		f = k.room(1)
	}
	if f != ok {
		return -1, f.linux()
	}
	fd, d := k.add(o, "open")
	if p, is := o.(*plainFile); is {
		p.desc = d
		if flags&openTruncate != 0 {
			p.inode.data = p.inode.data[:0]
		}
	}
	d.blocking = flags&epoll.NonBlock == 0
	d.status = flags&(flagAppend|flagNoAtime|flagDirectory) | flagLarge
	k.closeOnExec(fd, flags)
	return fd, 0
}

// openPath returns what a path names, or why it cannot be opened.
func (k *Kernel) openPath(path string, flags int) (object, failure) {
	writes := flags&3 != readOnly
	switch n := k.inodeAt(path); {
	case isDirectoryPath(absolute(path)):
		if flags&(openCreate|openExclusive) == openCreate|openExclusive {
			return nil, exists
		}
		if writes || flags&(openCreate|openTruncate) != 0 {
			return nil, isDirectory
		}
		return &directory{}, ok
	case n != nil && flags&(openCreate|openExclusive) == openCreate|openExclusive:
		return nil, exists
	case n != nil && flags&flagDirectory != 0:
		return nil, noDirectory
	case n != nil && n.kind == inodeSocket:
		return nil, noSuchDevice
	case n != nil && flags&3 == readWrite:
		return &plainFile{inode: n}, ok
	case n == nil && flags&openCreate == 0:
		if f := k.parent(path); f != ok {
			return nil, f
		}
		return nil, notFound
	case n == nil:
		if f := k.parent(path); f != ok {
			return nil, f
		}
		if flags&flagDirectory != 0 {
			return nil, invalid
		}
		n = k.makeInode(path, inodeFile)
		return &plainFile{inode: n}, ok
	default:
		return &plainFile{inode: n}, ok
	}
}

// Unlink is unlink(2): the name is free again, and what it stood for stays while it is
// open.
func (l Linux) Unlink(path string) epoll.Errno {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "unlink", Handle: -1})
	n := k.inodeAt(path)
	switch {
	case path == "":
		return epoll.ENOENT
	case absolute(path) == "/tmp" || absolute(path) == "/":
		return isDirectory.linux()
	case n == nil:
		if f := k.parent(path); f != ok {
			return f.linux()
		}
		return epoll.ENOENT
	}
	k.inodes = slices.DeleteFunc(k.inodes, func(other *inode) bool { return other == n })
	return 0
}

// Lseek is lseek(2) with SEEK_SET 0, SEEK_CUR 1 and SEEK_END 2.
func (l Linux) Lseek(fd int, offset int64, whence int) (int64, epoll.Errno) {
	d := l.k.switchOn("lseek", fd, false)
	if d == nil {
		return -1, epoll.EBADF
	}
	if whence = cInt(whence); whence < 0 || whence > 2 {
		return -1, epoll.EINVAL
	}
	switch o := d.object.(type) {
	case *plainFile:
		switch whence {
		case 1:
			offset += int64(o.at)
		case 2:
			offset += int64(len(o.inode.data))
		}
		if offset < 0 || offset > maxFile {
			return -1, epoll.EINVAL
		}
		o.at = int(offset)
		return offset, 0
	case *directory:
		if whence == 1 {
			offset += o.at
		}
		if offset < 0 || whence == 2 { // the end of a directory is its file system's to say
			return -1, epoll.EINVAL
		}
		o.at = offset
		return offset, 0
	default:
		if !canSeek(o) {
			return -1, noSeek.linux()
		}
		return 0, 0
	}
}

// canSeek reports whether lseek(2) is possible, though it may change nothing;
// noop_llseek, Linux 6.18.
func canSeek(o object) bool {
	switch o.(type) {
	case *eventfd, *epollInstance, *timerfd:
		return true
	default:
		return isFile(o)
	}
}

// maxFile is the largest offset in a file of the simulation.
const maxFile = 1 << 30

// Sendfile is sendfile(2). The source is a regular file. A nil offset stands for that
// of the file, which then moves.
func (l Linux) Sendfile(out, in int, offset *int64, count int) (int, epoll.Errno) {
	k := l.k
	call := k.call("sendfile", out, false)
	k.tasks.Switch(call)
	from, to := k.lookup(in), k.lookup(out)
	if from == nil || accessMode(from.object) == writeOnly {
		return -1, epoll.EBADF
	}
	source, isPlain := from.object.(*plainFile)
	if offset != nil && !isPlain && !isFile(from.object) {
		return -1, noSeek.linux()
	}
	if offset != nil && *offset < 0 || count < 0 {
		return -1, epoll.EINVAL
	}
	if to == nil || accessMode(to.object) == readOnly {
		return -1, epoll.EBADF
	}
	w, isPipe := to.object.(*pipeWriter)
	switch {
	case isPipe && w.p.reader == nil: // splice_file_to_pipe looks for room first
		return -1, brokenPipe.linux()
	case isPipe && w.p.full() && !to.blocking:
		return -1, epoll.EAGAIN
	case isPipe && isPlain:
	case to.status&flagAppend != 0 || !canSeek(from.object):
		return -1, epoll.EINVAL
	case count == 0:
		return 0, 0
	case !isPlain:
		return -1, epoll.EINVAL
	}
	at := source.at
	if offset != nil {
		at = int(min(*offset, maxFile))
	}
	count = min(count, max(len(source.inode.data)-at, 0))
	if count == 0 {
		return 0, 0
	}
	n, f := k.copyTo(to, call, source.inode.data[at:at+count])
	if f != ok {
		return -1, f.linux()
	}
	if offset != nil {
		*offset += int64(n)
	} else {
		source.at = at + n
	}
	return n, 0
}

// copyTo writes b to what sendfile(2) can write to.
func (k *Kernel) copyTo(to *description, call scheduler.Call, b []byte) (int, failure) {
	switch to.object.(type) {
	case *epollInstance, *kqueueInstance, *timerfd, *eventfd:
		return 0, invalid
	}
	n, f := to.object.write(b)
	if !to.blocking || f == ok && n == len(b) {
		return n, f
	}
	return to.writeRest(call, b, n, f)
}

// Rlimit is a struct rlimit.
type Rlimit struct{ Cur, Max uint64 }

// Unlimited is RLIM_INFINITY.
const Unlimited = ^uint64(0)

// Resources of getrlimit(2), with the numbers of Linux.
const (
	ResourceFiles = 7  // RLIMIT_NOFILE
	resources     = 16 // RLIM_NLIMITS
)

// Getrlimit is getrlimit(2). RLIMIT_NOFILE is Options.Descriptors; a task outside the
// program with a table of its own has Options.World. Nothing else is limited.
func (l Linux) Getrlimit(resource int) (Rlimit, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "getrlimit", Handle: -1, Reads: true})
	switch resource = cInt(resource); {
	case resource < 0 || resource >= resources:
		return Rlimit{}, epoll.EINVAL
	case resource == ResourceFiles:
		n := uint64(k.processLimit())
		return Rlimit{n, n}, 0
	default:
		return Rlimit{Unlimited, Unlimited}, 0
	}
}
