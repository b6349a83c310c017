package fakedemux

var readRows = map[cell]cellRow{
	cellAccepted: {"EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE", "what has no row of its own below", "EV_ADD", same(answerAccepted, "the fo_kqfilter of the object")},
	cellForeign: {
		"EVFILT_READ, EVFILT_WRITE, EVFILT_VNODE", "an object of another system, such as an epoll instance", "EV_ADD",
		same(answerNotSimulated, "the system has no such object"),
	},
	cellReadStream:      {"EVFILT_READ", "a stream socket", "bytes arrive", same(answerBytes, inSoread)},
	cellReadFin:         {"EVFILT_READ", "a stream socket", "the peer sends no more; data has what is unread", same(answerEOF, "SBS_CANTRCVMORE in "+inSoread)},
	cellReadReset:       {"EVFILT_READ", "a TCP socket", "a reset arrives", same(answerEOFReset, "so_error in "+inSoread)},
	cellReadUnconnected: {"EVFILT_READ", "a TCP socket that is not connected", "EV_ADD", same(answerSilent, "there are no bytes, and no end; "+inSoread)},
	cellReadShut:        {"EVFILT_READ", "a TCP socket", "shutdown(2) with SHUT_RD; data is 0", same(answerEOF, "sorflush, sys/kern/uipc_socket.c; "+inSoread)},
	cellReadFifo: {"EVFILT_READ", "a FIFO that no writer has opened yet", "EV_ADD", []saying{
		{others, answerSilent, "fifo_open, sys/miscfs/fifofs/fifo_vnops.c; fifo_vnops.c of DragonFly and Darwin"},
		{freebsd, answerSilent, "pipe_wgen in filt_piperead, " + inPipe},
	}},
	cellReadBeforeListen: {"EVFILT_READ", "a socket that listens after EV_ADD", "a connection arrives", []saying{
		{freebsd, answerReported, "SOLISTENING in filt_soread, sys/kern/uipc_socket.c"},
		{anyOpenBSD, answerReported, "SO_ACCEPTCONN in filt_soread, sys/kern/uipc_socket.c"},
		{darwin, answerReported, "\"handle the listen case dynamically\" in filt_soread_common, bsd/kern/uipc_socket.c"},
		{anyNetBSD, answerSilent, "soo_kqfilter has chosen filt_soread; sys/kern/uipc_socket.c"},
		{dragonfly, answerZero, "so_comp in filt_soread, sys/kern/uipc_socket.c"},
	}},
	cellLowat: {"EVFILT_READ, EVFILT_WRITE", "a socket", "NOTE_LOWAT", []saying{
		{others, answerReplacesMark, inSoread + "; " + inSowrite},
		{darwin, answerRaises, "filt_soread_common, filt_sowrite_common, bsd/kern/uipc_socket.c"},
	}},
	cellDatagramData: {"EVFILT_READ", "a datagram socket", "a datagram arrives", []saying{
		{freebsd, answerBytes, "sb_cc less sb_ctl in filt_soread, sys/kern/uipc_socket.c"},
		{darwin, answerBytes, "sb_cc less sb_ctl in filt_soread_common, bsd/kern/uipc_socket.c"},
		{anyNetBSD | anyOpenBSD | dragonfly, answerAddresses, "sb_cc in filt_soread, sys/kern/uipc_socket.c; sbappendaddr, sys/kern/uipc_socket2.c"},
	}},
	cellDatagramEmpty: {
		"EVFILT_READ", "a datagram socket", "an empty datagram arrives",
		same(answerReported, "the address is in the buffer: sbappendaddr, sys/kern/uipc_socket2.c; on FreeBSD uipc_sockbuf.c"),
	},
	cellDatagramError:  {"EVFILT_READ, EVFILT_WRITE", "a UDP socket", "an error is pending; there is no EV_EOF", same(answerReported, "\"temporary udp error\" in "+inSoread)},
	cellDatagramClosed: {"EVFILT_READ, EVFILT_WRITE", "a unix datagram socket", "its peer is closed: ECONNRESET is pending; there is no EV_EOF", same(answerReported, "unp_drop in unp_detach, sys/kern/uipc_usrreq.c")},
	cellReadPipe:       {"EVFILT_READ", "a pipe", "bytes arrive", same(answerBytes, "filt_piperead, "+inPipe)},
	cellReadPipeEnd:    {"EVFILT_READ", "a pipe", "the other end is closed; data has what is unread", same(answerEOF, "PIPE_EOF in filt_piperead, "+inPipe)},
	cellPipeBothWays: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "it goes both ways; where it does not, a filter on the wrong end reports EV_EOF alone", []saying{
		{freebsd, answerYes, "kern_pipe, pipe_kqfilter, " + inPipe + "; pipe(2)"},
		{dragonfly, answerYes, "bufferA and bufferB, " + inPipe},
		{anyNetBSD, answerNo, "pipe1, filt_piperead, filt_pipewrite, " + inPipe},
		{anyOpenBSD, answerNo, "dopipe, filt_piperead, filt_pipewrite, " + inPipe},
		{darwin, answerNo, "EVFILTID_PIPE_N in pipe_kqfilter, bsd/kern/sys_pipe.c"},
	}},
	cellFifoWrongEnd: {"EVFILT_WRITE", "a FIFO that is open for reading alone", "the writer is closed", []saying{
		{others, answerEOF, "filt_fifowrite, sys/miscfs/fifofs/fifo_vnops.c; fifo_vnops.c of DragonFly and Darwin"},
		{freebsd, answerSilent, "pipe_nfiltops in pipe_kqfilter, " + inPipe},
	}},
	cellPipeEdges: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "a read or a write is an event for the knotes of", []saying{
		{others, answerBoth, "pipeselwakeup, pipe_read and pipe_write, " + inPipe + ": the knotes of both ends are in the list of one buffer"},
		{dragonfly, answerOther, "pipewakeup, " + inPipe},
	}},
	cellPipeLowat: {"EVFILT_READ, EVFILT_WRITE", "a pipe", "NOTE_LOWAT", []saying{
		{others, answerIgnored, "filt_piperead, filt_pipewrite, " + inPipe},
		{darwin, answerRaises, "filt_pipelowwat, bsd/kern/sys_pipe.c"},
	}},
	cellPipeGrows: {"EVFILT_WRITE", "a pipe", "a write of more than fits", []saying{
		{freebsd, answerDoubles, "pipe_write, " + inPipe},
		{darwin, answerDoubles, "choose_pipespace, bsd/kern/sys_pipe.c"},
		{anyNetBSD | anyOpenBSD, answerIfEmpty, "pipe_write, " + inPipe},
		{dragonfly, answerNever, "pipe_size, " + inPipe},
	}},
	cellReadFile: {"EVFILT_READ", "a file", "the offset is not at the end", []saying{
		{freebsd, answerRest, "filt_vfsread, sys/kern/vfs_subr.c"},
		{anyNetBSD, answerRest, "filt_genfsread, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerRest, "filt_ufsread, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerRest, "filt_ufsread, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerRest, "vnode_readable_data_count, bsd/vfs/vfs_vnops.c"},
	}},
	cellReadFileEnd: {"EVFILT_READ", "a file", "the offset is at the end", []saying{
		{freebsd, answerSilent, "unless NOTE_FILE_POLL was asked for: filt_vfsread, sys/kern/vfs_subr.c"},
		{anyNetBSD, answerSilent, "filt_genfsread, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerSilent, "unless NOTE_EOF was asked for: filt_ufsread, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerSilent, "filt_ufsread, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerSilent, "filt_vnode_common, bsd/vfs/vfs_vnops.c"},
	}},
	cellReadSeek: {"EVFILT_READ", "a file", "lseek(2) goes back from the end", []saying{
		{freebsd, answerReported, "VFS_KNOTE_UNLOCKED in vn_seek, sys/kern/vfs_vnops.c"},
		{darwin, answerReported, "NOTE_NONE in lseek, bsd/vfs/vfs_syscalls.c"},
		{anyNetBSD, answerSilent, "sys_lseek, sys/kern/vfs_syscalls.c, tells nobody"},
		{anyOpenBSD, answerSilent, "vn_seek, sys/kern/vfs_vnops.c, tells nobody"},
		{dragonfly, answerSilent, "kern_lseek, sys/kern/vfs_syscalls.c, tells nobody"},
	}},
	cellReadDirectory: {"EVFILT_READ", "a directory", "EV_ADD", []saying{
		{freebsd, answerAccepted, "vfs_kqfilter, sys/kern/vfs_subr.c"},
		{anyNetBSD, answerAccepted, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerAccepted, "ufs_kqfilter, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerAccepted, "ufs_kqfilter, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerEINVAL, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
	}},
	cellReadEventfd: {"EVFILT_READ", "an eventfd", "EV_ADD", eventfdRow(answerAccepted)},
	cellReadTimerfd: {"EVFILT_READ", "a timerfd", "EV_ADD", timerfdRow(answerAccepted)},
	cellReadItself: {"EVFILT_READ", "the kqueue itself", "EV_ADD", []saying{
		{others, answerAccepted, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{freebsd, answerEINVAL, "\"support events on ourselves\" in " + inRegister},
		{darwin, answerEINVAL, "kqueue_kqfilter, bsd/kern/kern_event.c"},
	}},
	cellReadCircle: {"EVFILT_READ", "a kqueue that watches this one", "EV_ADD", []saying{
		{others, answerAccepted, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{darwin, answerEINVAL, "kq_level in kqueue_kqfilter, bsd/kern/kern_event.c"},
	}},
	cellReadStale: {"EVFILT_READ", "a kqueue with a knote whose condition has passed, and no Kevent since", "it is readable", same(answerYes, "kq_count in filt_kqueue, sys/kern/kern_event.c")},
}

// eventfdRow is a row of an object that FreeBSD 13 and NetBSD 10 have.
func eventfdRow(a answer) []saying {
	return []saying{
		{freebsd, a, "eventfd_kqfilter, sys/kern/sys_eventfd.c"},
		{netbsd, a, "eventfd_fop_kqfilter, sys/kern/sys_eventfd.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, answerNotSimulated, "the system has no eventfd(2)"},
	}
}

// timerfdRow is a row of an object that FreeBSD 14 and NetBSD 10 have.
func timerfdRow(a answer) []saying {
	return []saying{
		{freebsd, a, "timerfd_kqfilter, sys/kern/sys_timerfd.c"},
		{netbsd, a, "timerfd_fop_kqfilter, sys/kern/sys_timerfd.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, answerNotSimulated, "the system has no timerfd_create(2)"},
	}
}

var writeRows = map[cell]cellRow{
	cellWriteStream:      {"EVFILT_WRITE", "a stream socket", "there is room for 2048 bytes, or for the whole buffer if it is smaller", same(answerBytes, "sb_lowat in "+inSowrite+"; soreserve")},
	cellWritePeerFin:     {"EVFILT_WRITE", "a TCP socket", "the peer sends no more: there is EV_EOF", same(answerNo, "SBS_CANTSENDMORE in "+inSowrite)},
	cellWriteFinEdge:     {"EVFILT_WRITE", "a TCP socket, EV_CLEAR", "the peer sends no more", same(answerSilent, "sorwakeup in socantrcvmore, sys/kern/uipc_sockbuf.c, uipc_socket2.c")},
	cellWritePeerShut:    {"EVFILT_WRITE", "a unix stream socket", "the peer calls shutdown(2) with SHUT_RD: there is EV_EOF", same(answerNo, "soshutdown, sys/kern/uipc_socket.c; unp_shutdown, sys/kern/uipc_usrreq.c")},
	cellWriteUnconnected: {"EVFILT_WRITE", "a TCP socket that is not connected", "EV_ADD", same(answerSilent, "PR_CONNREQUIRED in "+inSowrite)},
	cellWriteRefused:     {"EVFILT_WRITE", "a TCP socket", "a connect is refused", same(answerEOFRefused, "so_error in "+inSowrite)},
	cellWriteReset:       {"EVFILT_WRITE", "a TCP socket", "a reset arrives, also behind a FIN", same(answerEOFReset, "so_error in "+inSowrite+"; tcp_do_segment, tcp_input")},
	cellWriteListener:    {"EVFILT_WRITE", "a listener", "EV_ADD", same(answerSilent, "PR_CONNREQUIRED, SOLISTENING in "+inSowrite)},
	cellWriteDatagram:    {"EVFILT_WRITE", "a UDP socket, connected or not", "EV_ADD; data has the size of the buffer", same(answerBytes, "sbspace in "+inSowrite+"; udp_sendspace")},
	cellWriteReaderGone:  {"EVFILT_WRITE", "a pipe", "the reader is closed; data is 0", same(answerEOF, "filt_pipewrite, "+inPipe)},
	cellWriteNoReader: {"EVFILT_WRITE", "a pipe whose reader is closed", "EV_ADD", []saying{
		{others, answerEPIPE, "pipe_kqfilter, " + inPipe},
		{anyNetBSD, answerEBADF, "pipe_kqfilter, " + inPipe},
		{darwin, answerEOF, "filt_pipe_draincommon in pipe_kqfilter, bsd/kern/sys_pipe.c"},
	}},
	cellWriteKqueue: {"EVFILT_WRITE", "a kqueue", "EV_ADD", []saying{
		{others, answerEINVAL, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{dragonfly, answerEOPNOTSUPP, "kqueue_kqfilter, sys/kern/kern_event.c"},
		{netbsd9, answerEPERM, "kqueue_kqfilter returns 1, which is EPERM; sys/kern/kern_event.c 1.117"},
	}},
	cellWriteFile: {"EVFILT_WRITE", "a file", "EV_ADD", []saying{
		{freebsd, answerZero, "filt_vfswrite, sys/kern/vfs_subr.c"},
		{netbsd, answerZero, "filt_genfswrite, sys/miscfs/genfs/genfs_vnops.c"},
		{netbsd9, answerEINVAL, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerZero, "filt_ufswrite, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerZero, "filt_ufswrite, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerOne, "vnode_writable_space_count, bsd/vfs/vfs_vnops.c"},
	}},
	cellWriteDirectory: {"EVFILT_WRITE", "a directory", "EV_ADD", []saying{
		{freebsd, answerZero, "filt_vfswrite, sys/kern/vfs_subr.c"},
		{netbsd, answerZero, "filt_genfswrite, sys/miscfs/genfs/genfs_vnops.c"},
		{netbsd9, answerEINVAL, "genfs_kqfilter, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerZero, "filt_ufswrite, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerZero, "filt_ufswrite, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerEINVAL, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
	}},
	cellWriteEventfd: {"EVFILT_WRITE", "an eventfd", "EV_ADD", eventfdRow(answerAccepted)},
	cellWriteTimerfd: {"EVFILT_WRITE", "a timerfd", "EV_ADD", timerfdRow(answerEINVAL)},
}

// notSupportedRow is a row of a filter that an object does not have.
func notSupportedRow(source string) []saying {
	return []saying{{others, answerEINVAL, source}, {dragonfly, answerEOPNOTSUPP, source}}
}

const (
	inVfs   = "sys/kern/vfs_subr.c of FreeBSD, sys/kern/vnode_if.c of NetBSD, sys/ufs of OpenBSD, sys/vfs/hammer2/hammer2_vnops.c of DragonFly, bsd/vfs/kpi_vfs.c of Darwin"
	inFiles = "vop_*_post, " + inVfs
)

var vnodeRows = map[cell]cellRow{
	cellVnodeSocket: {"EVFILT_VNODE", "a socket", "EV_ADD", notSupportedRow("soo_kqfilter, sokqfilter, sys/kern/uipc_socket.c")},
	cellVnodePipe:   {"EVFILT_VNODE", "a pipe", "EV_ADD", notSupportedRow("pipe_kqfilter, " + inPipe)},
	cellVnodeFifo: {"EVFILT_VNODE", "a FIFO", "EV_ADD", []saying{
		{freebsd, answerAccepted, "PIPE_TYPE_NAMED in pipe_kqfilter, " + inPipe},
		{darwin, answerAccepted, "vn_kqfilter, bsd/vfs/vfs_vnops.c"},
		{anyNetBSD, answerEINVAL, "fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c"},
		{anyOpenBSD, answerEINVAL, "fifo_kqfilter, sys/miscfs/fifofs/fifo_vnops.c"},
		{dragonfly, answerEOPNOTSUPP, "fifo_kqfilter, sys/vfs/fifofs/fifo_vnops.c"},
	}},
	cellVnodeKqueue: {"EVFILT_VNODE", "a kqueue", "EV_ADD", append(notSupportedRow("kqueue_kqfilter, sys/kern/kern_event.c"),
		saying{netbsd9, answerEPERM, "kqueue_kqfilter returns 1, which is EPERM; sys/kern/kern_event.c 1.117"})},
	cellVnodeEventfd: {"EVFILT_VNODE", "an eventfd or a timerfd", "EV_ADD", eventfdRow(answerEINVAL)},
	cellVnodeWrite:   {"EVFILT_VNODE", "a file", "a write that does not make it longer", same(answerNoteWrite, inFiles)},
	cellVnodeExtend:  {"EVFILT_VNODE", "a file", "a write that makes it longer", same(answerNoteWriteExtend, inFiles+"; ubc_setsize_ex, bsd/kern/ubc_subr.c")},
	cellVnodeShrink: {"EVFILT_VNODE", "a file", "ftruncate(2) makes it shorter", []saying{
		{others, answerNoteAttrib, "vop_setattr_post, " + inVfs},
		{anyOpenBSD, answerNoteAttribTruncate, "ufs_setattr, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerNoteWrite, "hammer2_vop_setattr, sys/vfs/hammer2/hammer2_vnops.c"},
	}},
	cellVnodeGrow: {"EVFILT_VNODE", "a file", "ftruncate(2) makes it longer", []saying{
		{others, answerNoteAttrib, "vop_setattr_post, " + inVfs},
		{dragonfly, answerNoteWriteExtend, "hammer2_vop_setattr, sys/vfs/hammer2/hammer2_vnops.c"},
		{darwin, answerNoteAttribExtend, "VNOP_SETATTR, bsd/vfs/kpi_vfs.c; ubc_setsize_ex, bsd/kern/ubc_subr.c"},
	}},
	cellVnodeChmod: {"EVFILT_VNODE", "a file", "chmod(2)", same(answerNoteAttrib, "vop_setattr_post, "+inVfs)},
	cellVnodeLink:  {"EVFILT_VNODE", "a file", "link(2) gives it one more name", same(answerNoteLink, "vop_link_post, "+inVfs)},
	cellVnodeUnlink: {"EVFILT_VNODE", "a file", "unlink(2) takes its last name", []saying{
		{others, answerNoteDelete, "vop_remove_post, " + inVfs},
		{darwin, answerNoteDeleteLink, "VNOP_REMOVE, bsd/vfs/kpi_vfs.c"},
	}},
	cellVnodeUnlinkOne: {"EVFILT_VNODE", "a file with two names", "unlink(2) takes one", []saying{
		{others, answerNoteDelete, "vop_remove_post, " + inVfs},
		{netbsd, answerNoteLink, "ctx_vp_new_nlink in vop_remove_post, sys/kern/vnode_if.c"},
		{darwin, answerNoteDeleteLink, "VNOP_REMOVE, bsd/vfs/kpi_vfs.c"},
	}},
	cellVnodeRename:   {"EVFILT_VNODE", "a file", "rename(2)", same(answerNoteRename, "vop_rename_post, "+inVfs)},
	cellVnodeReplaced: {"EVFILT_VNODE", "a file", "rename(2) puts another one in its place", same(answerNoteDelete, "vop_rename_post, "+inVfs)},
	cellVnodeRevoke: {"EVFILT_VNODE", "a file", "its file system is gone; NOTE_REVOKE if that was asked for", []saying{
		{freebsd, answerEOF, "filt_vfsvnode, sys/kern/vfs_subr.c"},
		{anyNetBSD, answerEOF, "filt_genfsvnode, sys/miscfs/genfs/genfs_vnops.c"},
		{anyOpenBSD, answerEOF, "filt_ufsvnode, sys/ufs/ufs/ufs_vnops.c"},
		{dragonfly, answerEOF, "filt_ufsvnode, sys/vfs/ufs/ufs_vnops.c"},
		{darwin, answerEOFOneshot, "filt_vnode_common, bsd/vfs/vfs_vnops.c"},
	}},
	cellVnodeUse: {"EVFILT_VNODE", "a file", "it is opened, read and closed", []saying{
		{freebsd, answerNoteOpen, "vop_open_post, vop_read_post, vop_close_post, sys/kern/vfs_subr.c"},
		{netbsd, answerNoteOpen, "vop_open_post, vop_read_post, vop_close_post, sys/kern/vnode_if.c"},
		{darwin | dragonfly | netbsd9 | anyOpenBSD, answerSilent, "sys/sys/event.h has no notes for that"},
	}},
	cellVnodeCreate:    {"EVFILT_VNODE", "a directory", "a file is made, linked or removed in it", same(answerNoteWrite, "vop_create_post, vop_link_post, vop_remove_post, "+inVfs)},
	cellVnodeMkdir:     {"EVFILT_VNODE", "a directory", "a directory is made or removed in it", same(answerNoteWriteLink, "vop_mkdir_post, vop_rmdir_post, "+inVfs)},
	cellVnodeRenameDir: {"EVFILT_VNODE", "a directory", "a file is renamed in it", same(answerNoteWrite, "vop_rename_post, "+inVfs)},
	cellVnodeRenameAcross: {"EVFILT_VNODE", "a directory", "a file is renamed from it or into it", []saying{
		{others, answerNoteWrite, "vop_rename_post, " + inVfs},
		{freebsd, answerNoteWriteExtend, "vop_rename_post, sys/kern/vfs_subr.c"},
	}},
}
