package realdemux

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// The numbers of io_uring, which x/sys does not have; linux/io_uring.h.
const (
	setupCQSize = 1 << 3 // io_uring_params.cq_entries is set
	setupClamp  = 1 << 4 // sizes that are too large are cut
	setupCoop   = 1 << 8 // IORING_SETUP_COOP_TASKRUN; Linux 5.19
	setupFlag   = 1 << 9 // IORING_SETUP_TASKRUN_FLAG; Linux 5.19

	featSingleMmap   = 1 << 0  // Linux 5.4
	featNoDrop       = 1 << 1  // Linux 5.5
	featSubmitStable = 1 << 2  // Linux 5.5
	featCurPos       = 1 << 3  // Linux 5.6
	featFastPoll     = 1 << 5  // Linux 5.7
	featExtArg       = 1 << 8  // Linux 5.11
	featTags         = 1 << 10 // Linux 5.13

	offsetRings   = 0          // IORING_OFF_SQ_RING
	offsetEntries = 0x10000000 // IORING_OFF_SQES

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	flagOverflow = 1 << 1 // IORING_SQ_CQ_OVERFLOW
	flagTaskRun  = 1 << 2 // IORING_SQ_TASKRUN
	flagMore     = 1 << 1 // IORING_CQE_F_MORE
	pollMulti    = 1 << 0 // IORING_POLL_ADD_MULTI

	sqeBufferSelect = 1 << 5 // IOSQE_BUFFER_SELECT
	recvMultishot   = 1 << 1 // IORING_RECV_MULTISHOT, in ioprio; Linux 6.0
	cqeBuffer       = 1 << 0 // IORING_CQE_F_BUFFER
	cqeBufferShift  = 16     // IORING_CQE_BUFFER_SHIFT
	registerBuffers = 22     // IORING_REGISTER_PBUF_RING; Linux 5.19

	opPollAdd     = 6
	opSendMsg     = 9
	opAccept      = 13
	opAsyncCancel = 14
	opConnect     = 16
	opRead        = 22
	opWrite       = 23
	opSend        = 26
	opRecv        = 27
)

// features are what the kernel must have. A wait with a timeout that ends with
// the wait is IORING_FEAT_EXT_ARG; before it a timeout was a request of its own,
// which has to be canceled and awaited. IORING_FEAT_RSRC_TAGS stands for the
// polls that go on after an answer, which came with the same version.
const features = featSingleMmap | featNoDrop | featSubmitStable | featCurPos | featFastPoll | featExtArg | featTags

// params is struct io_uring_params.
type params struct {
	sqEntries, cqEntries, flags, sqThreadCPU, sqThreadIdle, features, wqFD uint32

	_  [3]uint32
	sq sqOffsets
	cq cqOffsets
}

// sqOffsets is struct io_sqring_offsets.
type sqOffsets struct {
	head, tail, ringMask, ringEntries, flags, dropped, array uint32

	_ uint32
	_ uint64
}

// cqOffsets is struct io_cqring_offsets.
type cqOffsets struct {
	head, tail, ringMask, ringEntries, overflow, cqes, flags uint32

	_ uint32
	_ uint64
}

// sqe is struct io_uring_sqe, a request.
type sqe struct {
	opcode, flags uint8
	ioprio        uint16
	fd            int32
	off           uint64 // or the size of the address of a connect
	addr          uint64
	length        uint32
	opFlags       uint32 // what they say depends on opcode
	userData      uint64
	bufferGroup   uint16

	_ [3]uint16
	_ [2]uint64
}

// cqe is struct io_uring_cqe, a completion.
type cqe struct {
	userData uint64
	res      int32 // the result of the call, or its error number, negative
	flags    uint32
}

// bufferEntry is struct io_uring_buf.
type bufferEntry struct {
	addr   uint64
	length uint32
	number uint16
	_      uint16
}

// bufferRegistration is struct io_uring_buf_reg.
type bufferRegistration struct {
	ring    uint64
	entries uint32
	group   uint16
	flags   uint16
	_       [3]uint64
}

// getEventsArg is struct io_uring_getevents_arg.
type getEventsArg struct {
	sigmask     uint64
	sigmaskSize uint32
	_           uint32
	timeout     uint64 // the address of a timespec
}

// timespec is struct __kernel_timespec: 64-bit numbers on every architecture.
type timespec struct {
	sec, nsec int64
}

// The sizes are those of the header, on every architecture.
var (
	_ = [1]byte{unsafe.Sizeof(params{}) - 120: 0}
	_ = [1]byte{unsafe.Sizeof(sqe{}) - 64: 0}
	_ = [1]byte{unsafe.Sizeof(cqe{}) - 16: 0}
	_ = [1]byte{unsafe.Sizeof(bufferEntry{}) - 16: 0}
	_ = [1]byte{unsafe.Sizeof(bufferRegistration{}) - 40: 0}
	_ = [1]byte{unsafe.Sizeof(getEventsArg{}) - 24: 0}
)

// pollMask returns events as sqe.opFlags wants them: the header has
// poll32_events "word-reversed for BE".
func pollMask(events uint32) uint32 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return events
	}
	return bits.RotateLeft32(events, 16)
}

// address returns p as the kernel's structures have it.
func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }
