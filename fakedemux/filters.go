package fakedemux

import (
	"math"

	"reactortest/demux/kqueue"
)

// run runs the filter of a knote, f_event: it sets what there is to report, and
// returns whether there is something.
func (kn *knote) run() bool {
	switch kn.kind {
	case filterRead:
		return kn.runRead()
	case filterWrite:
		return kn.runWrite()
	case filterVnode, filterProc:
		return kn.fflags != 0 || kn.gone
	case filterSignal, filterTimer:
		return kn.data != 0
	case filterUser:
		return kn.triggered
	default:
		return false
	}
}

// collects runs the filter before a report.
func (kn *knote) collects() bool {
	if kn.kind == filterTimer && kn.kq.rule(cellTimerLate) == answerCounts {
		return kn.collectTimer()
	}
	return kn.run()
}

// enough reports whether n bytes make an object ready. Without NOTE_LOWAT the system
// asks for least bytes. most is the size of the buffer.
func (kn *knote) enough(n, least, most int64) bool {
	if kn.sfflags&kqueue.NoteLowat == 0 {
		return n >= least
	}
	if kn.kq.rule(cellLowat) == answerRaises {
		return n >= max(min(kn.sdata, most), least)
	}
	return n >= kn.sdata
}

// runRead runs EVFILT_READ.
func (kn *knote) runRead() bool {
	if kn.wrong {
		return kn.runWrongEnd()
	}
	switch o := kn.desc.object.(type) {
	case *stream:
		return kn.readStream(o)
	case *datagram:
		return kn.readDatagram(o)
	case *listener:
		kn.data = int64(len(o.queue))
		if kn.early {
			return kn.readEarly()
		}
		return kn.data > 0
	case *pipeReader:
		return kn.readPipe(&o.p.data, o.p.writer == nil && !o.p.unwritten)
	case *pipeWriter:
		return kn.readPipe(&o.p.back, o.p.reader == nil)
	case *openFile:
		return kn.readFile(o)
	case *eventfd:
		kn.data = int64(o.count)
		return o.count > 0
	case *timerfd:
		o.catchUp()
		kn.data = int64(o.ticks)
		return o.ticks > 0
	case *kqueueInstance:
		kn.data = o.pending()
		return kn.data > 0
	default:
		return false
	}
}

// readEarly is a filter that was made before listen(2), where there are connections
// instead of bytes.
func (kn *knote) readEarly() bool {
	waiting := kn.data > 0
	switch kn.kq.rule(cellReadBeforeListen) {
	case answerSilent:
		return false
	case answerZero:
		kn.data = 0
	}
	return waiting
}

// readStream is filt_soread. EV_EOF comes at once with a FIN, beside unread data, and
// stays; a reset tells the socket error in fflags; observed on NetBSD.
func (kn *knote) readStream(s *stream) bool {
	n := int64(s.received.len())
	kn.data = n
	if s.readEnd || s.readShut {
		kn.end(n == 0)
		kn.fflags = kn.socketError(s.pending)
		return true
	}
	if s.pending != ok {
		return true
	}
	return kn.enough(n, 1, int64(s.receiveSize()))
}

// addressBytes is what the address of a sender takes in the buffer of a datagram
// socket: a struct sockaddr of 16 bytes; sbappendaddr.
const addressBytes = 16

// readDatagram is filt_soread for datagrams: the length of the buffer counts the
// senders' addresses, so an empty datagram is something to read; the data that is
// reported counts them on some systems.
func (kn *knote) readDatagram(s *datagram) bool {
	bytes := int64(s.data.len())
	buffer := bytes + addressBytes*int64(s.messages.len())
	kn.data = bytes
	if kn.kq.rule(cellDatagramData) == answerAddresses {
		kn.data = buffer
	}
	switch {
	case s.readEnd:
		kn.end(kn.data == 0)
		kn.fflags = kn.socketError(s.pending)
		return true
	case s.pending != ok: // "temporary udp error"
		return true
	case kn.sfflags&kqueue.NoteLowat != 0:
		return kn.enough(kn.data, 1, int64(s.kernel.traits.streamBuffer))
	default:
		return buffer > 0
	}
}

