package kqueues

// The rows of the table, in the order of docs/kqueue.md.
const (
	CellFlags Cell = iota
	CellReceipt
	CellErrorFlags
	CellReceiptNoRoom
	CellChange
	CellEnable
	CellDisable
	CellEnableDisable
	CellAddDelete
	CellOneshot
	CellClearDispatch
	CellClosed
	CellFilterZero
	CellTimeoutFirst
	CellTimeoutWrong
	CellNoData
	CellOrder

	CellAccepted
	CellForeign
	CellReadStream
	CellReadLeast
	CellReadFin
	CellReadReset
	CellReadUnconnected
	CellReadShut
	CellReadFifo
	CellReadBeforeListen
	CellLowat
	CellDatagramData
	CellDatagramEmpty
	CellDatagramError
	CellDatagramClosed
	CellReadPipe
	CellReadPipeEnd
	CellPipeBothWays
	CellFifoWrongEnd
	CellFifoEnd
	CellFifoEndRead
	CellFifoRoom
	CellPipeWriteReader
	CellPipeEdges
	CellPipeReadRoom
	CellPipeReadNothing
	CellPipeLowat
	CellPipeGrows
	CellReadFile
	CellReadFileEnd
	CellReadSeek
	CellReadDirectory
	CellReadEventfd
	CellReadTimerfd
	CellReadItself
	CellReadCircle
	CellReadStale

	CellWriteStream
	CellWriteUnixRoom
	CellWriteUnixGone
	CellWriteLow
	CellWritePeerFin
	CellWriteFinEdge
	CellWritePeerShut
	CellWriteUnconnected
	CellWriteRefused
	CellWriteReset
	CellWriteListener
	CellWriteDatagram
	CellWriteReaderGone
	CellWriteNoReader
	CellWriteKqueue
	CellWriteFile
	CellWriteDirectory
	CellWriteEventfd
	CellWriteTimerfd

	CellVnodeSocket
	CellVnodePipe
	CellVnodeFifo
	CellVnodeKqueue
	CellVnodeEventfd
	CellVnodeWrite
	CellVnodeExtend
	CellVnodeShrink
	CellVnodeGrow
	CellVnodeSameSize
	CellVnodeChmod
	CellVnodeLink
	CellVnodeUnlink
	CellVnodeUnlinkOne
	CellVnodeRename
	CellVnodeReplaced
	CellVnodeReplacedOne
	CellVnodeRevoke
	CellVnodeRevokeUnasked
	CellVnodeUse
	CellVnodeReadEnd
	CellVnodeCreate
	CellVnodeMkdir
	CellVnodeRenameDir
	CellVnodeRenameFrom
	CellVnodeRenameInto
	CellVnodeRenameOver

	CellZombie
	CellExitFlags
	CellExitStatus
	CellExitUnasked
	CellFork
	CellExec
	CellTrack
	CellTrackExit
	CellSignal
	CellSignalRange

	CellTimerZero
	CellTimerNegative
	CellTimerUnit
	CellTimerOverflow
	CellTimerAgain
	CellTimerWrong
	CellTimerLate

	CellUserAdd
	CellUserFlags
	CellUserTrigger
	CellUserClear
	CellUserOneshot
	CellUserUdata
	CellUserReceipt
	cellCount
)

const others = ^Systems(0)

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
func same(a Answer, source string) []Saying { return []Saying{{others, a, source}} }

// Cells is the table. A later saying of a row overrides an earlier one.
var Cells = joinRows(generalRows, readRows, writeRows, vnodeRows, otherRows)

func joinRows(parts ...map[Cell]cellRow) [cellCount]cellRow {
	var all [cellCount]cellRow
	for _, part := range parts {
		for c, row := range part {
			all[c] = row
		}
	}
	return all
}

