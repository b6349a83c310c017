package fakedemux

// The rows of the table, in the order of docs/kqueue.md.
const (
	cellFlags cell = iota
	cellReceipt
	cellErrorFlags
	cellReceiptNoRoom
	cellChange
	cellEnable
	cellDisable
	cellEnableDisable
	cellAddDelete
	cellOneshot
	cellClearDispatch
	cellClosed
	cellFilterZero
	cellTimeoutFirst
	cellNoData
	cellOrder

	cellAccepted
	cellForeign
	cellReadStream
	cellReadFin
	cellReadReset
	cellReadUnconnected
	cellReadShut
	cellReadFifo
	cellReadBeforeListen
	cellLowat
	cellDatagramData
	cellDatagramEmpty
	cellDatagramError
	cellDatagramClosed
	cellReadPipe
	cellReadPipeEnd
	cellPipeBothWays
	cellFifoWrongEnd
	cellPipeEdges
	cellPipeLowat
	cellPipeGrows
	cellReadFile
	cellReadFileEnd
	cellReadSeek
	cellReadDirectory
	cellReadEventfd
	cellReadTimerfd
	cellReadItself
	cellReadCircle
	cellReadStale

	cellWriteStream
	cellWritePeerFin
	cellWriteFinEdge
	cellWritePeerShut
	cellWriteUnconnected
	cellWriteRefused
	cellWriteReset
	cellWriteListener
	cellWriteDatagram
	cellWriteReaderGone
	cellWriteNoReader
	cellWriteKqueue
	cellWriteFile
	cellWriteDirectory
	cellWriteEventfd
	cellWriteTimerfd

	cellVnodeSocket
	cellVnodePipe
	cellVnodeFifo
	cellVnodeKqueue
	cellVnodeEventfd
	cellVnodeWrite
	cellVnodeExtend
	cellVnodeShrink
	cellVnodeGrow
	cellVnodeChmod
	cellVnodeLink
	cellVnodeUnlink
	cellVnodeUnlinkOne
	cellVnodeRename
	cellVnodeReplaced
	cellVnodeRevoke
	cellVnodeUse
	cellVnodeCreate
	cellVnodeMkdir
	cellVnodeRenameDir
	cellVnodeRenameAcross

	cellZombie
	cellExitFlags
	cellExitStatus
	cellExitUnasked
	cellFork
	cellExec
	cellTrack
	cellSignal
	cellSignalRange

	cellTimerZero
	cellTimerNegative
	cellTimerUnit
	cellTimerAgain
	cellTimerLate

	cellUserAdd
	cellUserFlags
	cellUserTrigger
	cellUserClear
	cellUserOneshot
	cellCount
)

const others = ^systems(0)

// Where the answers were read. The versions of the files are in docs/kqueue.md.
const (
	inRegister = "kqueue_register, sys/kern/kern_event.c"
	inScan     = "kqueue_scan, sys/kern/kern_event.c"
	inXnu      = "kevent_register, bsd/kern/kern_event.c"
	inProcess  = "knote_process, bsd/kern/kern_event.c"
	inSoread   = "filt_soread, sys/kern/uipc_socket.c; on Darwin filt_soread_common"
	inSowrite  = "filt_sowrite, sys/kern/uipc_socket.c; on Darwin filt_sowrite_common"
	inPipe     = "sys/kern/sys_pipe.c"
	inProc     = "filt_proc, sys/kern/kern_event.c"
)

// same says that all systems do the same.
func same(a answer, source string) []saying { return []saying{{others, a, source}} }

// cells is the table. A later saying of a row overrides an earlier one.
var cells = joinRows(generalRows, readRows, writeRows, vnodeRows, otherRows)

func joinRows(parts ...map[cell]cellRow) [cellCount]cellRow {
	var all [cellCount]cellRow
	for _, part := range parts {
		for c, row := range part {
			all[c] = row
		}
	}
	return all
}

var generalRows = map[cell]cellRow{
	cellFlags: {"any", "any", "the flags of a report", []saying{
		{others, answerKept, "kn->kn_kevent = *kev in " + inRegister},
		{freebsd, answerStripped, inRegister},
		{darwin, answerKept, inXnu},
	}},
	cellReceipt: {"any", "any", "EV_RECEIPT was given with EV_ADD: it is in the flags of later reports", []saying{
		{others, answerYes, "kn->kn_kevent = *kev in " + inRegister},
		{darwin, answerYes, inXnu},
	}},
	cellErrorFlags: {"any", "any", "the flags of the report of a change that failed", []saying{
		{others, answerAlone, "sys_kevent, kern_kevent, kevent1; sys/kern/kern_event.c"},
		{darwin, answerJoined, "kev->flags |= EV_ERROR in " + inXnu},
	}},
	cellReceiptNoRoom: {"any", "any", "a change with EV_RECEIPT succeeds, and there is no room for an event", []saying{
		{others, answerStops, "goto done in kern_kevent, kevent1, sys_kevent; sys/kern/kern_event.c"},
		{netbsd9, answerGoesOn, "kevent1 of 2014, sys/kern/kern_event.c, has no EV_RECEIPT"},
		{darwin, answerGoesOn, "kevent_internal, bsd/kern/kern_event.c"},
	}},
	cellChange: {"any", "any", "a change of an existing knote without EV_ADD", []saying{
		{others, answerReplaces, inRegister},
		{netbsd9 | anyOpenBSD, answerIgnored, "only the branch of EV_ADD takes it over; " + inRegister},
		{darwin, answerReplaces, "f_touch in " + inXnu},
	}},
	cellEnable: {"any", "any", "EV_ENABLE of a disabled knote", []saying{
		{others, answerRuns, inRegister},
		{netbsd9, answerQueues, "knote_enqueue, sys/kern/kern_event.c"},
		{darwin, answerRuns, "f_touch in " + inXnu},
	}},
	cellDisable: {"any", "any", "EV_DISABLE of a knote that is on the queue", []saying{
		{others, answerStays, "KN_DISABLED in kqueue_register and kqueue_scan, sys/kern/kern_event.c"},
		{freebsd, answerSkips, "KN_DISABLED in kqueue_register and kqueue_scan, sys/kern/kern_event.c"},
		{darwin, answerDequeues, "knote_dequeue in " + inXnu},
	}},
	cellEnableDisable: {"any", "any", "EV_ENABLE and EV_DISABLE in one change: which counts", []saying{
		{others, answerEnables, "EV_ENABLE comes last in " + inRegister},
		{freebsd, answerEINVAL, inRegister},
		{darwin, answerDisables, "\"delete and disable overrule\" in " + inXnu},
	}},
	cellAddDelete: {"any", "any", "EV_ADD and EV_DELETE in one change: which counts", []saying{
		{others, answerAdds, "the branch of EV_ADD comes first in " + inRegister},
		{freebsd | netbsd, answerDeletesOld, inRegister},
		{darwin, answerDeletes, "\"delete and disable overrule\" in " + inXnu},
	}},
	cellOneshot: {"any", "any", "a Kevent comes to a knote with EV_ONESHOT", []saying{
		{others, answerKeeps, "f_event is not called for EV_ONESHOT in " + inScan},
		{anyOpenBSD, answerKeeps, "knote_process_fn, sys/sys/event.h"},
		{darwin, answerRuns, inProcess},
	}},
	cellClearDispatch: {"any", "any", "EV_CLEAR and EV_DISPATCH: what a report does", []saying{
		{others, answerBoth, inScan},
		{netbsd, answerClears, "else if in " + inScan},
		{netbsd9, answerClears, "kqueue_scan of 2014, sys/kern/kern_event.c, has no EV_DISPATCH"},
		{darwin, answerBoth, inProcess},
	}},
	cellClosed: {"any", "a closed descriptor", "EV_DELETE, or another change without EV_ADD", []saying{
		{others, answerEBADF, "the descriptor is looked up first in " + inRegister},
		{darwin, answerENOENT, "the knote is looked up first in " + inXnu},
	}},
	cellFilterZero: {"0", "any", "a change", []saying{
		{others, answerEINVAL, inRegister},
		{freebsd, answerIgnored, "kern_kevent_fp, sys/kern/kern_event.c"},
		{anyNetBSD, answerRead, "sys/sys/event.h"},
		{darwin, answerEINVAL, inXnu},
	}},
	cellTimeoutFirst: {"any", "any", "an invalid timeout is EINVAL before the changes are made, and in a call without room for events", []saying{
		{others, answerNo, inScan},
		{anyOpenBSD, answerYes, "sys_kevent, sys/kern/kern_event.c"},
		{darwin, answerNo, "kqueue_scan, bsd/kern/kern_event.c"},
	}},
	cellNoData: {"any", "any", "EV_NODATA (0x1000) is beside EV_EOF if there is nothing to read", []saying{
		{others, answerNo, "sys/sys/event.h"},
		{dragonfly, answerYes, "filt_proc, sys/kern/kern_event.c; filt_piperead, filt_pipewrite, sys/kern/sys_pipe.c"},
	}},
	cellOrder: {"any", "several", "reports come in the order in which the knotes became active, and a level-triggered knote goes to the end", []saying{
		{others, answerYes, "TAILQ_INSERT_TAIL in knote_enqueue and kqueue_scan, sys/kern/kern_event.c"},
		{darwin, answerYes, "knote_enqueue and knote_process, bsd/kern/kern_event.c"},
	}},
}

