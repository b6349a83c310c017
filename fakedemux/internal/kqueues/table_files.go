package kqueues

var readRows = map[Cell]cellRow{
	CellAccepted: {"EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE", "what has no row of its own below", "EV_ADD", same(AnswerAccepted, "the fo_kqfilter of the object")},
	CellForeign: {
		"EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE", "an object of another system, such as an epoll instance", "EV_ADD",
		same(AnswerNotSimulated, "the system has no such object"),
	},
	CellReadStream:      {"EVFILT_READ", "a stream socket", "bytes arrive", same(AnswerBytes, inSoread)},
	CellReadLeast:       {"EVFILT_READ", "a stream socket with SO_RCVLOWAT", "fewer bytes arrive", same(AnswerSilent, "sb_lowat in "+inSoread)},
	CellReadFin:         {"EVFILT_READ", "a stream socket", "the peer sends no more; data has what is unread", same(AnswerEOF, "SBS_CANTRCVMORE in "+inSoread)},
	CellReadReset:       {"EVFILT_READ", "a TCP socket", "a reset arrives", same(AnswerEOFReset, "so_error in "+inSoread)},
	CellReadUnconnected: {"EVFILT_READ", "a TCP socket that is not connected", "EV_ADD", same(AnswerSilent, "there are no bytes, and no end; "+inSoread)},
	CellReadShut:        {"EVFILT_READ", "a TCP socket", "shutdown(2) with SHUT_RD; data is 0", same(AnswerEOF, "sorflush, sys/kern/uipc_socket.c; "+inSoread)},
	CellReadFifo: {"EVFILT_READ", "a FIFO that no writer has opened yet", "EV_ADD", []Saying{
		{others, AnswerSilent, "fifo_open, sys/miscfs/fifofs/fifo_vnops.c; fifo_vnops.c of DragonFly and Darwin"},
		{freebsd, AnswerSilent, "pipe_wgen in filt_piperead, " + inPipe},
	}},
	CellReadBeforeListen: {"EVFILT_READ", "a socket that listens after EV_ADD", "a connection arrives", []Saying{
		{freebsd, AnswerReported, "SOLISTENING in filt_soread, sys/kern/uipc_socket.c"},
		{anyOpenBSD, AnswerReported, "SO_ACCEPTCONN in filt_soread, sys/kern/uipc_socket.c"},
		{darwin, AnswerReported, "\"handle the listen case dynamically\" in filt_soread_common, bsd/kern/uipc_socket.c"},
		{anyNetBSD, AnswerSilent, "soo_kqfilter has chosen filt_soread; sys/kern/uipc_socket.c"},
		{dragonfly, AnswerZero, "so_comp in filt_soread, sys/kern/uipc_socket.c"},
	}},
	CellLowat: {"EVFILT_READ, EVFILT_WRITE", "a socket", "NOTE_LOWAT", []Saying{
		{others, AnswerReplacesMark, inSoread + "; " + inSowrite},
		{darwin, AnswerRaises, "filt_soread_common, filt_sowrite_common, bsd/kern/uipc_socket.c"},
	}},
	CellDatagramData: {"EVFILT_READ", "a datagram socket", "a datagram arrives", []Saying{
		{freebsd, AnswerBytes, "sb_cc less sb_ctl in filt_soread, sys/kern/uipc_socket.c"},
		{darwin, AnswerBytes, "sb_cc less sb_ctl in filt_soread_common, bsd/kern/uipc_socket.c"},
		{anyNetBSD | anyOpenBSD | dragonfly, AnswerAddresses, "sb_cc in filt_soread, sys/kern/uipc_socket.c; sbappendaddr, sys/kern/uipc_socket2.c"},
	}},
	CellDatagramEmpty: {
		"EVFILT_READ", "a datagram socket", "an empty datagram arrives",
		same(AnswerReported, "the address is in the buffer: sbappendaddr, sys/kern/uipc_socket2.c; on FreeBSD uipc_sockbuf.c"),
	},
	CellDatagramError:  {"EVFILT_READ, EVFILT_WRITE", "a UDP socket", "an error is pending; there is no EV_EOF", same(AnswerReported, "\"temporary udp error\" in "+inSoread)},
	CellDatagramClosed: {"EVFILT_READ, EVFILT_WRITE", "a unix datagram socket", "its peer is closed: ECONNRESET is pending; there is no EV_EOF", same(AnswerReported, "unp_drop in unp_detach, sys/kern/uipc_usrreq.c")},
	CellReadPipe:       {"EVFILT_READ", "a pipe", "bytes arrive", same(AnswerBytes, "filt_piperead, "+inPipe)},
	CellReadPipeEnd:    {"EVFILT_READ", "a pipe", "the other end is closed; data has what is unread", same(AnswerEOF, "PIPE_EOF in filt_piperead, "+inPipe)},
	CellPipeBothWays: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "it goes both ways; where it does not, a filter on the wrong end reports EV_EOF alone", []Saying{
		{freebsd, AnswerYes, "kern_pipe, pipe_kqfilter, " + inPipe + "; pipe(2)"},
		{dragonfly, AnswerYes, "bufferA and bufferB, " + inPipe},
		{anyNetBSD, AnswerNo, "pipe1, filt_piperead, filt_pipewrite, " + inPipe},
		{anyOpenBSD, AnswerNo, "dopipe, filt_piperead, filt_pipewrite, " + inPipe},
		{darwin, AnswerNo, "EVFILTID_PIPE_N in pipe_kqfilter, bsd/kern/sys_pipe.c"},
	}},
	CellFifoWrongEnd: {"EVFILT_WRITE", "a FIFO that is open for reading alone", "EV_ADD", []Saying{
		{others, AnswerWatched, "fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c, sys/vfs/fifofs/fifo_vnops.c, does not look at the mode"},
		{freebsd, AnswerSilent, "pipe_nfiltops in pipe_kqfilter, " + inPipe},
		{anyOpenBSD, AnswerEINVAL, "FWRITE in fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c"},
		{darwin, AnswerWatched, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
	}},
	CellFifoEnd: {"EVFILT_READ, EVFILT_WRITE", "a FIFO", "the other end is closed; data is as without", []Saying{
		{freebsd, AnswerEOF, "PIPE_EOF in filt_piperead and filt_pipewrite, " + inPipe},
		{others &^ (freebsd | darwin), AnswerEOF, "filt_fiforead and filt_fifowrite, sys/miscfs/fifofs/fifo_vnops.c, sys/vfs/fifofs/fifo_vnops.c"},
		{darwin, AnswerSilent, "filt_vnode_common, bsd/vfs/vfs_vnops.c: a FIFO is watched as a file, and a close tells nobody"},
	}},
	CellFifoEndRead: {"EVFILT_READ", "a FIFO whose writer is closed", "after a read(2) that returned 0 there is still EV_EOF", []Saying{
		{others, AnswerYes, "fifo_read, sys/miscfs/fifofs/fifo_vnops.c, sys/vfs/fifofs/fifo_vnops.c; pipe_read, " + inPipe},
		{anyNetBSD, AnswerNo, "\"clear EOF indication\" in fifo_read, sys/miscfs/fifofs/fifo_vnops.c"},
		{darwin, AnswerNo, "there was none: filt_vnode_common, bsd/vfs/vfs_vnops.c"},
	}},
	CellFifoRoom: {"EVFILT_WRITE", "a FIFO", "the size of its buffer, and the room that there must be", []Saying{
		{freebsd, AnswerAsPipe, "pipe_named_ctor, " + inPipe},
		{anyNetBSD, AnswerSocketRoom, "fifo_open, sys/miscfs/fifofs/fifo_vnops.c"},
		{anyOpenBSD, AnswerAtomicSocket, "PIPE_BUF in fifo_open, sys/miscfs/fifofs/fifo_vnops.c"},
		{dragonfly, AnswerAtomicSocket, "PIPE_BUF in fifo_open, sys/vfs/fifofs/fifo_vnops.c"},
		{darwin, AnswerAtomicSocket, "fifo_open, bsd/miscfs/fifofs/fifo_vnops.c; for the filter one byte is enough: vnode_writable_space_count, bsd/vfs/vfs_vnops.c"},
	}},
	CellPipeWriteReader: {"EVFILT_WRITE", "the reading end of a pipe", "EV_ADD", []Saying{
		{freebsd, AnswerBytes, "pipe_paircreate and pipe_create, " + inPipe + ": the other direction has a small buffer"},
		{dragonfly, AnswerBytes, "bufferB in pipe_create, " + inPipe},
		{anyOpenBSD, AnswerBytes, "pipe_pair_create makes both buffers, and pipe_kqfilter does not look at the mode; " + inPipe},
		{anyNetBSD, AnswerSilent, "pipe1: the other direction has no buffer; " + inPipe},
		{darwin, AnswerSilent, "EVFILTID_PIPE_N in pipe_kqfilter, bsd/kern/sys_pipe.c"},
	}},
	CellPipeEdges: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "a read or a write is an event for the knotes of", []Saying{
		{others, AnswerBoth, "pipeselwakeup, pipe_read and pipe_write, " + inPipe + ": the knotes of both ends are in the list of one buffer"},
		{dragonfly, AnswerOther, "pipewakeup, " + inPipe},
	}},
	CellPipeReadRoom: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "a read is an event if there is room then for", []Saying{
		{others, AnswerAtomicRoom, "pipe_read, " + inPipe},
		{darwin, AnswerAnyRoom, "pipe_read, bsd/kern/sys_pipe.c"},
	}},
	CellPipeReadNothing: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "a read that finds nothing, also at the end, is an event", []Saying{
		{others, AnswerNo, "ocnt, nread in pipe_read, " + inPipe},
		{anyOpenBSD, AnswerYes, "pipe_read, " + inPipe},
		{darwin, AnswerYes, "pipe_read, bsd/kern/sys_pipe.c"},
	}},
	CellPipeLowat: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "NOTE_LOWAT", []Saying{
		{others, AnswerIgnored, "filt_piperead, filt_pipewrite, " + inPipe},
		{darwin, AnswerRaises, "filt_pipelowwat, bsd/kern/sys_pipe.c"},
	}},
	CellPipeGrows: {"EVFILT_WRITE", "a pipe", "a write of more than fits", []Saying{
		{freebsd, AnswerDoubles, "pipe_write, " + inPipe},
		{darwin, AnswerDoubles, "choose_pipespace, bsd/kern/sys_pipe.c"},
		{anyNetBSD | anyOpenBSD, AnswerIfEmpty, "pipe_write, " + inPipe},
		{dragonfly, AnswerNever, "pipe_size, " + inPipe},
	}},
	CellReadFile: {"EVFILT_READ", "a file", "the offset is not at the end", []Saying{
		{freebsd, AnswerRest, "filt_vfsread, sys/kern/vfs_subr.c"},
		{anyNetBSD, AnswerRest, "filt_genfsread, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerRest, "filt_ufsread, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerRest, "filt_ufsread, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerRest, "vnode_readable_data_count, bsd/vfs/vfs_vnops.c"},
	}},
	CellReadFileEnd: {"EVFILT_READ", "a file", "the offset is at the end", []Saying{
		{freebsd, AnswerSilent, "unless NOTE_FILE_POLL was asked for: filt_vfsread, sys/kern/vfs_subr.c"},
		{anyNetBSD, AnswerSilent, "filt_genfsread, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerSilent, "unless NOTE_EOF was asked for: filt_ufsread, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerSilent, "filt_ufsread, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerSilent, "filt_vnode_common, bsd/vfs/vfs_vnops.c"},
	}},
	CellReadSeek: {"EVFILT_READ", "a file", "lseek(2) goes back from the end", []Saying{
		{freebsd, AnswerReported, "VFS_KNOTE_UNLOCKED in vn_seek, sys/kern/vfs_vnops.c"},
		{darwin, AnswerReported, "NOTE_NONE in lseek, bsd/vfs/vfs_syscalls.c"},
		{anyNetBSD, AnswerSilent, "sys_lseek, sys/kern/vfs_syscalls.c, tells nobody"},
		{anyOpenBSD, AnswerSilent, "vn_seek, sys/kern/vfs_vnops.c, tells nobody"},
		{dragonfly, AnswerSilent, "kern_lseek, sys/kern/vfs_syscalls.c, tells nobody"},
	}},
	CellReadDirectory: {"EVFILT_READ", "a directory", "EV_ADD", []Saying{
		{freebsd, AnswerAccepted, "vfs_kqfilter, sys/kern/vfs_subr.c"},
		{anyNetBSD, AnswerAccepted, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerAccepted, "ufs_kqfilter, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerAccepted, "ufs_kqfilter, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerEINVAL, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
	}},
	CellReadEventfd: {"EVFILT_READ", "an eventfd", "EV_ADD", eventfdRow(AnswerAccepted)},
	CellReadTimerfd: {"EVFILT_READ", "a timerfd", "EV_ADD", timerfdRow(AnswerAccepted)},
	CellReadItself: {"EVFILT_READ", "the kqueue itself", "EV_ADD", []Saying{
		{others, AnswerAccepted, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{freebsd, AnswerEINVAL, "\"support events on ourselves\" in " + inRegister},
		{darwin, AnswerEINVAL, "kqueue_kqfilter, bsd/kern/kern_event.c"},
	}},
	CellReadCircle: {"EVFILT_READ", "a kqueue that watches this one", "EV_ADD", []Saying{
		{others, AnswerAccepted, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{darwin, AnswerEINVAL, "kq_level in kqueue_kqfilter, bsd/kern/kern_event.c"},
	}},
	CellReadStale: {"EVFILT_READ", "a kqueue with a knote whose condition has passed, and no Kevent since", "it is readable", same(AnswerYes, "kq_count in filt_kqueue, sys/kern/kern_event.c")},
}

// eventfdRow is a row of an object that FreeBSD 13 and NetBSD 10 have.
func eventfdRow(a Answer) []Saying {
	return []Saying{
		{freebsd, a, "eventfd_kqfilter, sys/kern/sys_eventfd.c"},
		{netbsd, a, "eventfd_fop_kqfilter, sys/kern/sys_eventfd.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, AnswerNotSimulated, "the system has no eventfd(2)"},
	}
}

// timerfdRow is a row of an object that FreeBSD 14 and NetBSD 10 have.
func timerfdRow(a Answer) []Saying {
	return []Saying{
		{freebsd, a, "timerfd_kqfilter, sys/kern/sys_timerfd.c"},
		{netbsd, a, "timerfd_fop_kqfilter, sys/kern/sys_timerfd.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, AnswerNotSimulated, "the system has no timerfd_create(2)"},
	}
}

var writeRows = map[Cell]cellRow{
	CellWriteStream: {"EVFILT_WRITE", "a stream socket", "there is room for 2048 bytes, or for the whole buffer if it is smaller", same(AnswerBytes, "sb_lowat in "+inSowrite+"; soreserve")},
	CellWriteUnixRoom: {"EVFILT_WRITE", "a unix stream socket", "the data while bytes are unread that were sent", []Saying{
		{freebsd, AnswerWhole, "SB_STOP in uipc_send and uipc_rcvd, sys/kern/uipc_usrreq.c; sbspace"},
		{dragonfly, AnswerWhole, "SSB_STOP in uipc_send, sys/kern/uipc_usrreq.c; ssb_space"},
		{anyNetBSD, AnswerRestFree, "unp_send takes them from sb_hiwat; sys/kern/uipc_usrreq.c"},
		{anyOpenBSD, AnswerRestFree, "uipc_send adds them to sb_cc; sys/kern/uipc_usrreq.c"},
		{darwin, AnswerRestFree, "unp_send takes them from sb_hiwat; bsd/kern/uipc_usrreq.c"},
	}},
	CellWriteUnixGone: {"EVFILT_WRITE", "a unix stream socket", "the peer is closed: what it has not read takes room as before", []Saying{
		{freebsd | dragonfly, AnswerYes, "nobody clears SB_STOP, SSB_STOP: unp_disconnect, sys/kern/uipc_usrreq.c"},
		{anyNetBSD, AnswerYes, "sb_hiwat stays as it is: unp_disconnect, sys/kern/uipc_usrreq.c"},
		{anyOpenBSD, AnswerNo, "sb_cc = 0 in unp_disconnect, sys/kern/uipc_usrreq.c"},
		{darwin, AnswerYes, "sb_hiwat stays as it is: unp_disconnect, bsd/kern/uipc_usrreq.c"},
	}},
	CellWriteLow: {
		"EVFILT_WRITE", "a stream socket with less room than that", "a write of more than there is room for writes nothing",
		same(AnswerYes, "\"space < so->so_snd.sb_lowat\" in sosend, sosend_generic, sosendcheck; sys/kern/uipc_socket.c"),
	},
	CellWritePeerFin:     {"EVFILT_WRITE", "a TCP socket", "the peer sends no more: there is EV_EOF", same(AnswerNo, "SBS_CANTSENDMORE in "+inSowrite)},
	CellWriteFinEdge:     {"EVFILT_WRITE", "a TCP socket, EV_CLEAR", "the peer sends no more", same(AnswerSilent, "sorwakeup in socantrcvmore, sys/kern/uipc_sockbuf.c, uipc_socket2.c")},
	CellWritePeerShut:    {"EVFILT_WRITE", "a unix stream socket", "the peer calls shutdown(2) with SHUT_RD: there is EV_EOF", same(AnswerNo, "soshutdown, sys/kern/uipc_socket.c; unp_shutdown, sys/kern/uipc_usrreq.c")},
	CellWriteUnconnected: {"EVFILT_WRITE", "a TCP socket that is not connected", "EV_ADD", same(AnswerSilent, "PR_CONNREQUIRED in "+inSowrite)},
	CellWriteRefused:     {"EVFILT_WRITE", "a TCP socket", "a connect is refused", same(AnswerEOFRefused, "so_error in "+inSowrite)},
	CellWriteReset:       {"EVFILT_WRITE", "a TCP socket", "a reset arrives, also behind a FIN", same(AnswerEOFReset, "so_error in "+inSowrite+"; tcp_do_segment, tcp_input")},
	CellWriteListener:    {"EVFILT_WRITE", "a listener", "EV_ADD", same(AnswerSilent, "PR_CONNREQUIRED, SOLISTENING in "+inSowrite)},
	CellWriteDatagram:    {"EVFILT_WRITE", "a UDP socket, connected or not", "EV_ADD; data has the size of the buffer", same(AnswerBytes, "sbspace in "+inSowrite+"; udp_sendspace")},
	CellWriteReaderGone:  {"EVFILT_WRITE", "a pipe", "the reader is closed; data is 0", same(AnswerEOF, "filt_pipewrite, "+inPipe)},
	CellWriteNoReader: {"EVFILT_WRITE", "a pipe whose reader is closed", "EV_ADD", []Saying{
		{others, AnswerEPIPE, "pipe_kqfilter, " + inPipe},
		{anyOpenBSD, AnswerEOF, "\"attach the knote to the current side\" in pipe_kqfilter, " + inPipe},
		{anyNetBSD, AnswerEBADF, "pipe_kqfilter, " + inPipe},
		{darwin, AnswerEOF, "filt_pipe_draincommon in pipe_kqfilter, bsd/kern/sys_pipe.c"},
	}},
	CellWriteKqueue: {"EVFILT_WRITE", "a kqueue", "EV_ADD", []Saying{
		{others, AnswerEINVAL, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{dragonfly, AnswerEOPNOTSUPP, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{netbsd9, AnswerEPERM, "kqueue_kqfilter returns 1, which is EPERM; sys/kern/kern_event.c 1.117"},
	}},
	CellWriteFile: {"EVFILT_WRITE", "a file", "EV_ADD", []Saying{
		{freebsd, AnswerZero, "filt_vfswrite, sys/kern/vfs_subr.c"},
		{netbsd, AnswerZero, "filt_genfswrite, sys/miscfs/genfs/genfs_vnops.c"},
		{netbsd9, AnswerEINVAL, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerZero, "filt_ufswrite, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerZero, "filt_ufswrite, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerOne, "vnode_writable_space_count, bsd/vfs/vfs_vnops.c"},
	}},
	CellWriteDirectory: {"EVFILT_WRITE", "a directory", "EV_ADD", []Saying{
		{freebsd, AnswerZero, "filt_vfswrite, sys/kern/vfs_subr.c"},
		{netbsd, AnswerZero, "filt_genfswrite, sys/miscfs/genfs/genfs_vnops.c"},
		{netbsd9, AnswerEINVAL, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerZero, "filt_ufswrite, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerZero, "filt_ufswrite, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerEINVAL, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
	}},
	CellWriteEventfd: {"EVFILT_WRITE", "an eventfd", "EV_ADD", eventfdRow(AnswerAccepted)},
	CellWriteTimerfd: {"EVFILT_WRITE", "a timerfd", "EV_ADD", timerfdRow(AnswerEINVAL)},
}

// notSupportedRow is a row of a filter that an object does not have.
func notSupportedRow(source string) []Saying {
	return []Saying{{others, AnswerEINVAL, source}, {dragonfly, AnswerEOPNOTSUPP, source}}
}

const (
	inVfs   = "sys/kern/vfs_subr.c of FreeBSD, sys/kern/vnode_if.c of NetBSD, sys/ufs of OpenBSD, sys/vfs/hammer2/hammer2_vnops.c of DragonFly, bsd/vfs/kpi_vfs.c of Darwin"
	inFiles = "vop_*_post, " + inVfs

	inGenfsRename = "genfs_rename_knote, sys/miscfs/genfs/genfs_rename.c"
)

var vnodeRows = map[Cell]cellRow{
	CellVnodeSocket: {"EVFILT_VNODE", "a socket", "EV_ADD", notSupportedRow("soo_kqfilter, sokqfilter, sys/kern/uipc_socket.c")},
	CellVnodePipe:   {"EVFILT_VNODE", "a pipe", "EV_ADD", notSupportedRow("pipe_kqfilter, " + inPipe)},
	CellVnodeFifo: {"EVFILT_VNODE", "a FIFO", "EV_ADD", []Saying{
		{freebsd, AnswerAccepted, "PIPE_TYPE_NAMED in pipe_kqfilter, " + inPipe},
		{darwin, AnswerAccepted, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
		{anyNetBSD, AnswerEINVAL, "fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c"},
		{anyOpenBSD, AnswerEINVAL, "fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c"},
		{dragonfly, AnswerEOPNOTSUPP, "fifo_kqfilter, sys/vfs/fifofs/fifo_vnops.c"},
	}},
	CellVnodeKqueue: {"EVFILT_VNODE", "a kqueue", "EV_ADD", append(notSupportedRow("kqueue_kqfilter, sys/kern/kern_event.c"),
		Saying{netbsd9, AnswerEPERM, "kqueue_kqfilter returns 1, which is EPERM; sys/kern/kern_event.c 1.117"})},
	CellVnodeEventfd: {"EVFILT_VNODE", "an eventfd or a timerfd", "EV_ADD", eventfdRow(AnswerEINVAL)},
	CellVnodeWrite:   {"EVFILT_VNODE", "a file", "a write that does not make it longer", same(AnswerNoteWrite, inFiles)},
	CellVnodeExtend:  {"EVFILT_VNODE", "a file", "a write that makes it longer", same(AnswerNoteWriteExtend, inFiles+"; ubc_setsize_ex, bsd/kern/ubc_subr.c")},
	CellVnodeShrink: {"EVFILT_VNODE", "a file", "ftruncate(2) makes it shorter", []Saying{
		{others, AnswerNoteAttrib, "vop_setattr_post, " + inVfs},
		{anyOpenBSD, AnswerNoteAttribTruncate, "ufs_setattr, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerNoteWrite, "hammer2_vop_setattr, sys/vfs/hammer2/hammer2_vnops.c"},
	}},
	CellVnodeGrow: {"EVFILT_VNODE", "a file", "ftruncate(2) makes it longer", []Saying{
		{others, AnswerNoteAttrib, "vop_setattr_post, " + inVfs},
		{dragonfly, AnswerNoteWriteExtend, "hammer2_vop_setattr, sys/vfs/hammer2/hammer2_vnops.c"},
		{darwin, AnswerNoteAttribExtend, "VNOP_SETATTR, bsd/vfs/kpi_vfs.c; ubc_setsize_ex, bsd/kern/ubc_subr.c"},
	}},
	CellVnodeSameSize: {"EVFILT_VNODE", "a file", "ftruncate(2), or open(2) with O_TRUNC, to the size that it has", []Saying{
		{others, AnswerNoteAttrib, "vop_setattr_post, " + inVfs},
		{anyOpenBSD, AnswerNoteAttrib, "ufs_setattr, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, AnswerSilent, "hammer2_vop_setattr, sys/vfs/hammer2/hammer2_vnops.c"},
		{darwin, AnswerNoteAttrib, "VNOP_SETATTR, bsd/vfs/kpi_vfs.c; ubc_setsize_ex, bsd/kern/ubc_subr.c"},
	}},
	CellVnodeChmod: {"EVFILT_VNODE", "a file", "chmod(2)", same(AnswerNoteAttrib, "vop_setattr_post, "+inVfs)},
	CellVnodeLink:  {"EVFILT_VNODE", "a file", "link(2) gives it one more name", same(AnswerNoteLink, "vop_link_post, "+inVfs)},
	CellVnodeUnlink: {"EVFILT_VNODE", "a file", "unlink(2) takes its last name", []Saying{
		{others, AnswerNoteDelete, "vop_remove_post, " + inVfs},
		{darwin, AnswerNoteDeleteLink, "VNOP_REMOVE, bsd/vfs/kpi_vfs.c"},
	}},
	CellVnodeUnlinkOne: {"EVFILT_VNODE", "a file with two names", "unlink(2) takes one", []Saying{
		{others, AnswerNoteDelete, "vop_remove_post, " + inVfs},
		{netbsd, AnswerNoteLink, "ctx_vp_new_nlink in vop_remove_post, sys/kern/vnode_if.c"},
		{dragonfly, AnswerSilent, "nlinks in hammer2_inode_unlink_finisher, sys/vfs/hammer2/hammer2_inode.c"},
		{darwin, AnswerNoteDeleteLink, "VNOP_REMOVE, bsd/vfs/kpi_vfs.c"},
	}},
	CellVnodeRename:   {"EVFILT_VNODE", "a file", "rename(2)", same(AnswerNoteRename, "vop_rename_post, "+inVfs)},
	CellVnodeReplaced: {"EVFILT_VNODE", "a file", "rename(2) puts another one in its place", same(AnswerNoteDelete, "vop_rename_post, "+inVfs)},
	CellVnodeReplacedOne: {"EVFILT_VNODE", "a file with two names", "rename(2) puts another one in the place of one", []Saying{
		{others, AnswerNoteDelete, "vop_rename_post, " + inVfs},
		{anyNetBSD, AnswerNoteLink, inGenfsRename},
		{dragonfly, AnswerSilent, "nlinks in hammer2_inode_unlink_finisher, sys/vfs/hammer2/hammer2_inode.c"},
	}},
	CellVnodeRevoke: {"EVFILT_VNODE", "a file", "its file system is gone; NOTE_REVOKE if that was asked for", []Saying{
		{freebsd, AnswerEOF, "filt_vfsvnode, sys/kern/vfs_subr.c"},
		{anyNetBSD, AnswerEOF, "filt_genfsvnode, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerEOFOneshot, "\"vnodes have been revoked\" in kqueue_scan, and filt_dead; sys/kern/kern_event.c"},
		{dragonfly, AnswerEOF, "filt_ufsvnode, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerEOFOneshot, "filt_vnode_common, bsd/vfs/vfs_vnops.c"},
	}},
	CellVnodeRevokeUnasked: {"EVFILT_VNODE", "a file", "its file system is gone, and NOTE_REVOKE was not asked for", []Saying{
		{freebsd, AnswerReported, "VBAD in filt_vfsvnode, sys/kern/vfs_subr.c"},
		{anyNetBSD, AnswerSilent, "the filter runs again without the hint: filt_genfsvnode, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, AnswerReported, "filt_dead, sys/kern/kern_event.c"},
		{dragonfly, AnswerSilent, "the filter runs again without the hint: filt_ufsvnode, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, AnswerReported, "filt_vnode_common and filt_vnprocess, bsd/vfs/vfs_vnops.c"},
	}},
	CellVnodeUse: {"EVFILT_VNODE", "a file", "it is opened, read and closed", []Saying{
		{freebsd, AnswerNoteOpen, "vop_open_post, vop_read_post, vop_close_post, sys/kern/vfs_subr.c"},
		{netbsd, AnswerNoteOpen, "vop_open_post, vop_read_post, vop_close_post, sys/kern/vnode_if.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, AnswerSilent, "sys/sys/event.h has no notes for that"},
	}},
	CellVnodeReadEnd: {"EVFILT_VNODE", "a file", "read(2) at its end", []Saying{
		{freebsd, AnswerNoteRead, "vop_read_post, sys/kern/vfs_subr.c"},
		{netbsd, AnswerNoteRead, "vop_read_post, sys/kern/vnode_if.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, AnswerSilent, "sys/sys/event.h has no notes for that"},
	}},
	CellVnodeCreate:    {"EVFILT_VNODE", "a directory", "a file is made, linked or removed in it", same(AnswerNoteWrite, "vop_create_post, vop_link_post, vop_remove_post, "+inVfs)},
	CellVnodeMkdir:     {"EVFILT_VNODE", "a directory", "a directory is made or removed in it", same(AnswerNoteWriteLink, "vop_mkdir_post, vop_rmdir_post, "+inVfs)},
	CellVnodeRenameDir: {"EVFILT_VNODE", "a directory", "a file is renamed in it", same(AnswerNoteWrite, "vop_rename_post, "+inVfs)},
	CellVnodeRenameFrom: {"EVFILT_VNODE", "a directory", "a file is renamed from it into another one", []Saying{
		{others, AnswerNoteWrite, "vop_rename_post, " + inVfs},
		{anyNetBSD, AnswerNoteWrite, inGenfsRename},
		{freebsd, AnswerNoteWriteExtend, "vop_rename_post, sys/kern/vfs_subr.c"},
	}},
	CellVnodeRenameInto: {"EVFILT_VNODE", "a directory", "a file is renamed into it from another one", []Saying{
		{others, AnswerNoteWrite, "vop_rename_post, " + inVfs},
		{anyNetBSD, AnswerNoteWriteExtend, inGenfsRename},
		{freebsd, AnswerNoteWriteExtend, "vop_rename_post, sys/kern/vfs_subr.c"},
	}},
	CellVnodeRenameOver: {"EVFILT_VNODE", "a directory", "a file is renamed into it from another one, in the place of a file", []Saying{
		{others, AnswerNoteWrite, "vop_rename_post, " + inVfs},
		{anyNetBSD, AnswerNoteWrite, "replaced_p in " + inGenfsRename},
		{freebsd, AnswerNoteWriteExtend, "vop_rename_post, sys/kern/vfs_subr.c"},
	}},
}
