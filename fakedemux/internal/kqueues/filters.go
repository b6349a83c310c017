package kqueues

import (
	"math"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// run runs the filter of a knote, f_event: it sets what there is to report, and
// returns whether there is something.
func (kn *Knote) run() bool {
	switch kn.Kind {
	case FilterRead:
		return kn.runRead()
	case FilterWrite:
		return kn.runWrite()
	case FilterVnode, FilterProc:
		return kn.fflags != 0 || kn.gone
	case FilterSignal, FilterTimer:
		return kn.data != 0
	case FilterUser:
		return kn.triggered
	default:
		return false
	}
}

// collects runs the filter before a report.
func (kn *Knote) collects() bool {
	if kn.Kind == FilterTimer && kn.Kq.Rule(CellTimerLate) == AnswerCounts {
		return kn.collectTimer()
	}
	return kn.run()
}

// enough reports whether n bytes make an object ready. Without NOTE_LOWAT the system
// asks for least bytes. most is the size of the buffer.
func (kn *Knote) enough(n, least, most int64) bool {
	if kn.sfflags&kqueue.NoteLowat == 0 {
		return n >= least
	}
	if kn.Kq.Rule(CellLowat) == AnswerRaises {
		return n >= max(min(kn.sdata, most), least)
	}
	return n >= kn.sdata
}

// runRead runs EVFILT_READ.
func (kn *Knote) runRead() bool {
	if kn.wrong {
		return kn.runWrongEnd()
	}
	switch o := kn.desc.Object.(type) {
	case *objects.Stream:
		return kn.readStream(o)
	case *objects.Datagram:
		return kn.readDatagram(o)
	case *objects.Listener:
		kn.data = int64(len(o.Queue))
		if kn.early {
			return kn.readEarly()
		}
		return kn.data > 0
	case *objects.PipeReader:
		if o.P.Fifo != nil {
			return kn.readFifo(o.P.Unread(), o.P.Writer == nil && !o.P.Unwritten)
		}
		return kn.readPipe(&o.P.Data, o.P.Writer == nil)
	case *objects.PipeWriter:
		if o.P.Fifo != nil {
			return kn.readFifo(o.P.Unread(), o.P.Writer == nil && !o.P.Unwritten)
		}
		return kn.readPipe(&o.P.Back, o.P.Reader == nil)
	case *objects.OpenFile:
		return kn.readFile(o)
	case *objects.Eventfd:
		kn.data = int64(o.Count)
		return o.Count > 0
	case *objects.Timerfd:
		o.CatchUp()
		kn.data = int64(o.Ticks)
		return o.Ticks > 0
	case *Instance:
		kn.data = o.Pending()
		return kn.data > 0
	default:
		return false
	}
}

// readEarly is a filter that was made before listen(2), where there are connections
// instead of bytes.
func (kn *Knote) readEarly() bool {
	waiting := kn.data > 0
	switch kn.Kq.Rule(CellReadBeforeListen) {
	case AnswerSilent:
		return false
	case AnswerZero:
		kn.data = 0
	}
	return waiting
}

// readStream is filt_soread. EV_EOF comes at once with a FIN, beside unread data, and
// stays; a reset tells the socket error in fflags; observed on NetBSD.
func (kn *Knote) readStream(s *objects.Stream) bool {
	n := int64(s.Received.Len())
	kn.data = n
	if s.ReadEnd || s.ReadShut {
		kn.end(n == 0)
		kn.fflags = kn.socketError(s.Pending)
		return true
	}
	if s.Pending != errno.OK {
		return true
	}
	return kn.enough(n, max(int64(s.Lowat), 1), int64(s.ReceiveSize()))
}

// addressBytes is what the address of a sender takes in the buffer of a datagram
// socket: a struct sockaddr of 16 bytes; sbappendaddr.
const addressBytes = 16

// readDatagram is filt_soread for datagrams: the length of the buffer counts the
// senders' addresses, so an empty datagram is something to read; the data that is
// reported counts them on some systems.
func (kn *Knote) readDatagram(s *objects.Datagram) bool {
	bytes := int64(s.Data.Len())
	buffer := bytes + addressBytes*int64(s.Messages.Len())
	kn.data = bytes
	if kn.Kq.Rule(CellDatagramData) == AnswerAddresses {
		kn.data = buffer
	}
	switch {
	case s.ReadEnd:
		kn.end(kn.data == 0)
		kn.fflags = kn.socketError(s.Pending)
		return true
	case s.Pending != errno.OK: // "temporary udp error"
		return true
	case kn.sfflags&kqueue.NoteLowat != 0:
		return kn.enough(kn.data, 1, int64(s.Kernel.Traits.StreamBuffer))
	default:
		return buffer > 0
	}
}

// readPipe is filt_piperead.
func (kn *Knote) readPipe(b *machine.Buffer, ended bool) bool {
	n := int64(b.Len())
	kn.data = n
	if ended {
		kn.end(n == 0)
		return true
	}
	if kn.Kq.Rule(CellPipeLowat) == AnswerRaises {
		return kn.enough(n, 1, int64(kn.Kq.Profile.PipeMost))
	}
	return n > 0
}

// readFifo is filt_fiforead, and filt_piperead of a FIFO. Darwin watches a FIFO as a
// file, and has no end of it; filt_vnode_common.
func (kn *Knote) readFifo(n int, ended bool) bool {
	kn.data = int64(n)
	if ended && kn.Kq.Rule(CellFifoEnd) == AnswerEOF {
		kn.end(n == 0)
		return true
	}
	kn.flags &^= kqueue.EOF | NoData
	return n > 0
}

// writeFifo is filt_fifowrite, and filt_pipewrite of a FIFO.
func (kn *Knote) writeFifo(free, low int, ended bool) bool {
	kn.data = int64(free)
	switch {
	case kn.Kq.Rule(CellFifoEnd) != AnswerEOF:
		return free > 0
	case ended:
		kn.end(true)
		return true
	default:
		kn.flags &^= kqueue.EOF | NoData
		return free >= low
	}
}

// runWrongEnd runs EVFILT_WRITE on the reading end of a pipe, or EVFILT_READ on the
// writing end.
func (kn *Knote) runWrongEnd() bool {
	if fifoOf(kn.desc.Object) != nil { // pipe_nfiltops of FreeBSD
		return false
	}
	ended := false
	switch o := kn.desc.Object.(type) {
	case *objects.PipeReader:
		ended = o.P.Writer == nil
	case *objects.PipeWriter:
		ended = o.P.Reader == nil
	}
	kn.data = 0
	switch {
	case ended:
		kn.end(true)
	case kn.Kind == FilterWrite && kn.Kq.Rule(CellPipeWriteReader) == AnswerBytes:
		kn.data = int64(kn.Kq.Profile.PipeSize) // the buffer of the other direction, which nobody can write to
		return true
	}
	return ended
}

// runWrite runs EVFILT_WRITE.
func (kn *Knote) runWrite() bool {
	if kn.wrong {
		return kn.runWrongEnd()
	}
	switch o := kn.desc.Object.(type) {
	case *objects.Stream:
		return kn.writeStream(o)
	case *objects.Datagram:
		return kn.writeDatagram(o)
	case *objects.PipeWriter:
		if o.P.Fifo != nil {
			return kn.writeFifo(o.P.Free(), max(o.P.Bsd.Low, objects.PipeAtomic), o.P.Reader == nil)
		}
		return kn.writePipe(o.P.Free(), o.P.Reader == nil)
	case *objects.PipeReader:
		if o.P.Fifo != nil {
			return kn.writeFifo(o.P.Free(), max(o.P.Bsd.Low, objects.PipeAtomic), o.P.Reader == nil)
		}
		return kn.writePipe(o.P.FreeBack(), o.P.Writer == nil)
	case *objects.OpenFile:
		return kn.writeFile()
	case *objects.Eventfd:
		kn.data = math.MaxInt64
		if left := objects.EventfdMax - o.Count; left < math.MaxInt64 {
			kn.data = int64(left)
		}
		return o.Count < objects.EventfdMax
	default: // a listener cannot be written, and is never connected
		return false
	}
}

// writeStream is filt_sowrite. The peer's shutdown of writing is no EV_EOF here; a
// refused connect tells ECONNREFUSED in fflags; observed on NetBSD.
func (kn *Knote) writeStream(s *objects.Stream) bool {
	size := s.SendSize()
	free := int64(max(min(size, s.Room()), 0))
	kn.data = free
	switch {
	case s.WriteEnd || s.State == objects.Dead:
		kn.end(true)
		kn.fflags = kn.socketError(s.Pending)
		return true
	case s.Pending != errno.OK:
		return true
	case s.State != objects.Connected:
		return false
	default:
		return kn.enough(free, int64(min(kn.Kq.Profile.SendLow, size)), int64(size))
	}
}

// writeDatagram is filt_sowrite for datagrams, which need no connection.
func (kn *Knote) writeDatagram(s *objects.Datagram) bool {
	size := int64(kn.Kq.Profile.DatagramSend)
	kn.data = size
	if !s.UDP {
		size = int64(s.Kernel.Traits.StreamBuffer)
		kn.data = size
		if s.Peer != nil {
			kn.data = max(size-int64(s.Peer.Data.Len()), 0)
		}
	}
	switch {
	case s.WriteEnd:
		kn.end(true)
		kn.fflags = kn.socketError(s.Pending)
		return true
	case s.Pending != errno.OK:
		return true
	case kn.sfflags&kqueue.NoteLowat == 0 && !s.UDP:
		return s.Writable()
	default:
		return kn.enough(kn.data, min(int64(kn.Kq.Profile.SendLow), size), size)
	}
}

// writePipe is filt_pipewrite.
func (kn *Knote) writePipe(free int, ended bool) bool {
	if ended {
		kn.data = 0
		kn.end(true)
		return true
	}
	kn.data = int64(free)
	if kn.Kq.Rule(CellPipeLowat) == AnswerRaises {
		return kn.enough(kn.data, objects.PipeAtomic, int64(kn.Kq.Profile.PipeMost))
	}
	return free >= objects.PipeAtomic
}

// socketError returns the pending error as fflags has it beside EV_EOF.
func (kn *Knote) socketError(pending errno.Failure) uint32 { return uint32(pending.BSD(kn.Kq.Profile)) }

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
func classOf(o machine.Object) objectClass {
	switch o := o.(type) {
	case *objects.Stream:
		return onStream
	case *objects.Listener:
		return onListener
	case *objects.Datagram:
		return onDatagram
	case *objects.PipeReader, *objects.PipeWriter:
		return onPipe
	case *Instance:
		return onKqueue
	case *objects.Eventfd:
		return onEventfd
	case *objects.Timerfd:
		return onTimerfd
	case *objects.OpenFile:
		if o.V.Kind == objects.VnodeDirectory {
			return onDirectory
		}
		return onFile
	default:
		return onForeign
	}
}

// adding has the cell of the table that says what EV_ADD does, by filter and class.
var adding = [...][classCount]Cell{
	FilterRead: {
		onStream: CellAccepted, onListener: CellAccepted, onDatagram: CellAccepted, onPipe: CellAccepted,
		onKqueue: CellAccepted, onFile: CellAccepted, onDirectory: CellReadDirectory,
		onEventfd: CellReadEventfd, onTimerfd: CellReadTimerfd, onForeign: CellForeign,
	},
	FilterWrite: {
		onStream: CellAccepted, onListener: CellAccepted, onDatagram: CellAccepted, onPipe: CellAccepted,
		onKqueue: CellWriteKqueue, onFile: CellWriteFile, onDirectory: CellWriteDirectory,
		onEventfd: CellWriteEventfd, onTimerfd: CellWriteTimerfd, onForeign: CellForeign,
	},
	FilterVnode: {
		onStream: CellVnodeSocket, onListener: CellVnodeSocket, onDatagram: CellVnodeSocket, onPipe: CellVnodePipe,
		onKqueue: CellVnodeKqueue, onFile: CellAccepted, onDirectory: CellAccepted,
		onEventfd: CellVnodeEventfd, onTimerfd: CellVnodeEventfd, onForeign: CellForeign,
	},
}

// acceptsFile reports whether a filter can watch what a descriptor names: the
// fo_kqfilter of its kind.
func (kq *Instance) acceptsFile(kind FilterKind, d *machine.Description) errno.Failure {
	row := adding[kind][classOf(d.Object)]
	if row == CellVnodePipe && fifoOf(d.Object) != nil {
		row = CellVnodeFifo
	}
	if f := kq.refusal(row); f != errno.OK {
		return f
	}
	if fifoOf(d.Object) != nil {
		if _, reads := d.Object.(*objects.PipeReader); reads && kind == FilterWrite || !reads && kind == FilterRead {
			return kq.refusal(CellFifoWrongEnd)
		}
		return errno.OK
	}
	switch o := d.Object.(type) {
	case *Instance:
		return kq.nest(o)
	case *objects.PipeWriter:
		if kind == FilterWrite && o.P.Reader == nil {
			return kq.refusal(CellWriteNoReader)
		}
	case *objects.PipeReader:
		if kind == FilterWrite && o.P.Writer == nil && o.P.Bsd.Both {
			return kq.refusal(CellWriteNoReader)
		}
	}
	return errno.OK
}

// refusal returns the failure that a cell of the table has, ok if it has none.
func (kq *Instance) refusal(c Cell) errno.Failure {
	switch kq.Rule(c) {
	case AnswerEINVAL:
		return errno.Invalid
	case AnswerEOPNOTSUPP:
		return errno.NotSupported
	case AnswerEBADF:
		return errno.BadFile
	case AnswerEPERM:
		return errno.NotPermitted
	case AnswerEPIPE:
		return errno.BrokenPipe
	case AnswerNotSimulated:
		return kq.kernel.Refuse(Cells[c].Object + " on " + kq.Profile.System)
	default:
		return errno.OK
	}
}

// fifoOf returns the FIFO whose end an object is, nil if it is none.
func fifoOf(o machine.Object) *objects.Vnode {
	switch o := o.(type) {
	case *objects.PipeReader:
		return o.P.Fifo
	case *objects.PipeWriter:
		return o.P.Fifo
	default:
		return nil
	}
}

// nest lets kq watch another kqueue. Darwin numbers the kqueues of a nest and
// refuses one that would be below itself; kqueue_kqfilter, bsd/kern/kern_event.c.
func (kq *Instance) nest(below *Instance) errno.Failure {
	if kq == below && kq.Rule(CellReadItself) == AnswerEINVAL {
		return errno.Invalid
	}
	if kq.Rule(CellReadCircle) != AnswerEINVAL {
		return errno.OK
	}
	if kq.level > 0 && kq.level < below.level {
		return errno.Invalid
	}
	kq.level = max(kq.level, 2, below.level+1)
	below.level = max(below.level, 1)
	return errno.OK
}

// attachedFile is f_attach of a knote of a descriptor.
func (kn *Knote) attachedFile() {
	if s, is := kn.desc.Object.(*objects.Stream); is {
		kn.early = s.State == objects.Fresh
	}
	if fifoOf(kn.desc.Object) != nil && kn.Kq.Rule(CellFifoWrongEnd) != AnswerSilent {
		return
	}
	switch o := kn.desc.Object.(type) {
	case *objects.PipeReader:
		kn.wrong = kn.Kind == FilterWrite && !o.P.Bsd.Both
	case *objects.PipeWriter:
		kn.wrong = kn.Kind == FilterRead && !o.P.Bsd.Both
	}
}