var generalRows = map[Cell]cellRow{
	CellFlags: {"any", "any", "the flags of a report", []Saying{
		{others, AnswerKept, "kn->kn_kevent = *kev in " + inRegister},
		{freebsd, AnswerStripped, inRegister},
		{darwin, AnswerKept, inXnu},
	}},
	CellReceipt: {"any", "any", "EV_RECEIPT was given with EV_ADD: it is in the flags of later reports", []Saying{
		{others, AnswerYes, "kn->kn_kevent = *kev in " + inRegister},
		{darwin, AnswerYes, inXnu},
	}},
	CellErrorFlags: {"any", "any", "the flags of the report of a change that failed", []Saying{
		{others, AnswerAlone, "sys_kevent, kern_kevent, kevent1; sys/kern/kern_event.c"},
		{darwin, AnswerJoined, "kev->flags |= EV_ERROR in " + inXnu},
	}},
	CellReceiptNoRoom: {"any", "any", "a change with EV_RECEIPT succeeds, and there is no room for an event", []Saying{
		{others, AnswerStops, "goto done in kern_kevent, kevent1, sys_kevent; sys/kern/kern_event.c"},
		{netbsd9, AnswerGoesOn, "kevent1 of 2014, sys/kern/kern_event.c, has no EV_RECEIPT"},
		{darwin, AnswerGoesOn, "kevent_internal, bsd/kern/kern_event.c"},
	}},
	CellChange: {"any", "any", "a change of an existing knote without EV_ADD", []Saying{
		{others, AnswerReplaces, inRegister},
		{netbsd9 | anyOpenBSD, AnswerIgnored, "only the branch of EV_ADD takes it over; " + inRegister},
		{darwin, AnswerReplaces, "f_touch in " + inXnu},
	}},
	CellEnable: {"any", "any", "EV_ENABLE of a disabled knote", []Saying{
		{anyOpenBSD, AnswerRuns, "filter_process in " + inRegister},
		{freebsd | dragonfly, AnswerRunsQueues, "KN_ACTIVE in " + inRegister},
		{netbsd, AnswerRunsQueues, "filter_event and knote_enqueue in " + inRegister},
		{netbsd9, AnswerQueues, "knote_enqueue, sys/kern/kern_event.c"},
		{darwin, AnswerRuns, "f_touch in " + inXnu},
	}},
	CellDisable: {"any", "any", "EV_DISABLE of a knote that is on the queue", []Saying{
		{others, AnswerStays, "KN_DISABLED in kqueue_register and kqueue_scan, sys/kern/kern_event.c"},
		{freebsd, AnswerSkips, "KN_DISABLED in kqueue_register and kqueue_scan, sys/kern/kern_event.c"},
		{darwin, AnswerDequeues, "knote_dequeue in " + inXnu},
	}},
	CellEnableDisable: {"any", "any", "EV_ENABLE and EV_DISABLE in one change: which counts", []Saying{
		{others, AnswerEnables, "EV_ENABLE comes last in " + inRegister},
		{freebsd, AnswerEINVAL, inRegister},
		{darwin, AnswerDisables, "\"delete and disable overrule\" in " + inXnu},
	}},
	CellAddDelete: {"any", "any", "EV_ADD and EV_DELETE in one change: which counts", []Saying{
		{others, AnswerAdds, "the branch of EV_ADD comes first in " + inRegister},
		{freebsd | netbsd, AnswerDeletesOld, inRegister},
		{darwin, AnswerDeletes, "\"delete and disable overrule\" in " + inXnu},
	}},
	CellOneshot: {"any", "any", "a Kevent comes to a knote with EV_ONESHOT", []Saying{
		{others, AnswerKeeps, "f_event is not called for EV_ONESHOT in " + inScan},
		{anyOpenBSD, AnswerKeeps, "knote_process_fn, sys/sys/event.h"},
		{darwin, AnswerRuns, inProcess},
	}},
	CellClearDispatch: {"any", "any", "EV_CLEAR and EV_DISPATCH: what a report does", []Saying{
		{others, AnswerBoth, inScan},
		{netbsd, AnswerClears, "else if in " + inScan},
		{netbsd9, AnswerClears, "kqueue_scan of 2014, sys/kern/kern_event.c, has no EV_DISPATCH"},
		{darwin, AnswerBoth, inProcess},
	}},
	CellClosed: {"any", "a closed descriptor", "EV_DELETE, or another change without EV_ADD", []Saying{
		{others, AnswerEBADF, "the descriptor is looked up first in " + inRegister},
		{darwin, AnswerENOENT, "the knote is looked up first in " + inXnu},
	}},
	CellFilterZero: {"0", "any", "a change", []Saying{
		{others, AnswerEINVAL, inRegister},
		{freebsd, AnswerIgnored, "kern_kevent_fp, sys/kern/kern_event.c"},
		{anyNetBSD, AnswerRead, "sys/sys/event.h"},
		{darwin, AnswerEINVAL, inXnu},
	}},
	CellTimeoutFirst: {"any", "any", "an invalid timeout is EINVAL before the changes are made, and in a call without room for events", []Saying{
		{others, AnswerNo, inScan},
		{anyOpenBSD, AnswerYes, "sys_kevent, sys/kern/kern_event.c"},
		{darwin, AnswerYes, "kevent_legacy_get_deadline in kevent_legacy_internal, bsd/kern/kern_event.c"},
	}},
	CellTimeoutWrong: {"any", "any", "the timeout is negative, or has a second or more in nanoseconds", []Saying{
		{others, AnswerEINVAL, inScan},
		{netbsd | netbsd9, AnswerEINVAL, "inittimeleft in " + inScan},
		{anyOpenBSD, AnswerEINVAL, "timespecisvalid in sys_kevent, sys/kern/kern_event.c"},
		{dragonfly, AnswerAccepted, "kern_kevent, sys/kern/kern_event.c, adds it to the time: a negative one has passed"},
		{darwin, AnswerEINVAL, "timespec_is_valid in kevent_legacy_get_deadline, bsd/kern/kern_event.c"},
	}},
	CellNoData: {"any", "any", "EV_NODATA (0x1000) is beside EV_EOF if there is nothing to read", []Saying{
		{others, AnswerNo, "sys/sys/event.h"},
		{dragonfly, AnswerYes, "filt_proc, sys/kern/kern_event.c; filt_piperead, filt_pipewrite, sys/kern/sys_pipe.c"},
	}},
	CellOrder: {"any", "several", "reports come in the order in which the knotes became active, and a level-triggered knote goes to the end", []Saying{
		{others, AnswerYes, "TAILQ_INSERT_TAIL in knote_enqueue and kqueue_scan, sys/kern/kern_event.c"},
		{darwin, AnswerYes, "knote_enqueue and knote_process, bsd/kern/kern_event.c"},
	}},
}

