package fakedemux

import (
	"strings"

	"reactortest/demux/epoll"
)

// inodeKind is what a name of the file system stands for.
type inodeKind uint8

const (
	inodeSocket inodeKind = iota
	inodeFile
	inodeDirectory
)

// inode is a name of the file system, and what it stands for. There are two
// directories, / and /tmp; the working directory is /.
type inode struct {
	path   string
	kind   inodeKind
	socket *description // that is bound to it
	data   []byte       // of a file
}

// plainFile is an open regular file.
type plainFile struct {
	desc  *description
	inode *inode
	at    int // the offset
}

func (*plainFile) kind() string { return "file" }
func (*plainFile) release()     {}
func (*plainFile) poll() uint32 { return epoll.EPOLLIN | epoll.EPOLLOUT }

func (p *plainFile) read(b []byte) (int, failure) {
	if p.at >= len(p.inode.data) {
		return 0, ok
	}
	n := copy(b, p.inode.data[p.at:])
	p.at += n
	return n, ok
}

func (p *plainFile) write(b []byte) (int, failure) {
	if p.desc.status&flagAppend != 0 && len(b) > 0 {
		p.at = len(p.inode.data)
	}
	if len(b) == 0 {
		return 0, ok
	}
	if gap := p.at - len(p.inode.data); gap > 0 {
		p.inode.data = append(p.inode.data, make([]byte, gap)...)
	}
	n := copy(p.inode.data[p.at:], b)
	p.inode.data = append(p.inode.data, b[n:]...)
	p.at += len(b)
	return len(b), ok
}

// directory is an open directory.
type directory struct{ at int64 }

func (*directory) kind() string                { return "directory" }
func (*directory) release()                    {}
func (*directory) poll() uint32                { return epoll.EPOLLIN | epoll.EPOLLOUT }
func (*directory) read([]byte) (int, failure)  { return 0, isDirectory }
func (*directory) write([]byte) (int, failure) { return 0, badFile }

// isFile reports whether no demultiplexer of Linux takes an object; epoll_ctl(2),
// EPERM.
func isFile(o object) bool {
	switch o.(type) {
	case regular, *plainFile, *directory:
		return true
	default:
		return false
	}
}

// absolute is a path from the root, without doubled or last slashes.
func absolute(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && part != "." {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func isDirectoryPath(path string) bool { return path == "/" || path == "/tmp" }

// inodeAt returns what a name stands for, nil if it is free or a directory.
func (k *Kernel) inodeAt(path string) *inode {
	path = absolute(path)
	for _, n := range k.inodes {
		if n.path == path {
			return n
		}
	}
	return nil
}

// parent reports whether there is the directory that a name is in.
func (k *Kernel) parent(path string) failure {
	path = absolute(path)
	switch dir := path[:max(strings.LastIndexByte(path, '/'), 1)]; {
	case isDirectoryPath(dir):
		return ok
	case k.inodeAt(dir) != nil:
		return noDirectory
	default:
		for up := dir; len(up) > 1; up = up[:max(strings.LastIndexByte(up, '/'), 1)] {
			if k.inodeAt(up) != nil {
				return noDirectory
			}
		}
		return notFound
	}
}

// mayMake reports whether a socket can be made at a name.
func (k *Kernel) mayMake(path string) failure {
	if f := k.parent(path); f != ok {
		return f
	}
	if isDirectoryPath(absolute(path)) || k.inodeAt(path) != nil {
		return addressInUse
	}
	return ok
}

func (k *Kernel) makeInode(path string, kind inodeKind) *inode {
	n := &inode{path: absolute(path), kind: kind}
	k.inodes = append(k.inodes, n)
	return n
}

// socketAtPath returns the socket that is bound to a path, or why there is none;
// unix_find_bsd, Linux 6.18.
func (k *Kernel) socketAtPath(path string, kind unixKind) (object, failure) {
	if f := k.parent(path); f != ok {
		return nil, f
	}
	n := k.inodeAt(path)
	switch {
	case isDirectoryPath(absolute(path)):
		return nil, connRefused
	case n == nil:
		return nil, notFound
	case n.kind != inodeSocket || n.socket.refs == 0:
		return nil, connRefused
	}
	own := unixDatagrams
	switch o := n.socket.object.(type) {
	case *stream:
		own = o.unixKind()
	case *listener:
		own = o.unixKind()
	}
	if own != kind {
		return nil, wrongType
	}
	return n.socket.object, ok
}