// readPipe is filt_piperead.
func (kn *knote) readPipe(b *buffer, ended bool) bool {
	n := int64(b.len())
	kn.data = n
	if ended {
		kn.end(n == 0)
		return true
	}
	if kn.kq.rule(cellPipeLowat) == answerRaises {
		return kn.enough(n, 1, int64(kn.kq.profile.PipeMost))
	}
	return n > 0
}

// runWrongEnd runs EVFILT_WRITE on the reading end of a pipe, or EVFILT_READ on the
// writing end.
func (kn *knote) runWrongEnd() bool {
	if fifoOf(kn.desc.object) != nil && kn.kq.rule(cellFifoWrongEnd) == answerSilent {
		return false
	}
	ended := false
	switch o := kn.desc.object.(type) {
	case *pipeReader:
		ended = o.p.writer == nil
	case *pipeWriter:
		ended = o.p.reader == nil
	}
	kn.data = 0
	if ended {
		kn.end(true)
	}
	return ended
}

// runWrite runs EVFILT_WRITE.
func (kn *knote) runWrite() bool {
	if kn.wrong {
		return kn.runWrongEnd()
	}
	switch o := kn.desc.object.(type) {
	case *stream:
		return kn.writeStream(o)
	case *datagram:
		return kn.writeDatagram(o)
	case *pipeWriter:
		return kn.writePipe(o.p.free(), o.p.reader == nil)
	case *pipeReader:
		return kn.writePipe(o.p.freeBack(), o.p.writer == nil)
	case *openFile:
		return kn.writeFile()
	case *eventfd:
		kn.data = math.MaxInt64
		if left := eventfdMax - o.count; left < math.MaxInt64 {
			kn.data = int64(left)
		}
		return o.count < eventfdMax
	default: // a listener cannot be written, and is never connected
		return false
	}
}

// writeStream is filt_sowrite. The peer's shutdown of writing is no EV_EOF here; a
// refused connect tells ECONNREFUSED in fflags; observed on NetBSD.
func (kn *knote) writeStream(s *stream) bool {
	size := s.sendSize()
	free := int64(max(min(size, s.size()-s.used()), 0))
	kn.data = free
	switch {
	case s.writeEnd || s.state == dead:
		kn.end(true)
		kn.fflags = kn.socketError(s.pending)
		return true
	case s.pending != ok:
		return true
	case s.state != connected:
		return false
	default:
		return kn.enough(free, int64(min(kn.kq.profile.SendLow, size)), int64(size))
	}
}

// writeDatagram is filt_sowrite for datagrams, which need no connection.
func (kn *knote) writeDatagram(s *datagram) bool {
	size := int64(kn.kq.profile.DatagramSend)
	kn.data = size
	if !s.udp {
		size = int64(s.kernel.traits.streamBuffer)
		kn.data = size
		if s.peer != nil {
			kn.data = max(size-int64(s.peer.data.len()), 0)
		}
	}
	switch {
	case s.writeEnd:
		kn.end(true)
		kn.fflags = kn.socketError(s.pending)
		return true
	case s.pending != ok:
		return true
	case kn.sfflags&kqueue.NoteLowat == 0 && !s.udp:
		return s.writable()
	default:
		return kn.enough(kn.data, min(int64(kn.kq.profile.SendLow), size), size)
	}
}

// writePipe is filt_pipewrite.
func (kn *knote) writePipe(free int, ended bool) bool {
	if ended {
		kn.data = 0
		kn.end(true)
		return true
	}
	kn.data = int64(free)
	if kn.kq.rule(cellPipeLowat) == answerRaises {
		return kn.enough(kn.data, pipeAtomic, int64(kn.kq.profile.PipeMost))
	}
	return free >= pipeAtomic
}

// socketError returns the pending error as fflags has it beside EV_EOF.
func (kn *knote) socketError(pending failure) uint32 { return uint32(pending.bsd(kn.kq.profile)) }

// objectClass is a kind of object, as the table has it.
type objectClass uint8

const (
	onStream objectClass = iota
	onListener
	onDatagram
	onPipe
	onKqueue
	onFile
	onDirectory
	onEventfd
	onTimerfd
	onForeign // what no BSD has: an epoll instance, a handle of AFD
	classCount
)