var otherRows = map[cell]cellRow{
	cellZombie: {"EVFILT_PROC", "a process that has exited and was not waited for", "EV_ADD with NOTE_EXIT", []saying{
		{freebsd | dragonfly, answerReported, "zpfind, pfind_any in filt_procattach, sys/kern/kern_event.c"},
		{anyNetBSD, answerSilent, "ESRCH: proc_find in filt_procattach, sys/kern/kern_event.c"},
		{anyOpenBSD, answerSilent, "ESRCH: PS_EXITING in filt_procattach, sys/kern/kern_event.c"},
		{darwin, answerSilent, "ESRCH: proc_find in filt_procattach, bsd/kern/kern_event.c"},
	}},
	cellExitFlags: {"EVFILT_PROC", "a process", "it exits: EV_EOF, EV_ONESHOT and EV_CLEAR are in the flags", []saying{
		{others, answerYes, "filt_procattach and " + inProc + "; on NetBSD 10 knote_proc_exit"},
		{darwin, answerYes, "filt_procattach and filt_procevent, bsd/kern/kern_event.c"},
	}},
	cellExitStatus: {"EVFILT_PROC", "a process", "it exits: data has the status", []saying{
		{freebsd, answerIfAsked, inProc},
		{dragonfly | netbsd9 | anyOpenBSD, answerAlways, inProc},
		{netbsd, answerAlways, "knote_proc_exit, sys/kern/kern_event.c"},
		{darwin, answerExitStatus, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	cellExitUnasked: {"EVFILT_PROC", "a process", "it exits, and NOTE_EXIT was not asked for", []saying{
		{freebsd, answerDropped, "EV_DROP in " + inProc},
		{dragonfly | netbsd9 | anyOpenBSD, answerReported, inProc},
		{netbsd, answerReported, "\"matches historical behavior\" in knote_proc_exit, sys/kern/kern_event.c"},
		{darwin, answerSilent, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	cellFork: {"EVFILT_PROC", "a process", "it forks, and NOTE_FORK was asked for", []saying{
		{others, answerReported, inProc}, {darwin, answerReported, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	cellExec: {"EVFILT_PROC", "a process", "it runs another program, and NOTE_EXEC was asked for", []saying{
		{others, answerReported, inProc}, {darwin, answerReported, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	cellTrack: {"EVFILT_PROC", "a process", "it forks, and NOTE_TRACK was asked for", []saying{
		{freebsd, answerTwo, "knote_fork, sys/kern/kern_event.c"},
		{netbsd, answerTwo, "knote_proc_fork_track, sys/kern/kern_event.c"},
		{dragonfly | netbsd9 | anyOpenBSD, answerOneKnote, inProc},
		{darwin, answerENOTSUP, "filt_procattach, bsd/kern/kern_event.c"},
	}},
	cellSignal: {"EVFILT_SIGNAL", "the program", "a signal: data counts those since the last report", same(answerYes, "filt_signal, sys/kern/kern_sig.c")},
	cellSignalRange: {"EVFILT_SIGNAL", "a number that is not a signal", "EV_ADD", []saying{
		{others, answerAccepted, "filt_sigattach, sys/kern/kern_sig.c"},
		{anyOpenBSD, answerEINVAL, "filt_sigattach, sys/kern/kern_event.c"},
	}},
	cellTimerZero: {"EVFILT_TIMER", "a timer of 0", "it expires", []saying{
		{freebsd, answerUnit, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd, answerEINVAL, "filt_timercompute, sys/kern/kern_event.c"},
		{netbsd9, answerEINVAL, "filt_timerattach, sys/kern/kern_event.c"},
		{openbsd | openbsd77, answerTick, "filt_timeradd, sys/kern/kern_event.c"},
		{openbsd73, answerTick, "filt_timer_timeout_add, sys/kern/kern_event.c"},
		{dragonfly, answerTick, "filt_timerreset, sys/kern/kern_event.c"},
		{darwin, answerAtOnce, "filt_timer_is_ready, bsd/kern/kern_event.c"},
	}},
	cellTimerNegative: {"EVFILT_TIMER", "a timer of less than 0", "it expires", []saying{
		{freebsd, answerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{anyNetBSD, answerTick, "filt_timercompute, filt_timerattach: a time of no ticks is one tick; sys/kern/kern_event.c"},
		{anyOpenBSD, answerTick, "filt_timeradd, filt_timer_timeout_add: at least one tick; sys/kern/kern_event.c"},
		{dragonfly, answerTick, "filt_timerreset, sys/kern/kern_event.c; tvtohz_high, sys/kern/kern_clock.c"},
		{darwin, answerAtOnce, "\"negative interval timers fire immediately\" in filt_timervalidate, bsd/kern/kern_event.c"},
	}},
	cellTimerUnit: {"EVFILT_TIMER", "a bit of fflags that is not a unit", "EV_ADD", []saying{
		{freebsd, answerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd, answerEINVAL, "filt_timercompute, sys/kern/kern_event.c"},
		{openbsd | openbsd77, answerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd9 | openbsd73 | dragonfly, answerAccepted, "filt_timerattach, sys/kern/kern_event.c, does not look at fflags"},
		{darwin, answerAccepted, "filt_timervalidate, bsd/kern/kern_event.c"},
	}},
	cellTimerAgain: {"EVFILT_TIMER", "a timer", "EV_ADD of an existing timer", []saying{
		{freebsd, answerRestarts, "filt_timertouch, sys/kern/kern_event.c"},
		{netbsd, answerReplacesFlags, "filt_timertouch, sys/kern/kern_event.c"},
		{anyOpenBSD, answerRestarts, "filt_timermodify, sys/kern/kern_event.c"},
		{netbsd9 | dragonfly, answerLater, "kn_sdata in filt_timerexpire, sys/kern/kern_event.c"},
		{darwin, answerEveryChange, "filt_timertouch, bsd/kern/kern_event.c"},
	}},
	cellTimerLate: {"EVFILT_TIMER", "a timer", "it expires more than once before the report", []saying{
		{others, answerEach, "filt_timerexpire, sys/kern/kern_event.c"},
		{darwin, answerCounts, "filt_timerprocess, bsd/kern/kern_event.c"},
	}},
	cellUserAdd: {"EVFILT_USER", "a user event", "EV_ADD with NOTE_TRIGGER triggers it", []saying{
		{freebsd | netbsd, answerNo, "filt_userattach looks at kn_fflags, which is 0; sys/kern/kern_event.c"},
		{dragonfly | openbsd, answerYes, "filt_userattach, sys/kern/kern_event.c"},
		{darwin, answerYes, "filt_userattach, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, answerNone, "sys/sys/event.h"},
	}},
	cellUserFlags: {"EVFILT_USER", "a user event", "fflags and data of a report", []saying{
		{freebsd | netbsd, answerAsked, "filt_usertouch, sys/kern/kern_event.c"},
		{dragonfly, answerComputed, "filt_userattach and filt_usertouch, sys/kern/kern_event.c"},
		{openbsd, answerMasked, "filt_userattach and filt_usermodify, sys/kern/kern_event.c"},
		{darwin, answerAsked, "filt_userprocess, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, answerNone, "sys/sys/event.h"},
	}},
	cellUserTrigger: {"EVFILT_USER", "a user event", "NOTE_TRIGGER without EV_ADD triggers it", []saying{
		{others, answerYes, "filt_usertouch in " + inRegister},
		{openbsd, answerYes, "\"allow NOTE_TRIGGER without EV_ADD\" in " + inRegister},
		{darwin, answerYes, "filt_usertouch, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, answerNone, "sys/sys/event.h"},
	}},
	cellUserClear: {"EVFILT_USER", "a user event", "EV_CLEAR in a change takes a trigger back, also one of the same change", []saying{
		{freebsd | netbsd | dragonfly, answerYes, "filt_usertouch, sys/kern/kern_event.c"},
		{openbsd, answerYes, "filt_usermodify, sys/kern/kern_event.c"},
		{darwin, answerNo, "filt_usertouch, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, answerNone, "sys/sys/event.h"},
	}},
	cellUserOneshot: {"EVFILT_USER", "a user event with EV_ONESHOT", "fflags and data of the report", []saying{
		{freebsd, answerNothing, "f_touch is not called for EV_ONESHOT in " + inScan},
		{netbsd | dragonfly, answerReported, "f_touch in " + inScan},
		{openbsd, answerReported, "filt_userprocess, sys/kern/kern_event.c"},
		{darwin, answerReported, "filt_userprocess, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, answerNone, "sys/sys/event.h"},
	}},
}
