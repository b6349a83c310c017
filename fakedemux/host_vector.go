package fakedemux

import (
	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
)

// WriteVector is writev(2), or WSASend with several buffers. It is one call, with the
// faults of Write.
func (k *Kernel) WriteVector(h demux.Handle, bufs [][]byte) (int, error) {
	if k.signal("writev", h) {
		return 0, k.err("writev", errno.Interrupted)
	}
	n, f := k.writeVector(handleFD(h), bufs[:min(len(bufs), demux.MaxVector)])
	if f != errno.OK {
		return 0, k.err("writev", f)
	}
	return n, nil
}

// writeVector is writev(2) of the dialect. Vectors without a byte are a write of nothing,
// for which Linux does not ask the object.
func (k *Kernel) writeVector(fd int, vectors [][]byte) (int, errno.Failure) {
	if !k.dialect.winsock && k.bsd() == nil {
		return k.writev(fd, vectors)
	}
	b, own := k.gather(vectors)
	n, f := k.writeFile(fd, b)
	k.system.GiveBytes(own)
	return n, f
}
