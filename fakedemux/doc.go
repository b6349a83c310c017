// Package fakedemux is a simulated kernel. It stands where the operating system
// stands: a [Kernel] is a demux.Host, and under the backends of package demux
// it answers the same calls that the operating system answers in package
// realdemux. The backend that ships is the backend that is simulated.
//
// What a kernel, a network or a scheduler of threads is free to do, the
// simulation asks: each freedom is a choice of package scheduler. The answers
// are the run. The same answers make the same run, so it can be searched for,
// replayed and shrunk, and one without deviations is what a plain kernel does on
// an idle machine.
//
// # Objects
//
// A descriptor is a small number, the lowest that is free; open(2). It names an
// open file description, and dup(2) makes a second name of the same one. When
// the last name is closed the description ends, and with it the registrations
// that were made of it; epoll(7), Q6. A call that is blocked holds its
// description too, whoever closes the name meanwhile. The number is free at
// once, and the next call that makes a descriptor gets it.
//
// Descriptions are of these kinds:
//
//   - a stream: one end of a socketpair ([Kernel.Pair]) or of a connection between
//     unix sockets ([Linux.Socket]), or of a TCP connection ([Kernel.Connect],
//     [Kernel.Accept]);
//   - a listener with a backlog, of TCP ([Kernel.Listen]) or of unix sockets;
//   - a datagram socket, of the unix family ([Linux.Socketpair]) or of UDP;
//   - the two ends of a pipe ([Kernel.Pipe]);
//   - a timerfd ([Linux.TimerfdCreate]), an eventfd, and an epoll instance, which can be watched by another one
//     ([Kernel.Epoll]);
//   - a kqueue ([Kernel.Kqueue]);
//   - a completion port and a handle of AFD ([Kernel.IOCP]), and there a stream that
//     is not connected ([Kernel.Stream]);
//   - a regular file, for what no demultiplexer of Linux takes ([Kernel.File]).
//
// Each knows the conditions that hold for it, and whom to tell when one may have
// arisen: calls that are blocked, and registrations. Buffers are finite.
// Everything a demux.Host makes is non-blocking. What the calls of [Linux] make
// blocks unless they are told otherwise: reads, writes, accepts and connects of a
// task then wait.
//
// What is open at the end of a run is a leak, and [Kernel.Leaks] says who opened
// it; [Kernel.Operations] are those whose memory was not given back. A registration that is left is counted by [Kernel.Registrations]. A new
// run begins with [Kernel.Reset]: every object is gone, time is 0, and the memory
// is used again.
//
// # Dialects
//
// [Options].Dialect says whose calls [Kernel.Open] puts its backend over, and
// whose numbers errors have: [Dialects] lists them. Objects are the same under
// all. What follows the rules of one family of kernels names it. The dialect
// epoll-5.10 is epoll as of Linux 5.10, which has no epoll_pwait2(2): the
// resolution of a timeout is 1 ms.
//
// [Kernel.Epoll] has the calls of Linux with Linux' numbers; it is the Syscalls
// of package demux/epoll, which [Kernel.Open] puts its backend over. These are
// the rules. "Seen" means on Linux 6.18, by the fact of that name in
// facts_test.go: on Linux the tests ask the running kernel too.
//
// Of epoll:
//
//   - The ready list is first in, first out. A level-triggered registration that
//     was reported goes to its end, so that those that do not fit in a batch take
//     turns; epoll_wait(2), "round robin".
//   - A description tells the registration first that was made last; seen, newest
//     registration first. EPOLLEXCLUSIVE ones come after the others, until one of
//     them has let a blocked call go on; epoll_ctl(2).
//   - A registration is found by description and number together; epoll(7), Q1;
//     seen, a number that comes back is another registration.
//   - It goes on to report after its number was closed, as long as a dup is open;
//     epoll(7), Q6; seen, dup keeps a registration.
//   - EPOLLERR and EPOLLHUP are reported whether asked for or not, and after
//     EPOLLONESHOT has fired nothing is until EPOLL_CTL_MOD; epoll_ctl(2); seen,
//     oneshot silences everything.
//   - MOD reports a condition that holds already; epoll_ctl(2); seen, modify arms
//     again. If the registration is on the list, it keeps its place and nobody is
//     told; seen, modify of a listed registration is no edge above.
//   - With EPOLLET every arrival of data is reported, read or not; epoll(7); seen,
//     edge: every arrival.
//   - An entry of the list that has nothing to report any more keeps its place,
//     unless somebody looks at the epoll descriptor itself: that takes such entries
//     off; seen, a stale entry keeps its place, poll drops stale entries.
//   - An edge wakes one blocked call, the one that was blocked last; seen with
//     three threads, TestLastWaiterFirst.
//   - EPERM for a file, EINVAL for an instance in itself, ELOOP for a circle and
//     for more than five instances in a row; epoll_ctl(2); seen, a file, nesting.
//   - EPOLLEXCLUSIVE goes with ADD alone; epoll_ctl(2); seen, exclusive.
//   - EBADF comes before EINVAL in epoll_wait; seen, maxevents. EINTR only ends a
//     call that would block; signal(7).
//
// [Kernel.Kqueue] has the calls of a BSD with the numbers of one of five systems,
// darwin, dragonfly, freebsd, netbsd and openbsd; it is the Syscalls of package
// demux/kqueue. What the systems differ in is in kqueue.Profile, with a source for
// each. "Observed" means on a NetBSD kernel; there is a story for each rule in
// internal/story, called kqueue-NAME.
//
// Of kqueue:
//
//   - A knote is an ident and a filter. Adding it again changes it and reports what
//     holds, and leaves EV_CLEAR, EV_ONESHOT and EV_DISPATCH as they were; kqueue(2),
//     EV_ADD. A change replaces the user data; kqueue(2) of FreeBSD, EV_KEEPUDATA.
//   - The filter runs when a knote is added or enabled, when something happens, and
//     again before a report: what does not hold any more is not reported; kqueue(2).
//   - A report leaves the knote at the end of the queue, off it until something
//     happens (EV_CLEAR), disabled (EV_DISPATCH) or deleted (EV_ONESHOT); kqueue(2).
//     All that is queued is reported in turn; kqueue(2) promises no order.
//   - data of EVFILT_READ is what is unread, of a listener how many connections wait,
//     of a kqueue how many events; of EVFILT_WRITE the free space; kqueue(2); observed.
//   - EV_EOF for reading comes with the peer's FIN, beside what is unread, and stays;
//     for writing when this end can send no more. The peer's shutdown of writing is none
//     there. fflags has the pending socket error; kqueue(2); observed.
//   - A kqueue hears of every read that leaves room, where epoll hears of fewer.
//   - NOTE_LOWAT is a low-water mark of one knote; kqueue(2).
//   - All changes are made before an event is taken. One that fails is an event with
//     EV_ERROR, errno in data and its user data, where there is room, and ends the call
//     with -1 where there is none; kqueue(2), RETURN VALUES; observed. EV_RECEIPT makes
//     an event of every change. Without room for events nothing is waited for.
//   - Closing a descriptor deletes its knotes, and not those of a duplicate; kqueue(2);
//     observed.
//   - A timer is periodic and clears itself, data is how often it has expired; signals
//     count likewise; EVFILT_PROC reports one exit and is gone; EVFILT_VNODE tells of
//     writes and of unlink; EVFILT_USER of its trigger; kqueue(2). [Kernel.Raise],
//     [Kernel.StartProcess], [Kernel.EndProcess] and [Kernel.Unlink] make them happen.
//   - Kqueues may watch themselves and each other in a circle. What is pending in one
//     because of itself does not count; TestKqueuesInACircle.
//   - What a call refuses is in TestBadArgumentsOfKqueue, with the source of each.
//   - A timeout beyond what a system takes is EINVAL on Darwin, and cut to a day on
//     OpenBSD; Profile.MaxTimeout.
//
// [Kernel.IOCP] has the calls of Windows with its numbers; it is the Syscalls of
// package demux/iocp. The rules are told as calls in iocp_facts_test.go, and the
// tests ask Wine 8.0 too, save where that is known to differ from Windows. "Fact"
// names one of them.
//
// Of completion ports and AFD:
//
//   - Packets are dequeued in the order in which they were queued; of the calls that
//     are blocked the last goes on first; CreateIoCompletionPort, Remarks. A call that
//     is blocked when the port is closed returns ERROR_ABANDONED_WAIT_0;
//     GetQueuedCompletionStatusEx. Wine leaves it blocked.
//   - A handle, with its duplicates, has one port for its life; CreateIoCompletionPort;
//     fact, a handle has one port.
//   - An operation has one packet, however it ends: also when it finishes in the call
//     that starts it, unless it succeeds there and the handle has
//     FILE_SKIP_COMPLETION_PORT_ON_SUCCESS; SetFileCompletionNotificationModes; fact,
//     skip on success. A call that fails has none. ConnectEx never finishes in the call.
//   - Reads of a stream are filled in the order of their calls, and take what arrives
//     before a poll hears of it; WSARecv, Remarks; fact, a read in flight comes before a
//     poll. A read without a buffer waits for data and takes none. A send has finished
//     when all of its buffer is taken; WSASend, Remarks.
//   - A cancel is a request: the operation ends with STATUS_CANCELLED or with its
//     result, and a second cancel finds nothing; CancelIoEx, Remarks; fact, cancel.
//   - Closing the last handle of a socket ends its operations with STATUS_CANCELLED, and
//     closing that of AFD its polls; closesocket, Remarks. Wine has another status.
//   - From the call that starts an operation to its packet the memory is the kernel's.
//     It fills the buffer of a read with a pattern and remembers the digest of every
//     other. A program that writes there, or gives the memory to another call or back,
//     ends the run with an [OwnershipError], which names the operation: rule O2.
//   - A socket that AcceptEx or ConnectEx has connected cannot be shut down before
//     SO_UPDATE_ACCEPT_CONTEXT or SO_UPDATE_CONNECT_CONTEXT; ConnectEx, Remarks.
//   - A poll of AFD finishes once, in the call if a condition holds, with all those asked
//     for that hold then; fact, poll: one report. What it found is what was, and not what
//     is when its packet is dequeued.
//   - RECEIVE is data, and a FIN is DISCONNECT, behind unread data too; a RST is ABORT; a
//     refused connect CONNECT_FAIL; CONNECT is set on every connected socket; the facts
//     that begin with "poll".
//   - LOCAL_CLOSE, asked for or not, ends a poll when the last handle of its socket is
//     closed. An exclusive poll is ended by the next exclusive one of the same socket,
//     through whatever handle of AFD, with success and no conditions.
//   - The error of a socket that was reset is told each time, as ECONNRESET; WSARecv.
//     There are no pipes, and the two ends of [Kernel.Pair] are a TCP connection that no
//     network delays, splits or resets.
//
// Of streams:
//
//   - A unix socket is writable while at most a quarter of its buffer is in use, a
//     TCP socket while what is free is at least half of what is in use; seen by
//     filling and draining, TestRoomOfAUnixSocket, TestRoomOfATCPSocket.
//   - With EPOLLET a unix writer hears of every one of its writes that was read
//     whole, a TCP writer only of room after it has met a full buffer; seen, the
//     two facts that begin with "edge: a".
//   - shutdown(2) tells this end, and on a unix socket the other end, each time it
//     is called; seen, shutdown tells both ends.
//   - The last close of a unix socket shuts the peer down in both directions. If
//     data were unread the peer finds ECONNRESET, once, behind what has arrived;
//     seen, unix close.
//   - The last close of a TCP socket sends a FIN, or a RST if data were unread;
//     RFC 2525, 2.17. An end whose peer has closed has EPOLLRDHUP, and EPOLLHUP
//     once it has shut down too; seen, TCP half close and close.
//   - A RST gives EPIPE to who has got a FIN and sent none, ECONNRESET to everybody
//     else, and nothing to who is done; seen, the facts with "reset". The error is
//     told once, by read, write or SO_ERROR, and then reads find the end and writes
//     EPIPE. Who has got a FIN reads the end and never the error.
//   - A write to a TCP peer that has closed is taken, and the answer is a RST; seen,
//     TCP write to a closed peer.
//   - A refused connect has EPOLLERR, EPOLLHUP and everything else, and ECONNREFUSED
//     once; connect(2); seen, refused.
//   - One connection more than the backlog waits; seen, one more than the backlog.
//     Beyond that the SYN is dropped and sent again; listen(2). Closing a listener
//     resets those that nobody accepted; seen, closing a listener.
//   - accept(2) fails with EMFILE before it looks at its queue, and a connection
//     stays there; seen with RLIMIT_NOFILE at the number of open descriptors.
//
// Of pipes and eventfds:
//
//   - EPOLLHUP for a reader without a writer, EPOLLERR for a writer without a
//     reader; poll(2). EPIPE without a reader, but not for a write of nothing; seen,
//     pipe ends.
//   - Up to PIPE_BUF bytes are all or nothing; pipe(7). A pipe has pages: a page is
//     free when all of it was read, and a write goes on in the last page only with
//     the part that is no multiple of a page, if it fits; seen, pipe pages.
//   - A write tells the reader even if the pipe was full, a read tells the writer if
//     a full pipe has a free page again; seen, a write to a full pipe.
//   - An eventfd takes and gives exactly 8 bytes, refuses 2^64-1 and would block
//     beyond 2^64-2; eventfd(2). Every read and write is an edge, of 0 too; seen,
//     eventfd edges.
//
// Of datagrams, timers and signals, and of sockets as [Linux] has them, which may
// be bound, connected and shut down in any order, the rules are the scripts in
// internal/fidelity/testdata: each was seen on Linux 6.18, and is played on the
// running kernel by the tests. The main ones:
//
//   - A datagram is whole or cut, never joined, and may be empty; recv(2). A write on
//     a unix pair whose other end is closed has ECONNREFUSED once, then ENOTCONN. UDP
//     tells of nobody there by the next call, with EPOLLERR until then; udp(7).
//   - A datagram socket of the unix family that is connected hears whom it is connected
//     to alone, and others have EPERM; unix(7); TestUnixDatagramsWithNames.
//   - A timer that repeats stops when it has expired until it is read: one edge,
//     however often it would have expired; TestTimerfdRepeats.
//   - The out-of-band byte of TCP is EPOLLPRI until it is received, or a read passes
//     over it; tcp(7).
//   - A signal ends a wait of epoll, unless the task blocks it or has something to
//     report; signal(7), epoll_pwait(2); TestSignalsOfTheRunningKernel.
//
// What a call does not accept it refuses with the number of the running kernel, which
// comes in the order of that kernel's checks: every call of [Linux] is made there and
// here with every combination of bad arguments by TestBadArgumentsOfLinux. A number
// loses what is beyond an int of C.
//
// Generated comparisons make the same calls on this kernel and on the running one
// and compare every result, error number, byte and event: TestSameAsRunningKernel
// (-rapid.checks=20000 for longer), and "reactortest fidelity", which see in package
// internal/fidelity.
//
// # Differences
//
// Where the running kernel may differ from the quiet simulation:
//
//   - Sizes. The buffer of a stream is one number of bytes in each direction
//     ([Options].StreamBuffer), between writer and reader. Linux counts the memory
//     of packets, and TCP has a buffer at each end.
//   - TCP takes its time on Linux. The quiet simulation delivers at once, and never
//     holds small segments back (TCP_NODELAY).
//   - TCP raises edges more than once on Linux, for an acknowledgment too. So a test
//     compares the events of TCP as a set, and an edge as "at least one".
//   - A SYN is sent again every second and for ever. Linux doubles the interval and
//     gives up.
//   - The address in Connect and Listen does not matter, only the port does.
//   - Conditions are EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLRDHUP, EPOLLERR and EPOLLHUP.
//     The bands of poll(2) may be asked for and are never reported.
//   - Unix sockets have no out-of-band data. Flags of send(2) and recv(2) that would do
//     what the simulation does not (MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL, MSG_ERRQUEUE,
//     MSG_FASTOPEN), and sockets of other families and types, are refused.
//   - However many datagrams wait at a unix socket, another one is taken while there is
//     room for its bytes.
//   - ENOSPC for too many registrations of one user, and EINVAL for too many paths
//     of wake-ups through nested instances, come as a decision only or not at all.
//   - Signals end waits and do nothing else: EPIPE comes without SIGPIPE. EINTR comes
//     by decision too, and from [Linux.Tgkill].
//   - A regular file is written at its end and read there.
//   - Streams, pipes and listeners have Linux' thresholds and errors under every
//     dialect of kqueue: how much fits into a buffer and when there is room again is
//     not what a BSD would say. Under iocp they have Linux' thresholds too, and what
//     had arrived before a reset stays readable.
//
// # Decisions and faults
//
// The choice points and their letters in a [Plan]. A plan gives each class the
// same budget for one run; [Classes] has the table, with the source that allows
// each. [ParsePlan] tells how a plan is written.
//
//	o  order        faithful     which event of a batch comes next; no budget
//	d  delay        faithful     a TCP segment arrives later
//	s  split        faithful     how much of a TCP write arrives at once
//	v  deliver      faithful     how much of what is in flight arrives in one step
//	c  connect      faithful     a connect finishes later
//	w  short-write  faithful     how much a write to a stream accepts
//	r  reset        faithful     a TCP connection is reset under a write
//	i  interrupt    faithful     EINTR from a wait that would block
//	l  late         faithful     a timeout comes late
//	f  no-file      faithful     EMFILE (1) or ENFILE (2) from a call that makes descriptors
//	n  no-space     faithful     ENOSPC (1) or ENOMEM (2) from EPOLL_CTL_ADD; ENOMEM (1) from EV_ADD
//	p  packet       faithful     an operation finishes, and its packet comes later; not of a poll
//	x  cancel       faithful     an operation that is canceled ends later, or finishes first
//	g  again        posix        a stream is ready, and yet EAGAIN
//	h  short-read   posix        how much a read returns of what has arrived
//	e  signal       posix        EINTR from a Read, Write or Accept of the Host
//	u  spurious     adversarial  a wait returns with nothing
//	t  hold         adversarial  an edge or a oneshot is reported by a later wait
//
// Which task goes on, or which pending step is carried out, is the choice at
// scheduler.PointTask. It is no fault: no letter and no budget belongs to it.
//
// There are three modes. A [Faithful] kernel makes only the choices that its real
// counterpart may make; judging happens in it. [POSIX] adds what POSIX allows and
// this kernel never does, [Adversarial] whatever else the contract of package
// demux allows. The last two are opt-in, and reports carry the word.
//
// A fault keeps the promises of the dialect. After an invented EAGAIN or a short
// count a fresh edge follows. What is delayed or split arrives later, in order,
// with an edge of its own, and the end arrives behind the data. In faithful mode a
// read is short because the rest has not arrived. A call that fails for want of
// descriptors or memory leaves nothing behind. A held edge is reported by a later
// wait, and only what comes after the first event of a batch is held. Wake is never
// subject to a fault, and neither are pipes and eventfds.
//
// [Kernel.Faults] switches faults off and on within a run, for set-up and for the
// check at the end.
//
// # Tasks and runners
//
// Every call is a step of the task that makes it, and a switch point: the kernel
// notes the call and the object that it touches, and other tasks may act before
// the kernel carries it out. The calls that a Wake makes are the exception: a
// write to an eventfd or to a pipe of kqueue.Syscalls, a Kevent that only
// triggers, and a Post. Programs hold locks over them, and a task that is parked
// while it holds a sync.Mutex stops the simulation. With Plan.WakeSwitches other
// tasks may act before and after what these calls do. Use it for programs that hold no lock over a Wake:
// it finds a loop that wakes first and queues its work afterwards.
// Overlapped operations and polls go on when the call that something happened in is
// over, before anybody makes another one.
//
// The kernel blocks and resumes through a scheduler.Runner only. With
// scheduler.NewCoroutine, the default, [Kernel.Run] runs a function as a task and
// [Kernel.Go] starts more. With scheduler.NewDirect there are no tasks: the
// calling goroutine is the only thread, a call that blocks lets deliveries,
// timers and the functions of [Kernel.At] act until it can return, and if nothing
// can end it, it returns a *scheduler.Deadlock; the caller may go on after that.
// Plain unit tests use it.
//
// Wake of a demux that the kernel opened may be called by any goroutine, also by
// one that no runner knows. It puts the Wake in an inbox, and the kernel carries
// it out at its next switch point and before time moves. Its moment is no
// decision, and the run may not replay: [Kernel.Nondeterministic] names the call
// site. Any other call from such a goroutine ends that goroutine, and the run
// with a *scheduler.ForeignCall that names the call site.
//
// # Time
//
// Time is virtual. It moves when no task is runnable and no step is pending, to
// the next deadline, and then what is due is carried out in the order of
// deadlines, and of arming among equal ones. Every positive timeout is legal; one
// that ends beyond the range of a time.Duration, 292 years, never ends.
//
// A wait with timeout 0 does not block, so a loop that only polls would stand
// still in virtual time. After 32 such polls in a row that found nothing, made
// while nobody else could run, each further one moves the clock to the next
// deadline. Not the first: a loop also polls while it has work of its own, a
// posted function for example, and time that moved then would make every timer
// due before that work is done. [Kernel.Progress] tells the kernel of such work.
// A loop that polls with no deadline left is ended by the budget of steps. It is
// calls that are counted: the backend of a completion port makes two of them in a
// Wait.
//
// # Limits
//
//	descriptors           1024     Options.Descriptors, up to MaxDescriptors; EMFILE beyond
//	bytes in a stream     4096     Options.StreamBuffer, up to MaxStreamBuffer, each direction
//	bytes in a pipe       65536    pipePages of pipePage
//	ports of Listen       40000 to 60999, firstPort and lastPort; EADDRINUSE if none is free
//	retry of a SYN        1 s      synRetry
//	a late timeout        3 ms     lateness
//	empty polls           32       patience
//	nested instances      5        maxNesting; ELOOP beyond
//	events of one wait    178956970, maxEvents; EINVAL beyond
//	events reordered      8        maxReordered, the first of a batch
//	budget of a class     1000     MaxFaults
//	memory kept           256      poolKeeps objects of each type from run to run
//
// Budgets of a run (steps, decisions, virtual time) are scheduler.Budget's.
//
// # Cost
//
// In the steady state no call allocates. A simulated event, with its write, its
// share of a Wait and its read, costs about 80 ns, whether 10 or 100 000 handles
// are registered, and two to three times that over a completion port; a small whole run of four tasks about 18 us, most of it the
// making and switching of coroutines (go test -bench .).
package fakedemux