// classOf returns the class of an object.
func classOf(o object) objectClass {
	switch o := o.(type) {
	case *stream:
		return onStream
	case *listener:
		return onListener
	case *datagram:
		return onDatagram
	case *pipeReader, *pipeWriter:
		return onPipe
	case *kqueueInstance:
		return onKqueue
	case *eventfd:
		return onEventfd
	case *timerfd:
		return onTimerfd
	case *openFile:
		if o.v.kind == vnodeDirectory {
			return onDirectory
		}
		return onFile
	default:
		return onForeign
	}
}

// adding has the cell of the table that says what EV_ADD does, by filter and class.
var adding = [...][classCount]cell{
	filterRead: {
		onStream: cellAccepted, onListener: cellAccepted, onDatagram: cellAccepted, onPipe: cellAccepted,
		onKqueue: cellAccepted, onFile: cellAccepted, onDirectory: cellReadDirectory,
		onEventfd: cellReadEventfd, onTimerfd: cellReadTimerfd, onForeign: cellForeign,
	},
	filterWrite: {
		onStream: cellAccepted, onListener: cellAccepted, onDatagram: cellAccepted, onPipe: cellAccepted,
		onKqueue: cellWriteKqueue, onFile: cellWriteFile, onDirectory: cellWriteDirectory,
		onEventfd: cellWriteEventfd, onTimerfd: cellWriteTimerfd, onForeign: cellForeign,
	},
	filterVnode: {
		onStream: cellVnodeSocket, onListener: cellVnodeSocket, onDatagram: cellVnodeSocket, onPipe: cellVnodePipe,
		onKqueue: cellVnodeKqueue, onFile: cellAccepted, onDirectory: cellAccepted,
		onEventfd: cellVnodeEventfd, onTimerfd: cellVnodeEventfd, onForeign: cellForeign,
	},
}

// acceptsFile reports whether a filter can watch what a descriptor names: the
// fo_kqfilter of its kind.
func (kq *kqueueInstance) acceptsFile(kind filterKind, d *description) failure {
	row := adding[kind][classOf(d.object)]
	if row == cellVnodePipe && fifoOf(d.object) != nil {
		row = cellVnodeFifo
	}
	if f := kq.refusal(row); f != ok {
		return f
	}
	switch o := d.object.(type) {
	case *kqueueInstance:
		return kq.nest(o)
	case *pipeWriter:
		if kind == filterWrite && o.p.reader == nil {
			return kq.refusal(cellWriteNoReader)
		}
	case *pipeReader:
		if kind == filterWrite && o.p.writer == nil && o.p.bsd.both {
			return kq.refusal(cellWriteNoReader)
		}
	}
	return ok
}

// refusal returns the failure that a cell of the table has, ok if it has none.
func (kq *kqueueInstance) refusal(c cell) failure {
	switch kq.rule(c) {
	case answerEINVAL:
		return invalid
	case answerEOPNOTSUPP:
		return notSupported
	case answerEBADF:
		return badFile
	case answerEPERM:
		return notPermitted
	case answerEPIPE:
		return brokenPipe
	case answerNotSimulated:
		return kq.kernel.refuse(cells[c].object + " on " + kq.profile.System)
	default:
		return ok
	}
}

// fifoOf returns the FIFO whose end an object is, nil if it is none.
func fifoOf(o object) *vnode {
	switch o := o.(type) {
	case *pipeReader:
		return o.p.fifo
	case *pipeWriter:
		return o.p.fifo
	default:
		return nil
	}
}

// nest lets kq watch another kqueue. Darwin numbers the kqueues of a nest and
// refuses one that would be below itself; kqueue_kqfilter, bsd/kern/kern_event.c.
func (kq *kqueueInstance) nest(below *kqueueInstance) failure {
	if kq == below && kq.rule(cellReadItself) == answerEINVAL {
		return invalid
	}
	if kq.rule(cellReadCircle) != answerEINVAL {
		return ok
	}
	if kq.level > 0 && kq.level < below.level {
		return invalid
	}
	kq.level = max(kq.level, 2, below.level+1)
	below.level = max(below.level, 1)
	return ok
}

// attachedFile is f_attach of a knote of a descriptor.
func (kn *knote) attachedFile() {
	if s, is := kn.desc.object.(*stream); is {
		kn.early = s.state == fresh
	}
	switch o := kn.desc.object.(type) {
	case *pipeReader:
		kn.wrong = kn.kind == filterWrite && !o.p.bsd.both
	case *pipeWriter:
		kn.wrong = kn.kind == filterRead && !o.p.bsd.both
	}
}
