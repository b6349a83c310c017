package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Flags of open(2) beside the access mode; asm-generic/fcntl.h.
const (
	openCreate     = 0x40
	openExclusive  = 0x80
	openTruncate   = 0x200
	openTTY        = 0x100 // O_NOCTTY
	linuxOpenKnown = 3 | openCreate | openExclusive | openTruncate | openTTY | flagAppend | flagLarge | flagDirectory | flagNoAtime | epoll.NonBlock | epoll.CloseOnExec
)

// Open is open(2), with the flags of Linux. A run begins with two directories, / and
// /tmp, and the working directory is /. O_CREAT makes a file that everybody may read and
// write. Open returns EINVAL for a flag that the simulation does not have, and
// ENOTSIMULATED for a FIFO, which only BSD.Mkfifo makes.
func (l Linux) Open(path string, flags int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "open", Handle: -1})
	flags = cInt(flags)
	switch {
	case path == "":
		return -1, epoll.ENOENT
	case flags&^linuxOpenKnown != 0, flags&openCreate != 0 && flags&flagDirectory != 0:
		return -1, epoll.EINVAL
	}
	if f := k.room(1); f != ok { // before it looks at the path; do_sys_openat2, Linux 6.18
		return -1, f.linux()
	}
	v, f := k.openPath(path, flags)
	if f != ok {
		return -1, f.linux()
	}
	fd, file := k.addFile(v, "open")
	d := file.desc
	file.mode = flags & 3
	if flags&openTruncate != 0 && len(v.content) > 0 {
		k.setSize(v, 0)
	}
	v.tell(changeOpened)
	d.blocking = flags&epoll.NonBlock == 0
	d.status = flags&(flagAppend|flagNoAtime|flagDirectory) | flagLarge
	k.closeOnExec(fd, flags)
	return fd, 0
}

// openPath returns the file that a path names, or why it cannot be opened. It makes
// one if the flags say so.
func (k *Kernel) openPath(path string, flags int) (*vnode, failure) {
	dir, name, v, f := k.findFile(path)
	isNew := flags&(openCreate|openExclusive) == openCreate|openExclusive
	switch {
	case f != ok:
		return nil, f
	case v == nil && flags&openCreate == 0:
		return nil, notFound
	case v == nil:
		v = newVnode(vnodeFile)
		dir.enter(name, v)
		dir.tell(changeWritten)
	case isNew:
		return nil, exists
	case v.kind == vnodeDirectory && (flags&3 != readOnly || flags&(openCreate|openTruncate) != 0):
		return nil, isDirectory
	case v.kind != vnodeDirectory && flags&flagDirectory != 0:
		return nil, noDirectory
	case v.kind == vnodeSocket:
		return nil, noSuchDevice
	case v.kind == vnodeFifo:
		return nil, k.refuse("FIFO that Linux opens")
	}
	return v, ok
}

// Unlink is unlink(2): the name is free again, and the file stays while it is open.
func (l Linux) Unlink(path string) epoll.Errno {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "unlink", Handle: -1})
	dir, name, v, f := k.findFile(path)
	switch {
	case path == "":
		return epoll.ENOENT
	case f != ok:
		return f.linux()
	case v == nil:
		return epoll.ENOENT
	case v.kind == vnodeDirectory:
		return isDirectory.linux()
	}
	dir.leave(name)
	dir.tell(changeWritten)
	k.unlinked(v)
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
	case *openFile:
		if whence == 2 && o.v.kind == vnodeDirectory { // where a directory ends depends on the file system
			return -1, epoll.EINVAL
		}
		switch whence {
		case 1:
			offset += int64(o.offset)
		case 2:
			offset += int64(len(o.v.content))
		}
		if offset < 0 || offset > maxFile && o.v.kind != vnodeDirectory {
			return -1, epoll.EINVAL
		}
		o.offset = int(offset)
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
		_, isFile := o.(*openFile)
		return isFile
	}
}

// Sendfile is sendfile(2) from a regular file. With a nil offset it reads at the offset
// of the file, and moves that.
func (l Linux) Sendfile(out, in int, offset *int64, count int) (int, epoll.Errno) {
	k := l.k
	call := k.call("sendfile", out, false)
	k.tasks.Switch(call)
	for {
		n, e, restart := k.sendfile(call, out, in, offset, count)
		if !restart {
			return n, e
		}
	}
}

// sendfile is Sendfile once. restart is as of readBlocked.
func (k *Kernel) sendfile(call scheduler.Call, out, in int, offset *int64, count int) (n int, e epoll.Errno, restart bool) {
	from, to := k.lookup(in), k.lookup(out)
	if from == nil || !canRead(from.object) {
		return -1, epoll.EBADF, false
	}
	source, isFile := from.object.(*openFile)
	if offset != nil && !isFile {
		return -1, noSeek.linux(), false
	}
	if offset != nil && *offset < 0 || count < 0 {
		return -1, epoll.EINVAL, false
	}
	if to == nil || !canWrite(to.object) {
		return -1, epoll.EBADF, false
	}
	w, isPipe := to.object.(*pipeWriter)
	switch {
	case isPipe && w.p.reader == nil: // splice_file_to_pipe looks for room first
		return -1, brokenPipe.linux(), false
	case isPipe && w.p.full() && !to.blocking:
		return -1, epoll.EAGAIN, false
	case isPipe && isFile && source.v.kind != vnodeDirectory:
	case to.status&flagAppend != 0 || !canSeek(from.object):
		return -1, epoll.EINVAL, false
	case count == 0:
		return 0, 0, false
	case !isFile || source.v.kind == vnodeDirectory:
		return -1, epoll.EINVAL, false
	}
	return k.copyFile(call, to, source, offset, count)
}

// copyFile is sendfile(2) of a file. restart is as of readBlocked.
func (k *Kernel) copyFile(call scheduler.Call, to *description, source *openFile, offset *int64, count int) (n int, e epoll.Errno, restart bool) {
	at := source.offset
	if offset != nil {
		at = int(min(*offset, maxFile))
	}
	var f failure
	if w, isPipe := to.object.(*pipeWriter); isPipe && w.p.bsd.size == 0 {
		n, f, restart = w.splice(to, call, source.v, at, count)
	} else if b := source.v.from(at, count); len(b) > 0 {
		n, f = k.copyTo(to, call, b)
	}
	switch {
	case f != ok:
		return -1, f.linux(), restart
	case n == 0:
		return 0, 0, false
	}
	if offset != nil {
		*offset += int64(n)
	} else {
		source.offset = at + n
	}
	return n, 0, false
}

// copyTo writes b to what sendfile(2) can write to.
func (k *Kernel) copyTo(to *description, call scheduler.Call, b []byte) (int, failure) {
	switch to.object.(type) {
	case *epollInstance, *kqueueInstance, *timerfd, *eventfd:
		return 0, invalid
	}
	for {
		n, f := to.object.write(b)
		if !to.blocking || f == ok && n == len(b) {
			return n, f
		}
		n, f, restart := writeRest(to, call, b, n, f)
		if !restart {
			return n, f
		}
	}
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