var otherRows = map[Cell]cellRow{
	CellZombie: {"EVFILT_PROC", "a process that has exited and was not waited for", "EV_ADD with NOTE_EXIT", []Saying{
		{freebsd | dragonfly, AnswerReported, "zpfind, pfind_any in filt_procattach, sys/kern/kern_event.c"},
		{anyNetBSD, AnswerSilent, "ESRCH: proc_find in filt_procattach, sys/kern/kern_event.c"},
		{anyOpenBSD, AnswerSilent, "ESRCH: PS_EXITING in filt_procattach, sys/kern/kern_event.c"},
		{darwin, AnswerSilent, "ESRCH: proc_find in filt_procattach, bsd/kern/kern_event.c"},
	}},
	CellExitFlags: {"EVFILT_PROC", "a process", "it exits: EV_EOF, EV_ONESHOT and EV_CLEAR are in the flags", []Saying{
		{others, AnswerYes, "filt_procattach and " + inProc + "; on NetBSD 10 knote_proc_exit"},
		{darwin, AnswerYes, "filt_procattach and filt_procevent, bsd/kern/kern_event.c"},
	}},
	CellExitStatus: {"EVFILT_PROC", "a process", "it exits: data has the status", []Saying{
		{freebsd, AnswerIfAsked, inProc},
		{dragonfly | netbsd9 | anyOpenBSD, AnswerAlways, inProc},
		{netbsd, AnswerAlways, "knote_proc_exit, sys/kern/kern_event.c"},
		{darwin, AnswerExitStatus, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	CellExitUnasked: {"EVFILT_PROC", "a process", "it exits, and NOTE_EXIT was not asked for", []Saying{
		{freebsd, AnswerDropped, "EV_DROP in " + inProc},
		{dragonfly | netbsd9 | anyOpenBSD, AnswerReported, inProc},
		{netbsd, AnswerReported, "\"matches historical behavior\" in knote_proc_exit, sys/kern/kern_event.c"},
		{darwin, AnswerSilent, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	CellFork: {"EVFILT_PROC", "a process", "it forks, and NOTE_FORK was asked for", []Saying{
		{others, AnswerReported, inProc}, {darwin, AnswerReported, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	CellExec: {"EVFILT_PROC", "a process", "it runs another program, and NOTE_EXEC was asked for", []Saying{
		{others, AnswerReported, inProc}, {darwin, AnswerReported, "filt_procevent, bsd/kern/kern_event.c"},
	}},
	CellTrack: {"EVFILT_PROC", "a process", "it forks, and NOTE_TRACK was asked for", []Saying{
		{freebsd, AnswerTwo, "knote_fork, sys/kern/kern_event.c"},
		{netbsd, AnswerTwo, "knote_proc_fork_track, sys/kern/kern_event.c"},
		{dragonfly | netbsd9 | anyOpenBSD, AnswerOneKnote, inProc},
		{darwin, AnswerENOTSUP, "filt_procattach, bsd/kern/kern_event.c"},
	}},
	CellTrackExit: {"EVFILT_PROC", "a child that was followed", "it exits before NOTE_CHILD is reported: EV_EOF is beside NOTE_CHILD", []Saying{
		{freebsd, AnswerYes, "both knotes are in p_klist: filt_procattach, sys/kern/kern_event.c"},
		{netbsd, AnswerNo, "\"does not need to be attached\" in knote_proc_fork_track, sys/kern/kern_event.c"},
		{dragonfly | netbsd9 | anyOpenBSD, AnswerYes, "one knote has NOTE_CHILD and NOTE_EXIT; " + inProc},
		{darwin, AnswerNone, "filt_procattach, bsd/kern/kern_event.c, has no NOTE_TRACK"},
	}},
	CellSignal: {"EVFILT_SIGNAL", "the program", "a signal: data counts those since the last report", same(AnswerYes, "filt_signal, sys/kern/kern_sig.c")},
	CellSignalRange: {"EVFILT_SIGNAL", "a number that is not a signal", "EV_ADD", []Saying{
		{others, AnswerAccepted, "filt_sigattach, sys/kern/kern_sig.c"},
		{anyOpenBSD, AnswerEINVAL, "filt_sigattach, sys/kern/kern_event.c"},
	}},
	CellTimerZero: {"EVFILT_TIMER", "a timer of 0", "it expires", []Saying{
		{freebsd, AnswerUnit, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd, AnswerEINVAL, "filt_timercompute, sys/kern/kern_event.c"},
		{netbsd9, AnswerEINVAL, "filt_timerattach, sys/kern/kern_event.c"},
		{openbsd | openbsd77, AnswerTick, "filt_timeradd, sys/kern/kern_event.c"},
		{openbsd73, AnswerTick, "filt_timer_timeout_add, sys/kern/kern_event.c"},
		{dragonfly, AnswerTick, "filt_timerreset, sys/kern/kern_event.c"},
		{darwin, AnswerAtOnce, "filt_timer_is_ready, bsd/kern/kern_event.c"},
	}},
	CellTimerNegative: {"EVFILT_TIMER", "a timer of less than 0", "it expires", []Saying{
		{freebsd, AnswerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{anyNetBSD, AnswerTick, "filt_timercompute, filt_timerattach: a time of no ticks is one tick; sys/kern/kern_event.c"},
		{anyOpenBSD, AnswerTick, "filt_timeradd, filt_timer_timeout_add: at least one tick; sys/kern/kern_event.c"},
		{dragonfly, AnswerTick, "filt_timerreset, sys/kern/kern_event.c; tvtohz_high, sys/kern/kern_clock.c"},
		{darwin, AnswerAtOnce, "\"negative interval timers fire immediately\" in filt_timervalidate, bsd/kern/kern_event.c"},
	}},
	CellTimerUnit: {"EVFILT_TIMER", "a bit of fflags that is not a unit", "EV_ADD", []Saying{
		{freebsd, AnswerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd, AnswerEINVAL, "filt_timercompute, sys/kern/kern_event.c"},
		{openbsd | openbsd77, AnswerEINVAL, "filt_timervalidate, sys/kern/kern_event.c"},
		{netbsd9 | openbsd73 | dragonfly, AnswerAccepted, "filt_timerattach, sys/kern/kern_event.c, does not look at fflags"},
		{darwin, AnswerAccepted, "filt_timervalidate, bsd/kern/kern_event.c"},
	}},
	CellTimerOverflow: {"EVFILT_TIMER", "a timer of more than the clock can hold", "EV_ADD", []Saying{
		{others, AnswerAccepted, "the time is cut; timer2sbintime of FreeBSD, tstohz, tvtohz_high"},
		{darwin, AnswerERANGE, "os_mul_overflow in filt_timervalidate, bsd/kern/kern_event.c: 2^64 nanoseconds"},
	}},
	CellTimerWrong: {"EVFILT_TIMER", "a timer", "EV_ADD of an existing timer, with a time or a bit that is an error", []Saying{
		{freebsd, AnswerErrorEvent, "filt_timertouch, sys/kern/kern_event.c"},
		{netbsd, AnswerStopsTimer, "callout_halt in filt_timertouch, sys/kern/kern_event.c"},
		{openbsd | openbsd77, AnswerFails, "filt_timermodify, sys/kern/kern_event.c"},
		{openbsd73 | netbsd9 | dragonfly, AnswerAccepted, "nothing is an error: filt_timerexpire, filt_timerreset, filt_timermodify, sys/kern/kern_event.c"},
		{darwin, AnswerFails, "filt_timertouch, bsd/kern/kern_event.c"},
	}},
	CellTimerAgain: {"EVFILT_TIMER", "a timer", "EV_ADD of an existing timer", []Saying{
		{freebsd, AnswerRestarts, "filt_timertouch, sys/kern/kern_event.c"},
		{netbsd, AnswerReplacesFlags, "filt_timertouch, sys/kern/kern_event.c"},
		{anyOpenBSD, AnswerRestarts, "filt_timermodify, sys/kern/kern_event.c"},
		{netbsd9 | dragonfly, AnswerLater, "kn_sdata in filt_timerexpire, sys/kern/kern_event.c"},
		{darwin, AnswerEveryChange, "filt_timertouch, bsd/kern/kern_event.c"},
	}},
	CellTimerLate: {"EVFILT_TIMER", "a timer", "it expires more than once before the report", []Saying{
		{others, AnswerEach, "filt_timerexpire, sys/kern/kern_event.c"},
		{darwin, AnswerCounts, "filt_timerprocess, bsd/kern/kern_event.c"},
	}},
	CellUserAdd: {"EVFILT_USER", "a user event", "EV_ADD with NOTE_TRIGGER triggers it", []Saying{
		{freebsd | netbsd, AnswerNo, "filt_userattach looks at kn_fflags, which is 0; sys/kern/kern_event.c"},
		{dragonfly | openbsd, AnswerYes, "filt_userattach, sys/kern/kern_event.c"},
		{darwin, AnswerYes, "filt_userattach, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserFlags: {"EVFILT_USER", "a user event", "fflags and data of a report", []Saying{
		{freebsd | netbsd, AnswerAsked, "filt_usertouch, sys/kern/kern_event.c"},
		{dragonfly, AnswerComputed, "filt_userattach and filt_usertouch, sys/kern/kern_event.c"},
		{openbsd, AnswerMasked, "filt_userattach and filt_usermodify, sys/kern/kern_event.c"},
		{darwin, AnswerAsked, "filt_userprocess, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserTrigger: {"EVFILT_USER", "a user event", "NOTE_TRIGGER without EV_ADD triggers it", []Saying{
		{others, AnswerYes, "filt_usertouch in " + inRegister},
		{openbsd, AnswerYes, "\"allow NOTE_TRIGGER without EV_ADD\" in " + inRegister},
		{darwin, AnswerYes, "filt_usertouch, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserClear: {"EVFILT_USER", "a user event", "EV_CLEAR in a change takes a trigger back, also one of the same change", []Saying{
		{freebsd | netbsd | dragonfly, AnswerYes, "filt_usertouch, sys/kern/kern_event.c"},
		{openbsd, AnswerYes, "filt_usermodify, sys/kern/kern_event.c"},
		{darwin, AnswerNo, "filt_usertouch, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserUdata: {"EVFILT_USER", "a user event", "a change replaces udata", []Saying{
		{others, AnswerYes, inRegister},
		{dragonfly, AnswerNo, "filt_usertouch does not; " + inRegister},
		{openbsd, AnswerYes, "filt_usermodify, sys/kern/kern_event.c"},
		{darwin, AnswerYes, inXnu},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserReceipt: {"EVFILT_USER", "a user event", "the receipt of a change has only NOTE_FFLAGSMASK of its fflags", []Saying{
		{freebsd | netbsd | dragonfly, AnswerYes, "kev->fflags in filt_usertouch, sys/kern/kern_event.c"},
		{openbsd, AnswerNo, "filt_usermodify, sys/kern/kern_event.c"},
		{darwin, AnswerNo, "filt_usertouch, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
	CellUserOneshot: {"EVFILT_USER", "a user event with EV_ONESHOT", "fflags and data of the report", []Saying{
		{freebsd, AnswerNothing, "f_touch is not called for EV_ONESHOT in " + inScan},
		{netbsd | dragonfly, AnswerReported, "f_touch in " + inScan},
		{openbsd, AnswerReported, "filt_userprocess, sys/kern/kern_event.c"},
		{darwin, AnswerReported, "filt_userprocess, bsd/kern/kern_event.c"},
		{netbsd9 | openbsd73 | openbsd77, AnswerNone, "sys/sys/event.h"},
	}},
}
